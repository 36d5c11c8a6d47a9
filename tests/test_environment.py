"""How a fresh clone gets its environment: the lock file in parts, installed side by side."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def called(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that uses the scripts, which import one another by their names alone."""
    program = f"import sys; sys.path.insert(0, 'scripts')\nimport environment\n{program}"
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_the_parts_of_a_lock_file_hold_all_of_it(kind: str) -> None:
    lock = (ROOT / "requirements" / f"{kind}.lock").read_text(encoding="utf-8")
    shown = called(
        "import json, pathlib\n"
        f"print(json.dumps(environment.requirements(pathlib.Path('requirements/{kind}.lock').read_text())))"
    )
    entries = json.loads(shown.stdout)

    assert "".join(entries) == "".join(line for line in lock.splitlines(keepends=True) if not line.startswith("#"))
    assert [entry for entry in entries if entry.split(" ")[0].count("==") != 1 or "--hash=sha256:" not in entry] == []


def test_a_comment_between_two_entries_belongs_to_neither() -> None:
    shown = called(
        r"print(environment.requirements('# a\nx==1 \\\n    --hash=h\n    # via y\ny==2 \\\n    --hash=i\n'))"
    )

    assert shown.stdout == r"['x==1 \\\n    --hash=h\n', 'y==2 \\\n    --hash=i\n']" + "\n"


def test_an_installer_that_fails_is_named_with_the_end_of_its_output() -> None:
    failing = "import sys; print('no such package'); sys.exit(1)"
    done = called(f"environment.followed([sys.executable, '-c', {failing!r}], print)")

    assert done.returncode == 1
    assert "no such package" in done.stderr
    assert "failed" in done.stderr


def test_each_line_is_received_while_the_installer_runs() -> None:
    done = called(
        "environment.followed([sys.executable, '-c', 'print(1); print(2)'], lambda line: print(line, end=''))"
    )

    assert done.stdout == "1\n2\n"
