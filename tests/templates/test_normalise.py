"""Roots and subscripts are rewritten as the platform does, and every character knows where it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.templates.errors import LIMITS, UnsupportedError
from validator.templates.normalise import normalise

REWRITTEN = [
    ("{{ inputs.x }}", "{{ .inputs.x }}"),
    ("{{ .inputs.x }}", "{{ .inputs.x }}"),
    ("{{ $inputs }}", "{{ $inputs }}"),
    ("{{ myinputs.x }}", "{{ myinputs.x }}"),
    ("{{ 1inputs }}", "{{ 1inputs }}"),
    ("{{ step.id }}", "{{ step.id }}"),
    ("{{ Inputs.x }}", "{{ Inputs.x }}"),
    ('{{ "inputs.x" }} inputs.x', '{{ "inputs.x" }} inputs.x'),
    ("{{ `inputs.x` }}", "{{ `inputs.x` }}"),
    ("{{ `a\\`inputs.x }}", "{{ `a\\`.inputs.x }}"),
    ("{{/* inputs.x */}}", "{{/* inputs.x */}}"),
    ("{{ inputs.x", "{{ inputs.x"),
    ('{{ steps["a"].output }}', '{{ (index .steps "a").output }}'),
    ("{{ steps['a'].output }}", '{{ (index .steps "a").output }}'),
    ("{{ steps['ab'].output }}", "{{ .steps['ab'].output }}"),
    ('{{ inputs["a"]["b"] }}', '{{ (index (index .inputs "a") "b") }}'),
    ('{{ $x["a"] }}', '{{ $(index x "a") }}'),
    ("{{ inputs.list[0] }}", "{{ .inputs.list[0] }}"),
    ('{{ inputs["a\\"b"] }}', '{{ (index .inputs "a\\"b") }}'),
    ('{{ inputs["é"] }}', '{{ (index .inputs "é") }}'),
    ("{{- inputs.x -}}", "{{- .inputs.x -}}"),
    ("{{ inputs }}{{ steps }}{{ packet }}", "{{ .inputs }}{{ .steps }}{{ .packet }}"),
]


@pytest.mark.parametrize(("text", "expected"), REWRITTEN)
def test_rewriting(text: str, expected: str) -> None:
    assert normalise(text).text == expected


def test_what_is_kept_knows_its_place() -> None:
    text = 'a {{ upper steps["my-step"].output.x }} b'
    result = normalise(text)
    assert result.text == 'a {{ upper (index .steps "my-step").output.x }} b'
    assert result.offsets is not None
    for word in ("upper", "steps", '"my-step"', "output", "b"):
        assert text[result.offsets[result.text.index(word)] :].startswith(word)
    # What was put in stands where it was made from: the dot at the root, the call over the whole subscript.
    assert result.offsets[result.text.index("(")] == text.index("steps")
    assert result.offsets[result.text.index(")")] == text.index("]")


def test_unchanged_text_needs_no_map() -> None:
    assert normalise("x {{ .inputs.a }}").offsets is None


PIECES = [
    "{{",
    "}}",
    "inputs",
    "steps",
    '["a"]',
    "['b']",
    " ",
    ".",
    "x",
    "-",
    '"',
    "`",
    "'",
    "(",
    ")",
    "/*",
    "*/",
    "\\",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_the_map_covers_the_text_and_never_goes_back(text: str) -> None:
    result = normalise(text)
    if result.offsets is not None:
        assert len(result.offsets) == len(result.text)
        assert list(result.offsets) == sorted(result.offsets)
        assert all(0 <= offset < len(text) for offset in result.offsets)


def test_too_many_subscripts_are_refused_an_answer() -> None:
    with pytest.raises(UnsupportedError):
        normalise("{{ print " + 'inputs["a"] ' * (LIMITS.subscripts + 1) + "}}")
