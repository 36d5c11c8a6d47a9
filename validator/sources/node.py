"""A value of a manifest, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from validator.findings import Json, Location, Path
from validator.sources.scalars import character_map
from validator.sources.text import SourceText

MISREAD = frozenset({"y", "n", "yes", "no", "on", "off"})
"""Words, in small letters, that Kubernetes reads as booleans unless they are quoted."""

_MISREAD_AS = frozenset({"true", "false"})
"""What they become where they are keys."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One YAML or JSON value with its extent. Compared by identity; what an alias names is the same node again.

    `value` is shared with the nodes inside: never change it.
    """

    value: Json
    """The value as Kubernetes reads it."""
    source: SourceText = field(repr=False)
    start: int
    end: int
    style: str = ""
    """A scalar's style: empty for plain, or one of ' \" | >; `{` and `[` for collections in flow style."""
    members: dict[str, Node] | None = field(default=None, repr=False)
    """The values of a mapping by key, merged ones included; None when this is no mapping."""
    elements: tuple[Node, ...] | None = field(default=None, repr=False)
    """The items of a sequence; None when this is none."""
    key_offsets: tuple[int, ...] = field(default=(), repr=False)
    """Where each key of a mapping starts and ends, one after the other, in the order of `members`.

    Flat, as a repository has more keys than anything else: a dictionary of pairs takes four times the memory.
    """

    @property
    def keys(self) -> dict[str, tuple[int, int]]:
        """The extents of a mapping's keys. A merged key stands where the mapping that it came from does."""
        return _key_extents(self)

    def extents(self) -> Iterator[tuple[str, int, int]]:
        """Each key of a mapping with its start and end."""
        return zip(self.members or (), self.key_offsets[::2], self.key_offsets[1::2], strict=True)

    @property
    def file(self) -> str:
        """The path of the file, relative to the workspace root."""
        return self.source.path

    @property
    def location(self) -> Location:
        """All characters of the value; quotes and block indicators included."""
        end = self.end
        if self.style in ("|", ">"):
            end = self.start + len(self.source.text[self.start : end].rstrip())
        return self.source.location(self.start, end)

    @property
    def is_mapping(self) -> bool:
        """Whether this is an object."""
        return self.members is not None

    @property
    def is_sequence(self) -> bool:
        """Whether this is an array."""
        return self.elements is not None

    @property
    def text(self) -> str | None:
        """The value when it is a string, else None."""
        return self.value if isinstance(self.value, str) else None

    @property
    def misread(self) -> str:
        """What is written, where it is a word such as `on` or `n` that YAML 1.1 takes for a boolean; else empty."""
        if not isinstance(self.value, bool) or self.style:
            return ""
        written = self.source.text[self.start : self.end]
        return written if written.lower() in MISREAD else ""

    @property
    def misread_note(self) -> str:
        """What a message about the value adds for `misread`; else empty."""
        return f", as YAML reads an unquoted `{self.misread}`" if self.misread else ""

    def get(self, key: str) -> Node | None:
        """The member of a mapping; None when there is none or this is no mapping."""
        return self.members.get(key) if self.members else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """The members of a mapping, in order; nothing for anything else."""
        return iter((self.members or {}).items())

    def __iter__(self) -> Iterator[Node]:
        """The items of a sequence; nothing for anything else."""
        return iter(self.elements or ())

    def key_location(self, key: str) -> Location:
        """Where the key stands; the whole value when there is no such key."""
        extent = self.keys.get(key)
        return self.source.location(*extent) if extent else self.location

    def misread_keys(self) -> Iterator[tuple[str, str, Location]]:
        """Unquoted keys that are such words: their names (`true` or `false`), as written, and where."""
        if not self.members or _MISREAD_AS.isdisjoint(self.members):
            return
        for name, start, end in self.extents():
            written = self.source.text[start:end]
            if written.lower() in MISREAD and written != name:
                yield name, written, self.source.location(start, end)

    def child(self, step: str | int) -> Node | None:
        """The member or item that one step of a path names."""
        if isinstance(step, str):
            return self.get(step)
        elements = self.elements or ()
        return elements[step] if 0 <= step < len(elements) else None

    def find(self, path: Path) -> Node | None:
        """The node at a path; None when there is none."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            node = (node.members.get(step) if node.members else None) if isinstance(step, str) else node.child(step)
        return node

    def at(self, path: Path) -> Node:
        """The deepest node that exists along a path."""
        node = self
        for step in path:
            inner = node.child(step)
            if inner is None:
                break
            node = inner
        return node

    def span(self, start: int, end: int) -> Location:
        """The text behind characters [start:end) of a scalar's value; the whole scalar where they cannot be told."""
        extent = self.extent(start, end)
        return self.source.location(*extent) if extent else self.location

    def extent(self, start: int, end: int) -> tuple[int, int] | None:
        """Like `span`, as offsets into the text of the file."""
        if not isinstance(self.value, str):
            return None
        where = character_map(self.source.text, self.start, self.end, self.style, self.value)
        if where is None:
            return None
        return where.extent(start, end) if self.value else (self.start, self.end)

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """This node and all nodes inside, each with its path, outermost first."""
        pending: list[tuple[Path, Node]] = [(path, self)]
        while pending:
            path, node = pending.pop()
            yield path, node
            if node.members:
                pending += [((*path, key), member) for key, member in reversed(node.members.items())]
            elif node.elements:
                pending += [((*path, at), node.elements[at]) for at in reversed(range(len(node.elements)))]


@lru_cache(maxsize=64)  # one mapping is asked for many of its keys in a row
def _key_extents(node: Node) -> dict[str, tuple[int, int]]:
    return {name: (start, end) for name, start, end in node.extents()}
