"""The nodes of a file's documents: a big repository keeps those of its stories only while somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from validator.sources.node import Node


class FileTrees:
    """The root nodes of the documents of one file. Once dropped, all are read again when one is asked for."""

    __slots__ = ("_read", "_roots", "droppable")

    def __init__(self, roots: Sequence[Node], read: Callable[[], Sequence[Node]] | None = None) -> None:
        self._roots: Sequence[Node] | None = tuple(roots)
        self._read = read
        self.droppable = False
        """Whether the nodes go as soon as nobody looks at them."""

    def root(self, index: int) -> Node:
        """The root of one document."""
        if self._roots is None:
            assert self._read is not None
            self._roots = tuple(self._read())
        return self._roots[index]

    def drop(self) -> None:
        """Give the nodes back, where they can be read again."""
        if self._read is not None:
            self._roots = None


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One document of a file."""

    file: FileTrees
    index: int = 0

    @classmethod
    def of(cls, root: Node) -> Tree:
        """One that is kept for good."""
        return cls(FileTrees((root,)))

    @property
    def root(self) -> Node:
        """Its root node."""
        return self.file.root(self.index)
