"""Programs of strangers among the engrams of a workspace: in Python, in whatever sandbox."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from faults.attempt import Bench
from faults.workspace import ENGRAMS
from validator.sandbox.daemon import connect
from validator.sandbox.harness_image import HarnessImage, find
from validator.sandbox.owner import current


@contextlib.contextmanager
def interpreter(bench: Bench) -> Iterator[HarnessImage | None]:
    """The one image with a Python that the bench's daemon surely has; None where programs are local."""
    if bench.daemon is None:
        yield None
        return
    with connect(bench.daemon.endpoint) as daemon:
        yield find(daemon, current(), print)


def add(folder: Path, name: str, program: str, below: HarnessImage | None) -> None:
    """Add a program and a case of it to a workspace, before all others: those run while it does, and after it."""
    if below is None:
        script = _written(folder / name / "main.py", f"#!{sys.executable}\n{program}")
        script.chmod(0o755)
        add_image(folder, name, {"process": f"./{name}/main.py"})
        return
    _written(folder / name / "main.py", program)
    entry = json.dumps([below.command[0], "/main.py"])
    dockerfile = f"FROM {below.id}\nCOPY main.py /\nENTRYPOINT {entry}\n"
    _written(folder / name / "Dockerfile", dockerfile)
    add_image(folder, name, {"build": f"./{name}"})


def add_build(folder: Path, name: str, program: str, below: HarnessImage) -> None:
    """Add an engram, the first step of whose build is this program: layers of steps before it would stay as a cache."""
    step = json.dumps([below.command[0], "-c", program])
    _written(folder / name / "Dockerfile", f'FROM {below.id}\nRUN {step}\nENTRYPOINT ["/main"]\n')
    add_image(folder, name, {"build": f"./{name}"})


def add_image(folder: Path, name: str, image: Mapping[str, str]) -> None:
    """Add a template with a case and an image."""
    template = yaml.safe_load((ENGRAMS / "conforming" / "Engram.yaml").read_text())
    template["metadata"]["name"] = name
    (folder / "templates" / f"{name}.yaml").write_text(yaml.safe_dump(template))
    path = folder / "engram-validate.yaml"
    config = yaml.safe_load(path.read_text())
    case = {"name": "attacks", "inputs": {"text": "Hello, world"}, "timeout": "20s", "storage": True}
    config["images"] = {name: dict(image), **config["images"]}
    config["cases"] = {name: [case], **config["cases"]}
    path.write_text(yaml.safe_dump(config, sort_keys=False))


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path
