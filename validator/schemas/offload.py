"""References to values that the platform keeps elsewhere, as they travel inside inputs.

Source: contract `templating.md` sections 7 and 13.3.
"""

from __future__ import annotations

from validator.findings import Json
from validator.schemas.normalisation import STORAGE, STORAGE_METADATA


def scrub(value: Json) -> Json:
    """The value without the metadata of its storage references, which schemas never see."""
    if isinstance(value, list):
        return [scrub(item) for item in value]
    if not isinstance(value, dict):
        return value
    dropped = STORAGE_METADATA if STORAGE in value else ()
    return {name: scrub(member) for name, member in value.items() if name not in dropped}
