"""YAML into nodes: libyaml's events, read the way Kubernetes reads manifests (sigs.k8s.io/yaml, which is YAML 1.1)."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from itertools import chain
from typing import Any

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from validator.findings import Json
from validator.sources.escapes import Apostrophes, escaped_slash
from validator.sources.limits import Limits
from validator.sources.node import Node
from validator.sources.numeric_keys import key_text
from validator.sources.plain import exact, resolve, shorten
from validator.sources.reading import Document, Duplicate, Problem, ProblemKind
from validator.sources.tags import tagged
from validator.sources.text import SourceText

_TAG = "tag:yaml.org,2002:"

_SHORT = 40
"""Characters up to which equal texts of all files are kept once: names, types and words are, long texts seldom."""

_OFFSETS = tuple(range(1 << 14))
"""The first offsets, one object each for all files: most files are shorter, and a node has two, a key as well."""
_SHARED = len(_OFFSETS)


def _form(key: Node) -> str:
    if isinstance(key.value, int):
        return "a number beyond int64"
    return "null" if key.value is None else "an object" if key.is_mapping else "an array"


def _with_last_break(text: str) -> str:
    """The text as the cluster's tools hand it on: its last line ends too, which block scalars show."""
    return text if text.endswith("\n") else text + "\n"


def _offset(number: int) -> int:
    return _OFFSETS[number] if number < _SHARED else number


def _begin(event: Any) -> int:
    offset: int = event.start_mark.index
    return offset


def _end(event: Any) -> int:
    offset: int = event.end_mark.index
    return offset


class YamlReader:
    """Reads one stream of documents. `base` is the offset of `text` in the file, when only a part of it is read."""

    def __init__(self, source: SourceText, limits: Limits, text: str | None = None, base: int = 0) -> None:
        self.source = source
        self.limits = limits
        self.text = source.text if text is None else text
        self.base = base
        self._length = len(self.text)
        self.documents: list[Document] = []
        self._duplicates: list[Duplicate] = []
        self._anchors: dict[str, Node | None] = {}
        self._sizes: dict[Node, int] = {}
        self._aliased = 0
        self._depth = 0
        self._names: dict[str, str] = {}
        self._has_boolean_keys = False

    def read(self) -> None:
        """Read every document into `documents`, as far as they can be read.

        Raises Problem at the first document that cannot be read, and yaml.YAMLError where libyaml stumbles.
        """
        parser = CParser(_with_last_break(self.text))
        try:
            self._next: Callable[[], Any] = parser.get_event
            event = self._next()
            while type(event) is not StreamEndEvent:
                if type(event) is DocumentStartEvent:
                    self._document()
                event = self._next()
        finally:
            parser.dispose()

    def read_first(self, apostrophes: Apostrophes) -> None:
        """Read the first document, which is all that go-yaml reads, with the escapes that go-yaml knows.

        Raises like `read`, and Problem where more than that stands in the text: `documents` has the first one then.
        """
        parser = CParser(_with_last_break(self.text))

        def following() -> Any:
            event = parser.get_event()
            if type(event) is ScalarEvent:
                if event.style == '"':
                    self._refuse_slash(event)
                event.value = apostrophes.restore(event.value, event.style)
            return event

        self._next = following
        try:
            while type(event := parser.get_event()) is not StreamEndEvent:
                if type(event) is DocumentStartEvent:
                    self._document()
                    end = parser.get_event()
                    self._refuse_rest(parser, end)
                    return
        finally:
            parser.dispose()

    def _refuse_slash(self, event: Any) -> None:
        at = escaped_slash(self.text, _begin(event), _end(event))
        if at is not None:
            words = "`\\/` is an escape of JSON that the cluster's reader of YAML refuses: write `/`"
            raise self._problem(ProblemKind.SYNTAX, at, at + 2, problem=words)

    def _refuse_rest(self, parser: CParser, document_end: Any) -> None:
        """Raise Problem where something follows the first document: at the `...` that ends it, or where it begins."""
        try:
            event = parser.get_event()
            if type(event) is StreamEndEvent:
                return
            at = _begin(event)
        except YAMLError as error:
            mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
            at = len(self.text) if mark is None else mark.index
        if document_end.explicit:
            raise self._problem(ProblemKind.UNREAD, _begin(document_end), _end(document_end))
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        at = min(at, len(self.text.rstrip()) - 1)
        line = re.compile(r"[^\r\n]*").match(self.text, at)
        assert line is not None
        raise self._problem(ProblemKind.UNREAD, at, at + len(line.group().rstrip()))

    def _document(self) -> None:
        self._duplicates, self._anchors, self._sizes, self._aliased = [], {}, {}, 0
        self._has_boolean_keys = False
        root = self._node(self._next())
        if not (root.value is None and root.start == root.end):
            self.documents.append(Document(root, tuple(self._duplicates), self._has_boolean_keys))

    def _node(self, event: Any) -> Node:
        kind = type(event)
        if kind is ScalarEvent:
            plain = self._untagged(event) if event.anchor is None and event.tag is None else None
            if plain is not None:
                return plain
            node = self._scalar(event)
        elif kind is AliasEvent:
            return self._alias(event)
        else:
            self._depth += 1
            if self._depth > self.limits.depth:
                raise self._problem(ProblemKind.TOO_DEEP, _begin(event), _begin(event) + 1, limit=self.limits.depth)
            if event.anchor is not None:
                self._anchors[event.anchor] = None
            node = self._mapping(event) if kind is MappingStartEvent else self._sequence(event)
            self._depth -= 1
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _untagged(self, event: Any) -> Node | None:
        """A scalar without anchor and tag, as nearly every node is; None where JSON has no such number."""
        style, text = event.style, event.value
        value = text if style else resolve(text)
        if type(value) is float and not math.isfinite(value):
            return None
        # An empty value may stand at the end of the last line, which the file need not have.
        start = min(event.start_mark.index, self._length) + self.base
        end = min(event.end_mark.index, self._length) + self.base
        if end < _SHARED:
            start, end = _OFFSETS[start], _OFFSETS[end]
        if type(value) is str and len(value) <= _SHORT:
            value = sys.intern(value)
        return Node(value, self.source, start, end, style)

    def _alias(self, event: Any) -> Node:
        name = event.anchor
        start, end = _begin(event), _end(event)
        if name not in self._anchors:
            raise self._problem(ProblemKind.SYNTAX, start, end, problem=f"the alias *{name} names no anchor above it")
        node = self._anchors[name]
        if node is None:
            raise self._problem(ProblemKind.ALIASES, start, end, problem=f"the anchor &{name} contains itself")
        self._aliased += self._size(node)
        if self._aliased > self.limits.alias_nodes:
            raise self._problem(
                ProblemKind.ALIASES,
                start,
                end,
                problem=f"written out, its aliases make more than {self.limits.alias_nodes} values",
            )
        return node

    def _size(self, node: Node) -> int:
        """How many nodes this is with its aliases written out; each node is counted once."""
        known = self._sizes.get(node)
        if known is None:
            inner = node.members.values() if node.members else node.elements or ()
            known = self._sizes[node] = 1 + sum(self._size(child) for child in inner)
        return known

    def _sequence(self, event: Any) -> Node:
        elements = []
        while type(item := self._next()) is not SequenceEndEvent:
            elements.append(self._node(item))
        start = self._start(event)
        if event.flow_style:
            end, style = _end(item) + self.base, "["
        else:
            end, style = (max(start, elements[-1].end) if elements else start), ""
        value: Json = [element.value for element in elements]
        return Node(value, self.source, _offset(start), _offset(end), style, elements=tuple(elements))

    def _mapping(self, event: Any) -> Node:
        members: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        merged: set[str] = set()
        base, end = self.base, self._start(event)
        while type(item := self._next()) is not MappingEndEvent:
            start, stop = item.start_mark.index + base, item.end_mark.index + base
            extent = (_OFFSETS[start], _OFFSETS[stop]) if stop < _SHARED else (start, stop)
            name = self._plain_key(item)
            if name is None:
                key = self._key_node(item)
                extent = (extent[0], key.end) if type(item) is not AliasEvent else extent
                name = self._key(key, item)
            value = self._node(self._next())
            end = max(extent[1], value.end, end)
            if name == "<<" and type(item) is ScalarEvent and (item.implicit[0] or item.tag == f"{_TAG}merge"):
                self._merge(value, extent, members, keys, merged)
                continue
            if name in members and name not in merged:
                self._duplicates.append(Duplicate(name, keys[name], extent))
            if merged:
                merged.discard(name)
            members[name] = value
            keys[name] = extent
        if event.flow_style:
            end = _end(item) + self.base
        return Node(
            {name: member.value for name, member in members.items()},
            self.source,
            _offset(self._start(event)),
            _offset(end),
            "{" if event.flow_style else "",
            members=members,
            key_offsets=tuple(chain.from_iterable(keys.values())),
        )

    def _plain_key(self, event: Any) -> str | None:
        """A key that is simply text; None for anything that has to be looked at."""
        if type(event) is not ScalarEvent or event.anchor is not None or event.tag is not None:
            return None
        text: str = event.value
        if event.style:
            return text
        name = self._names.get(text)
        if name is None and isinstance(resolve(text), str):
            name = self._names[text] = sys.intern(text)
        return name

    def _key_node(self, event: Any) -> Node:
        """The node of a key that is not simply text: a float stays one, and may be none that JSON holds."""
        if type(event) is not ScalarEvent:
            return self._node(event)
        node = self._scalar(event, key=True)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _key(self, key: Node, event: Any) -> str:
        """A key as JSON has it: numbers and booleans become text, as Kubernetes does."""
        value = key.value
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            self._has_boolean_keys = True
            return "true" if value else "false"
        if isinstance(value, int | float):
            name = key_text(value)
            if name is not None:
                return name
        start, end = _begin(event), key.end - self.base
        if key.is_mapping and self.text.startswith("{", start - 1) and start > 0:
            close = self.text.find("}}", start)
            end = close + 2 if close >= 0 else end
            raise self._problem(ProblemKind.UNQUOTED_TEMPLATE, start - 1, end, text=self.text[start - 1 : end])
        raise self._problem(
            ProblemKind.NOT_JSON, start, end, problem=f"a key must be text, and this one is {_form(key)}"
        )

    def _merge(
        self,
        value: Node,
        extent: tuple[int, int],
        members: dict[str, Node],
        keys: dict[str, tuple[int, int]],
        merged: set[str],
    ) -> None:
        """Take over the members of `<<`; the earlier mapping of a list wins, as it does in Kubernetes."""
        if value.is_mapping:
            sources = [value]
        elif value.elements is not None and all(element.is_mapping for element in value.elements):
            sources = list(reversed(value.elements))
        else:
            start, end = extent[0] - self.base, extent[1] - self.base
            raise self._problem(ProblemKind.NOT_JSON, start, end, problem="`<<` takes a mapping or a list of mappings")
        for source in sources:
            extents = source.keys
            for name, member in source.items():
                members[name] = member
                keys[name] = extents[name]
                merged.add(name)

    def _scalar(self, event: Any, *, key: bool = False) -> Node:
        text, style, tag = event.value, event.style, event.tag
        if tag is None:
            value: Json = text if style else exact(text)
        else:
            value = self._tagged(tag, event)
        start = self._start(event)
        if type(value) is float and not key:
            if not math.isfinite(value):
                problem = f"JSON has no {text}: quote it if text is meant"
                raise self._problem(ProblemKind.NOT_JSON, _begin(event), _end(event), problem=problem)
            value = shorten(value, text)
        end = min(_end(event), self._length) + self.base
        return Node(value, self.source, min(start, end), end, style)

    def _tagged(self, tag: str, event: Any) -> Json:
        """A scalar with an explicit tag, such as `!!str 5`."""
        name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
        try:
            return tagged(name, event.value)
        except ValueError:
            problem = f"`{event.value}` cannot be read as !!{name}"
            raise self._problem(ProblemKind.NOT_JSON, _begin(event), _end(event), problem=problem) from None

    def _start(self, event: Any) -> int:
        """Where a value begins, past its anchor and tag."""
        start = _begin(event)
        if self.text.startswith(("&", "!"), start) and (event.anchor is not None or event.tag is not None):
            while self.text.startswith(("&", "!"), start):
                while start < len(self.text) and not self.text[start].isspace():
                    start += 1
                while start < len(self.text) and self.text[start].isspace():
                    start += 1
            start = min(start, _end(event)) if type(event) is ScalarEvent else start
        return start + self.base

    def _problem(self, kind: ProblemKind, start: int, end: int, **facts: object) -> Problem:
        return Problem(kind, start + self.base, max(start, end) + self.base, facts)
