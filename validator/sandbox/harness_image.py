"""Which image the harness runs from: the validator's own where there is one, else one made from this installation."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from validator import __version__
from validator.file_locks import lock
from validator.rules import sandbox as rules
from validator.sandbox import elf, owner, tarballs
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.model import Progress, SandboxError

REPOSITORY = "engram-validate-harness"
PUBLISHED = f"ghcr.io/bubu/engram-validate:{__version__}"
OVERRIDE = "ENGRAM_VALIDATE_HARNESS_IMAGE"
"""Names another image of the validator, for where neither building nor the public registry works."""
FALLBACK_BASE = "python:3.12-slim"
SOURCE = f"{owner.PREFIX}.harness-source"
"""Label: which installation an image was made from, so that it replaces its own predecessors only."""
RUNTIME = f"{owner.PREFIX}.harness-runtime"
GRACE_SECONDS = 3600
"""A predecessor younger than this may still be wanted by a run that goes on."""


@dataclass(frozen=True, slots=True)
class HarnessImage:
    """An image that holds the harness, and how to start it."""

    id: str
    command: tuple[str, ...]
    origin: str


def find(daemon: Daemon, own: owner.Owner, progress: Progress) -> HarnessImage:
    """The best image for the harness, made here if need be. Raises SandboxError (EV915, EV917)."""
    from docker.errors import DockerException

    reasons: list[str] = []
    packable = sys.platform.startswith("linux") and daemon.platform == f"linux/{elf.host_architecture()}"
    ways = [_override, _own_container, _packed] if packable else [_override, _own_container, _published, _built]
    if packable:
        ways.append(_published)
    for way in ways:
        try:
            with _alone(progress), daemon.at_work("looking for the harness's image"):
                found = way(daemon, own, progress)
        except (DockerException, OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{way.__name__.strip('_').replace('_', ' ')}: {explanation(error)}")
            continue
        if found:
            return found
    raise SandboxError(rules.HARNESS_FAILED, reason=f"there is no image for it ({'; '.join(reasons)})")


@contextlib.contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """One run of this installation at a time: when two make the same image, that of the first loses its name."""
    with Path(tarballs.__file__).open("rb") as file:
        try:
            lock(file, wait=False)
        except BlockingIOError:
            progress("waiting for another run to make the harness's image")
            lock(file, wait=True)
        yield


def content_hash() -> str:
    """Changes whenever the image would: the harness's own code, the interpreter and the packages it needs."""
    digest = hashlib.sha256()
    for name, content in tarballs.sources().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    digest.update(runtime_hash().encode())
    return digest.hexdigest()[:16]


def runtime_hash() -> str:
    """Changes with the interpreter and the packages, not with our code."""
    parts = [sys.version, platform.machine(), str(Path(sys.executable).resolve()), *platform.libc_ver()]
    for name in ("grpcio", "protobuf", "typing_extensions", "google-re2"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    parts.append(hashlib.sha256(Path(tarballs.__file__).read_bytes()).hexdigest())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _override(daemon: Daemon, own: owner.Owner, progress: Progress) -> HarnessImage | None:
    reference = os.environ.get(OVERRIDE)
    if not reference:
        return None
    image = _here(daemon, reference) or _pull(daemon, reference, progress)
    return HarnessImage(image, ("python", "-m", "validator.sandbox.harness"), f"{OVERRIDE}={reference}")


def _own_container(daemon: Daemon, own: owner.Owner, progress: Progress) -> HarnessImage | None:
    """The image that this very process runs in, if the daemon knows the container."""
    if not own.container:
        return None
    from docker.errors import NotFound

    try:
        container = daemon.client.inspect_container(own.container)
    except NotFound:
        return None
    # A container that shares another's network sees that one's id in its mounts, so ask whether it is ours at all.
    if (container["Config"].get("Labels") or {}).get("org.opencontainers.image.title") != "engram-validate":
        return None
    image = str(container["Image"])
    return HarnessImage(image, (sys.executable, "-m", "validator.sandbox.harness"), "the validator's own image")


def _packed(daemon: Daemon, own: owner.Owner, progress: Progress) -> HarnessImage | None:
    """This interpreter and this installation on an empty base: the big half once, our code on top."""
    command = tuple(tarballs.command())
    tag = f"{REPOSITORY}:{content_hash()}"
    found = _here(daemon, tag)
    if found:
        return HarnessImage(found, command, "made from this installation")
    base = f"{REPOSITORY}:runtime-{runtime_hash()}"
    if not _here(daemon, base):
        progress("packing this Python for the harness")
        # Without a name, so that nothing of it is left however this process ends; Docker reads it by number.
        with tempfile.TemporaryFile() as packed:
            tarballs.runtime(packed)
            packed.flush()
            tag_of_base = base.rpartition(":")[2]
            changes = [f"LABEL {RUNTIME}={_installation()}"]
            answer = daemon.client.import_image_from_file(
                f"/proc/self/fd/{packed.fileno()}", repository=REPOSITORY, tag=tag_of_base, changes=changes
            )
        if '"error"' in answer:
            raise OSError(answer.strip().splitlines()[-1])
    env = "".join(f"ENV {name}={value}\n" for name, value in tarballs.environment().items())
    return HarnessImage(
        _build(daemon, f"FROM {base}\n{env}COPY harness /harness\n", tag), command, "made from this installation"
    )


def _published(daemon: Daemon, own: owner.Owner, progress: Progress) -> HarnessImage | None:
    """The same version by tag, here or from its registry."""
    image = _here(daemon, PUBLISHED) or _pull(daemon, PUBLISHED, progress)
    return HarnessImage(image, ("python", "-m", "validator.sandbox.harness"), PUBLISHED)


def _built(daemon: Daemon, own: owner.Owner, progress: Progress) -> HarnessImage | None:
    """Our code on a public Python image, for hosts whose own Python cannot run in a container."""
    tag = f"{REPOSITORY}:{content_hash()}"
    command = ("python", "-m", "validator.sandbox.harness")
    found = _here(daemon, tag)
    if not found:
        progress(f"building the harness on {FALLBACK_BASE}")
        packages = " ".join(f"{name}=={metadata.version(name)}" for name in ("grpcio", "protobuf", "google-re2"))
        lines = [f"FROM {FALLBACK_BASE}", f"RUN pip install --no-cache-dir {packages}", "COPY harness /harness"]
        found = _build(daemon, "\n".join([*lines, f"ENV PYTHONPATH=/{tarballs.SITE}", ""]), tag)
    return HarnessImage(found, command, f"made from this installation on {FALLBACK_BASE}")


def _here(daemon: Daemon, reference: str) -> str:
    from docker.errors import ImageNotFound

    try:
        return str(daemon.client.inspect_image(reference)["Id"])
    except ImageNotFound:
        return ""


def _pull(daemon: Daemon, reference: str, progress: Progress) -> str:
    progress(f"pulling {reference}")
    _raise_for([event for event in daemon.client.pull(reference, stream=True, decode=True) if "error" in event])
    return _here(daemon, reference)


def _build(daemon: Daemon, dockerfile: str, tag: str) -> str:
    """Build from our sources alone; what this installation had built before goes."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, content in {"Dockerfile": dockerfile.encode(), **tarballs.sources()}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(content))
    context.seek(0)
    events: Any = daemon.client.build(
        fileobj=context,
        custom_context=True,
        tag=tag,
        labels={SOURCE: _installation()},
        rm=True,
        forcerm=True,
        decode=True,
    )
    _raise_for([event for event in events if "error" in event])
    _retire(daemon, {tag, f"{REPOSITORY}:runtime-{runtime_hash()}"})
    return _here(daemon, tag)


def _raise_for(errors: list[Any]) -> None:
    """Raise OSError for what a stream of events told: no exception comes of it by itself."""
    if errors:
        raise OSError(str(errors[0]["error"]).strip())


def _retire(daemon: Daemon, wanted: set[str]) -> None:
    """Remove what this installation had made before; one that is still in use stays until the next time."""
    from docker.errors import APIError

    for label in (SOURCE, RUNTIME):
        for image in daemon.client.images(filters={"label": f"{label}={_installation()}"}):
            if image["Created"] > time.time() - GRACE_SECONDS:
                continue
            names = {name for name in image.get("RepoTags") or [] if not name.startswith("<none>")}
            for name in names - wanted if names else {image["Id"]}:
                with contextlib.suppress(APIError):
                    daemon.client.remove_image(name)


def _installation() -> str:
    return hashlib.sha256(str(Path(tarballs.__file__).resolve()).encode()).hexdigest()[:16]
