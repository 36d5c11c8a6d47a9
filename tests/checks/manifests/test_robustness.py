"""Whatever a manifest holds, the check ends with verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.checks.manifests import check
from validator.findings import Finding
from validator.sources.documents import SourceDocument
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.sources.workspace import Workspace, assemble

_GOLDEN = Path(__file__).parents[2] / "golden" / "manifests"
_VALUES: list[Any] = [
    document.root.value
    for path in sorted(_GOLDEN.glob("*.yaml"))
    for document in read(SourceText(path.name, path.read_text(encoding="utf-8"))).documents
    if isinstance(document.root.value, dict)
]


def _workspace(*values: object) -> Workspace:
    texts = [SourceText(f"m{index}.json", json.dumps(value)) for index, value in enumerate(values)]
    documents = [
        SourceDocument(view(document.root), document.duplicates, named=True)
        for text in texts
        for document in read(text).documents
    ]
    return assemble(Path(), texts, documents)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in _paths(child, (*path, key)))]


def _replaced(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], other)
    return copy


_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "{{ x }}", [], {}, [None], {"name": None}, {"": {}}, "\u2028", 10**30]
)


@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_a_mutated_manifest_gets_verdicts(data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(_VALUES))
    for _ in range(data.draw(st.integers(1, 3))):
        value = _replaced(value, data.draw(st.sampled_from(_paths(value))), data.draw(_ODD))
    for verdict in check(_workspace(value, *_VALUES[-2:])):
        if isinstance(verdict, Finding):
            assert verdict.fingerprint
            assert verdict.location.line >= 1


def test_a_deep_schema() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(70):
        schema = {"type": "object", "properties": {"inner": schema}}
    template = {
        "apiVersion": "catalog.bubustack.io/v1alpha1",
        "kind": "EngramTemplate",
        "metadata": {"name": "deep"},
        "spec": {"version": "1", "supportedModes": ["job"], "inputSchema": schema},
    }
    assert not list(check(_workspace(template)))


@pytest.mark.slow
def test_many_references_that_lead_nowhere() -> None:
    """Each costs the same, however many names there are to compare with."""
    engrams = [
        {"apiVersion": "bubustack.io/v1alpha1", "kind": "Engram", "metadata": {"name": f"engram-{index}"}, "spec": {}}
        for index in range(1500)
    ]
    stories = [
        {
            "apiVersion": "bubustack.io/v1alpha1",
            "kind": "Story",
            "metadata": {"name": f"story-{index}"},
            "spec": {"steps": [{"name": f"s{step}", "ref": {"name": f"gone-{index}-{step}"}} for step in range(10)]},
        }
        for index in range(100)
    ]
    found = [one for one in check(_workspace(*engrams, *stories)) if isinstance(one, Finding)]
    assert sum(1 for one in found if one.rule.code == "EV130") == 1000
