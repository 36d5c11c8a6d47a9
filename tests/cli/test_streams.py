"""Standard streams that are closed or full, and a working directory that is gone: a word and a status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  steps:
    - {name: a, ref: {name: gone}}
"""
CLOSED = {"standard output": ">&-", "standard error": "2>&-", "all three": "<&- >&- 2>&-"}
FULL = {
    "standard output, full": ">/dev/full",
    "both, full": ">/dev/full 2>/dev/full",
    "closed and full": ">&- 2>/dev/full",
}


def done(folder, redirection, *arguments, before=""):
    line = f'{before} exec "$0" -m validator "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", line, sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "story.yaml").write_text(STORY)
    return tmp_path


@pytest.mark.parametrize("name", [*CLOSED, *FULL])
def test_reports_are_written_to_files_all_the_same(name, repository):
    found = done(repository, (CLOSED | FULL)[name], "check", "--fail-on", "never", "--json", "report.json")
    assert "Traceback" not in found.stderr
    assert "findings" in json.loads((repository / "report.json").read_text())
    assert found.returncode == (0 if name == "standard error" else 2)
    if name.startswith("standard output"):
        assert "standard output cannot be written" in found.stderr


def test_a_verdict_stays_what_it_is(repository):
    (repository / "story.yaml").write_text(STORY.replace("spec:", "spec:\n  wrong: 1"))
    assert done(repository, "", "check").returncode == done(repository, ">/dev/full", "check").returncode == 1


def test_a_reader_that_has_seen_enough_is_no_fault(repository):
    found = done(repository, "| head -n 1", "explain")
    assert (found.returncode, found.stderr) == (0, "")


def test_a_working_directory_that_was_deleted_is_told(repository):
    inner = repository / "inner"
    inner.mkdir()
    found = done(repository, "", "check", before=f"cd {inner}; rmdir {inner};")
    assert found.returncode == 2
    assert "working directory was deleted" in found.stderr
    assert "Traceback" not in found.stderr
