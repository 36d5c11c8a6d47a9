"""Somebody who follows a page of the documentation from its first line to its last."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

BLOCK = re.compile(r"<!-- (file|edit|run|watch): (.+?) -->\n```\w+\n(.*?)```", re.S)
CONSOLE = {"NO_COLOR": "1", "COLUMNS": "120"}


def missing(shown: Iterable[str], printed: Sequence[str]) -> list[str]:
    """The lines of a page that are not printed. `…` stands for lines left out, or for the rest of its line."""
    return [
        text
        for text in shown
        if text not in printed
        and not (text.endswith("…") and any(line.startswith(text.removesuffix("…")) for line in printed))
    ]


class Reader:
    """Writes the files, makes the edits and calls the commands of a page in `folder`, where the examples lie.

    A block is marked for that: `<!-- file: NAME -->`, `<!-- edit: NAME -->` for a difference, `<!-- run: status 0 -->`
    for commands with what they print (see `missing`).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def follow(self, page: Path) -> None:
        """All of a page. Raises AssertionError for the first command that does otherwise."""
        for kind, argument, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            getattr(self, kind)(argument, block)

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
            line, _, redirected = line.partition(" < ")
            typed = (self.folder / redirected).read_text(encoding="utf-8") if redirected else ""
            code, stdout, stderr = self.called(shlex.split(line), typed)
            assert f"status {code}" == status, f"{line}\n{stdout}{stderr}"
            printed = stdout.splitlines()
            assert missing(shown, printed) == [], stdout

    def called(self, words: list[str], typed: str) -> tuple[int, str, str]:
        """Exit status, standard output and error of a command."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=os.environ | CONSOLE | {"PATH": path},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr
