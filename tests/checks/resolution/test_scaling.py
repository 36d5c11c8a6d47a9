"""Long texts take work that grows with their length and not with its square: work is counted, not timed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from validator.checks import pairwise, resolution
from validator.checks.resolution import excerpts, misspellings, witnesses
from validator.engine.story_checks import check_stories
from validator.findings import Finding
from validator.sources.workspace import Workspace, load
from validator.stories import analysis
from validator.templates import inference, mistakes

_MANIFESTS = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: t}
spec:
  version: 1.0.0
  supportedModes: [job]
  inputSchema: {type: object, properties: {text: {type: string}, other: {type: string}}}
  outputSchema: {type: object, properties: {a: {type: string}, b: {type: string}}, required: [b]}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: e}
spec: {templateRef: {name: t}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  inputsSchema:
    type: object
    properties:
      kind: {enum: [a, b]}
      list: {type: array, items: {type: object, properties: {a: {type: string}}}}
      a: {type: string}
      c: {type: string}
    required: [kind, list]
    allOf: [{if: {properties: {kind: {const: a}}}, then: {required: [a]}}]
  steps:
  - name: one
    ref: {name: e}
    with: {text: "{{ inputs.kind }}"}
  - name: two
    ref: {name: e}
    needs: [one]
    if: '{{ eq inputs.kind "a" }}'
    with:
"""


def _workspace(folder: Path, *settings: str) -> Workspace:
    (folder / "all.yaml").write_text(_MANIFESTS + "".join(f"      {line}\n" for line in settings), encoding="utf-8")
    return load(folder)


def _references(count: int) -> str:
    return f"text: '{' '.join('{{ inputs.c }}' for _ in range(count))}'"


def _counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, work: Callable[..., int]) -> Counter[str]:
    """How much work the calls of a function are."""
    done: Counter[str] = Counter()
    original = getattr(module, name)

    def counting(*arguments: Any, **options: Any) -> Any:
        done[name] += work(*arguments)
        return original(*arguments, **options)

    monkeypatch.setattr(module, name, counting)
    return done


def test_characters_evaluated_grow_with_the_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = _counted(monkeypatch, witnesses, "evaluate", lambda text, *_: len(text))
    taken = []
    for count in (40, 160):
        done.clear()
        found = [one for one in resolution.check(_workspace(tmp_path, _references(count))) if isinstance(one, Finding)]
        assert sum("`c`" in one.message for one in found) == count
        taken.append(done["evaluate"])

    assert taken[1] < 5 * taken[0]


def test_slips_are_looked_for_among_so_many_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slips = _counted(monkeypatch, misspellings, "slip", lambda *_: 1)
    names = _counted(monkeypatch, misspellings, "field_names", lambda *_: 1)
    workspace = _workspace(tmp_path, *(f"key-{number}: v" for number in range(1000)))
    found = [one for one in resolution.check(workspace) if isinstance(one, Finding)]

    assert any(one.rule.code == "EV258" for one in found)
    assert slips["slip"] <= 200
    assert names["field_names"] < 100


def test_a_mistake_is_explained_from_what_stands_near_it() -> None:
    near = mistakes._around(re.compile("a"), "a" * 100_000, 50_000)

    assert len(list(near)) <= 2 * mistakes._NEAR


@pytest.mark.parametrize(
    "text",
    [
        'x {{ if eq inputs.kind "a" }}{{ inputs.a }}{{ end }} y',
        "x {{ if inputs.c }}{{ inputs.a }}{{ else }}{{ inputs.c }}{{ end }} y",
        'x {{ $k := inputs.kind }}{{ if eq $k "a" }}{{ inputs.a }}{{ end }}{{ inputs.c }}',
        "x {{- with inputs.c -}} y {{ . }} {{ end }} {{ inputs.a }} {{ steps.one.output.a }}",
        "x {{ range inputs.list }} {{ .a }} {{ end }} {{ upper inputs.c }}",
        "{{ inputs.c }}",
        "{{ inputs.kind }} {{ default inputs.a inputs.c }} {{ inputs.c | trim | upper }}",
    ],
)
def test_a_part_says_what_the_whole_says(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = _workspace(tmp_path, f"text: '{text}'")
    said = []
    for many in (0, 1_000):
        monkeypatch.setattr(excerpts, "MANY", many)
        said.append([repr(verdict) for verdict in resolution.check(workspace)])

    assert said[0] == said[1]


def test_each_template_is_inferred_once_for_all_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inferred: Counter[tuple[str, int, frozenset[Any]]] = Counter()
    types = []
    original = inference.infer_plan

    def counting(planned: Any, text: str, context: Any, known: Any = frozenset()) -> Any:
        types.append(context)  # kept, so that its identity stays its own
        inferred[text, id(context), known] += 1
        return original(planned, text, context, known)

    monkeypatch.setattr(analysis, "infer_plan", counting)
    workspace = _workspace(tmp_path, "text: '{{ inputs.a }}'", "other: '{{ steps.one.output.b }}'")
    together = check_stories(workspace, ["resolution", "pairwise"])

    assert {text for text, _, _ in inferred} >= {"{{ inputs.a }}", '{{ eq inputs.kind "a" }}'}
    assert set(inferred.values()) == {1}
    assert together["resolution"].verdicts == list(resolution.check(workspace))
    assert together["pairwise"].verdicts == list(pairwise.check(workspace))


_TWO_STORIES = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: other}}
spec:
  version: 1.0.0
  supportedModes: [job]
  outputSchema: {{type: object, properties: {{a: {{type: {kind}}}, b: {{type: string}}}}, required: [b]}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: other}}
spec: {{templateRef: {{name: other}}}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: second}}
spec:
  steps:
  - name: another
    ref: {{name: {engram}}}
  - name: reader
    ref: {{name: e}}
    needs: [another]
    with: {{text: "{{{{ steps.another.output.a }}}}"}}
---
"""


@pytest.mark.parametrize(
    ("engram", "kind", "searches"),
    [
        ("e", "string", 1),
        ("other", "string", 1),  # another template, of which the schema says the same
        ("other", "integer", 2),
    ],
)
def test_stories_that_ask_the_same_share_the_search(
    engram: str, kind: str, searches: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _counted(monkeypatch, witnesses._Search, "result", lambda _: 1)
    text = _TWO_STORIES.format(engram=engram, kind=kind) + _MANIFESTS + '      text: "{{ steps.one.output.a }}"\n'
    (tmp_path / "all.yaml").write_text(text.replace("    if: '{{ eq inputs.kind \"a\" }}'\n", ""), encoding="utf-8")
    found = [one for one in resolution.check(load(tmp_path)) if isinstance(one, Finding) and one.rule.code == "EV212"]

    assert {one.subject.name: one.evidence["witness"] for one in found}.keys() == {"s", "second"}
    assert all(isinstance(one.evidence["witness"], dict) and "a" not in one.evidence["witness"] for one in found)
    assert done["result"] == searches
