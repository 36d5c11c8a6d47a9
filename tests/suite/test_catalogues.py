"""Several versions of one template in one workspace: which one a name means, and by which an image is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.checks import manifests
from validator.findings import Finding
from validator.sources.manifests import Engram
from validator.sources.versions import rank
from validator.sources.workspace import Workspace, load
from validator.suite import plan
from validator.suite.config import Config
from validator.suite.overrides import from_argument


def _template(version: str, image: str = "") -> str:
    return (
        "apiVersion: catalog.bubustack.io/v1alpha1\nkind: EngramTemplate\nmetadata: {name: tagger}\n"
        f'spec: {{version: "{version}", supportedModes: [job], image: "{image}"}}\n'
    )


def _engram(version: str = "") -> str:
    return (
        "apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {name: tag, namespace: prod}\n"
        f'spec: {{mode: job, templateRef: {{name: tagger, version: "{version}"}}}}\n'
    )


def _workspace(folder: Path, files: dict[str, str]) -> Workspace:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return load(folder)


@pytest.mark.parametrize(
    ("images", "judged"),
    [
        ([], {"tagger@1.9.0": "1.9.0", "tagger@1.10.0": "1.10.0"}),
        (["tagger=t:1"], {"tagger": "1.10.0"}),
        (["tagger@1.9.0=t:1"], {"tagger@1.9.0": "1.9.0"}),
        (["tagger@v1.9.0=t:1"], {"tagger@v1.9.0": "1.9.0"}),
        (["tagger@2.0.0=t:1"], {"tagger@2.0.0": "1.10.0"}),
        (["tagger=t:1", "tagger@1.9.0=t:2"], {"tagger": "1.10.0", "tagger@1.9.0": "1.9.0"}),
        (["engram/prod/tag@1.9.0=t:1", "tagger=t:1"], {"engram/prod/tag@1.9.0": "1.9.0", "tagger": "1.10.0"}),
    ],
)
def test_which_template_judges_an_image(images: list[str], judged: dict[str, str], tmp_path: Path) -> None:
    versions = {f"catalog/{version}.yaml": _template(version, f"t:{version}") for version in ("1.10.0", "1.9.0")}
    workspace = _workspace(tmp_path, {**versions, "engram.yaml": _engram()})
    config = Config(base=tmp_path, images=tuple(map(from_argument, images)))
    assert {unit.name: unit.template.version for unit in plan.units(workspace, config)} == judged


@pytest.mark.parametrize(
    ("version", "found"), [("", "1.10.0"), ("1.9.0", "1.9.0"), ("v1.9.0", "1.9.0"), ("3", "1.10.0")]
)
def test_which_template_is_behind_an_engram(version: str, found: str, tmp_path: Path) -> None:
    versions = {f"{number}.yaml": _template(number) for number in ("1.10.0", "1.9.0")}
    workspace = _workspace(tmp_path, {**versions, "engram.yaml": _engram(version)})
    engram = workspace.find(Engram, "tag")
    assert engram is not None
    template = workspace.template_of(engram)
    assert template is not None
    assert template.version == found


@pytest.mark.parametrize(
    ("files", "twice"),
    [
        ({"a/1.yaml": _template("1.0.0"), "a/2.yaml": _template("1.1.0")}, 0),
        ({"a/1.yaml": _template("1.0.0"), "a/2.yaml": _template("1.0.0")}, 1),
        ({"a/1.yaml": _template("1.0.0"), "a/2.yaml": _template("v1.0.0")}, 1),
        ({"a/1.yaml": _template("1.0.0"), "a/2.yaml": _template("1.1.0"), "a/3.yaml": _template("1.1.0")}, 1),
        ({"a.yaml": _template("1.0.0") + "---\n" + _template("1.1.0")}, 1),
        ({"a/1.yaml": _template(""), "a/2.yaml": _template("1.1.0")}, 1),
        ({"a/1.yaml": _engram("1.0.0"), "a/2.yaml": _engram("1.1.0")}, 1),
    ],
)
def test_versions_of_a_catalogue_are_not_defined_twice(files: dict[str, str], twice: int, tmp_path: Path) -> None:
    found = [one for one in manifests.check(_workspace(tmp_path, files)) if isinstance(one, Finding)]
    assert len([one for one in found if one.rule.code == "EV122"]) == twice


def test_order_of_versions() -> None:
    ordered = ["", "1.0.0-alpha", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0", "v1.2.0", "1.10.0", "2"]
    assert sorted(ordered, key=rank) == ordered
    assert rank("1") == rank("1.0.0") == rank("v1.0.0+build")
