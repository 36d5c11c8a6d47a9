"""Golden pairs: each YAML file of tests/golden/pairwise beside all that is to be said about it.

A false alarm that was met in practice is one of them, with an empty expectation. `UPDATE_GOLDEN=1 pytest
tests/checks/pairwise` writes the expectations anew; read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from validator.checks.pairwise import check
from validator.findings import Finding, Unchecked
from validator.sources.workspace import Workspace, load

_GOLDEN = Path(__file__).parents[2] / "golden" / "pairwise"
_INPUTS = sorted(_GOLDEN.glob("*.yaml"))


def _rendered(workspace: Workspace) -> Iterator[str]:
    found = [*workspace.problems, *check(workspace)]
    for finding in sorted((one for one in found if isinstance(one, Finding)), key=lambda one: one.sort_key):
        at = finding.location
        yield f"{at.line}:{at.column}-{at.end_line}:{at.end_column} {finding.severity} {finding.rule.code}"
        yield f"    {finding.subject}: {finding.message}"
        text = workspace.text_of(at.file)
        if text is not None and at.line == at.end_line:
            yield f"    > {text.line(at.line)[at.column - 1 : at.end_column - 1]}"
        for name, value in finding.evidence.items():
            yield f"    {name}: {json.dumps(value)}"
        for related in finding.related:
            yield f"    see {related.location.line}:{related.location.column} {related.message}"
        if finding.suggestion is not None:
            yield f"    -> {finding.suggestion.text}"
    for one in found:
        if isinstance(one, Unchecked):
            yield f"unchecked: {one.what}: {one.reason}"


@pytest.mark.parametrize("path", _INPUTS, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    expected = path.with_suffix(".txt")
    actual = "".join(f"{line}\n" for line in _rendered(load(_GOLDEN, [path.name])))
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")
