"""The examples on the pages of the run-time rules: what fails gives exactly that rule, what passes gives none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from validator import rules
from validator.engine.engine import run
from validator.engine.options import Options

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
BLOCK = re.compile(r"^```yaml (fails|passes) (fixture|config)\n(.*?)^```", re.MULTILINE | re.DOTALL)
IMAGES_ONLY = {"noentrypoint", "badentrypoint", "foreignplatform"}
"""Faults that only an image can have."""

EXAMPLES = [
    pytest.param(rule.code, verdict, kind, text, id=f"{rule.code}-{verdict}-{number}")
    for rule in rules.catalogue().values()
    if rule.code[:3] in {"EV1", "EV4", "EV5"}
    for number, (verdict, kind, text) in enumerate(BLOCK.findall(rules.page(rule)))
]


def told(root, **options):
    return {finding.rule.code for finding in run(Options(root=root, **options)).findings}


@pytest.mark.parametrize(("code", "verdict", "kind", "text"), [e for e in EXAMPLES if e.values[2] == "config"])
def test_a_configuration_example(tmp_path, code, verdict, kind, text):
    (tmp_path / "engram-validate.yaml").write_text(text)
    (tmp_path / "Engram.yaml").write_text((ENGRAMS / "conforming" / "Engram.yaml").read_text().replace(
        "name: conforming", "name: json-filter"
    ))  # fmt: skip
    assert told(tmp_path, checks=("manifests",)) == ({code} if verdict == "fails" else set())


@pytest.mark.parametrize(("code", "verdict", "kind", "text"), [e for e in EXAMPLES if e.values[2] == "fixture"])
def test_a_run_time_example(request, tmp_path, code, verdict, kind, text):
    example = yaml.safe_load(text)
    name = example["fixture"]
    if name in IMAGES_ONLY:
        image, sandbox = {"image": request.getfixturevalue("fixture_images")(name)}, "docker"
    else:
        image, sandbox = {"process": str(request.getfixturevalue("fixture_binaries") / name)}, "process"
    (tmp_path / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
    (tmp_path / "engram-validate.yaml").write_text(
        yaml.safe_dump({"images": {name: image}, "cases": {name: example["cases"]}})
    )
    found = told(tmp_path, sandbox=sandbox, checks=("conformance", "isolation"))
    assert found == ({code} if verdict == "fails" else set())
