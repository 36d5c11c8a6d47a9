"""What an abstract evaluation finds on its way: which fields a template reaches for, and what becomes of each.

These are facts about one text in one context; whether they are worth a word is for the checks.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from validator.findings import Json
from validator.templates.lookups import Lookup
from validator.templates.types import Type


class Sink(enum.Enum):
    """Where a value goes that may be missing (templating.md, sections 3.1 to 3.3)."""

    WHOLE = "whole"
    """It is the result: direct lookup, which fails when the value is missing."""
    PRINTED = "printed"
    """Into text: `<no value>`."""
    FIELD = "field"
    """A further field is asked of nil: the evaluation fails."""
    LOUD = "loud"
    """A function refuses it: the evaluation fails."""
    SWALLOWED = "swallowed"
    """A function makes something plausible of it."""
    COMPARED = "compared"
    """`eq` and `ne` take nil for unlike everything."""
    TESTED = "tested"
    """A test for being there, or a default: what careful authors write."""
    DROPPED = "dropped"
    """Nothing becomes of it."""


@dataclass(frozen=True, slots=True)
class Access:
    """One way into the context, such as `steps.fetch.output.body`."""

    names: tuple[str, ...]
    """The names from the root on; the first is the root."""
    spans: tuple[tuple[int, int], ...]
    """Where each name stands in the raw text; a subscript's span has its quotes."""
    start: int
    end: int
    at: int
    """Index of the first name that need not be there, -1 when all are."""
    lookup: Lookup | None
    """What the lookup of that name said."""
    owner: Type
    """What the name was looked up in."""
    type: Type
    """What is reached."""
    sink: Sink = Sink.DROPPED
    consumer: str = ""
    """The function that takes the value, where there is one."""
    rooted: bool = True
    """Whether the names start at a root; else at a value that the template computes, such as an element."""
    spelling: str = "dotted"
    """`dotted`, `index`, `get`, `dig` or `hasKey`: how the last unsure name is written."""

    @property
    def never(self) -> bool:
        """Whether the value is never there, as far as schemas declare."""
        return self.lookup is not None and self.lookup.never


class Oddity(enum.Enum):
    """What is suspicious about the way values are used."""

    COMPARISON = "comparison"
    CONSTANT = "constant"
    ARGUMENT = "argument"
    ARITY = "arity"
    DATE = "date"
    NUMBER_IN_TEXT = "number in text"
    COLLECTION_IN_TEXT = "collection in text"
    NULL_IN_TEXT = "null in text"
    DEFAULT_HIDES = "default hides"
    SWAPPED = "swapped"
    ORDER = "order"
    LAYOUT = "layout"
    RELATIVE = "relative"
    RANGE = "range"
    FORMAT = "format"
    UNDECLARED = "undeclared"


_FATAL = frozenset({Oddity.COMPARISON, Oddity.ARGUMENT, Oddity.ARITY, Oddity.RELATIVE, Oddity.RANGE})


@dataclass(frozen=True, slots=True)
class Remark:
    """Something suspicious, with its characters in the raw text."""

    oddity: Oddity
    start: int
    end: int
    facts: dict[str, Json] = field(default_factory=dict)

    @property
    def is_fatal(self) -> bool:
        """Whether the evaluation fails there whatever the data, if it comes that far."""
        return self.oddity in _FATAL and self.facts.get("certain", True) is True
