"""Where reports go, from the command line: each file that is named is written, and a token is nobody else's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from validator.cli import main
from validator.cli.reporting import TOKEN

STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: tale}
spec:
  steps:
  - {name: a, ref: {name: x}}
  - {name: b, needs: [a], ref: {name: x}}
"""


def test_every_file_that_is_named_is_written(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    files = {name: tmp_path / f"report.{name}" for name in ("sarif", "html", "json", "junit", "summary")}
    arguments = [part for name, file in files.items() for part in (f"--{name}", str(file))]
    CliRunner().invoke(main, ["check", "--root", str(tmp_path), *arguments])

    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
    assert "<title>a → b" in files["html"].read_text(encoding="utf-8")
    assert "```mermaid" in files["summary"].read_text(encoding="utf-8")
    assert [story["name"] for story in json.loads(files["json"].read_text())["stories"]] == ["tale"]


def test_the_token_is_gone_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    for name in ("GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(TOKEN, "s3cret")
    seen: list[str | None] = []

    def run(*arguments: object) -> object:
        from validator.suite.results import Report

        seen.append(os.environ.get(TOKEN))
        return Report(checked=1)

    monkeypatch.setattr("validator.engine.engine.run", run)
    result = CliRunner().invoke(main, ["check", "--root", str(tmp_path), "--check-run"])

    assert seen == [None]
    assert result.exit_code == 0
    assert "no check run: it needs GITHUB_REPOSITORY" in result.stderr
    assert "s3cret" not in result.output
