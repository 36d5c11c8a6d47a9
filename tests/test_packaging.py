"""What ships agrees with itself: pyproject, lock files, image, action and README."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"runtime": (), "dev": ("dev",)}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; .*?)?(?: \\)?$", re.M)


@cache
def project() -> dict[str, Any]:
    metadata: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return metadata


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    return {canonicalize_name(package): version for package, version in PINNED.findall(text)}


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_every_dependency_within_its_range(name: str) -> None:
    texts = [*project()["dependencies"], *(ROOT / "requirements" / "build.in").read_text(encoding="utf-8").split("\n")]
    for extra in LOCKS[name]:
        texts += project()["optional-dependencies"][extra]
    wanted = {
        canonicalize_name(requirement.name): requirement
        for text in texts
        if text
        for requirement in [Requirement(text)]
    }
    locked = pins(name)

    assert {package: locked.get(package) for package in wanted if package not in locked} == {}
    assert {p: locked[p] for p, requirement in wanted.items() if not requirement.specifier.contains(locked[p])} == {}


def test_the_locks_agree_on_what_both_hold() -> None:
    runtime, dev = pins("runtime"), pins("dev")

    assert {package: dev.get(package) for package in runtime} == runtime


@pytest.mark.parametrize("name", LOCKS)
def test_locks_are_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=\S+==)", text, flags=re.M)[1:]

    assert len(blocks) == len(pins(name))
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"://|--index|--find-links|--extra-index", text)


def test_the_image_takes_its_packages_from_the_lock() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert dockerfile.startswith("ARG BASE_IMAGE=python:3.12-slim\n")
    assert re.findall(r"^FROM (\S+)", dockerfile, re.M) == ["${BASE_IMAGE}"] * 2
    assert "--require-hashes --requirement requirements/runtime.lock" in dockerfile
    assert re.search(r"^USER", dockerfile, re.M) is None, "the runner's files can be written by root only"
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.M) for name in line.split()}
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    assert copied <= let_in


def test_the_image_with_a_daemon_is_the_image_and_a_daemon() -> None:
    released = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    steps = {step["id"]: step["with"] for step in released["jobs"]["image"]["steps"] if "id" in step}
    added = {"file", "tags", "build-args"}

    assert steps["dind"]["file"] == "Dockerfile.dind"
    assert steps["dind"]["tags"] == steps["build"]["tags"] + "-dind"
    assert steps["dind"]["build-args"] == "IMAGE=${{ env.IMAGE }}@${{ steps.build.outputs.digest }}"
    assert {name: value for name, value in steps["dind"].items() if name not in added} == {
        name: value for name, value in steps["build"].items() if name not in added
    }
    lines = (ROOT / "Dockerfile.dind").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(("ARG", "FROM", "COPY", "USER", "ENTRYPOINT"))] == [
        "ARG IMAGE=engram-validate",
        "FROM ${IMAGE}",
    ]


def test_the_action_offers_the_inputs_and_outputs_that_were_promised() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    promised = "template image image-overrides stories templates config checks sandbox fail-on junit timeout"

    assert set(promised.split()) <= set(action["inputs"])
    assert {"result", "errors", "warnings", "junit", "report"} <= set(action["outputs"])
    assert action["runs"] == {"using": "docker", "image": "Dockerfile"}
    assert {"icon", "color"} <= set(action["branding"])


def test_the_entrypoint_reads_every_input_and_writes_every_output() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    entrypoint = (ROOT / "entrypoint.py").read_text(encoding="utf-8")

    assert [name for name in action["inputs"] if f'"{name}"' not in entrypoint] == []
    program = "import json, entrypoint; print(json.dumps(list(entrypoint.outputs(entrypoint.Inputs({}), 0))))"
    written = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout
    assert sorted(json.loads(written)) == sorted(action["outputs"])


def test_python_versions_are_the_same_everywhere() -> None:
    versions = [c.rsplit(" :: ", 1)[1] for c in project()["classifiers"] if re.search(r":: 3\.\d+$", c)]

    assert versions == ["3.11", "3.12", "3.13", "3.14"]
    assert project()["requires-python"] == f">={versions[0]}"


@pytest.mark.slow
def test_a_wheel_has_everything_that_the_package_reads(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT / "validator", source / "validator", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source / file)
    target = tmp_path / "installed"
    # The environment of the tests has no pip of its own.
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*install, "--no-index", "--python", sys.executable, "--target", target, source],
        check=True,
        capture_output=True,
    )

    shipped = {path.relative_to(target) for path in target.glob("validator/**/*") if path.is_file()}
    kept = {path.relative_to(source) for path in source.glob("validator/**/*") if path.is_file()}
    assert {path for path in kept if path not in shipped and path.suffix != ".pyi"} == set()
    told = subprocess.run(
        [sys.executable, "-m", "validator", "--help"],
        env=os.environ | {"PYTHONPATH": str(target)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "explain" in told.stdout


def test_the_action_describes_itself_without_expressions() -> None:
    """GitHub refuses an action whose descriptions hold one, and with it every workflow that uses the action.

    The default of an input may: the job's token is the one that has one, as in the actions of GitHub.
    """
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert action["inputs"]["token"].pop("default") == "${{ github.token }}"
    assert "${{" not in json.dumps(action)
