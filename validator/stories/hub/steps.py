"""A step as the hub reads it, out of the spec of a story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from validator.findings import Json


@dataclass(frozen=True, slots=True)
class HubStep:
    """One entry of `spec.steps`."""

    name: str
    id: str
    """What the hub calls it: `id`, else the name (story-run.md, B4.4)."""
    type: str
    """The primitive; empty for an engram."""
    engram: str
    """`ref.name`; empty for a primitive."""
    needs: tuple[str, ...]
    condition: str
    """The text of `if`; empty for none."""
    with_: Mapping[str, Json] | None
    runtime: Mapping[str, Json] | None
    transport: str
    """The transport that the step names; empty for none."""
    keeps: bool = True
    """False where `maxRetries: 0` says that no packet waits in a buffer (B9.1)."""

    @property
    def is_engram(self) -> bool:
        """Whether the step has a connector, and so sends and takes packets."""
        return bool(self.engram)


def hub_steps(spec: Mapping[str, Json]) -> tuple[HubStep, ...]:
    """The steps of a story's `spec`, in order; entries that are no objects are left out."""
    entries = spec.get("steps")
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    default = _find(spec, "policy", "retries", "stepRetryPolicy")
    return tuple(_step(entry, _find(entry, "execution", "retry") or default) for entry in listed)


def _step(entry: Mapping[str, Json], retry: Json) -> HubStep:
    reference, needs = entry.get("ref"), entry.get("needs")
    name = _text(entry, "name")
    return HubStep(
        name=name,
        id=_text(entry, "id") or name,
        type=_text(entry, "type"),
        engram=_text(reference, "name") if isinstance(reference, dict) else "",
        needs=tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else (),
        condition=_text(entry, "if"),
        with_=_object(entry, "with"),
        runtime=_object(entry, "runtime"),
        transport=_text(entry, "transport").strip(),
        keeps=not (isinstance(retry, dict) and retry.get("maxRetries") == 0),
    )


def _find(holder: Mapping[str, Json], *way: str) -> Json:
    found: Json = dict(holder)
    for key in way:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _text(entry: Mapping[str, Json], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _object(entry: Mapping[str, Json], key: str) -> Mapping[str, Json] | None:
    value = entry.get(key)
    return value if isinstance(value, dict) else None
