"""Plays every tutorial from its first line to its last: files are written, edits made, commands run in order."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.reader import Reader

ROOT = Path(__file__).resolve().parent.parent
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))


@pytest.mark.slow
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_every_step_does_what_the_page_says(tutorial: Path, tmp_path: Path) -> None:
    clone = tmp_path / "engram-validate"
    shutil.copytree(ROOT / "examples", clone / "examples")

    Reader(clone).follow(tutorial)


def test_there_is_a_tutorial_for_each_kind_of_user() -> None:
    assert [path.stem for path in TUTORIALS] == ["engram", "registry", "story"]
