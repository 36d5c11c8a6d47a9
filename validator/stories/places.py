"""What the platform does with the text of each field: one table for all kinds that are checked.

`tests/stories/test_places.py` holds it to the platform's definitions: each field that can hold text has its row.
Sources: templating.md, sections 8 (who evaluates what), 12 (dotted paths) and 13.4 (defaults); story-run.md, A8.5.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from validator.findings import Path
from validator.sources.node import Node
from validator.stories.sites import Field


class Treatment(enum.StrEnum):
    """What becomes of a template in a field."""

    EVALUATED = "evaluated"
    DEFAULTS = "defaults that are evaluated"
    """A schema: what its defaults hold is evaluated where they are filled in."""
    DOTTED = "dotted path"
    """Names with dots between them, into a packet."""
    LITERAL = "never evaluated"
    REFUSED = "never evaluated, and refused"
    """The form of the field has no room for a template, as another check says."""
    UNKNOWN = "unknown"
    """No source says what reads it, or it is prose that may show templates."""


@dataclass(frozen=True, slots=True)
class Place:
    """Fields of a kind of object, and what is done with their text."""

    kinds: tuple[str, ...]
    pattern: str
    """The way from `spec`: `*` for an index or a name, `a|b` for either, `**` for all below."""
    treatment: Treatment
    section: str
    """Where the contract says it."""
    field: Field | None = None
    """For EVALUATED: the kind of evaluation, with its scope (`sites.py`)."""


_STEP = "steps|compensations|finally.*"
_STORY, _ENGRAM, _IMPULSE = ("Story",), ("Engram",), ("Impulse",)
_IMPULSES = ("Impulse", "ImpulseTemplate")
_TEMPLATES = ("EngramTemplate", "ImpulseTemplate")
_STREAMING = ("streaming", "transports.*.streaming")
_WHERE = "templating.md 8"
_SHAPES = "templating.md 12"


def _evaluated(kinds: tuple[str, ...], pattern: str, field: Field, section: str = _WHERE) -> Place:
    return Place(kinds, pattern, Treatment.EVALUATED, section, field)


def _rows(treatment: Treatment, section: str, kinds: tuple[str, ...], *patterns: str) -> Iterator[Place]:
    for pattern in patterns:
        yield Place(kinds, pattern, treatment, section)


def _streams() -> Iterator[Place]:
    for kinds, head in ((("Transport",), _STREAMING[0]), (_STORY, _STREAMING[1])):
        yield _evaluated(kinds, f"{head}.routing.rules.*.when", Field.ROUTING)
        yield from _rows(
            Treatment.DOTTED,
            _SHAPES,
            kinds,
            f"{head}.partitioning.key",
            f"{head}.observability.watermark.timestampSource",
            f"{head}.recording.redactFields.*",
        )
        yield from _rows(Treatment.REFUSED, _SHAPES, kinds, f"{head}.**")
        yield from _rows(Treatment.UNKNOWN, _SHAPES, kinds, f"{head}.lanes.*.description")


PLACES: tuple[Place, ...] = (
    _evaluated(_STORY, f"{_STEP}.if", Field.IF),
    _evaluated(_STORY, f"{_STEP}.with", Field.WITH),
    _evaluated(_STORY, f"{_STEP}.runtime", Field.RUNTIME),
    _evaluated(_STORY, f"{_STEP}.idempotencyKeyTemplate", Field.IDEMPOTENCY),
    _evaluated(_STORY, f"{_STEP}.postExecution.condition", Field.POST),
    _evaluated(_STORY, f"{_STEP}.execution.cache.key", Field.CACHE, "story-run.md A8.5"),
    _evaluated(_STORY, "policy.execution.cache.key", Field.CACHE, "story-run.md A8.5"),
    _evaluated(_STORY, "policy.with", Field.POLICY),
    _evaluated(_STORY, "output", Field.OUTPUT),
    _evaluated(_ENGRAM, "with", Field.CONFIG),
    _evaluated(_ENGRAM, "executionPolicy|overrides.cache.key", Field.CACHE, "story-run.md A8.5"),
    _evaluated(_IMPULSES, "deliveryPolicy.dedupe.keyTemplate", Field.DEDUPE),
    # The definition has no such field, and drops it.
    _evaluated(("EngramTemplate",), "execution.cache.key", Field.CACHE, "story-run.md A8.5"),
    Place(("EngramTemplate",), "inputSchema", Treatment.DEFAULTS, "templating.md 13.4"),
    *_streams(),
    # Paths of outputs, and what has the form of a name, a number, a duration or one of a few words.
    *_rows(Treatment.REFUSED, _WHERE, _STORY, f"{_STEP}.requires.*", f"{_STEP}.needs.*", f"{_STEP}.name|id|type"),
    *_rows(Treatment.REFUSED, _WHERE, _STORY, f"{_STEP}.transport", f"{_STEP}.ref.**"),
    *_rows(Treatment.REFUSED, _SHAPES, _STORY, "pattern", "version", "concurrency.**", "policy.timeouts|retries.**"),
    *_rows(Treatment.REFUSED, _SHAPES, _STORY, "transports.*.name|transportRef"),
    *_rows(
        Treatment.REFUSED,
        _SHAPES,
        ("Story", "Engram", "Impulse"),
        *(f"{head}.{name}" for head in (f"{_STEP}.execution", "policy.execution", "executionPolicy|overrides|execution")
          for name in ("timeout", "retry.**", "cache.mode", "serviceAccountName")),
    ),
    *_rows(Treatment.REFUSED, _SHAPES, _STORY, "policy.execution.job.restartPolicy"),
    *_rows(Treatment.REFUSED, _SHAPES, _ENGRAM, "mode", "executionPolicy.job.restartPolicy"),
    *_rows(Treatment.REFUSED, _SHAPES, ("Engram", "Impulse"), "version", "templateRef.**", "storyRef.**"),
    *_rows(Treatment.REFUSED, _SHAPES, _IMPULSES, "deliveryPolicy.dedupe.mode", "deliveryPolicy.retry.**"),
    *_rows(Treatment.REFUSED, _SHAPES, _TEMPLATES, "version", "supportedModes.*", "image"),
    *_rows(Treatment.REFUSED, _SHAPES, ("Transport",), "supportedAudio|supportedVideo|supportedBinary.**"),
    # Text that goes where it goes as it is.
    *_rows(Treatment.LITERAL, _WHERE, _STORY, f"{_STEP}.secrets.*", f"{_STEP}.execution.**", "policy.execution.**"),
    *_rows(Treatment.LITERAL, _SHAPES, _STORY, "policy.queue", "policy.storage.**"),
    *_rows(Treatment.LITERAL, _WHERE, _ENGRAM, "secrets.*", "executionPolicy|overrides.**", "transport.**"),
    *_rows(Treatment.LITERAL, _WHERE, _IMPULSE, "secrets.*", "execution.**", "workload|service.**"),
    *_rows(Treatment.LITERAL, _SHAPES, _TEMPLATES, "execution.**", "secretSchema.**", "declaredOutputKeys.*"),
    *_rows(Treatment.LITERAL, _SHAPES, ("Transport",), "provider", "driver", "connectorImage"),
    # What nobody is known to read, prose, and schemas, which describe and are not evaluated.
    *_rows(Treatment.UNKNOWN, "story-run.md A9.5", _STORY, f"{_STEP}.postExecution.failureMessage"),
    *_rows(Treatment.UNKNOWN, _SHAPES, _STORY, "inputsSchema", "outputsSchema"),
    *_rows(Treatment.UNKNOWN, _WHERE, _STORY, "transports.*.description", "transports.*.settings"),
    *_rows(Treatment.UNKNOWN, "story-run.md C3", _IMPULSE, "mapping", "with"),
    *_rows(Treatment.UNKNOWN, _SHAPES, _TEMPLATES, "description", "configSchema", "outputSchema", "contextSchema"),
    *_rows(Treatment.UNKNOWN, _SHAPES, _TEMPLATES, "secretSchema.*.description"),
    *_rows(Treatment.UNKNOWN, _SHAPES, ("Transport",), "configSchema", "defaultSettings"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def place_of(kind: str, path: tuple[str, ...]) -> Place | None:
    """The most special row for a field, whose path from `spec` has `*` for each index; None where there is none."""
    fitting = [place for place in PLACES if kind in place.kinds and matches(place.pattern, path)]
    return max(fitting, key=lambda place: _weight(place.pattern), default=None)


def matches(pattern: str, path: tuple[str, ...]) -> bool:
    """Whether a pattern speaks of a field."""
    parts = pattern.split(".")
    if parts[-1] == "**":
        return len(path) >= len(parts) and _fits(parts[:-1], path[: len(parts) - 1])
    return len(path) == len(parts) and _fits(parts, path)


def _fits(parts: list[str], path: tuple[str, ...]) -> bool:
    return all(part == "*" or name in part.split("|") for part, name in zip(parts, path, strict=True))


def _weight(pattern: str) -> tuple[int, int]:
    """The longer pattern is the more special one, and then the one with more names."""
    parts = [part for part in pattern.split(".") if part != "**"]
    return len(parts), sum(part != "*" for part in parts)


def texts(spec: Node, kind: str) -> Iterator[tuple[Place, Node, Path]]:
    """Each text of an object's `spec` with its row and the way from `spec`; what is free as a whole."""
    yield from _texts(spec, kind, (), ())


def _texts(node: Node, kind: str, path: Path, generic: tuple[str, ...]) -> Iterator[tuple[Place, Node, Path]]:
    place = place_of(kind, generic) if generic else None
    if place is not None and (node.text is not None or not place.pattern.endswith("**")):
        yield place, node, path
        return
    for key, member in node.items():
        yield from _texts(member, kind, (*path, key), (*generic, key))
    for index, element in enumerate(node.elements or ()):
        yield from _texts(element, kind, (*path, index), (*generic, "*"))
