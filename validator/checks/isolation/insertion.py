"""A property put into a schema as it is written: lines in the style and at the depth of their neighbours."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from validator.findings import Json, Location, Path
from validator.schemas.pointers import resolve_locally
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.text import SourceText


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text to put in at an offset of a file."""

    source: SourceText
    at: int
    text: str

    @property
    def location(self) -> Location:
        """The place, which holds no characters."""
        return self.source.location(self.at, self.at)

    @property
    def after(self) -> str:
        """The whole file with the text in it."""
        return self.source.text[: self.at] + self.text + self.source.text[self.at :]

    def diff(self) -> str:
        """The change as a unified diff."""
        before, after = self.source.text.splitlines(), self.after.splitlines()
        return "\n".join(difflib.unified_diff(before, after, self.source.path, self.source.path, n=2, lineterm=""))


def lists_fields(schema: Node, path: Path) -> bool:
    """Whether the object that has the field at `path` has a `properties` already, into which a field can be put."""
    parent = _schema_of(schema, path[:-1], schema)
    return parent is not None and parent.get("properties") is not None


def declare(
    schema: Node, path: Path, declaration: Json, beside: Mapping[str, Json] = MappingProxyType({})
) -> Insertion | None:
    """What makes the schema declare a field; None where no place for it is found.

    `path` leads to the field in an instance, `declaration` is its schema. Where `properties` has to be written first,
    it declares the fields `beside` it as well: two edits would each bring one of their own.
    """
    *way, name = path
    parent = _schema_of(schema, tuple(way), schema)
    if parent is None or not isinstance(name, str) or not parent.is_mapping:
        return None
    properties = parent.get("properties")
    if properties is not None and properties.is_mapping:
        return _member(properties, name, declaration)
    if properties is None:
        return _member(parent, "properties", {name: declaration, **beside})
    return None


def reread(insertion: Insertion, document: Node) -> Node | None:
    """The same document once the text is in the file; None when it cannot be read any more."""
    reading = read(SourceText(insertion.source.path, insertion.after))
    if reading.problems:
        return None
    return next((each.root for each in reading.documents if each.root.start == document.start), None)


def _schema_of(schema: Node, path: Path, root: Node) -> Node | None:
    """The schema that speaks of a place: its own `properties` and `items` first, then those of its parts."""
    if not path:
        # What stands beside a reference does not count.
        return next((part for part in _parts(schema, root) if part.get("$ref") is None), schema)
    step, *rest = path
    for part in _parts(schema, root):
        inner = part.get("properties") if isinstance(step, str) else part
        child = inner.get(step if isinstance(step, str) else "items") if inner is not None else None
        if child is not None and child.is_mapping:
            found = _schema_of(child, tuple(rest), root)
            if found is not None:
                return found
    return None


def _parts(schema: Node, root: Node, depth: int = 0) -> list[Node]:
    """A schema and what it is combined with, in the order of the file; local references by their target."""
    parts = [schema]
    if depth > 8:
        return parts
    reference = schema.get("$ref")
    if reference is not None and resolve_locally(root.value, reference.value) is not None:
        target = root.find(tuple(str(reference.value).removeprefix("#").split("/")[1:]))
        parts += _parts(target, root, depth + 1) if target is not None else []
    for keyword in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(keyword) or ():
            parts += _parts(member, root, depth + 1)
    return parts


def _member(mapping: Node, name: str, value: Json) -> Insertion | None:
    source = mapping.source
    if mapping.style == "{":
        closing = mapping.end - 1
        at = len(source.text[:closing].rstrip())
        if source.text[closing : closing + 1] != "}":
            return None
        comma = ", " if mapping.members else ""
        return Insertion(source, at, f"{comma}{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    if not mapping.keys or not mapping.members:
        return None
    first = min(start for start, _ in mapping.keys.values())
    column = source.position(first)[1] - 1
    end = _content_end(mapping)
    line = source.position(end)[0]
    breaks = "\r\n" if "\r\n" in source.text else "\n"
    at = source.line_starts[line - 1] + len(source.line(line))
    lines = [" " * column + text for text in _yaml({name: value}).splitlines()]
    return Insertion(source, at, breaks + breaks.join(lines))


def _content_end(node: Node) -> int:
    """Where the last character of a value stands: block collections end only where the next thing begins."""
    if node.style in {"{", "["}:
        return node.end
    inner = [*(node.members or {}).values(), *(node.elements or ())]
    own = [end for _, end in node.keys.values()]
    inside = [_content_end(each) for each in inner if node.start <= each.start and each.end <= node.end]
    if inside or own:
        return max([*inside, *own])
    return node.start + len(node.source.text[node.start : node.end].rstrip())


def _yaml(value: Json) -> str:
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000)
    return text
