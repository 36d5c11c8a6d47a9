"""One engram in several versions: each is a unit of its own, with the cases and the template that it was built with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from validator.findings import Location
from validator.sources.workspace import load
from validator.suite import plan
from validator.suite.config import Config
from validator.suite.overrides import from_argument
from validator.suite.targets import unknown_targets

ENGRAM = """\
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: greeter, namespace: examples}
spec: {templateRef: {name: greeter}}
"""
TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: greeter}
spec: {image: "example.invalid/greeter:1", supportedModes: [job]}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: hello, namespace: prod}
spec: {templateRef: {name: greeter}, mode: job}
"""


@pytest.mark.parametrize(
    ("images", "run"),
    [
        ([], {"greeter": "example.invalid/greeter:1"}),
        (["greeter=greeter:pr"], {"greeter": "greeter:pr"}),
        (["greeter@1=greeter:1", "greeter@2=greeter:2"], {"greeter@1": "greeter:1", "greeter@2": "greeter:2"}),
        (["greeter@1=greeter:1", "greeter@1=greeter:1.1"], {"greeter@1": "greeter:1.1"}),
        (["greeter=greeter:pr", "greeter@1=greeter:1"], {"greeter": "greeter:pr", "greeter@1": "greeter:1"}),
        (
            ["engram/prod/hello@2=greeter:2", "engram/prod/hello@3=greeter:3"],
            {
                "greeter": "example.invalid/greeter:1",
                "engram/prod/hello@2": "greeter:2",
                "engram/prod/hello@3": "greeter:3",
            },
        ),
    ],
)
def test_which_images_are_run(images: list[str], run: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE)
    workspace = load(tmp_path)
    config = Config(base=tmp_path, images=tuple(map(from_argument, images)))

    assert {unit.name: unit.source("docker", tmp_path).value for unit in plan.units(workspace, config)} == run
    assert list(unknown_targets(workspace, config)) == []


def test_a_version_of_nothing_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE)
    config = Config(base=tmp_path, images=(from_argument("greter@2=greeter:2"),))

    [mistake] = unknown_targets(load(tmp_path), config)
    assert "`greter@2`" in mistake.message
    assert mistake.suggestion is not None
    assert mistake.suggestion.replacement == "greeter@2"


USED = """
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: welcomer, namespace: lobby}
spec: {templateRef: {name: greeter}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: welcome, namespace: lobby}
spec:
  steps: [{name: salute, ref: {name: welcomer}}]
"""


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("greter", "greeter"),
        ("welcomer", "engram/lobby/welcomer"),
        ("lobby/welcomer", "engram/lobby/welcomer"),
        ("engram/lobby/welcomr", "engram/lobby/welcomer"),
        ("engram/loby/welcomer", "engram/lobby/welcomer"),
        ("salute", "step/welcome/salute"),
        ("welcome/salute", "step/welcome/salute"),
        ("step/welcome/salut", "step/welcome/salute"),
        ("something", None),
    ],
)
@pytest.mark.parametrize("where", ["images", "cases"])
def test_a_key_that_names_nothing_comes_with_what_was_meant(
    where: str, key: str, meant: str | None, tmp_path: Path
) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE + USED)
    images = (from_argument(f"{key}=greeter:2"),) if where == "images" else ()
    cases = {key: Location("engram-validate.yaml")} if where == "cases" else {}
    [mistake] = unknown_targets(load(tmp_path), Config(base=tmp_path, images=images, case_keys=cases))
    assert mistake.rule.code == "EV182"
    assert (mistake.suggestion.replacement if mistake.suggestion is not None else None) == meant


@pytest.mark.parametrize(("key", "told"), [("greeter@", "no version"), ("greeter@1@2", "two versions")])
def test_a_name_goes_with_one_version(key: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE)
    override = replace(from_argument("greeter=greeter:2"), key=key)

    [mistake] = unknown_targets(load(tmp_path), Config(base=tmp_path, images=(override,)))
    assert f"`{key}` names {told}" in mistake.message
    with pytest.raises(ValueError, match="expected one version after `@`"):
        from_argument(f"{key}=greeter:2")


def test_a_file_that_was_not_read_may_hold_what_the_configuration_speaks_of(tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE)
    file = "engram-validate.yaml"
    keys = {key: Location(file) for key in ("triage", "gretter")}
    config = Config(base=tmp_path, file=file, case_keys=keys)

    found = unknown_targets(load(tmp_path), config, narrowed=True)
    assert [mistake.anchor for mistake in found] == [("cases", "gretter")]
    assert len(list(unknown_targets(load(tmp_path), config))) == 2


def test_an_engram_that_was_read_makes_no_slip_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text(ENGRAM)
    config = Config(base=tmp_path, file="engram-validate.yaml", case_keys={"greeter": Location("engram-validate.yaml")})
    workspace = load(tmp_path)

    assert not list(unknown_targets(workspace, config, narrowed=True))
    assert len(list(unknown_targets(workspace, config))) == 1
