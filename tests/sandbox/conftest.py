"""Sandboxes of both kinds around the fixture engrams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from validator.sandbox.model import Image, ImageSource, SourceKind
from validator.sandbox.sandbox import Sandbox, open_sandbox

Engram = Callable[[str], Image]
Bench = tuple[Sandbox, Engram]


@pytest.fixture(scope="session", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def bench(request: pytest.FixtureRequest, fixture_binaries: Path) -> Iterator[Bench]:
    """A sandbox of each kind, and from the name of a fixture engram to its image there."""
    kind = request.param
    if kind == "docker":
        reference = request.getfixturevalue("fixture_images")
    with open_sandbox(kind) as sandbox:
        assert sandbox.kind == kind
        resolved: dict[str, Image] = {}

        def engram(name: str) -> Image:
            if name not in resolved:
                value = reference(name) if kind == "docker" else str(fixture_binaries / name)
                source = ImageSource(SourceKind.IMAGE if kind == "docker" else SourceKind.PROCESS, value)
                resolved[name] = sandbox.resolve(source)
            return resolved[name]

        yield sandbox, engram
