"""One cause, one finding: single mistakes in a story, and all that the static checks say of each."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import validator.engine.causes as module
from validator.checks import manifests, pairwise, resolution
from validator.engine.causes import causes
from validator.engine.engine import run
from validator.engine.options import STATIC, Options
from validator.findings import Finding, Location, Severity, Subject
from validator.rules import catalogue
from validator.sources.workspace import load

_PARTS = """
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: label}
spec:
  version: 1.0.0
  image: registry.example/label:1.0.0
  supportedModes: [job, deployment]
  inputSchema:
    type: object
    required: [text]
    properties:
      text: {type: string}
      flag: {type: boolean}
      copies: {type: integer, minimum: 1, maximum: 9}
      tags: {type: array, items: {type: string}}
  outputSchema:
    type: object
    required: [id]
    properties: {id: {type: string}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: coder}
spec:
  version: 1.0.0
  image: registry.example/coder:1.0.0
  supportedModes: [deployment]
  inputSchema: {type: object, properties: {text: {type: string}}}
  outputSchema: {type: object, required: [code], properties: {code: {type: string}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: other}
spec: {mode: deployment, templateRef: {name: coder}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: label}
spec: {mode: job, templateRef: {name: label}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: live}
spec: {mode: deployment, templateRef: {name: label}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: shared}
spec: {mode: job, templateRef: {name: label}, with: {copies: many}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  inputsSchema:
    type: object
    required: [text, flag, tags, count]
    properties:
      text: {type: string}
      flag: {type: boolean}
      tags: {type: array, items: {type: string}}
      count: {type: integer, minimum: 1, maximum: 9}
"""
_FIRST = "  - {name: a, ref: {name: label}, with: {text: x}}\n"
_STREAM = "  pattern: realtime\n  transports:\n  - {name: one, transportRef: one}\n"
_ROUTED = """\
  pattern: realtime
  transports:
  - name: one
    transportRef: one
    streaming:
      recording: {mode: metadata, redactFields: [payload.code]}
      routing: {rules: [{action: allow, target: {steps: [b]}}]}
"""

_CASES = {
    "duration": ("  steps:\n  - {name: b, type: sleep, with: {duration: '{{ inputs.text }}'}}\n", ["EV120"]),
    "phase": ("  steps:\n  - {name: b, type: stop, with: {phase: '{{ inputs.text }}'}}\n", ["EV235"]),
    "misspelt ref": ("  steps:\n  - {name: b, reff: {name: label}, with: {text: x}}\n", ["EV112"]),
    "wrapper without braces": (
        "  steps:\n  - {name: b, ref: {name: label}, with: {text: x, copies: {$bubuTemplate: inputs.count}}}\n",
        ["EV236"],
    ),
    "misspelt need": (
        f"  steps:\n{_FIRST}  - {{name: b, needs: [aa], requires: [steps.a.output.id], ref: {{name: label}}, "
        "with: {text: x}}\n",
        ["EV123"],
    ),
    "a wait in a realtime story": (
        f"{_STREAM}  steps:\n  - {{name: a, transport: one, ref: {{name: live}}, with: {{text: x}}}}\n"
        "  - {name: b, type: wait, needs: [a], with: {until: '{{ inputs.flag }}', timeout: 5m, onTimeout: fail}}\n"
        "  - {name: c, transport: one, needs: [b], ref: {name: live}, runtime: {text: '{{ packet.id }}'}}\n",
        ["EV125"],
    ),
    "undeclared transport": (
        f"{_STREAM}  steps:\n  - {{name: a, transport: one, ref: {{name: live}}, with: {{text: x}}}}\n"
        "  - {name: b, transport: onne, needs: [a], ref: {name: live}, runtime: {text: '{{ steps.a.id }}'}}\n",
        ["EV126"],
    ),
    "a hook that there is not": (
        f"{_STREAM}  steps:\n  - {{name: a, transport: one, ref: {{name: live}}, with: {{text: x}}}}\n"
        "  - name: b\n    transport: one\n    needs: [a]\n    ref: {name: live}\n"
        "    if: '{{ eq packet.hook.event \"steprun_ready\" }}'\n    runtime: {text: '{{ packet.id }}'}\n",
        ["EV232"],
    ),
    "a step between two under another name": (
        f"  steps:\n{_FIRST}  - {{name: d, needs: [a], ref: {{name: label}}, with: {{text: x}}}}\n"
        "  - {name: d, ref: {name: label}, with: {text: x}}\n"
        "  - {name: c, type: wait, needs: [b], "
        "with: {until: '{{ eq steps.a.output.id \"x\" }}', timeout: 5m, onTimeout: fail}}\n",
        ["EV121"],
    ),
    "the only sender on an undeclared transport": (
        f"{_ROUTED}  steps:\n  - {{name: a, transport: one, ref: {{name: live}}, with: {{text: x}}}}\n"
        "  - {name: b, transport: onne, needs: [a], ref: {name: other}, with: {text: x}}\n",
        ["EV126"],
    ),
    "the target of a rule under another name": (
        f"{_ROUTED}  steps:\n  - {{name: a, transport: one, ref: {{name: live}}, with: {{text: x}}}}\n"
        "  - {name: a, transport: one, ref: {name: other}, with: {text: x}}\n",
        ["EV121"],
    ),
    "a template for a transport": (
        f"{_STREAM}  steps:\n  - {{name: a, transport: '{{{{ x }}}}', ref: {{name: live}}, with: {{text: x}}}}\n",
        ["EV116"],
    ),
    "trim markers": (
        "  steps:\n  - {name: b, ref: {name: label}, with: {text: x, tags: '{{- inputs.tags -}}'}}\n",
        ["EV225"],
    ),
    "default of a boolean": (
        "  steps:\n  - {name: b, ref: {name: label}, with: {text: x, flag: '{{ inputs.flag | default true }}'}}\n",
        ["EV228"],
    ),
    "a step that reads itself": (
        "  steps:\n  - {name: b, ref: {name: label}, with: {text: '{{ steps.b.output.idd }}'}}\n",
        ["EV220"],
    ),
    "an engram of two steps": (
        "  steps:\n  - {name: a, ref: {name: shared}, with: {text: x}}\n"
        "  - {name: b, ref: {name: shared}, with: {text: x}}\n",
        ["EV302"],
    ),
    "a merged block": (
        "  steps:\n  - {name: a, ref: {name: label}, with: &w {text: '{{ inputs.txt }}'}}\n"
        "  - {name: b, ref: {name: label}, with: {<<: *w, copies: 1}}\n",
        ["EV211"],
    ),
    "a branch named like a step": (
        f"  steps:\n{_FIRST}  - name: p\n    type: parallel\n    with:\n      steps:\n      - {{name: a, "
        "ref: {name: label}, with: {text: x}}\n",
        ["EV121", "EV265"],
    ),
    "a slip in a primitive": (
        "  steps:\n  - {name: b, type: wait, with: {untill: '{{ inputs.flag }}', timeout: 5m}}\n",
        ["EV114"],
    ),
    "a slip that leaves out the wait": (
        "  steps:\n  - {name: b, type: executeStory, with: {storyRef: {name: t}, waitForCompletition: true}}\n",
        ["EV250"],
    ),
    "a wait that is text": (
        "  steps:\n  - {name: b, type: executeStory, with: {storyRef: {name: t}, waitForCompletion: yes please}}\n",
        ["EV113"],
    ),
    "a requirement that cannot be met": (
        "  steps:\n  - {name: g, type: gate}\n"
        "  - {name: b, requires: [steps.g.output.by], ref: {name: label}, with: {text: x}}\n",
        ["EV128"],
    ),
    "a runtime in a batch story": (
        "  steps:\n  - {name: b, ref: {name: label}, with: {text: x}, runtime: {txet: y}}\n",
        ["EV129"],
    ),
    "a condition that is text": (
        "  steps:\n  - {name: b, ref: {name: label}, with: {text: x}, if: '{{ inputs.text }} or not'}\n",
        ["EV234"],
    ),
    "a template for a queue": (
        "  policy: {queue: '{{ inputs.text }}'}\n  steps:\n  - {name: b, ref: {name: label}, with: {text: x}}\n",
        ["EV116"],
    ),
    "two mistakes": (
        "  steps:\n  - {name: a, ref: {name: label}, with: {text: '{{ inputs.txt }}'}}\n"
        "  - {name: b, ref: {name: label}, with: {text: '{{ inputs.txt }}'}}\n",
        ["EV211", "EV211"],
    ),
}


def _told(folder: Path, story: str, required: str = "[text, flag, tags, count]") -> list[Finding]:
    parts = _PARTS.lstrip().replace("[text, flag, tags, count]", required)
    (folder / "all.yaml").write_text(parts + story, encoding="utf-8")
    workspace = load(folder)
    verdicts = [*manifests.check(workspace), *resolution.check(workspace), *pairwise.check(workspace)]
    return causes([*workspace.problems, *(one for one in verdicts if isinstance(one, Finding))])


@pytest.mark.parametrize(("story", "codes"), _CASES.values(), ids=_CASES)
def test_one_cause_is_one_finding(tmp_path: Path, story: str, codes: list[str]) -> None:
    found = [one for one in _told(tmp_path, story) if one.severity is not Severity.NOTE]
    assert [one.rule.code for one in found] == codes


@pytest.mark.parametrize(
    ("required", "field", "codes"),
    [
        ("[text, flag, tgas, count]", "", ["EV143"]),
        ("[text, flag, tags, count, n]", "      n: {type: string}\n", ["EV140"]),
    ],
    ids=["a slip", "a key that YAML reads as a boolean"],
)
def test_what_a_schema_requires_by_another_name(tmp_path: Path, required: str, field: str, codes: list[str]) -> None:
    story = (
        f"{field}  steps:\n  - {{name: b, ref: {{name: label}}, with: {{text: x, tags: '{{{{ inputs.tags }}}}'}}}}\n"
    )
    assert [one.rule.code for one in _told(tmp_path, story, required)] == codes


def test_a_cause_is_as_severe_as_what_follows(tmp_path: Path) -> None:
    (found,) = [one for one in _told(tmp_path, _CASES["wrapper without braces"][0]) if one.rule.code == "EV236"]
    assert found.severity is Severity.ERROR


def test_what_several_steps_share_names_them(tmp_path: Path) -> None:
    (found,) = [one for one in _told(tmp_path, _CASES["an engram of two steps"][0]) if one.rule.code == "EV302"]
    assert found.message.endswith("(in 2 steps)")
    assert found.evidence["steps"] == ["a", "b"]


_CLOSED = """apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: label}
spec:
  version: 1.0.0
  image: registry.example/label:1.0.0
  supportedModes: [job, deployment]
  configSchema: {type: object, properties: {limit: {type: integer}}}
  inputSchema:
    type: object
    required: [text]
    PROPERTIES: {text: {type: string}, limit: {type: integer}}
    additionalProperties: false
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: label}
spec: {mode: job, templateRef: {name: label}, with: {LIMIT: 3}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  pattern: PATTERN
"""
_BATCH = "  steps:\n  - {name: a, ref: {name: label}, with: {text: x}}\n"
_REALTIME = "  steps:\n  - {name: a, ref: {name: label}, runtime: {text: x}}\n"


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ({"PATTERN": f"batch\n{_BATCH}", "LIMIT": "limit", "PROPERTIES": "properties"}, []),
        ({"PATTERN": f"batch\n{_BATCH}", "LIMIT": "limti", "PROPERTIES": "properties"}, ["EV302"]),
        ({"PATTERN": f"realtime\n{_REALTIME}", "LIMIT": "limti", "PROPERTIES": "properties"}, ["EV250"]),
        ({"PATTERN": f"realtime\n{_REALTIME}", "LIMIT": "colour", "PROPERTIES": "properties"}, ["EV258"]),
        ({"PATTERN": f"batch\n{_BATCH}", "LIMIT": "limit", "PROPERTIES": "propertis"}, ["EV150"]),
    ],
    ids=["correct", "slip in batch", "slip in realtime", "stranger in realtime", "slip for properties"],
)
def test_closed_inputs(tmp_path: Path, written: dict[str, str], codes: list[str]) -> None:
    """A slip in an Engram's `with` is told, once, and so is one that takes all fields from a closed schema."""
    text = _CLOSED
    for word, instead in written.items():
        text = text.replace(word, instead)
    if "realtime" in text:
        text = text.replace("mode: job", "mode: deployment")
    (tmp_path / "all.yaml").write_text(text, encoding="utf-8")

    assert [one.rule.code for one in run(Options(root=tmp_path, checks=STATIC)).findings] == codes


def test_causes_are_compared_with_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many stories with two findings each take twice as many comparisons."""
    compared: list[Finding] = []

    def counted(cause: Finding, consequence: Finding) -> bool:
        compared.append(cause)
        return True

    pairs = tuple(replace(pair, related=counted) for pair in module._PAIRS)
    keys = {counted: module._lines}
    monkeypatch.setattr(module, "_PAIRS", pairs)
    monkeypatch.setattr(module, "_SHARED", keys)
    for keyed in (module._lines, module._subject, module._manifest):
        keys[counted] = keyed
        compared.clear()
        found = [
            catalogue()[code].at(
                Location("all.yaml", number, 1, number, 9),
                Subject("story", f"s{number}", step="a"),
                **dict.fromkeys(re.findall(r"{(\w+)}", catalogue()[code].message), "x"),
            )
            for number in range(1, 101)
            for code in ("EV235", "EV130")
        ]

        assert len(causes(found)) == 100
        assert len(compared) == 100


def test_a_name_that_is_refused_is_not_called_undeclared_as_well(tmp_path: Path) -> None:
    """A key that breaks `propertyNames`: the note on open schemas has nothing to add."""
    golden = Path(__file__).parent.parent / "golden" / "resolution" / "inputs.yaml"
    (tmp_path / "all.yaml").write_text(golden.read_text(encoding="utf-8"), encoding="utf-8")
    found = causes([one for one in resolution.check(load(tmp_path)) if isinstance(one, Finding)])
    about = [(one.rule.code, one.evidence.get("value")) for one in found if one.subject.name == "names"]
    assert about == [("EV242", "Size-2")]
