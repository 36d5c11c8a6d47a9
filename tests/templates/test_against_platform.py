"""Ours against the platform's own code, on templates and contexts made up from a seed.

`tests/oracle/template` is that code behind a pipe: a newer platform is a changed line in its go.mod, and a list of what
moved. It is a judge for tests, never part of a run.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.depth import examples

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "tests" / "oracle" / "template"


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("oracle") / "template"
    subprocess.run(["go", "build", "-o", binary, "."], cwd=ORACLE, check=True)
    return binary


def compare(platform: Path, *arguments: str) -> dict[str, int]:
    command = [sys.executable, str(ORACLE / "compare.py"), str(platform), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout.splitlines()[-2]))


@pytest.mark.go
def test_the_golden_vectors(platform: Path) -> None:
    counts = compare(platform, "--vectors", str(ROOT / "tests" / "vectors"))
    assert counts == {"same": 2118}


@pytest.mark.go
@pytest.mark.slow
def test_made_up_templates(platform: Path) -> None:
    made = examples(20_000)
    counts = compare(platform, "--seed", "1", "--count", str(made))
    assert counts["same"] > 0.95 * made
    assert counts["unsupported"] < 0.03 * made
