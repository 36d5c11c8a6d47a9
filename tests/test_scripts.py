"""Every script says what it is for when it is asked, and refuses what it does not know, before it does anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
PROGRAMS = sorted(
    file.name
    for file in SCRIPTS.iterdir()
    if file.is_file() and (file.suffix != ".py" or '__name__ == "__main__"' in file.read_text(encoding="utf-8"))
)
FORWARDING = {"demo.py", "lock.py", "test.py"}
"""Scripts whose arguments are those of another program, which judges them."""


def called(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script as it is called from the root of a clone."""
    command = [sys.executable] if name.endswith(".py") else []
    return subprocess.run(
        [*command, f"scripts/{name}", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("asked", ["--help", "-h"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_script_answers_help_with_how_it_is_called(name: str, asked: str) -> None:
    done = called(name, asked)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"scripts/{name}" in done.stdout


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in FORWARDING])
def test_a_script_refuses_what_it_does_not_know(name: str) -> None:
    done = called(name, "nonsense")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert "nonsense" in done.stderr or "no arguments" in done.stderr


def test_the_table_holds_the_scripts() -> None:
    assert {"base-image", "environment.py", "test.py"} < set(PROGRAMS)
