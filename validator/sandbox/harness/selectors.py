"""Selectors of lists: by labels, and by the two fields that custom resources have. Pure.

As k8s.io/apimachinery reads them. What it refuses is refused here as well: a client whose selector is passed
over gets objects that it did not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_KEY = r"(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?"
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_EQUALS = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_IN = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_COMPARED = re.compile(rf"({_KEY})\s*([<>])\s*(-?[0-9]+)")
_FIELD = re.compile(r"([A-Za-z.]+)\s*(==|=|!=)\s*([^=!,]*)")
_FIELDS = ("metadata.name", "metadata.namespace")

Labels = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part of a selector."""

    key: str
    holds: Callable[[str | None], bool]
    """Whether a value fulfils it; None where there is none."""


class SelectorError(ValueError):
    """A selector that a real API server does not take."""


def labels(selector: str) -> tuple[Requirement, ...]:
    """The parts of a `labelSelector`; none for an empty one. Raises SelectorError."""
    return tuple(_label(part.strip()) for part in _parts(selector)) if selector.strip() else ()


def fields(selector: str) -> tuple[Requirement, ...]:
    """The parts of a `fieldSelector`; none for an empty one. Raises SelectorError."""
    return tuple(_field(part.strip()) for part in selector.split(",")) if selector.strip() else ()


def selects(by_label: tuple[Requirement, ...], by_field: tuple[Requirement, ...], manifest: Mapping[str, Any]) -> bool:
    """Whether an object is among those that are asked for."""
    metadata = manifest.get("metadata")
    own: Labels = metadata if isinstance(metadata, dict) else {}
    given = own.get("labels")
    labelled: Labels = given if isinstance(given, dict) else {}
    placed = {f"metadata.{name}": own.get(name) for name in ("name", "namespace")}
    return all(one.holds(labelled.get(one.key)) for one in by_label) and all(
        one.holds(placed[one.key]) for one in by_field
    )


def _parts(selector: str) -> Iterator[str]:
    """What stands between commas outside of parentheses, in one pass: an engram may send thousands of them."""
    start, inside = 0, False
    for position, character in enumerate(selector):
        if character == "," and not inside:
            yield selector[start:position]
            start = position + 1
        elif character in "()":
            inside = character == "("
    yield selector[start:]


def _label(part: str) -> Requirement:
    if found := _EQUALS.fullmatch(part):
        return _compared(*found.groups())
    if found := _IN.fullmatch(part):
        key, operator, listed = found.groups()
        values = frozenset(value.strip() for value in listed.split(","))
        if not all(re.fullmatch(_VALUE, value) for value in values):
            raise SelectorError(f"unable to parse requirement: {part[:200]!r}")
        return Requirement(key, values.__contains__ if operator == "in" else lambda value: value not in values)
    if found := _COMPARED.fullmatch(part):
        key, operator, bound = found.groups()
        return Requirement(key, lambda value: _beyond(value, operator, int(bound)))
    if found := _EXISTS.fullmatch(part):
        absent, key = found.groups()
        return Requirement(key, lambda value: (value is None) == bool(absent))
    raise SelectorError(f"unable to parse requirement: {part[:200]!r}")


def _field(part: str) -> Requirement:
    found = _FIELD.fullmatch(part)
    if found is None:
        raise SelectorError(f"invalid field selector: {part[:200]!r}")
    if found[1] not in _FIELDS:
        raise SelectorError(f"field label not supported: {found[1][:200]}")
    return _compared(*found.groups())


def _compared(key: str, operator: str, wanted: str) -> Requirement:
    if operator == "!=":
        return Requirement(key, lambda value: value != wanted)
    return Requirement(key, lambda value: value == wanted)


def _beyond(value: str | None, operator: str, bound: int) -> bool:
    """Whether a label is a number on the right side of a bound."""
    if value is None or not re.fullmatch(r"-?[0-9]{1,18}", value):
        return False
    return int(value) > bound if operator == ">" else int(value) < bound
