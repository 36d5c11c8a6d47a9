"""Images by reference: found here, else pulled, by the policy and with the credentials of the run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from validator.rules import sandbox as rules
from validator.sandbox.credentials import Credentials, docker_login, registry_of
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.docker_errors import RefusedError, classify, fail, follow, passes
from validator.sandbox.model import ImageSource, Progress, PullPolicy

PAUSES = (1.0, 2.0, 4.0)
"""Seconds between tries."""


@dataclass(frozen=True, slots=True)
class Registries:
    """How registries are asked."""

    credentials: Credentials = field(default_factory=Credentials)
    pause: Callable[[float], None] = time.sleep


def found_or_pulled(daemon: Daemon, source: ImageSource, progress: Progress, registries: Registries) -> str:
    """The id of the image. Raises SandboxError (EV903 to EV907, EV918, EV920)."""
    here = _here(daemon, source)
    if source.pull is not PullPolicy.ALWAYS and here is not None:
        from_registry = bool(here.get("RepoDigests"))
        if source.pull is PullPolicy.NEVER or fits(here, source) or not from_registry:
            return str(here["Id"])
    if source.pull is PullPolicy.NEVER:
        fail(rules.NOT_HERE, source)
    _pull(daemon, source, progress, registries)
    pulled = _inspect(daemon, pinned(source))
    if pulled is None:
        fail(rules.IMAGE_FAILED, source, reason="the daemon pulled it and does not know it")
    return str(pulled["Id"])


def fits(details: dict[str, Any], source: ImageSource) -> bool:
    """Whether an image has the digest and the platform that were asked for."""
    digests = {str(digest).rpartition("@")[2] for digest in details.get("RepoDigests") or ()} | {details["Id"]}
    return (not source.digest or source.digest in digests) and of_platform(details, source.platform)


def of_platform(details: dict[str, Any], wanted: str) -> bool:
    """Whether an image is for this platform; a variant that was not asked for does not matter."""
    if not wanted:
        return True
    system, _, rest = wanted.partition("/")
    architecture, _, variant = rest.partition("/")
    return (
        details.get("Os") == system
        and details.get("Architecture") == architecture
        and variant in {"", details.get("Variant") or variant}
    )


def pinned(source: ImageSource) -> str:
    """The reference with the digest that was promised, which alone decides then."""
    if not source.digest or "@" in source.value:
        return source.value
    head, slash, last = source.value.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}@{source.digest}"


def _here(daemon: Daemon, source: ImageSource) -> dict[str, Any] | None:
    """The image that this daemon has of that name: the one that fits, else any."""
    names = dict.fromkeys((pinned(source), source.value))
    found = [details for name in names if (details := _inspect(daemon, name, source)) is not None]
    return next((details for details in found if fits(details, source)), next(iter(found), None))


def _inspect(daemon: Daemon, reference: str, source: ImageSource | None = None) -> dict[str, Any] | None:
    from docker.errors import APIError, ImageNotFound

    try:
        with daemon.at_work(f"looking for {reference}"):
            details: dict[str, Any] = daemon.client.inspect_image(reference)
    except ImageNotFound:
        return None
    except APIError as error:
        if source is None:
            raise
        refused(explanation(error), source, daemon)
    return details


def refused(text: str, source: ImageSource, daemon: Daemon) -> NoReturn:
    """Raise SandboxError for what the daemon said of an image; one for another platform names that of the daemon."""
    rule = classify(text)
    facts = {"expected": source.platform or daemon.platform} if rule is rules.NO_PLATFORM else {}
    fail(rule, source, reason=text, **facts)


def login_for(daemon: Daemon, credentials: Credentials, reference: str, progress: Progress) -> dict[str, str]:
    """What the registry of an image gets to know of us: this run's own login, else what docker has; maybe nothing."""
    login = credentials.for_image(reference)
    if login is not None:
        return login
    found, trouble = docker_login(daemon.client, registry_of(reference))
    if trouble:
        progress(trouble)
    return found


def _pull(daemon: Daemon, source: ImageSource, progress: Progress, registries: Registries) -> None:
    """Pull, and try again what may be otherwise in a moment: a registry that is busy, or just starting."""
    from docker.errors import DockerException

    reference = pinned(source)
    login = login_for(daemon, registries.credentials, reference, progress)
    for pause in (*PAUSES, None):
        progress(f"pulling {reference}")
        try:
            with daemon.at_work(f"pulling {reference}"):
                events = daemon.client.pull(
                    reference,
                    stream=True,
                    decode=True,
                    platform=source.platform or None,
                    auth_config=login,
                )
                follow(events, progress)
        except (DockerException, RefusedError) as error:
            text = registries.credentials.masked(explanation(error))
            if pause is None or not passes(text):
                refused(text, source, daemon)
            progress(f"{text}; trying again in {pause:g} s")
            registries.pause(pause)
        else:
            return
