"""A search that nobody asked for: what it finds warns, where the engram has cases that somebody wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from validator.cli import main

GREETER = Path(__file__).parent.parent.parent / "examples" / "greeter"
CASE = {"name": "excited", "inputs": {"name": "Ada", "excitement": 2}}
"""The greeter fails with `excitement` left out: this case does not show it."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cases", "options", "status", "severity"),
    [
        pytest.param([CASE], [], 0, "warning", id="a case, by default"),
        pytest.param([CASE], ["--explore", "quick"], 1, "error", id="a case, asked for"),
        pytest.param([CASE], ["--fail-on", "warning"], 1, "warning", id="a case, where warnings fail"),
        pytest.param([], [], 1, "error", id="no case"),
    ],
)
def test_what_a_search_finds(tmp_path: Path, cases: list, options: list[str], status: int, severity: str) -> None:
    shutil.copy(GREETER / "Engram.yaml", tmp_path)
    shutil.copy(GREETER / "greeter.py", tmp_path)
    config = {"images": {"greeter": {"process": "./greeter.py"}}, "cases": {"greeter": cases} if cases else {}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")

    ran = ["run", "--root", str(tmp_path), "--sandbox", "process", "--checks", "conformance", *options]
    done = CliRunner().invoke(main, ran)

    assert done.exit_code == status, done.output
    assert f"{severity}[EV401 output-violates-schema]" in done.output
