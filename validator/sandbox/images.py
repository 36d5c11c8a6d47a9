"""Images for the sandbox `docker`: found here, pulled, built or loaded, and held to their digest."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from validator.findings import Rule
from validator.rules import sandbox as rules
from validator.sandbox import gobinary
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.model import Image, ImageSource, Progress, SandboxError, SourceKind
from validator.sandbox.owner import Owner

BUILT = "engram-validate-built"
"""Name of what is built here; the tag tells the context, the target and the arguments."""
SIZE_LIMIT = 8 << 30
"""Bytes of an image that are still run."""
REFUSALS: tuple[tuple[str, Rule], ...] = (
    ("invalid reference format", rules.INVALID_REFERENCE),
    ("repository name must be", rules.INVALID_REFERENCE),
    ("no matching manifest for", rules.NO_PLATFORM),
    ("does not match the specified platform", rules.NO_PLATFORM),
    ("no basic auth credentials", rules.IMAGE_DENIED),
    ("unauthorized", rules.IMAGE_DENIED),
    ("authentication required", rules.IMAGE_DENIED),
    ("pull access denied", rules.IMAGE_DENIED),
    ("denied", rules.IMAGE_DENIED),
    ("forbidden", rules.IMAGE_DENIED),
    ("manifest unknown", rules.IMAGE_NOT_FOUND),
    ("not found", rules.IMAGE_NOT_FOUND),
    ("no such image", rules.IMAGE_NOT_FOUND),
    ("name unknown", rules.IMAGE_NOT_FOUND),
    ("no such host", rules.REGISTRY_UNREACHABLE),
    ("connection refused", rules.REGISTRY_UNREACHABLE),
    ("network is unreachable", rules.REGISTRY_UNREACHABLE),
    ("timeout", rules.REGISTRY_UNREACHABLE),
    ("deadline exceeded", rules.REGISTRY_UNREACHABLE),
    ("server misbehaving", rules.REGISTRY_UNREACHABLE),
    ("x509", rules.REGISTRY_UNREACHABLE),
    ("tls", rules.REGISTRY_UNREACHABLE),
    ("eof", rules.REGISTRY_UNREACHABLE),
)
"""Daemons answer most failures with status 500: only the words tell (contract/docker.md, "Registry answers")."""


def resolve(daemon: Daemon, source: ImageSource, progress: Progress, owner: Owner) -> Image:
    """Get the image of a source. Raises SandboxError with a rule for each way in which that can fail."""
    match source.kind:
        case SourceKind.IMAGE:
            reference = _found_or_pulled(daemon, source, progress)
        case SourceKind.BUILD:
            reference = _build(daemon, source, progress)
        case SourceKind.LOAD:
            reference = _load(daemon, source, progress)
        case SourceKind.PROCESS:
            _fail(rules.NEEDS_IMAGE, source)
    with daemon.at_work(f"inspecting {reference}"):
        details: dict[str, Any] = daemon.client.inspect_image(reference)
    return _image(daemon, source, reference, details, owner)


def classify(text: str) -> Rule:
    """The rule behind what a daemon said."""
    lowered = text.lower()
    return next((rule for words, rule in REFUSALS if words in lowered), rules.IMAGE_FAILED)


def _image(daemon: Daemon, source: ImageSource, reference: str, details: dict[str, Any], owner: Owner) -> Image:
    config = details.get("Config") or {}
    size = int(details.get("Size") or 0)
    if size > SIZE_LIMIT:
        _fail(rules.IMAGE_TOO_LARGE, source, size=size, limit=SIZE_LIMIT)
    digests = [digest.rpartition("@")[2] for digest in details.get("RepoDigests") or []]
    if source.digest and source.digest not in {*digests, details["Id"]}:
        _fail(rules.DIGEST_MISMATCH, source, found=", ".join([*digests, details["Id"]]), expected=source.digest)
    command = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
    with daemon.at_work(f"reading {reference}"):
        sdk = gobinary.sdk_version(daemon.client, details["Id"], command, owner.labels)
    return Image(
        source=source,
        kind="docker",
        id=details["Id"],
        reference=reference if source.kind is SourceKind.LOAD else source.value,
        digest=source.digest or next(iter(digests), details["Id"]),
        platform="/".join(filter(None, (details.get("Os"), details.get("Architecture"), details.get("Variant")))),
        command=command,
        user=str(config.get("User") or ""),
        size=size,
        sdk_version=sdk,
        env=dict(entry.partition("=")[::2] for entry in config.get("Env") or ()),
    )


def _found_or_pulled(daemon: Daemon, source: ImageSource, progress: Progress) -> str:
    """An image of this name that is here wins: a component's own build is never pushed (contract/hub.md, Images)."""
    from docker.errors import APIError, ImageNotFound

    reference = source.value
    by_digest = bool(source.digest) and "@" not in reference
    pinned = f"{_untagged(reference)}@{source.digest}" if by_digest else reference
    try:
        with daemon.at_work(f"looking for {reference}"):
            for candidate in dict.fromkeys((pinned, reference)):
                with contextlib.suppress(ImageNotFound):
                    return str(daemon.client.inspect_image(candidate)["Id"])
            progress(f"pulling {pinned}")
            _follow(daemon.client.pull(pinned, stream=True, decode=True), progress)
            return str(daemon.client.inspect_image(pinned)["Id"])
    except (APIError, _RefusedError) as error:
        text = explanation(error)
        _fail(classify(text), source, reason=text, expected=daemon.platform)


def _build(daemon: Daemon, source: ImageSource, progress: Progress) -> str:
    from docker.errors import APIError

    context = Path(source.value)
    dockerfile = source.dockerfile or "Dockerfile"
    if not (context / dockerfile).is_file():
        _fail(rules.BUILD_FAILED, source, reason=f"there is no file {dockerfile} in it")
    progress(f"building {source.value}")
    named = [str(context.resolve()), dockerfile, source.target, *map("=".join, sorted(source.build_args.items()))]
    tag = f"{BUILT}:" + hashlib.sha256("\0".join(named).encode()).hexdigest()[:16]
    before = _id(daemon, tag)
    try:
        with daemon.at_work(f"building {source.value}"):
            events = daemon.client.build(
                path=str(context),
                dockerfile=dockerfile,
                buildargs=dict(source.build_args),
                target=source.target,
                tag=tag,
                rm=True,
                forcerm=True,
                decode=True,
            )
            for event in _checked(events):
                line = str(event.get("stream", "")).strip()
                if line:
                    progress(line)
    except (APIError, _RefusedError, OSError, TypeError) as error:
        _fail(rules.BUILD_FAILED, source, reason=explanation(error))
    built = _id(daemon, tag)
    if before not in {"", built}:
        # One image a context is kept, for its layers; another run may still be using the one before.
        with contextlib.suppress(APIError):
            daemon.client.remove_image(before)
    return built


def _id(daemon: Daemon, reference: str) -> str:
    from docker.errors import ImageNotFound

    try:
        return str(daemon.client.inspect_image(reference)["Id"])
    except ImageNotFound:
        return ""


def _load(daemon: Daemon, source: ImageSource, progress: Progress) -> str:
    from docker.errors import APIError

    progress(f"loading {source.value}")
    loaded: list[str] = []
    try:
        with daemon.at_work(f"loading {source.value}"), Path(source.value).open("rb") as archive:
            for event in _checked(daemon.client.load_image(archive)):
                found = re.match(r"Loaded image(?: ID)?: (\S+)", str(event.get("stream", "")))
                if found:
                    loaded.append(found[1])
            ids = {str(daemon.client.inspect_image(name)["Id"]) for name in loaded}
    except (APIError, _RefusedError, OSError) as error:
        _fail(rules.LOAD_FAILED, source, reason=explanation(error))
    if len(ids) != 1:
        _fail(rules.LOAD_FAILED, source, reason=f"it holds {len(ids)} images")
    return loaded[0]


class _RefusedError(Exception):
    """An error inside a stream of events, where no exception is raised for it."""


def _checked(events: Any) -> Iterator[dict[str, Any]]:
    """All events; the error among them, if any, is raised at the end, so that the connection can be used again."""
    error = ""
    for event in events:
        error = error or str(event.get("error", "")).strip()
        yield event
    if error:
        raise _RefusedError(error)


def _follow(events: Any, progress: Progress) -> None:
    for event in _checked(events):
        status = " ".join(str(event[key]) for key in ("status", "id") if event.get(key))
        if status and not event.get("progressDetail"):
            progress(status)


def _untagged(reference: str) -> str:
    head, slash, last = reference.rpartition("/")
    return head + slash + last.partition(":")[0]


def _fail(rule: Rule, source: ImageSource, **facts: object) -> NoReturn:
    named = {"reference": source.value, "context": source.value, "file": source.value}
    raise SandboxError(rule, **{**named, "provenance": source.provenance or "named by hand", **facts})
