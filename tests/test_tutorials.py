"""Plays every tutorial from its first line to its last: files are written, edits made, commands run in order."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
BLOCK = re.compile(r"<!-- (file|edit|run): (.+?) -->\n```\w+\n(.*?)```", re.S)


class Reader:
    """Somebody who follows a tutorial in `folder`, where the repository's examples lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }

    def file(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, difference: str) -> None:
        """Replace each run of `-` lines by the `+` lines that follow it."""
        text = (self.folder / name).read_text(encoding="utf-8")
        for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", difference, re.M):
            before, after = (re.sub(r"^[-+]", "", lines, flags=re.M) for lines in (old, new))
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        self.file(name, text)

    def run(self, status: str, block: str) -> None:
        for command in block.split("$ ")[1:]:
            line, *shown = command.rstrip("\n").split("\n")
            if line.startswith("cd "):
                self.folder /= line.removeprefix("cd ")
                continue
            done = subprocess.run(
                shlex.split(line), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
            )
            assert f"status {done.returncode}" == status, f"{line}\n{done.stdout}{done.stderr}"
            printed = done.stdout.splitlines()
            assert [text for text in shown if text != "…" and text not in printed] == [], done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_every_step_does_what_the_page_says(tutorial: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")

    for kind, argument, block in BLOCK.findall(tutorial.read_text(encoding="utf-8")):
        getattr(reader, kind)(argument, block)


def test_there_is_a_tutorial_for_each_kind_of_user() -> None:
    assert [path.stem for path in TUTORIALS] == ["engram", "registry", "story"]
