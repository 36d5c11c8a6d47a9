"""The words in which the shape of a custom resource is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""

    values: tuple[str, ...] = ()
    """The only ones allowed; empty for any."""
    pattern: str = ""
    """A regular expression that has to match all of it."""
    shape: str = ""
    """What the pattern means, in words."""
    shortest: int = 0
    longest: int = 0
    """In code points; 0 for no limit."""
    ignore_case: bool = False
    blank: bool = False
    """Blank text counts as absent."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A string that Go's time.ParseDuration takes."""

    least: float = 0.0
    """Seconds."""
    positive: bool = True
    """Zero and less are refused."""
    refused: bool = True
    """The webhook refuses a bad one; else it comes out at run time, if at all."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Free:
    """Anything, or any object: the platform keeps unknown fields here, or they are Kubernetes' own."""

    objects: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """An array."""

    of: Shape
    fewest: int = 0
    most: int = 0
    """0 for no limit."""
    key: str = ""
    """The member that has to differ from item to item, or empty."""


@dataclass(frozen=True, slots=True)
class Entries:
    """An object whose member names are up to the author."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with known members."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    open: bool = False
    """Other members are nobody's mistake."""
    reference: bool = False
    """It names another object: people write a string instead."""
    hidden: tuple[str, ...] = field(default=())
    """Fields that are accepted without being advertised."""


PLAIN = Text()
"""Any string at all."""

Shape: TypeAlias = Text | Duration | Whole | Flag | Free | Items | Entries | Fields
