"""The inputs of the action as a command line, and the report as its outputs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def entrypoint() -> ModuleType:
    spec = importlib.util.spec_from_file_location("entrypoint", ROOT / "entrypoint.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("arguments", "environment", "step"),
    [
        ([], {"INPUT_COMMAND": "run"}, True),
        (["check"], {}, False),
        (["check"], {"INPUT_COMMAND": "run"}, False),
        ([], {"HOME": "/root"}, False),
    ],
)
def test_with_arguments_it_is_the_command(
    entrypoint: ModuleType, arguments: list[str], environment: dict[str, str], step: bool
) -> None:
    assert entrypoint.is_step(arguments, environment) is step


BARE = ["run", "--json", "engram-validate.json", "--format", "github"]
TEMPLATE = "kind: Engram\nmetadata: {name: x}\n---\nkind: EngramTemplate\nmetadata: {name: greeter}\n"


@pytest.mark.parametrize(
    ("inputs", "command"),
    [
        pytest.param({}, BARE, id="nothing"),
        pytest.param(
            {
                "FAIL-ON": "warning",
                "TIMEOUT": " 30s ",
                "SANDBOX": "auto",
                "CHECKS": "",
                "SARIF": "x.sarif",
                "HTML": "x.html",
            },
            [
                "run",
                "--sandbox",
                "auto",
                "--timeout",
                "30s",
                "--fail-on",
                "warning",
                "--sarif",
                "x.sarif",
                "--html",
                "x.html",
                *BARE[1:],
            ],
            id="options of the same name",
        ),
        pytest.param(
            {"STORIES": "stories/*.yaml\n\n  # not these\n  more.yaml"},
            ["run", "--stories", "stories/*.yaml", "--stories", "more.yaml", *BARE[1:]],
            id="one value a line",
        ),
        pytest.param(
            {"TEMPLATE": "Engram.yaml", "IMAGE": "build:."},
            ["run", "--template", "greeter", "--image", "greeter=build:.", *BARE[1:]],
            id="a template by its file",
        ),
        pytest.param(
            {"IMAGE-OVERRIDES": "greeter = greeter:pr-12\nstep/welcome/greet=build:."},
            ["run", "--image", "greeter=greeter:pr-12", "--image", "step/welcome/greet=build:.", *BARE[1:]],
            id="overrides",
        ),
        pytest.param({"COMMAND": "check", "BUILD-NETWORK": "true"}, ["check", *BARE[1:]], id="a check builds nothing"),
        pytest.param({"STORY-CASES": "true"}, BARE, id="story cases by default"),
        pytest.param({"STORY-CASES": "false"}, ["run", "--no-story-cases", *BARE[1:]], id="no story cases"),
        pytest.param(
            {"COMMAND": "check", "STORY-CASES": "false"},
            ["check", "--no-story-cases", *BARE[1:]],
            id="a check without story cases",
        ),
        pytest.param({"EXPLORE": "5m"}, ["run", "--explore", "5m", *BARE[1:]], id="an exploration"),
        pytest.param({"TOKEN": "secret"}, BARE, id="a token is not an argument"),
        pytest.param({"TOKEN": "secret", "CHECK-RUN": "true"}, [*BARE, "--check-run"], id="a check run"),
        pytest.param({"BADGE": "b.json"}, ["run", "--badge", "b.json", *BARE[1:]], id="a badge"),
        pytest.param(
            {"EXPLORE": "200", "SEED": "7", "CORPUS": "c"},
            ["run", "--explore", "200", "--seed", "7", "--corpus", "c", *BARE[1:]],
            id="an exploration that builds on earlier ones",
        ),
        pytest.param(
            {"WORKING-DIRECTORY": "examples/greeter"},
            ["run", "--prefix", "examples/greeter", *BARE[1:]],
            id="a folder of the repository",
        ),
        pytest.param({"ANNOTATIONS": "false", "REPORT": "r.json"}, ["run", "--json", "r.json", "--format", "console"]),
        pytest.param(
            {"COMMAND": "check", "SANDBOX": "auto", "STORIES": "*.yaml", "CHANGED-SINCE": "origin/main"},
            ["check", "--changed-since", "origin/main", "--stories", "*.yaml", *BARE[1:]],
            id="a default that a command has no use for",
        ),
        pytest.param(
            {"COMMAND": "run", "SHARD": "2/4", "DURATIONS": "old/*.json\nnone.json", "CACHE": "c"},
            [
                "run",
                "--shard",
                "2/4",
                "--cache",
                "c",
                "--durations",
                "old/a.json",
                "--durations",
                "old/b.json",
                *BARE[1:],
            ],
            id="a shard",
        ),
        pytest.param(
            {"COMMAND": "plan", "SHARDS": "4", "DURATIONS": "none.json", "JUNIT": "junit.xml", "SANDBOX": "auto"},
            ["plan", "--shards", "4", "--format", "github"],
            id="a plan, before anything was measured",
        ),
        pytest.param(
            {"COMMAND": "plan", "TARGET-MINUTES": "10", "DURATIONS": "old/a.json"},
            ["plan", "--target-minutes", "10", "--durations", "old/a.json", "--format", "github"],
            id="as many shards as keep each short",
        ),
        pytest.param(
            {"COMMAND": "merge", "REPORTS": "old/b.json\nold/*.json", "FAIL-ON": "warning", "WORKING-DIRECTORY": "x"},
            ["merge", "--fail-on", "warning", "--prefix", "x", *BARE[1:], "old/a.json", "old/b.json"],
            id="the reports of all shards",
        ),
        pytest.param(
            {"COMMAND": "pairs", "TEMPLATES": "catalog/*.yaml", "HTML": "pairs.html"},
            ["compat", "--matrix", "--html", "pairs.html", "--templates", "catalog/*.yaml"],
            id="pairs",
        ),
    ],
)
def test_inputs_become_a_command_line(
    entrypoint: ModuleType,
    inputs: dict[str, str],
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    Path("old").mkdir()
    for name in ("b.json", "a.json"):
        Path("old", name).touch()
    given = entrypoint.Inputs({f"INPUT_{name}": value for name, value in inputs.items()})

    assert entrypoint.arguments(given, {}) == command


def test_the_job_summary_goes_where_the_runner_says(entrypoint: ModuleType) -> None:
    environment = {"GITHUB_STEP_SUMMARY": "/runner/summary.md"}

    assert entrypoint.arguments(entrypoint.Inputs({}), environment)[-2:] == ["--summary", "/runner/summary.md"]
    assert "--summary" not in entrypoint.arguments(entrypoint.Inputs({"INPUT_SUMMARY": "no"}), environment)


def test_suggestions_and_a_comment_are_asked_for_with_the_token(entrypoint: ModuleType) -> None:
    inputs = entrypoint.Inputs({"INPUT_TOKEN": "x", "INPUT_SUGGESTIONS": "true", "INPUT_COMMENT": "true"})
    assert entrypoint.arguments(inputs, {}) == [*BARE, "--suggestions", "--comment"]


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"IMAGE": "x:1"}, "image: it stands for one template"),
        ({"IMAGE": "x:1", "TEMPLATE": "a\nb"}, "which has 2"),
        ({"TEMPLATE": "none.yaml"}, "none.yaml cannot be read"),
        ({"TEMPLATE": "empty.yaml"}, "holds no EngramTemplate with a name"),
        ({"IMAGE-OVERRIDES": "greeter"}, "expected NAME=REF a line, found `greeter`"),
        ({"SUMMARY": "perhaps"}, "summary: expected true or false, found `perhaps`"),
        ({"SUGGESTIONS": "true"}, "suggestions: it needs `token`, with `permissions: pull-requests: write`"),
        ({"CHECK-RUN": "true"}, "check-run: it needs `token`, with `permissions: checks: write`"),
        ({"COMMAND": "test"}, "command: expected run, check, plan, merge, pairs, found `test`"),
        (
            {"COMMAND": "check", "IMAGE": "x:1"},
            "image: `command: check` has no use for it; it goes with `run` or `plan`",
        ),
        ({"COMMAND": "plan", "SHARD": "1/2"}, "shard: `command: plan` has no use for it; it goes with `run`"),
        ({"COMMAND": "merge"}, "reports: no file is called nothing"),
        ({"COMMAND": "merge", "REPORTS": "a/*.json\nb.json"}, "reports: no file is called a/*.json or b.json"),
    ],
)
def test_inputs_that_cannot_be_meant_are_wrong_usage(
    entrypoint: ModuleType,
    inputs: dict[str, str],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.yaml").write_text("kind: EngramTemplate\n", encoding="utf-8")
    for name, value in inputs.items():
        monkeypatch.setenv(f"INPUT_{name}", value)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))

    assert entrypoint.main() == 2
    said = capsys.readouterr().out
    assert said.startswith("::error title=engram-validate::")
    assert complaint in said
    assert read_outputs(tmp_path / "output")["result"] == "error"


def test_a_token_reaches_the_command_by_its_own_variable_alone(
    entrypoint: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INPUT_TOKEN", "s3cret")
    monkeypatch.setenv("ENGRAM_VALIDATE_TOKEN", "")
    seen: list[list[str]] = []

    def run(command: list[str]) -> int:
        seen.append([*command, *os.environ.values()])
        return 0

    monkeypatch.setattr(entrypoint, "run", run)

    assert entrypoint.main() == 0
    assert seen[0].count("s3cret") == 1
    assert os.environ["ENGRAM_VALIDATE_TOKEN"] == "s3cret"


def test_outputs_come_from_the_report(entrypoint: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    findings = [{"severity": "error"}, {"severity": "warning"}, {"severity": "error"}]
    told = {"result": "failed", "findings": findings, "summary": {"cases": {"passed": 3, "failed": 1}}}
    Path("engram-validate.json").write_text(json.dumps(told), encoding="utf-8")
    Path("page.html").write_text("<p>", encoding="utf-8")
    Path("junit.xml").write_text("<testsuites/>", encoding="utf-8")
    inputs = entrypoint.Inputs(
        {
            "INPUT_WORKING-DIRECTORY": "sub",
            "INPUT_JUNIT": "junit.xml",
            "INPUT_HTML": "page.html",
            "INPUT_SARIF": "none.sarif",
        }
    )

    entrypoint.write_outputs(entrypoint.outputs(inputs, 1), tmp_path / "output")

    assert read_outputs(tmp_path / "output") == {
        "result": "failed",
        "errors": "2",
        "warnings": "1",
        "notes": "0",
        "junit": "sub/junit.xml",
        "sarif": "",
        "html": "sub/page.html",
        "badge": "",
        "report": "sub/engram-validate.json",
        "json": "sub/engram-validate.json",
        "cases": '{"passed": 3, "failed": 1}',
        "matrix": "",
    }


@pytest.mark.parametrize(("status", "result"), [(0, "passed"), (2, "error")])
def test_a_plan_is_an_output_and_no_report(
    entrypoint: ModuleType, status: int, result: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INPUT_COMMAND", "plan")
    monkeypatch.setenv("INPUT_JUNIT", "junit.xml")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    Path("engram-validate.json").write_text('{"result": "failed", "findings": [{"severity": "error"}]}')

    def run(_: list[str]) -> int:
        print('{"include":[]}')
        return status

    monkeypatch.setattr(entrypoint, "run", run)

    assert entrypoint.main() == status
    assert read_outputs(tmp_path / "output") == {
        **{"result": result, "errors": "0", "warnings": "0", "notes": "0", "junit": "", "report": ""},
        **{"sarif": "", "html": "", "badge": "", "json": "", "cases": "{}"},
        "matrix": '{"include":[]}',
    }


@pytest.mark.parametrize(("inputs", "status"), [({}, 70), ({}, 2), ({"SUMMARY": "perhaps"}, 2), ({"COMMAND": "go"}, 2)])
def test_a_report_of_an_earlier_step_is_not_taken_for_one_of_this(
    entrypoint: ModuleType, inputs: dict[str, str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    for name, value in {"JUNIT": "junit.xml", **inputs}.items():
        monkeypatch.setenv(f"INPUT_{name}", value)
    Path("engram-validate.json").write_text('{"result": "passed", "findings": []}', encoding="utf-8")
    Path("junit.xml").write_text("<testsuites/>", encoding="utf-8")
    monkeypatch.setattr(entrypoint, "run", lambda line: status)

    assert entrypoint.main() == status
    told = read_outputs(tmp_path / "output")
    assert (told["result"], told["report"], told["junit"]) == ("error", "", "")


def test_a_value_cannot_end_its_own_output(entrypoint: ModuleType, tmp_path: Path) -> None:
    hostile = "x\nEND_\nresult<<EOF\npassed\nEOF"

    entrypoint.write_outputs({"report": hostile, "result": "failed"}, tmp_path / "output")

    assert read_outputs(tmp_path / "output") == {"report": hostile, "result": "failed"}


def read_outputs(file: Path) -> dict[str, str]:
    """The outputs as the runner reads them."""
    text = file.read_text(encoding="utf-8")
    return {name: value for name, _, value in re.findall(r"^(\S+?)<<(\S+)\n(.*?)\n\2$", text, re.M | re.S)}
