"""Faults that the static checks once had stay mended: the smallest workspace of each, and all that is said of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.checks.static_faults import NAMED, PROBES, TEMPLATES, Named, Probe
from tests.node_ids import exists
from validator.engine.engine import run
from validator.engine.options import STATIC, Options
from validator.findings import Finding
from validator.sources.text import SourceText

NUMBERS = {*(f"F{number}" for number in range(1, 17)), "P", "D", "V10", "V17", "V19", "V21", "V24", "V25"}


def _findings(documents: str, folder: Path) -> Counter[str]:
    """The findings about documents beside the templates, each with the characters that it underlines."""
    mode = "deployment" if "pattern: realtime" in documents else "job"
    text = f"{TEMPLATES}---\n{documents.removeprefix('---')}".replace("MODE", mode)
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    found = run(Options(root=folder, checks=STATIC)).findings
    return Counter(_line(one, SourceText("all.yaml", text)) for one in found)


def _line(finding: Finding, text: SourceText) -> str:
    place = finding.location
    assert place.line == place.end_line
    return f"{finding.rule.code} {text.line(place.line)[place.column - 1 : place.end_column - 1]}"


def test_no_fault_is_lost() -> None:
    rows: list[Probe | Named] = [*PROBES, *NAMED]
    assert {row.number for row in rows} == NUMBERS
    assert len({row.what for row in rows}) == len(rows)


def test_what_all_of_them_share_is_right(tmp_path: Path) -> None:
    assert not _findings("", tmp_path)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: f"{probe.number}: {probe.what}")
def test_all_that_is_said(probe: Probe, tmp_path: Path) -> None:
    assert _findings(probe.documents, tmp_path) == Counter(probe.findings)


@pytest.mark.parametrize("row", NAMED, ids=lambda row: f"{row.number}: {row.what}")
def test_a_fault_has_tests_that_exist(row: Named) -> None:
    assert row.tests
    for test in row.tests:
        assert exists(test), test
