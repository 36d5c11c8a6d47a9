"""Images for the sandbox `docker`: found here, pulled, built or loaded, and held to their digest and platform."""

from __future__ import annotations

from typing import Any

from validator.rules import sandbox as rules
from validator.sandbox import gobinary
from validator.sandbox.archives import SIZE_LIMIT, load
from validator.sandbox.builds import build
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.docker_errors import fail
from validator.sandbox.model import Image, ImageSource, Progress, SourceKind
from validator.sandbox.owner import Owner
from validator.sandbox.pulls import Registries, found_or_pulled, of_platform


def resolve(
    daemon: Daemon, source: ImageSource, progress: Progress, owner: Owner, registries: Registries | None = None
) -> Image:
    """Get the image of a source. Raises SandboxError with a rule for each way in which that can fail."""
    from docker.errors import DockerException, ImageNotFound

    try:
        return _resolved(daemon, source, progress, owner, registries or Registries())
    except ImageNotFound as error:
        # It was here a moment ago, or had just been made.
        fail(rules.IMAGE_REMOVED, source, reason=explanation(error))
    except DockerException as error:
        fail(rules.IMAGE_FAILED, source, reason=explanation(error))


def _resolved(daemon: Daemon, source: ImageSource, progress: Progress, owner: Owner, registries: Registries) -> Image:
    match source.kind:
        case SourceKind.IMAGE:
            reference = found_or_pulled(daemon, source, progress, registries)
        case SourceKind.BUILD:
            reference = build(daemon, source, progress)
        case SourceKind.LOAD:
            reference = load(daemon, source, progress)
        case SourceKind.PROCESS:
            fail(rules.NEEDS_IMAGE, source)
    with daemon.at_work(f"inspecting {reference}"):
        details: dict[str, Any] = daemon.client.inspect_image(reference)
    return _image(daemon, source, reference, details, owner)


def _image(daemon: Daemon, source: ImageSource, reference: str, details: dict[str, Any], owner: Owner) -> Image:
    config = details.get("Config") or {}
    size = int(details.get("Size") or 0)
    if size > SIZE_LIMIT:
        fail(rules.IMAGE_TOO_LARGE, source, size=size, limit=SIZE_LIMIT)
    digests = [digest.rpartition("@")[2] for digest in details.get("RepoDigests") or []]
    if source.digest and source.digest not in {*digests, details["Id"]}:
        fail(rules.DIGEST_MISMATCH, source, found=", ".join([*digests, details["Id"]]), expected=source.digest)
    platform = "/".join(filter(None, (details.get("Os"), details.get("Architecture"), details.get("Variant"))))
    if not of_platform(details, source.platform):
        fail(rules.NO_PLATFORM, source, expected=source.platform, reason=f"the one here is for {platform}")
    command = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
    with daemon.at_work(f"reading {reference}"):
        sdk = gobinary.sdk_version(daemon.client, details["Id"], command, owner.labels)
    return Image(
        source=source,
        kind="docker",
        id=details["Id"],
        reference=reference if source.kind is SourceKind.LOAD else source.value,
        digest=source.digest or next(iter(digests), details["Id"]),
        platform=platform,
        command=command,
        user=str(config.get("User") or ""),
        size=size,
        sdk_version=sdk,
        env=dict(entry.partition("=")[::2] for entry in config.get("Env") or ()),
    )
