"""EV430 is about an image that was tested: where none could be had, nothing was tested in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine import dynamic
from validator.engine.engine import run
from validator.engine.options import Options
from validator.sources.workspace import load
from validator.suite import plan
from validator.suite.config import Config
from validator.suite.overrides import from_argument
from validator.suite.results import TestedImage

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: greeter}
spec:
  version: 1.0.0
  image: example/greeter:1.0.0
  supportedModes: [job]
  inputSchema: {type: object}
  outputSchema: {type: object}
"""
TESTED = TestedImage("greeter", "Engram.yaml", "example/greeter:1.0.0", "sha256:1", "spec.image", "docker")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("overrides", "images", "codes"),
    [
        ([], [TESTED], ["EV430"]),
        ([], [], []),
        (["greeter=greeter:pr"], [TESTED], []),
    ],
)
def test_only_a_tested_image_is_the_last_release(
    overrides: list[str], images: list[TestedImage], codes: list[str], root: Path
) -> None:
    config = Config(base=root, images=tuple(map(from_argument, overrides)))
    units = list(plan.units(load(root), config))
    assert units
    assert [finding.rule.code for finding in dynamic._last_releases(units, images)] == codes


def test_an_image_that_cannot_be_run_is_told_alone(root: Path) -> None:
    report = run(Options(root=root, sandbox="process", unisolated=True))
    assert [finding.rule.code for finding in report.findings] == ["EV914"]
