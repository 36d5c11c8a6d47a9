"""`plan`, `run --shard` and `merge` as a workflow calls them, on real engrams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from validator.cli import main

ROOT = Path(__file__).parents[2]
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
PROCESS = ("--sandbox", "process", "--explore", "off")
NAMES = ("conforming", "wrongtype", "extra", "tells")


def validate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "validator", *arguments],
        cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path, fixture_binaries: Path) -> Path:
    images = "images:\n"
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
        images += f"  {name}: {{process: {fixture_binaries / name}}}\n"
    (tmp_path / "engram-validate.yaml").write_text(images + "ignore: [{rule: EV401, subject: tells}]\n")
    return tmp_path


def test_the_shards_of_a_plan_make_the_whole_again(repository: Path) -> None:
    whole = validate(repository, "run", *PROCESS, "--json", "whole.json")
    matrix: dict[str, Any] = json.loads(validate(repository, "plan", "--shards", "3", "--format", "github").stdout)
    statuses = [
        validate(repository, "run", *PROCESS, "--shard", part["shard"], "--json", f"part-{index}.json").returncode
        for index, part in enumerate(matrix["include"])
    ]
    merged = validate(repository, "merge", "part-0.json", "part-1.json", "part-2.json", "--json", "merged.json")

    assert sorted(name for part in matrix["include"] for name in part["engrams"]) == sorted(NAMES)
    assert max(statuses) == whole.returncode == merged.returncode == 1, merged.stderr
    one, other = (json.loads((repository / name).read_text()) for name in ("whole.json", "merged.json"))
    assert one["findings"]
    for member in ("findings", "suppressed", "unchecked", "result", "exit_status", "summary"):
        assert one[member] == other[member], member


def test_a_report_that_is_none_is_refused_with_what_to_do(repository: Path) -> None:
    (repository / "part.json").write_text("{}")
    done = validate(repository, "merge", "part.json")

    assert done.returncode == 2
    assert "part.json: expected a report of version 1" in done.stderr
    assert "expected what `run --json FILE` writes" in done.stderr


def test_a_plan_that_github_would_refuse_is_not_made(repository: Path) -> None:
    done = validate(repository, "plan", "--shards", "300")

    assert done.returncode == 2
    assert "300 shards are more than the 256 jobs" in done.stderr


def test_what_shards_have_drawn_of_stories_is_on_the_page_of_all(tmp_path: Path) -> None:
    """Timelines go through the JSON report of the shard that ran the stories."""
    root = str(ROOT / "examples" / "stories")
    parts = [tmp_path / f"{number}.json" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        arguments = ["run", "--root", root, "--shard", f"{number}/2", "--json", str(part)]
        assert CliRunner().invoke(main, [*arguments, "--checks", "manifests,stories"]).exit_code in {0, 4}
    page = tmp_path / "all.html"
    CliRunner().invoke(main, ["merge", *map(str, parts), "--root", root, "--html", str(page)])

    whole = tmp_path / "whole.html"
    CliRunner().invoke(main, ["check", "--root", root, "--html", str(whole)])
    drawn = '<section id="timelines">'
    assert drawn in whole.read_text(encoding="utf-8")
    assert drawn in page.read_text(encoding="utf-8")
