"""Workflows, the action and the pages that show them, as their linters and their published schemas want them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = [*OWN, *sorted(ROOT.glob("examples/*/.github/workflows/*.yml"))]
SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-actions": [ROOT / "action.yml", *sorted(ROOT.glob("tests/fixtures/actions/**/action.yml"))],
    "dependabot": [ROOT / ".github" / "dependabot.yml"],
}
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("examples/*/*.md"))]
PINNED = re.compile(r"uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$", re.M)
UNPINNED = """
name: mistakes
on: pull_request_target
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: echo "${{ github.event.pull_request.title }}"
"""


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def zizmor(*inputs: Path) -> subprocess.CompletedProcess[str]:
    config = ["--config", ROOT / ".github" / "zizmor.yml"]
    return run(TOOLS / "zizmor", "--offline", "--no-progress", "--color=never", *config, *inputs)


def actionlint(*workflows: Path) -> subprocess.CompletedProcess[str]:
    return run("go", "-C", ROOT / "scripts" / "tools", "tool", "actionlint", "-no-color", *workflows)


def check_jsonschema(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    return run(TOOLS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


@pytest.fixture
def mistakes(tmp_path: Path) -> Path:
    file = tmp_path / ".github" / "workflows" / "mistakes.yml"
    file.parent.mkdir(parents=True)
    file.write_text(UNPINNED, encoding="utf-8")
    return file


def test_zizmor_finds_nothing(mistakes: Path) -> None:
    done = zizmor(ROOT / ".github", ROOT / "action.yml", *WORKFLOWS)

    assert done.returncode == 0, done.stdout + done.stderr
    found = zizmor(mistakes).stdout
    assert [rule for rule in ("unpinned-uses", "template-injection", "artipacked") if f"[{rule}]" not in found] == []


@pytest.mark.go
def test_actionlint_finds_nothing(mistakes: Path) -> None:
    done = actionlint(*WORKFLOWS)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[expression]" in actionlint(mistakes).stdout


@pytest.mark.go
def test_workflows_on_pages_are_good_workflows(tmp_path: Path) -> None:
    shown = [
        block
        for page in PAGES
        for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
        if re.search(r"^jobs:", block, re.M)
    ]
    files = [tmp_path / f"{number}.yml" for number in range(len(shown))]
    for file, block in zip(files, shown, strict=True):
        file.write_text(block, encoding="utf-8")

    assert files
    linted = actionlint(*files)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    valid = check_jsonschema("github-workflows", *files)
    assert valid.returncode == 0, valid.stdout


@pytest.mark.slow
@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_are_valid_under_the_published_schema(schema: str, tmp_path: Path) -> None:
    done = check_jsonschema(schema, *SCHEMAS[schema])

    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("name: x\nruns: 7\njobs: 7\n", encoding="utf-8")
    assert check_jsonschema(schema, wrong).returncode == 1


def test_an_action_is_pinned_to_one_commit_everywhere() -> None:
    commits = defaultdict(set)
    for workflow in OWN:
        text = workflow.read_text(encoding="utf-8")
        for action, commit, version in PINNED.findall(text):
            commits["/".join(action.split("/")[:2])].add((commit, version))
        foreign = [line for line in re.findall(r"uses: (.*)$", text, re.M) if not line.startswith(("./", "bubu/"))]
        assert len(foreign) == len(PINNED.findall(text)), f"{workflow.name}: a hash and the version as comment"

    assert {action: pins for action, pins in commits.items() if len(pins) > 1} == {}


def test_every_job_says_what_it_may() -> None:
    for workflow in OWN:
        content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        called = set(content[True]) == {"workflow_call"}  # YAML 1.1 reads `on` as true
        if called:
            continue  # gets what its caller gives: least there is the caller's business
        everywhere = content.get("permissions")
        writers = [name for name, job in content["jobs"].items() if "write" in str(job.get("permissions"))]
        assert everywhere in ({}, {"contents": "read"}), workflow.name
        assert not writers or workflow.name in {"release.yml", "site.yml"}, (workflow.name, writers)


def test_called_workflows_hand_on_every_input_to_one_that_the_action_has() -> None:
    inputs = set(yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"])
    for workflow in OWN:
        content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        steps = [step for job in content["jobs"].values() for step in job.get("steps", ())]
        given = {name for step in steps if "bubu/" in step.get("uses", "") for name in step["with"]}
        taken = (content[True].get("workflow_call") or {}).get("inputs", {})  # YAML 1.1 reads `on` as true
        assert given - inputs == set(), workflow.name
        assert [name for name in taken if f"inputs.{name}" not in workflow.read_text(encoding="utf-8")] == []


def test_no_input_is_pasted_into_a_script() -> None:
    for workflow in WORKFLOWS:
        for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
            assert [step["run"] for step in job.get("steps", ()) if "${{" in step.get("run", "")] == [], workflow


def test_everything_names_one_owner() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in [*PAGES, *WORKFLOWS, ROOT / "scripts" / "release.py"]}
    owners = {owner for text in texts.values() for owner in re.findall(r"([\w-]+)/engram-validate[@/]", text)}

    assert owners == {"bubu"}
