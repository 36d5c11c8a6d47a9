"""Two images' outputs on the same inputs, member by member: equal, widened, narrowed or different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from validator.findings import Json, Path, dotted

ABSENT = "absent"
"""The kind of a member that is not there although the object around it is."""


class Relation(StrEnum):
    """How what the candidate emits at a path relates to what the released image emits there."""

    EQUAL = "equal"
    WIDENED = "widened"
    """Kinds of values that the released image never emits here, beside those that it does."""
    NARROWED = "narrowed"
    """Only some of the kinds of values that the released image emits here."""
    DIFFERENT = "different"
    """Other values of the same kind, or another kind altogether."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What both images put out for one input; the released one twice, so that what varies by itself is known."""

    released: Json
    again: Json
    candidate: Json
    inputs: Json


@dataclass(frozen=True, slots=True)
class Difference:
    """One path at which the images differ."""

    path: Path
    relation: Relation
    released: tuple[str, ...]
    """Kinds of values that it emits there, sorted."""
    candidate: tuple[str, ...]
    inputs: Json
    """The first inputs that show it."""
    values: tuple[Json, Json]
    """What both emit for them; None where there is nothing."""

    @property
    def place(self) -> str:
        """The path as a person writes it."""
        return dotted(self.path).lstrip(".") or "the output"


@dataclass(slots=True)
class _Member:
    released: set[str] = field(default_factory=set)
    candidate: set[str] = field(default_factory=set)
    differs: tuple[Json, Json, Json] | None = None
    """Inputs and values of the first input for which the kinds differ, else the values."""
    kinds_differ: bool = False
    random: bool = False


def compare(pairs: Iterable[Outputs]) -> tuple[tuple[Difference, ...], tuple[Path, ...]]:
    """The paths at which the images differ, and those whose values vary from run to run of the released one."""
    members: dict[Path, _Member] = defaultdict(_Member)
    for pair in pairs:
        _enter(members, pair)
    found = (_difference(path, member) for path, member in sorted(members.items(), key=lambda item: repr(item[0])))
    random = tuple(path for path, member in members.items() if member.random)
    return tuple(_outermost([difference for difference in found if difference is not None])), random


def _enter(members: dict[Path, _Member], pair: Outputs) -> None:
    sides = [dict(_walk(document)) for document in (pair.released, pair.again, pair.candidate)]
    for path in dict.fromkeys(path for side in sides for path in side):
        _enter_member(members[path], path, sides, pair)


def _enter_member(member: _Member, path: Path, sides: Sequence[Mapping[Path, list[Json]]], pair: Outputs) -> None:
    # A member of an object that is not there is no member that is missing.
    parents = [path == () or path[:-1] in side for side in sides]
    kinds = [_kinds(side.get(path)) for side in sides]
    for there, found, into in zip(parents, kinds, (member.released, member.released, member.candidate), strict=True):
        if there:
            into.update(found)
    released, again, candidate = (side.get(path, []) for side in sides)
    member.random = member.random or repr(released) != repr(again)
    if repr(released) == repr(candidate) or (member.kinds_differ or not (parents[0] and parents[2])):
        return
    other_kinds = kinds[0] != kinds[2]
    if member.differs is None or other_kinds:
        member.differs = (pair.inputs, _one(released), _one(candidate))
        member.kinds_differ = other_kinds


def _difference(path: Path, member: _Member) -> Difference | None:
    released, candidate = member.released, member.candidate
    relation = _relation(released, candidate)
    if relation is Relation.EQUAL and member.differs is not None and not member.random:
        relation = Relation.DIFFERENT
    if relation is Relation.EQUAL or member.differs is None:
        return None
    inputs, one, other = member.differs
    return Difference(path, relation, tuple(sorted(released)), tuple(sorted(candidate)), inputs, (one, other))


def _relation(released: set[str], candidate: set[str]) -> Relation:
    """By kinds alone. An integer is a number, so that `number` alone says both."""
    if released == candidate:
        return Relation.EQUAL
    if candidate <= _closed(released):
        return Relation.NARROWED
    if released <= _closed(candidate):
        return Relation.WIDENED
    return Relation.DIFFERENT


def _closed(kinds: set[str]) -> set[str]:
    return kinds | ({"integer"} if "number" in kinds else set())


def _outermost(differences: Sequence[Difference]) -> Iterator[Difference]:
    """Without differences below a path whose kinds differ: they follow from it."""
    kinds = [each.path for each in differences if each.released != each.candidate]
    for each in differences:
        if not any(len(path) < len(each.path) and each.path[: len(path)] == path for path in kinds):
            yield each


def _walk(document: Json, path: Path = ()) -> Iterator[tuple[Path, list[Json]]]:
    """Every place with the values that stand there: items of an array share one, called `[]`."""
    found: dict[Path, list[Json]] = {}
    _gather(document, path, found)
    yield from found.items()


def _gather(value: Json, path: Path, found: dict[Path, list[Json]]) -> None:
    if isinstance(value, dict):
        found.setdefault(path, []).append({})
        for key, member in value.items():
            _gather(member, (*path, key), found)
    elif isinstance(value, list):
        found.setdefault(path, []).append([None] * len(value))
        for item in value:
            _gather(item, (*path, "[]"), found)
    else:
        found.setdefault(path, []).append(value)


def _kinds(values: Sequence[Json] | None) -> set[str]:
    return {kind_of(value) for value in values} if values else {ABSENT}


def kind_of(value: Json) -> str:
    """The JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _one(values: Sequence[Json]) -> Json:
    return values[0] if values else None


def words(kinds: Iterable[str]) -> str:
    """Kinds for a person: `string or null`."""
    return " or ".join(kinds)


def as_json(difference: Difference) -> Mapping[str, Json]:
    """A difference for the JSON report."""
    return {
        "path": difference.place,
        "relation": str(difference.relation),
        "released": list(difference.released),
        "candidate": list(difference.candidate),
        "inputs": difference.inputs,
        "released value": difference.values[0],
        "candidate value": difference.values[1],
    }
