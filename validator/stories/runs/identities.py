"""Names and hashes of StoryTriggers and StoryRuns, as the SDK and the controller derive them (story-run.md, C1 and C2).

Both sides compute them alone and compare, so each byte counts.
"""

from __future__ import annotations

import hashlib

from validator.findings import Json
from validator.templates.jsontext import encode

LONGEST = 253
"""Characters of an object's name."""


def trigger_name(namespace: str, story: str, identity: str) -> str:
    """Of the StoryTrigger by which a delivery starts a story; `identity` is its key, else its submission."""
    return _joined(story, "-trigger-", _digits(namespace, story, identity))


def run_name(namespace: str, story: str, identity: str) -> str:
    """Of the StoryRun that the StoryTrigger makes."""
    digits = _digits(namespace, story, identity)
    plain = _plain(identity)
    if not plain:
        plain = digits
    elif plain != identity or namespace:
        plain = f"{plain}-{digits}"
    name = f"{story}-{plain}"
    return name if len(name) <= LONGEST else _joined(story, "-", digits)


def input_hash(inputs: Json) -> str:
    """SHA-256 of inputs as Go writes them, which reads every number as a float64. Raises ValueError where it cannot."""
    try:
        return hashlib.sha256(encode(_as_floats({} if inputs is None else inputs)).encode()).hexdigest()
    except OverflowError as error:
        raise ValueError(f"decode trigger inputs: {error}") from None


def _digits(namespace: str, story: str, identity: str) -> str:
    # The platform's choice; nothing secret depends on it.
    return hashlib.sha1(f"{namespace}/{story}/{identity}".encode(), usedforsecurity=False).hexdigest()[:16]


def _joined(story: str, middle: str, digits: str) -> str:
    room = max(LONGEST - len(middle) - len(digits), 1)
    prefix = story if len(story) <= room else story[:room].strip("-") or "s"
    return f"{prefix}{middle}{digits}"


def _plain(identity: str) -> str:
    """What of an identity can stand in a name: small letters and digits, with single dashes for all else."""
    chars = (char if char.isascii() and char.isalnum() else "-" for char in identity.lower())
    return "-".join(part for part in "".join(chars).split("-") if part)


def _as_floats(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
