"""Places in a document: JSON pointers (RFC 6901) as `$ref` has them, and a copy with one place changed."""

from __future__ import annotations

from typing import Any

from validator.findings import Json, Path


def names(pointer: str) -> tuple[str, ...]:
    """The names in a pointer, unescaped; none in the empty pointer, and none in text that does not begin with `/`."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def resolve_locally(root: Any, reference: Any) -> Any:
    """The target of a reference inside the author's own schema, None when it is not there."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    node = root
    for name in names(reference[1:]):
        if isinstance(node, dict) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isascii() and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node


def replaced(document: Json, path: Path, value: Json) -> Json:
    """A copy with another value at a path. Raises LookupError where its parent is missing."""
    if not path:
        return value
    step, *rest = path
    if isinstance(document, dict) and isinstance(step, str):
        return {**document, step: replaced(document[step] if rest else None, tuple(rest), value)}
    if isinstance(document, list) and isinstance(step, int) and step < len(document):
        return [*document[:step], replaced(document[step], tuple(rest), value), *document[step + 1 :]]
    raise LookupError(path)
