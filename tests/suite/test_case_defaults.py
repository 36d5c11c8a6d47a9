"""What all cases of an engram have in common, and what of a case names nothing: found before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine.options import Options
from validator.engine.preparation import prepare
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.sources.workspace import load
from validator.suite.cases import Case
from validator.suite.config import Config, parse
from validator.suite.environment import Allowance
from validator.suite.plan import units

DEFAULTS = """\
images: {greeter: {image: a/greeter}}
cases:
  greeter:
    defaults:
      config: {url: "${{ services.api.url }}", limit: 1}
      secrets: {api: {KEY: "${{ secret }}", USER: me}}
      env: {LANG: C}
      services: {api: {http: [{response: {text: hello}}]}}
    cases:
      - name: as it is
      - name: its own
        config: {limit: 2}
        secrets: {api: {USER: you}}
        env: {LANG: en}
        services: {other: {http: [{response: {text: bye}}]}}
"""
TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: greeter}
spec:
  version: 1.0.0
  image: a/greeter
  supportedModes: [job]
  configSchema: {type: object, properties: {url: {type: string}, limit: {type: integer}}}
  secretSchema: {api: {expectedKeys: [KEY, USER]}}
  inputSchema:
    type: object
    properties:
      text: {type: string}
      options: {type: object, properties: {language: {type: string}}}
      free: {type: object}
      open: {type: object, additionalProperties: true, properties: {a: {type: string}}}
"""


def config(text: str, base: Path) -> tuple[Config, tuple]:
    return parse(read(SourceText("engram-validate.yaml", text)).documents[0].root, base, Allowance({}))


def test_cases_have_what_the_defaults_say_and_what_they_say_themselves(tmp_path: Path) -> None:
    parsed, findings = config(DEFAULTS, tmp_path)
    assert findings == ()
    plain, own = parsed.cases["greeter"]
    assert plain.config == {"url": "${{ services.api.url }}", "limit": 1}
    assert own.config == {"url": "${{ services.api.url }}", "limit": 2}
    assert plain.secrets == {"api": {"KEY": "made-up-api-secret", "USER": "me"}}
    assert own.secrets == {"api": {"KEY": "made-up-api-secret", "USER": "you"}}
    assert (plain.env, own.env) == ({"LANG": "C"}, {"LANG": "en"})
    assert [*own.services] == ["api", "other"]


def test_each_part_is_shown_where_it_is_written(tmp_path: Path) -> None:
    plain, own = config(DEFAULTS, tmp_path)[0].cases["greeter"]
    places = [
        (plain.place("config", "limit"), 5), (own.place("config", "limit"), 12), (own.place("config", "url"), 5),
        (own.place("services", "api"), 8), (own.place("inputs"), 11), (own.place(), 11),
    ]  # fmt: skip
    assert [place.line for place, _ in places] == [line for _, line in places]
    assert own.own("services", "other")
    assert not own.own("services", "api")


def test_samples_have_the_defaults_too(tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    text = DEFAULTS[: DEFAULTS.index("    cases:\n")]
    (unit,) = units(load(tmp_path), config(text, tmp_path)[0])
    samples = [case for case in unit.cases if not case.canary]
    assert samples
    for sample in samples:
        assert sample.config | {"limit": 1} == sample.config
        assert [*sample.services] == ["api"]
        assert sample.secrets["api"]["USER"] == "me"


def faults(text: str, tmp_path: Path) -> list[tuple[str, int, str]]:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "engram-validate.yaml").write_text(text, encoding="utf-8")
    prepared = prepare(Options(root=tmp_path))
    return [
        (finding.rule.code, finding.location.line, finding.suggestion.replacement or "" if finding.suggestion else "")
        for finding in (*prepared.unreadable, *prepared.doubts)
    ]


def one(case: str) -> str:
    served = "services: {api: {http: [{response: {text: hello}}]}}"
    return f"cases:\n  greeter:\n    - name: c\n      {served}\n      {case}\n"


SLIPS = [
    ('inputs: {text: "${{ service.api.url }}"}', [("EV186", 5, "${{ services.api.url }}")]),
    ('inputs: {text: "${{ api.url }}"}', [("EV186", 5, "${{ services.api.url }}")]),
    ('config: {url: "at ${{ env.URL }}"}', [("EV186", 5, "")]),
    ('config: {url: "${{ secret }}"}', [("EV186", 5, "")]),
    ('expect: {output: {url: "${{ services.api.url }}"}}', [("EV186", 5, "")]),
    ('secrets: {api: {KEY: "${{ secrets.KEY }}"}}', [("EV186", 5, "${{ secret }}")]),
    ('inputs: {text: "${{ services.ape.url }}"}', [("EV181", 5, "")]),
    ('secrets: {aip: {KEY: "${{ secret }}"}}', [("EV187", 5, "api")]),
    ("secrets: {api: {KEYS: one}}", [("EV189", 5, "KEY")]),
    ("inputs: {txet: one}", [("EV188", 5, "text")]),
    ("inputs: {options: {langauge: en}}", [("EV188", 5, "language")]),
]
NONE = [
    'inputs: {text: "runs-on: ${{ matrix.os }}, ${{ github.sha }}, ${{ inputs.price }}"}',
    'inputs: {text: "{{ service.api.url }}"}',
    'secrets: {api: {KEY: "${{ secret }}", USER: "${{ services.api.host }}"}}',
    "inputs: {free: {anything: 1}, open: {b: 1}, limit: 3}",
]


@pytest.mark.parametrize(("case", "found"), SLIPS)
def test_what_names_nothing_is_told_at_its_place(tmp_path: Path, case: str, found: list) -> None:
    assert faults(one(case), tmp_path) == found


@pytest.mark.parametrize("case", NONE)
def test_what_is_right_is_not(tmp_path: Path, case: str) -> None:
    assert faults(one(case), tmp_path) == []


def test_an_input_that_shall_be_refused_may_be_any(tmp_path: Path) -> None:
    assert faults(one("inputs: {txet: one}\n      expect: {error: true}"), tmp_path) == []


def test_mistakes_in_defaults_are_told_once(tmp_path: Path) -> None:
    text = DEFAULTS.replace("KEY: ", "KEYS: ").replace("secrets: {api: {KEYS", "secrets: {aip: {X: why}, api: {KEYS")
    assert sorted(faults(text, tmp_path)) == [("EV187", 6, "api"), ("EV189", 6, "KEY")]


def test_unknown_keys_of_defaults_and_of_cases_are_told_at_their_place(tmp_path: Path) -> None:
    wrong = DEFAULTS.replace("env: {LANG: C}", "envs: {LANG: C}").replace("env: {LANG: en}", "envs: {LANG: en}")
    found = config(wrong, tmp_path)[1]
    assert [(finding.rule.code, finding.location.line) for finding in found] == [("EV180", 7), ("EV180", 14)]


def test_a_secret_that_holds_an_address_hides_no_placeholder() -> None:
    from validator.engine.masking import _secrets

    case = Case(
        "c",
        None,
        None,
        secrets={"a": {"k": "${{ services.api.url }}", "l": "a-long-password@${{ services.api.host }}"}},
    )  # type: ignore[arg-type]
    assert _secrets(case) == {"a-long-password@"}
