"""A compiled schema: one `Node` for each schema of the author, ready to be asked.

A node holds what the platform's engine holds after it has parsed the schema, and the way back to the author's text.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from validator.findings import Json, Path
from validator.schemas.patterns import Search


@dataclass(slots=True, eq=False)
class Node:
    """One schema. Filled while compiling (schemas may be recursive), then only read."""

    path: Path = ()
    """Where the author wrote it, from the root of the author's schema."""
    source: dict[str, Json] = field(default_factory=dict)
    """The author's keywords, inline `required` already moved to the parent."""
    verdict: bool | None = None
    """Set for the schemas `true` and `false`, and for those that assert nothing."""
    takes_references: bool = False
    takes_templates: bool = False
    any_takes_references: bool = False
    """As above, but as members of the author's `anyOf` only: the keywords beside it still apply."""
    any_takes_templates: bool = False
    reference: Node | None = None
    """The target of `$ref`; nothing beside it counts."""

    types: frozenset[str] = frozenset()
    constant: tuple[Hashable, ...] = ()
    enum: frozenset[Hashable] = frozenset()

    multiple_of: float | None = None
    minimum: float | None = None
    exclusive_minimum: float | None = None
    maximum: float | None = None
    exclusive_maximum: float | None = None

    min_length: int | None = None
    max_length: int | None = None
    pattern: Search | None = None
    format: Callable[[str], bool] | None = None

    min_properties: int | None = None
    max_properties: int | None = None
    required: tuple[str, ...] = ()
    properties: dict[str, Node] = field(default_factory=dict)
    patterns: list[tuple[str, Search, Node]] = field(default_factory=list)
    additional: Node | bool = True
    names: Node | None = None
    needed_with: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """`dependencies` on other properties."""
    applied_with: dict[str, Node] = field(default_factory=dict)
    """`dependencies` on schemas."""

    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    items: Node | None = None
    tuple_items: list[Node] = field(default_factory=list)
    additional_items: Node | bool = True
    contains: Node | None = None

    all_of: list[Node] = field(default_factory=list)
    any_of: list[Node] = field(default_factory=list)
    one_of: list[Node] = field(default_factory=list)
    negated: Node | None = None
    condition: Node | None = None
    then: Node | None = None
    otherwise: Node | None = None

    judges_objects: bool = False
    judges_arrays: bool = False
    judges_numbers: bool = False
    judges_strings: bool = False
    combines: bool = False
    """Summaries of the above, so that a value meets only the keywords of its type."""

    def summarise(self) -> None:
        """Set the summaries, once every keyword is in place."""
        self.judges_numbers = self.format is not None or any(
            limit is not None
            for limit in (
                self.multiple_of,
                self.minimum,
                self.exclusive_minimum,
                self.maximum,
                self.exclusive_maximum,
            )
        )
        self.judges_strings = any(
            limit is not None for limit in (self.min_length, self.max_length, self.pattern, self.format)
        )
        self.judges_arrays = bool(
            self.items
            or self.tuple_items
            or self.contains
            or self.unique_items
            or self.min_items is not None
            or self.max_items is not None
        )
        self.judges_objects = bool(
            self.properties
            or self.required
            or self.patterns
            or self.names
            or self.additional is not True
            or self.min_properties is not None
            or self.max_properties is not None
        )
        self.combines = bool(
            self.any_of
            or self.any_takes_references
            or self.any_takes_templates
            or self.one_of
            or self.all_of
            or self.negated
            or self.needed_with
            or self.applied_with
            or (self.condition and (self.then or self.otherwise))
        )
