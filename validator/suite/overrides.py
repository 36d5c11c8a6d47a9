"""Which image stands for which engram: overrides by key (contract/hub.md, Images)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from validator.findings import Location
from validator.sandbox.model import ImageSource, SourceKind
from validator.suite.config import Build, ImageOverride

_SCHEMES = {"build", "load", "process"}


def from_argument(text: str) -> ImageOverride:
    """Read `--image NAME=REF`; `build:DIR`, `load:FILE` and `process:PROGRAM` name other sources than a reference,
    relative to where the command was called.

    Raises ValueError when there is no `=` or a side is empty.
    """
    key, equals, reference = text.partition("=")
    if not (equals and key.strip() and reference.strip()):
        raise ValueError(f"expected NAME=REF, found `{text}`")
    if version_fault(key.strip()):
        raise ValueError(f"expected one version after `@`, found `{text}`")
    scheme, colon, rest = reference.strip().partition(":")
    location = Location("--image")
    override = ImageOverride(key=key.strip(), location=location, provenance=f"--image {key.strip()}")
    if not (colon and scheme in _SCHEMES):
        return replace(override, image=reference.strip())
    if not rest.strip():
        raise ValueError(f"expected something after `{scheme}:`, found `{text}`")
    match scheme:
        case "build":
            return replace(override, build=Build(os.path.abspath(rest)))  # noqa: PTH100 - links are left as they are
        case "load":
            return replace(override, load=os.path.abspath(rest))  # noqa: PTH100
        case _:
            program, *arguments = rest.split()
            return replace(override, process=(os.path.abspath(program), *arguments))  # noqa: PTH100


def unversioned(key: str) -> str:
    """The name in a key such as `json-filter@1.4.0`, which is for one version of an engram: several may be run."""
    return key.partition("@")[0]


def version_of(key: str) -> str:
    """The version in a key such as `json-filter@1.4.0`; empty where it has none."""
    return key.partition("@")[2]


def version_fault(key: str) -> str:
    """What is wrong with the version in a key, such as `no version` in `json-filter@`; empty when nothing is."""
    _, at, version = key.partition("@")
    if not at or (version and "@" not in version):
        return ""
    return "two versions" if version else "no version"


def versions(overrides: Sequence[ImageOverride]) -> dict[str, list[ImageOverride]]:
    """The overrides that tell versions, by name, in order; of several for one version the last."""
    by_name: dict[str, dict[str, ImageOverride]] = {}
    for override in overrides:
        if "@" in override.key:
            by_name.setdefault(unversioned(override.key), {})[override.key] = override
    return {name: list(found.values()) for name, found in by_name.items()}


def source(override: ImageOverride, sandbox: str, base: Path, template: str) -> ImageSource:
    """What the sandbox should run: the program under `process`, the image under `docker`, else whatever there is."""
    common = ImageSource(
        SourceKind.IMAGE,
        "",
        template=template,
        provenance=override.provenance,
        digest=override.digest,
    )
    if override.process and (sandbox == "process" or not (override.image or override.load or override.build)):
        program, *args = override.process
        value = _below(base, program)
        return replace(
            common, kind=SourceKind.PROCESS, value=value, args=tuple(args), digest="", repository=os.fspath(base)
        )
    if override.image:
        return replace(common, value=override.image)
    if override.load:
        return replace(common, kind=SourceKind.LOAD, value=_below(base, override.load))
    build = override.build or Build(".")
    return replace(
        common,
        kind=SourceKind.BUILD,
        value=_below(base, build.context),
        dockerfile=build.dockerfile,
        target=build.target,
        build_args=build.args,
        network=build.network,
    )


def _below(base: Path, name: str) -> str:
    """A path of the configuration, from where the validator runs; without detours, since reports show it."""
    return os.path.normpath(base / name)
