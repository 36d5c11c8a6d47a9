"""What docs/reports.md offers to other tools works with these tools: pre-commit, GitLab, the editor's matcher."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
TOOLS = Path(sys.executable).parent
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: tale}
spec:
  steps:
    - {name: a, type: sleep, with: {duration: 1s}}
    - {name: b, type: sleep, needs: [aa], with: {duration: 1s}}
"""


def block(language: str, text: str) -> str:
    """The block of the page in this language that has the text."""
    (found,) = (part for part in re.findall(rf"```{language}\n(.*?)```", PAGE, re.S) if text in part)
    return str(found)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A repository with a story that has one mistake."""
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_hook_of_pre_commit_finds_the_mistake(scratch: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    ours = tmp_path_factory.mktemp("engram-validate")  # a checkout without history has no .git
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, ours / name)
    shutil.copytree(ROOT / "validator", ours / "validator", ignore=shutil.ignore_patterns("__pycache__"))
    git(ours, "init", "--quiet")
    git(ours, "add", ".")
    git(ours, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "all")
    # The dependencies are here already: only the project itself is installed by pre-commit.
    environment = os.environ | {
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit")),
        "PYTHONPATH": os.pathsep.join(part for part in sys.path if part.endswith("site-packages")),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's own spelling of "yes, without"
    }
    command = [TOOLS / "pre-commit", "try-repo", ours, "engram-validate", "--all-files", "--color", "never"]
    done = subprocess.run(command, cwd=scratch, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "story.yaml:7:38: error[EV123]" in done.stdout, done.stdout
    (hook,) = yaml.safe_load(block("yaml", "rev: v1"))["repos"][0]["hooks"]
    assert hook["id"] in {one["id"] for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_the_pipeline_for_gitlab_is_one(tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(block("yaml", "gl-code-quality"), encoding="utf-8")
    command = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_editor_understands_a_line(scratch: Path) -> None:
    matcher = json.loads(block("json", "problemMatcher"))["tasks"][0]["problemMatcher"]["pattern"]
    command = [sys.executable, "-m", "validator", "check", "--format", "concise", "--root", str(scratch)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.fullmatch(matcher["regexp"], done.stdout.splitlines()[0])
    assert found is not None, done.stdout
    told = {name: found[matcher[name]] for name in ("file", "line", "column", "severity", "code")}
    assert told == {"file": "story.yaml", "line": "7", "column": "38", "severity": "error", "code": "EV123"}
