"""What `$id` names and `$ref` points at inside one schema. Nothing is ever fetched.

Source: contract `templating.md` 13.1 and 13.2. The root is the platform's wrapper unless the author's root has an
`anyOf`, so `#/definitions/x` finds nothing in most schemas; below an `$id` it starts at the node that carries it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from validator.findings import Json, Path
from validator.schemas import pointers
from validator.schemas.go_url import Locator, LocatorError, parse_locator
from validator.schemas.normalisation import Widened

DRAFTS = {f"http://json-schema.org/draft-0{number}/schema": number for number in (4, 6, 7)}
"""The meta-schemas that the engine knows, with the draft that each stands for."""


class LookupRefusedError(ValueError):
    """A `$ref` that the platform cannot follow; `kind` is `unresolved-ref` or `external-ref`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True)
class Documents:
    """The documents of one schema by their names, and each `$ref` made absolute."""

    named: dict[str, tuple[Json, Path]] = field(default_factory=dict)
    """Every node that has a name, with the author's path to it."""
    references: dict[int, str] = field(default_factory=dict)
    """By the identity of the node that holds it."""

    @classmethod
    def of(cls, root: Json) -> Documents:
        """Read the names of a normalised schema."""
        documents = cls()
        documents._read(root, (), Locator())
        documents.named[""] = (root, ())
        return documents

    def find(self, reference: str) -> tuple[Json, Path]:
        """The node that an absolute reference points at, and the author's path to it.

        Raises LookupRefusedError when the platform does not find it or would have to fetch it.
        """
        if reference in self.named:
            return self.named[reference]
        locator = parse_locator(reference)
        base = str(locator.base)
        if base in self.named:
            return _follow(*self.named[base], locator.fragment)
        if base in DRAFTS:
            self._read(_meta_schema(DRAFTS[base]), ("$ref",), Locator())
            return _follow(*self.named[base], locator.fragment)
        if locator.absolute:
            raise LookupRefusedError("external-ref", f"`{reference}` is a document elsewhere")
        raise LookupRefusedError("unresolved-ref", f"`{reference}` names no document")

    def _read(self, node: Json, path: Path, base: Locator) -> None:
        if isinstance(node, list):
            for index, member in enumerate(node):
                self._read(member, (*path, index), base)
        if not isinstance(node, dict):
            return
        name = _locator(node.get("id" if "id" in node else "$id"))
        if name is not None:
            base = base.resolve(name)
            if str(base) in self.named:
                return
            self.named[str(base)] = (node, path)
        reference = _locator(node.get("$ref"))
        if reference is not None:
            self.references[id(node)] = str(base.resolve(reference))
        for keyword, member in node.items():
            if isinstance(node, Widened) and keyword == "anyOf" and isinstance(member, list):
                self._read(member[0], path, base)
            else:
                for way, child in _children(keyword, member):
                    self._read(child, (*path, *way), base)


def _locator(text: Json) -> Locator | None:
    try:
        return parse_locator(text) if isinstance(text, str) else None
    except LocatorError:
        return None


def _children(keyword: str, member: Json) -> Iterator[tuple[Path, Json]]:
    if keyword in {"const", "enum"}:
        return
    if keyword in {"properties", "dependencies", "patternProperties"} and isinstance(member, dict):
        yield from (((keyword, name), child) for name, child in member.items())
    else:
        yield (keyword,), member


def _follow(node: Json, path: Path, fragment: str) -> tuple[Json, Path]:
    """Go down a JSON pointer; text that is no pointer leads to the document itself, as in the engine."""
    if not fragment.startswith("/"):
        return node, path
    in_wrapper = False
    for name in pointers.names(fragment):
        key, member = _member(node, name)
        if isinstance(node, dict):
            in_wrapper = isinstance(node, Widened) and name == "anyOf"
        node, path = member, path if in_wrapper else (*path, key)
    return node, path


def _member(node: Json, name: str) -> tuple[str | int, Json]:
    """What a word of a JSON pointer leads to, with its key or index; raises LookupRefusedError when there is none."""
    if isinstance(node, dict):
        if name not in node:
            raise LookupRefusedError("unresolved-ref", f"there is no `{name}` where it starts to look")
        return name, node[name]
    if not isinstance(node, list):
        raise LookupRefusedError("unresolved-ref", f"`{name}` is looked for inside a plain value")
    if not (name.isascii() and name.isdecimal()) or int(name) >= len(node):
        raise LookupRefusedError("unresolved-ref", f"there is no item `{name}` where it looks")
    return int(name), node[int(name)]


def _meta_schema(draft: int) -> Json:
    from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator  # rare and not free

    schema: Json = {4: Draft4Validator, 6: Draft6Validator, 7: Draft7Validator}[draft].META_SCHEMA
    return schema
