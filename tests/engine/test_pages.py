"""The examples on the pages of the run-time rules: what fails gives exactly that rule, what passes gives none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.page_examples import configurations, played
from validator.engine.engine import run
from validator.engine.options import Options

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
IMAGES_ONLY = {"noentrypoint", "badentrypoint", "foreignplatform"}
"""Faults that only an image can have."""

FAMILIES = ("EV1", "EV4", "EV5")


def told(root, **options):
    return {finding.rule.code for finding in run(Options(root=root, **options)).findings}


@pytest.mark.parametrize("example", tuple(configurations("EV1")), ids=lambda example: example.name)
def test_a_configuration_example(tmp_path, example):
    (tmp_path / "engram-validate.yaml").write_text(example.text)
    (tmp_path / "Engram.yaml").write_text((ENGRAMS / "conforming" / "Engram.yaml").read_text().replace(
        "name: conforming", "name: json-filter"
    ))  # fmt: skip
    assert told(tmp_path, checks=("manifests",)) == example.expected


@pytest.mark.parametrize("example", [
    pytest.param(example, marks=[pytest.mark.docker] if example.entry["fixture"] in IMAGES_ONLY else [])
    for example in played(FAMILIES)
], ids=lambda example: example.name)  # fmt: skip
def test_a_run_time_example(request, fixture_binaries, tmp_path, example):
    name = example.entry["fixture"]
    if name in IMAGES_ONLY:
        image, sandbox = {"image": request.getfixturevalue("fixture_images")(name)}, "docker"
    else:
        image, sandbox = {"process": str(fixture_binaries / example.entry.get("page", name))}, "process"
    (tmp_path / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
    (tmp_path / "engram-validate.yaml").write_text(
        yaml.safe_dump({"images": {name: image}, "cases": {name: example.entry["cases"]}})
    )
    assert told(tmp_path, sandbox=sandbox, checks=("conformance", "isolation")) == example.expected
