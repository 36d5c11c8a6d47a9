"""Streaming engrams under both sandboxes: the Go fixtures, and the engram without an SDK."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.conftest import FIXTURE_TAG
from tests.sandbox.conftest import Bench
from validator.sandbox import harness, harness_image
from validator.sandbox.model import Image, ImageSource, SourceKind

WIRE_ENGRAM = Path(__file__).resolve().parents[2] / "fixtures" / "wire-engram" / "engram.py"
PACKAGES = Path(grpc.__file__).parents[1]
"""A virtual environment may lead to packages of another."""
STUBS = Path(harness.__file__).parent / "wire"
Wired = Callable[[], Image]


@pytest.fixture(scope="session")
def wired(bench: Bench) -> Wired:
    """The engram without an SDK; its variable FAULTS says what it does wrong."""
    sandbox, _ = bench

    @cache
    def image() -> Image:
        if sandbox.kind == "process":
            # Confined programs see the folders of files among their arguments, and nothing else of ours.
            words = ("-c", 'exec "$0" "$@"', sys.executable, str(WIRE_ENGRAM), str(STUBS), str(PACKAGES))
            shown = os.path.commonpath((WIRE_ENGRAM, PACKAGES))
            source = ImageSource(SourceKind.PROCESS, "/bin/sh", args=words, repository=shown)
            return sandbox.resolve(source)
        return sandbox.resolve(ImageSource(SourceKind.IMAGE, built(sandbox)))

    return image


def built(sandbox: Any) -> str:
    """An image of the wire engram: the harness's own Python, with two files more."""
    base = harness_image.find(sandbox._daemon, sandbox._owner, print)
    tag = f"engram-validate-fixture/wire:{FIXTURE_TAG}"
    words = json.dumps([base.command[0], "/engram.py", "/stubs"])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(WIRE_ENGRAM, folder)
        shutil.copy(STUBS / "transport_pb2.py", folder)
        text = (
            f"FROM {base.id}\nCOPY engram.py /\nCOPY transport_pb2.py /stubs/\nUSER 65532:65532\nENTRYPOINT {words}\n"
        )
        (Path(folder) / "Dockerfile").write_text(text)
        subprocess.run(
            ["docker", "build", "--quiet", "-t", tag, folder],
            env=os.environ | {"DOCKER_BUILDKIT": "0"}, capture_output=True, check=True,
        )  # fmt: skip
    return tag
