"""Names of what a run creates (story-run.md, A6.2)."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63
_HASH = 12
_OTHER = re.compile(r"[^a-z0-9]+")


def compose(*parts: str) -> str:
    """The parts joined as a DNS label; a name that is too long is cut and ends with a hash of the parts."""
    cleaned = (_OTHER.sub("-", part.strip().lower()).strip("-") for part in parts)
    name = "-".join(part for part in cleaned if part)
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(b"".join(part.encode() + b"\0" for part in parts)).hexdigest()[:_HASH]
    return f"{name[: LONGEST - _HASH - 1].removesuffix('-')}-{digest}"
