"""The action as a runner sees it, in a step of one's own: built from a Dockerfile as on main, and as an image."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runner import ROOT, Runner, example

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a busy machine takes its time
FROM_SOURCE = """
on: push
jobs:
  contract:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: validate
        uses: ./
        with:
          working-directory: examples/greeter
          sandbox: docker
          explore: "off"
      - if: always()
        run: ls "$JUNIT" "$REPORT"
        env:
          JUNIT: ${{ steps.validate.outputs.junit }}
          REPORT: ${{ steps.validate.outputs.report }}
"""
WITH_SECRET = """
on: push
jobs:
  contract:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: bubu/engram-validate@v1
        with:
          explore: "off"
          fail-on: never
          allow-env: DOOR_KEY
        env:
          DOOR_KEY: open-sesame-1c7e
      - run: echo "the key is open-sesame-1c7e."
"""


def workflow(repository: Path, text: str) -> None:
    folder = repository / ".github" / "workflows"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "contract.yml").write_text(text, encoding="utf-8")


def test_a_broken_engram_fails_the_step_on_the_line_that_it_breaks(
    github: Runner, action_image: str, tmp_path: Path
) -> None:
    repository = tmp_path / "repository"
    workflow(repository, FROM_SOURCE)
    shutil.copytree(ROOT / "examples", repository / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "action.yml", repository)
    (repository / "Dockerfile").write_text(f"FROM {action_image}\n", encoding="utf-8")  # ours is built once, for all

    job = github.run(repository, "push")

    assert job.status == 1, job.log
    assert job.outputs["result"] == "failed", job.log
    assert int(job.outputs["errors"]) >= 1
    assert job.outputs["report"] == "examples/greeter/engram-validate.json"
    assert job.outputs["junit"] == "examples/greeter/engram-validate.junit.xml"
    assert "cannot access" not in job.log
    template = (ROOT / "examples/greeter/Engram.yaml").read_text(encoding="utf-8").splitlines()
    line = 2 + template.index("      exclamations:")  # its type, which stands below the name
    assert job.annotations == [("error", "examples/greeter/Engram.yaml", str(line))]


def test_a_real_secret_of_a_case_is_masked_in_all_that_follows(github: Runner, tmp_path: Path) -> None:
    repository = example("greeter", tmp_path)
    workflow(repository, WITH_SECRET)
    configuration = repository / "engram-validate.yaml"
    text = configuration.read_text(encoding="utf-8")
    case = "    - name: excited\n"
    assert case in text
    secret = '      secrets: {door: {KEY: "${{ env.DOOR_KEY }}"}}\n'
    configuration.write_text(text.replace(case, case + secret), encoding="utf-8")
    template = repository / "Engram.yaml"
    declared = "  secretSchema:\n    door:\n      expectedKeys: [KEY]\n      mountType: env\n  configSchema:\n"
    template.write_text(template.read_text("utf-8").replace("  configSchema:\n", declared, 1), encoding="utf-8")

    job = github.run(repository, "push")

    assert job.status == 0, job.log
    assert "the key is ***." in job.log
    assert "open-sesame" not in job.log
    assert "open-sesame" not in job.summary
