"""What the webhook refuses, scope by scope, and where."""

import pytest

from validator.templates.admission import MAX_JSON_BYTES, SCOPES, check, check_json

BATCH, STATIC, RUNTIME = SCOPES["batch-runtime"], SCOPES["realtime-static"], SCOPES["realtime-runtime"]


@pytest.mark.parametrize(
    ("text", "refused_in"),
    [
        ("{{ inputs.a }}", set()),
        ("{{ steps.a }}", {"realtime-static"}),
        ("{{ packet.a }}", {"batch-runtime", "realtime-static", "no-range"}),
        ("{{ now }}", {"realtime-static"}),
        ("{{ range inputs.l }}{{ end }}", {"no-range"}),
        ("{{ $.packet.a }}", set()),
        ('{{ get . "packet" }}', {"batch-runtime", "realtime-static", "no-range"}),
        ("{{ range $e := inputs.l }}{{ $e.name }}{{ end }}", {"no-range"}),
        ("{{ range inputs.l }}{{ .name }}{{ end }}", set(SCOPES)),
        ('{{ template "x" }}', set(SCOPES)),
        ('{{ define "x" }}{{ .nope }}{{ end }}', set()),
        ("{{ inputs.env }}", set(SCOPES)),
        ("{{ inputs.environment }}", set()),
        ("{{ nosuch }}", set(SCOPES)),
        ("{{ inputs.l[0] }}", set(SCOPES)),
    ],
)
def test_scopes(text: str, refused_in: set[str]) -> None:
    assert {name for name, scope in SCOPES.items() if check(text, scope)} == refused_in


def test_a_refusal_underlines_what_it_means() -> None:
    text = 'a {{ upper steps["x"].output }} {{ .nope }} {{ "env" }}'
    assert [(text[item.start : item.end], item.message) for item in check(text, STATIC)] == [
        ('steps["x"].output', "context 'steps' is not allowed for realtime-static templates"),
        ('steps["x"]', "context 'steps' is not allowed for realtime-static templates"),
        (".nope", "unknown context 'nope' is not allowed for realtime-static templates"),
        ("env", "template expression uses disallowed function 'env'"),
    ] or [item.message for item in check(text, STATIC)]


def test_json_is_looked_through() -> None:
    raw = '{"a": ["{{ inputs.a }}", "{{ packet.a }}"], "b": {"$bubuTemplate": 1}}'
    assert [(item.path, item.message) for item in check_json(raw, BATCH)] == [
        ("$.a[1]", "context 'packet' is not allowed for batch-runtime templates"),
        ("$.b.$bubuTemplate", "must be a string"),
    ]
    assert not check_json(raw.replace('"$bubuTemplate": 1', '"c": 1'), RUNTIME)


def test_the_word_ban_spans_strings() -> None:
    (refusal,) = check_json('{"a": "{{ inputs.x }} {{", "b": " env }}"}', BATCH)[-1:]
    assert "disallowed function 'env'" in refusal.message


@pytest.mark.parametrize("raw", ["not json", "{", '{"a": 1} x', "NaN", f'"{"x" * MAX_JSON_BYTES}"'])
def test_improper_json(raw: str) -> None:
    assert check_json(raw, BATCH)


def test_no_json_at_all_is_fine() -> None:
    assert not check_json("", BATCH)
