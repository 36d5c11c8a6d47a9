"""Files of reports: whole or not at all, and nothing of a killed run stays beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from validator.reports import files

WRITER = """
import sys
from pathlib import Path
from validator.reports import files
with files.part(Path(sys.argv[1])) as file:
    file.write(b"half a rep")
    file.flush()
    print(file.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another run in the middle of writing the same report."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "report.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert Path(process.stdout.readline().strip()).parent == tmp_path
        yield process
        process.kill()


def test_what_a_killed_run_left_goes_with_the_next_report(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    writer.kill()
    writer.wait()
    (tmp_path / ".report.json.bak").write_text("somebody else's")
    assert len(list(tmp_path.iterdir())) == 2
    files.replace(tmp_path / "report.json", "{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".report.json.bak", "report.json"]


def test_what_a_living_run_is_writing_stays(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    files.replace(tmp_path / "report.json", "{}")
    assert len(list(tmp_path.iterdir())) == 2
    assert writer.stdin is not None
    writer.stdin.close()
    writer.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_report_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "new" / "[a]*.json"
    for text in ("first", "second"):
        files.replace(path, text)
        assert path.read_text() == text
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]
