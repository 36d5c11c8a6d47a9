"""What a daemon says when it does not give an image, and the rule that each of its sentences falls under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from validator.findings import Rule
from validator.rules import sandbox as rules
from validator.sandbox.model import ImageSource, Progress, SandboxError

REFUSALS: tuple[tuple[str, Rule], ...] = (
    ("invalid reference format", rules.INVALID_REFERENCE),
    ("repository name must be", rules.INVALID_REFERENCE),
    ("no matching manifest for", rules.NO_PLATFORM),
    ("does not match the specified platform", rules.NO_PLATFORM),
    ("toomanyrequests", rules.REGISTRY_UNREACHABLE),
    ("too many requests", rules.REGISTRY_UNREACHABLE),
    ("no basic auth credentials", rules.IMAGE_DENIED),
    ("unauthorized", rules.IMAGE_DENIED),
    ("authentication required", rules.IMAGE_DENIED),
    ("pull access denied", rules.IMAGE_DENIED),
    ("denied", rules.IMAGE_DENIED),
    ("forbidden", rules.IMAGE_DENIED),
    ("manifest unknown", rules.IMAGE_NOT_FOUND),
    ("no such host", rules.REGISTRY_UNREACHABLE),
    ("not found", rules.IMAGE_NOT_FOUND),
    ("no such image", rules.IMAGE_NOT_FOUND),
    ("name unknown", rules.IMAGE_NOT_FOUND),
    ("connection refused", rules.REGISTRY_UNREACHABLE),
    ("connection reset", rules.REGISTRY_UNREACHABLE),
    ("network is unreachable", rules.REGISTRY_UNREACHABLE),
    ("timeout", rules.REGISTRY_UNREACHABLE),
    ("deadline exceeded", rules.REGISTRY_UNREACHABLE),
    ("server misbehaving", rules.REGISTRY_UNREACHABLE),
    ("unexpected http status: 5", rules.REGISTRY_UNREACHABLE),
    ("x509", rules.REGISTRY_UNREACHABLE),
    ("tls", rules.REGISTRY_UNREACHABLE),
    ("server gave http response to https client", rules.REGISTRY_UNREACHABLE),
    ("eof", rules.REGISTRY_UNREACHABLE),
)
"""Daemons answer most failures with status 500: only the words tell (contract/docker.md, "Registry answers")."""
FOR_GOOD = ("no such host", "x509", "tls", "http response to https client")
"""Ways not to reach a registry that another try does not mend."""


class RefusedError(Exception):
    """An error inside a stream of events, where no exception is raised for it."""


def classify(text: str) -> Rule:
    """The rule behind what a daemon said."""
    lowered = text.lower()
    return next((rule for words, rule in REFUSALS if words in lowered), rules.IMAGE_FAILED)


def passes(text: str) -> bool:
    """Whether what a daemon said may be otherwise in a moment."""
    lowered = text.lower()
    return classify(text) is rules.REGISTRY_UNREACHABLE and not any(words in lowered for words in FOR_GOOD)


def checked(events: Any) -> Iterator[dict[str, Any]]:
    """All events; the error among them, if any, is raised at the end, so that the connection can be used again."""
    error = ""
    for event in events:
        error = error or str(event.get("error", "")).strip()
        yield event
    if error:
        raise RefusedError(error)


def follow(events: Any, progress: Progress) -> None:
    """Tell how a pull goes on. Raises RefusedError when it fails."""
    for event in checked(events):
        status = " ".join(str(event[key]) for key in ("status", "id") if event.get(key))
        if status and not event.get("progressDetail"):
            progress(status)


def fail(rule: Rule, source: ImageSource, **facts: object) -> NoReturn:
    """Raise SandboxError of this rule about the image that was asked for."""
    named = {name: source.value for name in ("reference", "context", "file") if f"{{{name}" in rule.message}
    raise SandboxError(rule, **{**named, "provenance": source.provenance or "named by hand", **facts})
