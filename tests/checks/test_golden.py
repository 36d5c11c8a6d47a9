"""Golden pairs: each YAML file of tests/golden/{manifests,resolution,gaps} beside all that its check has to say.

`UPDATE_GOLDEN=1 pytest tests/checks/test_golden.py` writes the expectations anew; read the difference first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from validator.checks import manifests, resolution
from validator.findings import Finding, Unchecked
from validator.sources.workspace import Workspace, load

_GOLDEN = Path(__file__).parents[1] / "golden"
_CHECKS = {"manifests": manifests.check, "resolution": resolution.check, "gaps": resolution.check}
_INPUTS = sorted(path for name in _CHECKS for path in (_GOLDEN / name).glob("*.yaml"))

Check = Callable[[Workspace], Iterator[Finding | Unchecked]]


def _verdicts(workspace: Workspace, check: Check) -> list[Finding | Unchecked]:
    found = [*workspace.problems, *check(workspace)]
    findings = sorted((one for one in found if isinstance(one, Finding)), key=lambda finding: finding.sort_key)
    return [*findings, *(one for one in found if isinstance(one, Unchecked))]


def _rendered(workspace: Workspace, check: Check) -> Iterator[str]:
    for verdict in _verdicts(workspace, check):
        if isinstance(verdict, Unchecked):
            yield f"unchecked: {verdict.what}: {verdict.reason}"
            continue
        at = verdict.location
        extent = f"{at.line}:{at.column}-{at.end_line}:{at.end_column}"
        yield f"{extent} {verdict.severity} {verdict.rule.code} {verdict.rule.name}"
        yield f"    {verdict.subject}: {verdict.message}"
        text = workspace.text_of(at.file)
        if text is not None and at.line == at.end_line:
            yield f"    > {text.line(at.line)[at.column - 1 : at.end_column - 1]}"
        if verdict.suggestion is not None:
            edit = verdict.suggestion.replacement
            yield f"    -> {verdict.suggestion.text}" + (f" [{edit}]" if edit is not None else "")
        for related in verdict.related:
            yield f"    see {related.location.line}:{related.location.column} {related.message}"


@pytest.mark.parametrize("path", _INPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_golden(path: Path) -> None:
    expected = path.with_suffix(".txt")
    actual = "".join(f"{line}\n" for line in _rendered(load(path.parent, [path.name]), _CHECKS[path.parent.name]))
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", _INPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_edits_mend(path: Path, tmp_path: Path) -> None:
    """Applying a suggested edit removes its finding."""
    check = _CHECKS[path.parent.name]
    workspace = load(path.parent, [path.name])
    for finding in _verdicts(workspace, check):
        if not isinstance(finding, Finding) or finding.suggestion is None or finding.suggestion.location is None:
            continue
        where = finding.suggestion.location
        source = workspace.text_of(where.file)
        assert source is not None
        assert finding.suggestion.replacement is not None
        start = source.line_starts[where.line - 1] + where.column - 1
        end = source.line_starts[where.end_line - 1] + where.end_column - 1
        mended = source.text[:start] + finding.suggestion.replacement + source.text[end:]
        (tmp_path / path.name).write_text(mended, encoding="utf-8")
        after = [one for one in _verdicts(load(tmp_path, [path.name]), check) if isinstance(one, Finding)]
        assert not [
            one
            for one in after
            if one.rule is finding.rule and (one.location.line, one.location.column) == (where.line, where.column)
        ], finding.message
