"""docs/command-line.md: what the page shows is so, and it leaves out no option that people need day by day."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.reader import BLOCK, CONSOLE, Reader
from validator.cli import main, watch

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "command-line.md"

DAILY = [
    "check - ", "--fix", "--diff", "--case", "--last-failed", "-x", "check --watch", "story run --watch",
    "--format concise", "--format grouped", "--format gitlab", "--format json", "--format github", "--statistics",
    "--compare-with", "--badge", "--html", "--summary", "--junit", "--sarif", "template eval", "rehearse",
    "compat --matrix",
]  # fmt: skip


class InProcess(Reader):
    """Calls engram-validate in this process: thirty of its own would take a minute."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        self.monkeypatch = monkeypatch

    def called(self, words: list[str], typed: str) -> tuple[int, str, str]:
        if words[0] != "engram-validate":
            return super().called(words, typed)
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            done = CliRunner(env=CONSOLE).invoke(main, words[1:], input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout, done.stderr

    def watch(self, status: str, block: str) -> None:
        """Commands that wait for changes: Ctrl-C comes when they do (tests/cli/test_watch.py makes changes)."""
        with self.monkeypatch.context() as patch:
            patch.setattr(watch, "_changes", lambda *_: iter(()))
            self.run(status, block)


@pytest.mark.slow
def test_every_command_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(variable)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")

    InProcess(tmp_path, monkeypatch).follow(PAGE)


def test_what_is_used_day_by_day_is_shown() -> None:
    commands = "\n".join(
        line
        for kind, _, block in BLOCK.findall(PAGE.read_text(encoding="utf-8"))
        if kind in {"run", "watch"}
        for line in block.splitlines()
        if line.startswith("$ engram-validate ")
    )

    assert [option for option in DAILY if option not in commands] == []
