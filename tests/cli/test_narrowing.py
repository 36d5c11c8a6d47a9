"""`run --case` and `run --last-failed`: what is run, and what is said of a name that no case has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from validator.cli import main

ROOT = Path(__file__).parents[2]
GREETER = ROOT / "examples" / "greeter"


def run(*arguments: str) -> Result:
    """The greeter's cases, of which `calm` fails on purpose."""
    given = ["run", "--root", str(GREETER), "--sandbox", "process", "--allow-unisolated", "--checks", "conformance"]
    return CliRunner().invoke(main, [*given, *arguments])


def cases(result: Result) -> dict[str, str]:
    report = json.loads(result.stdout)
    return {case["subject"]["case"]: case["outcome"] for case in report["cases"] if case["check"] == "conformance"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("reports") / "report.json"
    assert run("--explore", "off", "--json", str(file)).exit_code == 1
    return file


def test_a_case_by_name() -> None:
    assert cases(run("--case", "calm", "--format", "json")) == {"calm": "failed"}
    assert set(cases(run("--case", "c*", "--format", "json"))) == {"calm"}


def test_what_failed_the_last_time(whole: Path) -> None:
    everything = {case["subject"]["case"] for case in json.loads(whole.read_text())["cases"]}
    assert len(everything) > 2
    assert cases(run("--last-failed", str(whole), "--format", "json")) == {"calm": "failed"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--case", "clam"), "--case: no engram that is run here has a case `clam`; did you mean `calm`?"),
        (("--last-failed", "none.json"), "--last-failed none.json: No such file or directory"),
        (
            ("--case", "calm", "--update-baseline", "--baseline", "old.json"),
            "--update-baseline needs a run of everything",
        ),
    ],
)
def test_what_cannot_be_meant(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
