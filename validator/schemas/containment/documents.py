"""One schema document: what its `$ref` point to. Nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote, urldefrag, urljoin

from validator.schemas import pointers
from validator.schemas.containment.budget import UndecidableError

Schema: TypeAlias = "bool | dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Reading:
    """A plain schema, and what is doubtful about a proof that rests on it."""

    schema: Schema
    doubt: str = ""


class Document:
    """A root schema, with the resources and anchors inside it."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.base = _identifier(root)
        self._resources: dict[str, Schema] | None = None
        self._anchors: dict[tuple[str, str], Schema] = {}
        self._bases: dict[int, str] = {}

    def base_of(self, schema: dict[str, Any], base: str) -> str:
        """The base URI inside a schema that stands where `base` holds."""
        identifier = _identifier(schema)
        return urljoin(base, identifier) if identifier else base

    def resolve(self, reference: str, base: str) -> tuple[Schema, str]:
        """The schema a reference names, and the base URI there. Raises UndecidableError if it is not in here."""
        if self._resources is None:
            self._index()
        assert self._resources is not None
        address, fragment = urldefrag(urljoin(base, reference))
        if not reference.startswith("#") or base != self.base:
            target = self._resources.get(address)
        else:
            address, target = self.base, self.root
        if target is None:
            raise UndecidableError(f"$ref {reference!r} leads out of the document")
        fragment = unquote(fragment)
        if not fragment:
            return target, address
        if fragment.startswith("/"):
            return self._pointer(target, fragment, reference, address)
        anchored = self._anchors.get((address, fragment))
        if anchored is None:
            raise UndecidableError(f"$ref {reference!r} names an unknown anchor")
        return anchored, address

    def _pointer(self, target: Any, fragment: str, reference: str, base: str) -> tuple[Schema, str]:
        for name in pointers.names(fragment):
            try:
                target = target[int(name)] if isinstance(target, list) else target[name]
            except (KeyError, IndexError, ValueError, TypeError):
                raise UndecidableError(f"$ref {reference!r} points nowhere") from None
            if isinstance(target, dict):
                base = self._bases.get(id(target), base)
        if not isinstance(target, bool | dict):
            raise UndecidableError(f"$ref {reference!r} points to no schema")
        return target, base

    def _index(self) -> None:
        self._resources = {self.base: self.root}
        for schema, base in _schemas(self.root, self.base):
            if isinstance(schema.get("$id"), str) and schema is not self.root:
                self._resources[base] = schema
                self._bases[id(schema)] = base
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(name := schema.get(keyword), str):
                    if keyword == "$dynamicAnchor" and any(anchor == name for _, anchor in self._anchors):
                        raise UndecidableError("one $dynamicAnchor in several places")
                    self._anchors[base, name] = schema


def _identifier(schema: Schema) -> str:
    identifier = schema.get("$id") if isinstance(schema, dict) else None
    return urldefrag(identifier)[0] if isinstance(identifier, str) else ""


def _schemas(root: Schema, base: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object of a document that could be a schema, with the base URI inside it."""
    pending: list[tuple[Any, str]] = [(root, base)]
    while pending:
        node, outer = pending.pop()
        if isinstance(node, dict):
            inner = urljoin(outer, identifier) if (identifier := _identifier(node)) else outer
            yield node, inner
            pending.extend((value, inner) for name, value in node.items() if name not in ("enum", "const"))
        elif isinstance(node, list):
            pending.extend((value, outer) for value in node)
