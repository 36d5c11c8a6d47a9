"""Reading engram-validate.yaml: what is right is read, what is wrong is shown at its place."""

from __future__ import annotations

import pytest

from validator.findings import Severity
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.cases import Mode
from validator.suite.config import Config, parse
from validator.suite.environment import Allowance


def parsed(text, tmp_path, environ=None):
    document = read(SourceText("engram-validate.yaml", text)).documents[0]
    return parse(document.root, tmp_path, Allowance.of(environ or {}, ()))


WHOLE = """\
manifests: [Engram.yaml, "stories/**/*.yaml"]
templates: [catalog/*.yaml]
images:
  json-filter: {build: .}
  step/triage/fetch: {image: "ghcr.io/acme/http:pr-12", template: fetch/Engram.yaml}
  greeter: {build: {context: ., args: {A: b}}, process: [./greeter.py, --fast]}
cases:
  json-filter:
    - name: picks the channel id
      inputs: {input: {channels: [{id: C1}]}}
      expect: {output: {resultSelected: {value: C1}}}
  openai-chat:
    - name: answers
      secrets: {openai: {API_KEY: "${{ secret }}", ORG: "${{ env.ORG }}"}}
      send: [{payload: {text: hi}}]
      expect: {packets: [{payload: {text: {type: string}}}]}
      timeout: 1m30s
rules: {EV502: error, log-flood: off}
isolation: {allow: [.model, metadata]}
fail-on: warning
limits: {memory: 1GiB, logs: 1MB}
"""


def test_everything_is_read(tmp_path):
    config, findings = parsed(WHOLE, tmp_path, {"ORG": "acme"})
    assert findings == ()
    assert [(image.key, image.image, image.load, image.process) for image in config.images] == [
        ("json-filter", "", "", ()),
        ("step/triage/fetch", "ghcr.io/acme/http:pr-12", "", ()),
        ("greeter", "", "", ("./greeter.py", "--fast")),
    ]
    assert config.images[0].build.context == "."
    assert config.images[2].build.args == {"A": "b"}
    (picks,) = config.cases["json-filter"]
    assert (picks.mode, picks.expect.output) == (Mode.BATCH, {"resultSelected": {"value": "C1"}})
    assert (picks.location.line, picks.place("inputs", "input").line) == (9, 10)
    (answers,) = config.cases["openai-chat"]
    assert (answers.mode, answers.timeout) == (Mode.STREAMING, 90.0)
    assert answers.secrets == {"openai": {"API_KEY": "made-up-openai-secret", "ORG": "acme"}}
    assert config.allow == (".model", "metadata")
    assert config.severities == {"EV502": Severity.ERROR, "EV415": None}
    assert (config.fail_on, config.limits.memory, config.max_logs) == ("warning", 1 << 30, 10**6)


def test_an_empty_file_asks_for_the_defaults(tmp_path):
    config, findings = parsed("{}", tmp_path)
    assert findings == ()
    assert config == Config(file="engram-validate.yaml", base=tmp_path)


MISTAKES = [
    ("image: {}", "EV180", 1, 1, "unknown key `image` in the file", "images"),
    (
        "cases:\n  a:\n  - {name: b, send: [{payload: {}}], expect: {packets: [{paylod: {}}]}}",
        "EV180",
        3,
        58,
        "unknown key `paylod` in `cases.a[0].expect.packets[0]`",
        "payload",
    ),
    ("images:\n  a: {imge: x, build: .}", "EV180", 2, 7, "unknown key `imge` in `images.a`", "image"),
    ("images:\n  a: {}", "EV181", 2, 6, "one of `image`, `build`, `load` or `process` is missing", None),
    ("images:\n  a: {image: x, build: .}", "EV181", 2, 6, "`image` and `build` exclude each other", None),
    ("fail-on: fatal", "EV181", 1, 10, 'found "fatal", expected one of error, warning, note, never', None),
    ("timeout: soon", "EV181", 1, 10, 'found "soon", expected something like 30s', None),
    ("cases:\n  a:\n    - inputs: {}", "EV181", 3, 7, "`name` is missing", None),
    ("cases:\n  a:\n    - {name: x, inputs: [1]}", "EV181", 3, 25, "found [1], expected a mapping", None),
    ("cases: {a: [{name: x}, {name: y z}, {name: x}]}", "EV181", 1, 44, "two cases are named `x`", None),
    ("images: {x: 'a:1'}", "EV181", 1, 13, 'found "a:1", expected a mapping', "{image: 'a:1'}"),
    ("images: {x: build:.}", "EV181", 1, 13, 'found "build:.", expected a mapping', '{build: "."}'),
    ("images: {x: 5}", "EV181", 1, 13, "found 5, expected a mapping", None),
    ("manifests: [on]", "EV181", 1, 13, "expected a string: YAML reads an unquoted `on` as a boolean", '"on"'),
    ("cases: {a: [{name: n, env: {}}]}", "EV181", 1, 20, "found false, expected a string: YAML reads", '"n"'),
    ("cases: {a: [{name: x, env: {A: 8080}}]}", "EV181", 1, 32, "found 8080, expected a string", '"8080"'),
    ("cases: {a: [{name: x, inputs: {x: 1, y: 2}}]}", "EV181", 1, 38, "this key is not named `y`", '"y"'),
    ("timeout: 720h", "EV181", 1, 10, "`timeout` is invalid: a case may take 6h at most, found 720h", None),
    ("cases: {a: [{name: x, timeout: 99999}]}", "EV181", 1, 32, "a case may take 6h at most, found 99999", None),
    ("cases: {a: {cases: [{name: x, timeout: 7h}]}}", "EV181", 1, 40, "a case may take 6h at most, found 7h", None),
    ("rules: {quux: note}", "EV183", 1, 9, "`quux` is not a rule", None),
    ("rules: {log-floods: note}", "EV183", 1, 9, "did you mean `log-flood`?", "log-flood"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "words", "nearest"), MISTAKES)
def test_a_mistake_is_shown_at_its_place(tmp_path, text, code, line, column, words, nearest):
    _, (finding,) = parsed(text, tmp_path)
    assert (finding.rule.code, finding.location.line, finding.location.column) == (code, line, column)
    assert words in finding.message
    assert (finding.suggestion.replacement if finding.suggestion else None) == nearest


def test_what_is_right_beside_a_mistake_is_still_read(tmp_path):
    config, findings = parsed("images:\n  a: {image: x}\n  b: {imge: y}\nfail-on: note", tmp_path)
    assert [finding.rule.code for finding in findings] == ["EV180", "EV181"]
    assert [image.key for image in config.images] == ["a"]
    assert config.fail_on == "note"


def test_keys_of_ones_own_hold_anchors(tmp_path):
    config, findings = parsed("x-limit: &limit 7s\ntimeout: *limit\n", tmp_path)
    assert not findings
    assert config.timeout == 7.0
    assert [finding.rule.code for finding in parsed("X-limit: 1\ncases: {x-a: 1}\n", tmp_path)[1]] == ["EV180", "EV181"]
