"""Stories are looked at by several processes as by one: the same verdicts in the same order, and rules that are one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from validator import rules
from validator.engine import story_checks
from validator.engine.story_checks import check_stories
from validator.findings import Finding
from validator.sources.workspace import Workspace, load

_NAMES = ("resolution", "pairwise")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for number in range(9):
        (tmp_path / f"{number}.yaml").write_text(
            f"apiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {{name: s{number}}}\nspec:\n"
            "  inputsSchema: {type: object, properties: {a: {type: string}}}\n"
            "  steps:\n  - name: one\n    ref: {name: e}\n    with: {x: '{{ inputs.b }}', y: '{{ inputs.a }}'}\n",
            encoding="utf-8",
        )
    return load(tmp_path)


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_as_one_process(workspace: Workspace, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = check_stories(workspace, _NAMES)
    monkeypatch.setattr(story_checks, "SHARE", 1)
    together = check_stories(workspace, _NAMES, workers)

    assert {name: one.verdicts for name, one in together.items()} == {name: one.verdicts for name, one in alone.items()}
    found = [one for one in together["resolution"].verdicts if isinstance(one, Finding)]
    assert len(found) >= 9
    assert all(one.rule is rules.catalogue()[one.rule.code] for one in found)


def test_what_a_lost_process_had_to_do_is_done_here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = check_stories(workspace, _NAMES)
    monkeypatch.setattr(story_checks, "SHARE", 1)
    monkeypatch.setattr(story_checks, "_answer", lambda *_: os._exit(1))

    assert check_stories(workspace, _NAMES, 2)["resolution"].verdicts == alone["resolution"].verdicts
