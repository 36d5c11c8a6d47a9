"""Poor surroundings: a check works without a home, an environment, a locale, room on disk or many files."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow  # each starts the program in surroundings of its own

STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: greetings-ü}
spec:
  steps:
    - {name: a, ref: {name: gone}}
"""
PLAIN = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
SURROUNDINGS: dict[str, dict[str, str]] = {
    "no home": PLAIN,
    "no environment": {"PYTHONPATH": str(ROOT)},
    "C locale": {**PLAIN, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a home that is not there": {**PLAIN, "HOME": "/nowhere"},
    "no room for temporary files": {**PLAIN, "TMPDIR": "/proc/1/nowhere"},
}


def checked(folder: Path, env: dict[str, str], *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "validator", "check", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        **more,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    return tmp_path


def without_times(value: Any) -> Any:
    """A report without what a clock has a say in."""
    if isinstance(value, dict):
        return {name: without_times(each) for name, each in value.items() if "seconds" not in name}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def verdict(done: subprocess.CompletedProcess[str], report: Path) -> list[str]:
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert done.returncode == 1, done.stdout + done.stderr
    return [finding["rule"] for finding in json.loads(report.read_text(encoding="utf-8"))["findings"]]


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_a_check_works_in_poor_surroundings(repository: Path, name: str) -> None:
    usual = verdict(checked(repository, dict(os.environ) | PLAIN, "--json", "usual.json"), repository / "usual.json")
    done = checked(repository, SURROUNDINGS[name], "--json", "poor.json")
    assert verdict(done, repository / "poor.json") == usual


def test_a_check_needs_few_files(repository: Path) -> None:
    done = checked(
        repository, PLAIN, "--json", "few.json", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    )
    assert verdict(done, repository / "few.json")


def test_names_that_are_no_text_are_survived(repository: Path) -> None:
    (repository / os.fsdecode(b"bad\xff\xfe.yaml")).write_text(STORY.replace("greetings-ü", "other"), encoding="utf-8")
    done = checked(repository, PLAIN, "--json", "names.json")
    assert verdict(done, repository / "names.json")


@pytest.mark.parametrize("place", ["/proc/report.json", "story.yaml/report.json"])
def test_a_report_that_cannot_be_written_is_told(repository: Path, place: str) -> None:
    done = checked(repository, PLAIN, "--json", place)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode in {1, 2}
    assert place.rpartition("/")[0] in done.stdout + done.stderr


def test_hash_seeds_change_nothing(repository: Path) -> None:
    told = set()
    for seed in range(5):
        done = checked(repository, {**PLAIN, "PYTHONHASHSEED": str(seed)}, "--json", "report.json")
        assert done.returncode == 1, done.stderr
        report = json.loads((repository / "report.json").read_text(encoding="utf-8"))
        told.add(json.dumps(without_times(report)))
    assert len(told) == 1


def test_many_stories_take_bounded_memory(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"s{number}.yaml").write_text(STORY.replace("greetings-ü", f"S{number}"), encoding="utf-8")
    most = 400 << 20
    done = checked(
        tmp_path,
        PLAIN,
        "--json",
        "many.json",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most)),
    )
    assert len(verdict(done, tmp_path / "many.json")) >= 500
