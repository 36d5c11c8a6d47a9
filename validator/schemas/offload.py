"""References to values that the platform keeps elsewhere, as they travel inside inputs.

Source: contract `templating.md` sections 7 and 13.3.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def is_offloaded(value: Json) -> bool:
    """Whether a part of the value is kept elsewhere."""
    if isinstance(value, list):
        return any(map(is_offloaded, value))
    return isinstance(value, dict) and (STORAGE in value or any(map(is_offloaded, value.values())))


def restored(value: Json, files: Mapping[str, Json], taken: set[str]) -> Json:
    """An output with what the SDK has put into storage back in its place (runtime.md 1.6); `taken` gets those files.

    As in the SDK, what was offloaded holds nothing that was offloaded.
    """
    if isinstance(value, list):
        return [restored(item, files, taken) for item in value]
    if not isinstance(value, dict):
        return value
    file = files.get(str(value.get(STORAGE)))
    if isinstance(file, dict) and "data" in file:
        taken.add(str(value[STORAGE]))
        return file["data"]
    return {name: restored(member, files, taken) for name, member in value.items()}
