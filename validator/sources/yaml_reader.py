"""YAML into nodes: libyaml's events, read the way Kubernetes reads manifests (sigs.k8s.io/yaml, which is YAML 1.1)."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from typing import Any

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from validator.findings import Json
from validator.sources.limits import Limits
from validator.sources.node import Node
from validator.sources.plain import resolve, shorten
from validator.sources.reading import Document, Duplicate, Problem, ProblemKind
from validator.sources.text import SourceText

_TAG = "tag:yaml.org,2002:"


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
        self.documents: list[Document] = []
        self._duplicates: list[Duplicate] = []
        self._anchors: dict[str, Node | None] = {}
        self._sizes: dict[Node, int] = {}
        self._aliased = 0
        self._depth = 0
        self._names: dict[str, str] = {}

    def read(self) -> None:
        """Read every document into `documents`, as far as they can be read.

        Raises Problem at the first document that cannot be read, and yaml.YAMLError where libyaml stumbles.
        """
        parser = CParser(self.text)
        try:
            self._next: Callable[[], Any] = parser.get_event
            event = self._next()
            while type(event) is not StreamEndEvent:
                if type(event) is DocumentStartEvent:
                    self._duplicates, self._anchors, self._sizes, self._aliased = [], {}, {}, 0
                    root = self._node(self._next())
                    if not (root.value is None and root.start == root.end):
                        self.documents.append(Document(root, tuple(self._duplicates)))
                elif type(event) is DocumentEndEvent:
                    pass
                event = self._next()
        finally:
            parser.dispose()

    def _node(self, event: Any) -> Node:
        kind = type(event)
        if kind is ScalarEvent:
            if event.anchor is None and event.tag is None:
                # Nearly every node of every file comes this way.
                style, text = event.style, event.value
                value = text if style else resolve(text)
                if type(value) is not float or math.isfinite(value):
                    base = self.base
                    return Node(value, self.source, event.start_mark.index + base, event.end_mark.index + base, style)
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
        return Node([element.value for element in elements], self.source, start, end, style, elements=tuple(elements))

    def _mapping(self, event: Any) -> Node:
        members: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        merged: set[str] = set()
        end = self._start(event)
        while type(item := self._next()) is not MappingEndEvent:
            extent = (item.start_mark.index + self.base, item.end_mark.index + self.base)
            name = self._plain_key(item)
            if name is None:
                key = self._node(item)
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
            self._start(event),
            end,
            "{" if event.flow_style else "",
            members=members,
            keys=keys,
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
            name = self._names[text] = text
        return name

    def _key(self, key: Node, event: Any) -> str:
        """A key as JSON has it: numbers and booleans become text, as Kubernetes does."""
        value = key.value
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        start, end = _begin(event), key.end - self.base
        if key.is_mapping and self.text.startswith("{", start - 1) and start > 0:
            close = self.text.find("}}", start)
            end = close + 2 if close >= 0 else end
            raise self._problem(ProblemKind.UNQUOTED_TEMPLATE, start - 1, end, text=self.text[start - 1 : end])
        found = "null" if value is None else "an object" if key.is_mapping else "an array"
        raise self._problem(ProblemKind.NOT_JSON, start, end, problem=f"a key must be text, and this one is {found}")

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
            for name, member in source.items():
                members[name] = member
                keys[name] = (source.keys or {})[name]
                merged.add(name)

    def _scalar(self, event: Any) -> Node:
        text, style, tag = event.value, event.style, event.tag
        value: Json = (text if style else resolve(text)) if tag is None else self._tagged(tag, event)
        start = self._start(event)
        if type(value) is float and not math.isfinite(value):
            raise self._problem(
                ProblemKind.NOT_JSON,
                _begin(event),
                _end(event),
                problem=f"JSON has no {text}: quote it if text is meant",
            )
        return Node(value, self.source, start, _end(event) + self.base, style)

    def _tagged(self, tag: str, event: Any) -> Json:
        """A scalar with an explicit tag, such as `!!str 5`."""
        text: str = event.value
        name = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
        if name == "binary":
            try:
                return base64.b64decode(text, validate=False).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                value: Json = math.nan
        elif name in ("bool", "int", "float", "null"):
            value = resolve(text)
            if name == "float" and isinstance(value, int) and not isinstance(value, bool):
                return shorten(float(value), text)
            wanted: dict[str, Any] = {"bool": bool, "int": int, "float": float, "null": type(None)}
            if type(value) is wanted[name]:
                return value
        else:
            return text
        raise self._problem(
            ProblemKind.NOT_JSON,
            _begin(event),
            _end(event),
            problem=f"`{text}` cannot be read as !!{name}",
        )

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
