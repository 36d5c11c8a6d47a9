"""What reading a file gives: documents, and what kept others from being read."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.sources.node import Node


class ProblemKind(enum.Enum):
    """Why a document cannot be used."""

    SYNTAX = enum.auto()
    UNQUOTED_TEMPLATE = enum.auto()
    NOT_JSON = enum.auto()
    ALIASES = enum.auto()
    TOO_DEEP = enum.auto()
    UNREAD = enum.auto()
    """More than one document where the cluster reads the first: the others are passed over without a word."""


class Problem(Exception):  # noqa: N818 - it is carried as a value more often than it is raised
    """A document that cannot be used, and the offsets of the characters to blame."""

    def __init__(self, kind: ProblemKind, start: int, end: int, facts: Mapping[str, object]) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.start = start
        self.end = end
        self.facts = dict(facts)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that stands twice in one mapping."""

    key: str
    first: tuple[int, int]
    second: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file."""

    root: Node
    duplicates: tuple[Duplicate, ...] = ()
    has_boolean_keys: bool = True
    """Whether some key was read as a boolean, which may be a word such as `on`; False where that is known not to be."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All documents of one text, in order, and what is wrong with those that are missing."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
