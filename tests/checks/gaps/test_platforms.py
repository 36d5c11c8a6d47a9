"""A version of the platform tells its own gaps, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import STATIC, Options
from validator.platform.releases import DOCUMENTED, current, versions
from validator.rules import gaps
from validator.suite.config import schema

_STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  steps:
  - {name: nap, type: sleep, with: {duration: 0s}}
"""


def _codes(folder: Path, version: str, setting: str = "") -> set[str]:
    (folder / "story.yaml").write_text(_STORY)
    if setting:
        (folder / "engram-validate.yaml").write_text(f"platform-version: {json.dumps(setting)}\n")
    report = run(Options(root=folder, checks=STATIC, platform_version=version))
    return {finding.rule.code for finding in report.findings}


@pytest.mark.parametrize(("version", "setting"), [("", ""), (current(), DOCUMENTED), ("", "0.1.12")])
def test_a_gap_is_told(version: str, setting: str, tmp_path: Path) -> None:
    assert gaps.NO_SLEEP.code in _codes(tmp_path, version, setting)


@pytest.mark.parametrize(("version", "setting"), [("", DOCUMENTED), (DOCUMENTED, ""), (DOCUMENTED, current())])
def test_a_gap_that_is_closed_is_not(version: str, setting: str, tmp_path: Path) -> None:
    assert not _codes(tmp_path, version, setting)


def test_the_configuration_takes_every_version() -> None:
    assert schema()["properties"]["platform-version"]["enum"] == list(versions())
    assert schema()["properties"]["platform-version"]["default"] == current()
