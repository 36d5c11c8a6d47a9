"""JSON pointers (RFC 6901) as `$ref` has them: the names in them, and where they lead within a document."""

from __future__ import annotations

from typing import Any


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
