"""Where a witness breaks: the place in the document, and the lines of the two schemas that disagree about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from validator.findings import Json, Path
from validator.schemas import pointers
from validator.schemas.containment.budget import Budget, Meter, UndecidableError
from validator.schemas.containment.dialect import DRAFT_2020_12, Dialect
from validator.schemas.containment.documents import Document, Schema
from validator.schemas.containment.regex.language import Languages
from validator.schemas.independent import validator_of

_HOPS = 40


@dataclass(frozen=True, slots=True)
class Break:
    """The point of disagreement."""

    path: Path
    """The place in the document."""
    message: str
    """What the consumer has against it."""
    lhs: Path
    """The part of the left schema that allows it."""
    rhs: Path
    """The keyword of the right schema that rejects it."""


def explain(lhs: Schema, rhs: Schema, witness: Json, *, dialect: Dialect = DRAFT_2020_12) -> Break | None:
    """The disagreement about a witness; None if `rhs` has nothing against it."""
    if dialect.profile is not None:
        return _explain_on_platform(lhs, rhs, witness, dialect)
    from jsonschema.exceptions import best_match

    error = best_match(validator_of(rhs, 7 if dialect.tuple_items else 2020).iter_errors(witness))
    if error is None:
        return None
    path = tuple(error.absolute_path)
    rejecting = _real_path(rhs, tuple(error.absolute_schema_path))
    return Break(path, error.message, governing(lhs, path, dialect), rejecting)


def _explain_on_platform(lhs: Schema, rhs: Schema, witness: Json, dialect: Dialect) -> Break | None:
    from validator.schemas.defaults import apply_defaults
    from validator.schemas.validation import validate

    profile = dialect.profile
    assert profile is not None
    filled = apply_defaults(rhs, witness) if profile.schemas.applies_defaults else witness
    violations = validate(rhs, filled, profile=profile)
    if not violations:
        return None
    first = violations[0]
    if first.keyword == "required":  # names what is there: not what only the defaults have put there
        same = (each for each in validate(rhs, witness, profile=profile) if each.schema_path == first.schema_path)
        first = next((each for each in same if each.expected == first.expected), first)
    allowing = governing(lhs, first.instance_path, dialect)
    return Break(first.instance_path, first.message, allowing, first.schema_path)


def _real_path(root: Schema, steps: tuple[Any, ...]) -> Path:
    """jsonschema leaves `$ref` out of its paths; this one leads to the same keyword from the root."""
    document, path, node = Document(root), list[str | int](), root
    for step in steps:
        for _ in range(_HOPS):
            if not isinstance(node, dict) or step in node or not isinstance(node.get("$ref"), str):
                break
            target = _local(node["$ref"])
            if target is None:
                return tuple(path)
            path = list(target)
            try:
                node, _ = document.resolve(node["$ref"], document.base)
            except UndecidableError:
                return tuple(path)
        path.append(step)
        try:
            node = node[step]  # type: ignore[index]  # whatever is there; a boolean ends the walk
        except (KeyError, IndexError, TypeError):
            break
    return tuple(path)


def _local(reference: str) -> Path | None:
    """The path of a `#/…` reference."""
    if reference == "#":
        return ()
    if not reference.startswith("#/"):
        return None
    from urllib.parse import unquote

    return pointers.names(unquote(reference[1:]))


def governing(root: Schema, path: Path, dialect: Dialect = DRAFT_2020_12) -> Path:
    """The part of a schema that speaks of a place in its documents: as deep as the schema declares it."""
    walker = _Walker(root, dialect)
    here: Path = ()
    for step in path:
        below = walker.step(here, step, 0)
        if below is None:
            break
        here = below
    return here


class _Walker:
    """Walks a schema along a document."""

    def __init__(self, root: Schema, dialect: Dialect) -> None:
        self.root = root
        self.languages = Languages(dialect.re2)
        self.meter = Meter(Budget())

    def at(self, path: Path) -> Any:
        node: Any = self.root
        for step in path:
            try:
                node = node[int(step)] if isinstance(node, list) else node[step]
            except (KeyError, IndexError, TypeError, ValueError):
                return None
        return node

    def step(self, here: Path, step: str | int, hops: int) -> Path | None:
        """Where the member or the item is declared; None if it is not."""
        node = self.at(here)
        if not isinstance(node, dict) or hops > _HOPS:
            return None
        own = self._member(node, step) if isinstance(step, str) else self._item(node, step)
        if own is not None:
            return here + own
        if isinstance(node.get("$ref"), str) and (target := _local(node["$ref"])) is not None:
            found = self.step(target, step, hops + 1)
            if found is not None:
                return found
        for keyword in ("allOf", "anyOf", "oneOf"):
            parts = node.get(keyword)
            for index in range(len(parts) if isinstance(parts, list) else 0):
                found = self.step((*here, keyword, index), step, hops + 1)
                if found is not None:
                    return found
        for keyword in ("then", "else"):
            if keyword in node and (found := self.step((*here, keyword), step, hops + 1)) is not None:
                return found
        return None

    def _member(self, node: dict[str, Any], name: str) -> Path | None:
        if name in _mapping(node, "properties"):
            return ("properties", name)
        for pattern in _mapping(node, "patternProperties"):
            try:
                if self.languages.contains(self.languages.of(pattern), name, self.meter):
                    return ("patternProperties", pattern)
            except UndecidableError:
                continue
        return ("additionalProperties",) if "additionalProperties" in node else None

    def _item(self, node: dict[str, Any], index: int) -> Path | None:
        for keyword in ("prefixItems", "items"):
            parts = node.get(keyword)
            if isinstance(parts, list) and index < len(parts):
                return (keyword, index)
        return next(
            ((keyword,) for keyword in ("items", "additionalItems") if isinstance(node.get(keyword), dict)), None
        )


def _mapping(node: dict[str, Any], keyword: str) -> dict[str, Any]:
    value = node.get(keyword)
    return value if isinstance(value, dict) else {}
