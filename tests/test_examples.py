"""The README's first command, on the example: with its mistake and without, in Docker and where there is none.

And the example of a story with cases, one of them wrong on purpose.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def demo(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/demo.py in the environment that the tests run in."""
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "demo.py", *arguments],
        env=os.environ | {"ENGRAM_VALIDATE_VENV": sys.prefix, "NO_COLOR": "1"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def own_environment() -> None:
    """The environment of scripts/test.py: in any other, the demo would begin to install things."""
    program = "import environment; print(environment.state('dev'))"
    told = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    state = told.stdout.strip()
    marker = Path(sys.prefix) / "installed"
    if not marker.exists() or f"dev:{state}" not in marker.read_text(encoding="utf-8"):
        pytest.skip("not in the environment of scripts/test.py")


@pytest.mark.usefixtures("own_environment")
def test_the_mistake_is_found_in_docker(python_slim: str) -> None:
    done = demo()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "EV401" in done.stdout
    assert "Engram.yaml:42" in done.stdout
    assert "sandbox: docker" in done.stdout
    assert "the mistake the example hides" in done.stderr


@pytest.mark.usefixtures("own_environment")
def test_without_a_daemon_it_says_so_and_runs_a_local_process() -> None:
    done = demo(DOCKER_HOST="tcp://127.0.0.1:1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "EV401" in done.stdout
    assert "sandbox: process" in done.stdout
    assert "no Docker daemon answers: the engram runs as a local process" in done.stderr


@pytest.mark.usefixtures("own_environment")
@pytest.mark.parametrize("arguments", [["--sandbox", "process"], pytest.param([], marks=pytest.mark.docker)])
def test_mended_it_passes(arguments: list[str]) -> None:
    done = demo("--fixed", *arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no findings" in done.stdout


def mistaken_with(image: str, sandbox: str) -> str:
    """What `story run` says of the mistaken case when a real image stands for the second step."""
    program = [sys.executable, "-m", "validator", "story", "run", "--root", ROOT / "examples" / "stories"]
    program += ["--config", "mistaken.yaml", "--image", f"summarize={image}", "--sandbox", sandbox]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def shows_the_mistake(said: str) -> None:
    """The image ran, and that is what the case says never happens."""
    assert "real in" in next(line for line in said.splitlines() if line.strip().startswith("short "))
    assert "EV720" in said
    assert "never: [short]" in said


def test_the_mistake_with_a_local_program(fixture_binaries: Path) -> None:
    shows_the_mistake(mistaken_with(f"process:{fixture_binaries / 'conforming'}", "process"))


def test_the_mistake_with_an_image(fixture_images: Callable[[str], str]) -> None:
    shows_the_mistake(mistaken_with(fixture_images("conforming"), "docker"))


@pytest.mark.parametrize(("config", "status", "said"), [("engram-validate.yaml", 0, ""), ("mistaken.yaml", 1, "EV720")])
def test_the_cases_of_the_story(config: str, status: int, said: str) -> None:
    program = [sys.executable, "-m", "validator", "story", "run", "--root", ROOT / "examples" / "stories"]
    done = subprocess.run([*program, "--config", config], capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout
    assert "never: [short]" in done.stdout or not said
