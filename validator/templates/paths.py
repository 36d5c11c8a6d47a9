"""The direct way: a template that is one path takes the referenced value as it is, no template engine involved.

Source: templating.md, sections 1.4 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from validator.findings import Json
from validator.templates.errors import TemplateError
from validator.templates.gostrings import trim_space
from validator.templates.normalise import ROOTS, quoted_at
from validator.templates.values import Value, type_name

STORAGE_REF = "$bubuStorageRef"
STORAGE_PATH = "$bubuStoragePath"

_SIMPLE = re.compile(r"\.([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+)*)\Z")
_WORD = re.compile(r"[^ \t]+")
_SUFFIX_NAME = re.compile(r"\.([A-Za-z0-9_-]+)")
_SUFFIX_INDEX = re.compile(r"\[([0-9]+)\]")

Segment: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class DirectPath:
    """What a direct lookup reads: a root of the context, and the way from there."""

    kind: str
    """`simple` for `.root.a.b`, `index` for `(index .root "key").a.b`."""
    root: str
    segments: tuple[Segment, ...]


class PathError(TemplateError):
    """A direct lookup that does not arrive: at which segment (-1 is the root), and which names there are instead."""

    def __init__(self, kind: str, message: str, segment: int, known: Iterable[str] = ()) -> None:
        super().__init__(kind, kind, message)
        self.segment = segment
        self.known = tuple(sorted(known))


def parse_path(expression: str) -> DirectPath | None:
    """The direct path that the text between the braces of a single action is, None when it is none.

    Numeric subscripts never get here: Go's parser refuses them before (templating.md, section 1.4).
    """
    expression = trim_space(expression)
    simple = _SIMPLE.match(expression)
    if simple:
        return DirectPath("simple", simple[1], tuple(simple[2].split(".")[1:]))
    if expression.startswith("index "):
        return _index_path(expression, "")
    if expression.startswith("("):
        end = _closing(expression)
        if end > 0:
            inner, suffix = trim_space(expression[1:end]), trim_space(expression[end + 1 :])
            if inner.startswith("index ") and (not suffix or suffix[0] in ".["):
                return _index_path(inner, suffix)
    return None


def _closing(text: str) -> int:
    depth = 0
    quoted = ""
    at = 0
    while at < len(text):
        char = text[at]
        if quoted:
            if char == quoted:
                quoted = ""
            elif char == "\\":
                at += 1
        elif char in "'\"":
            quoted = char
        elif char in "()":
            depth += 1 if char == "(" else -1
            if not depth:
                return at
        at += 1
    return -1


def _index_path(call: str, suffix: str) -> DirectPath | None:
    arguments = trim_space(call.removeprefix("index"))
    word = _WORD.match(arguments)
    if not word:
        return None
    root = word[0].removeprefix(".")
    rest = arguments[word.end() :].lstrip(" \t")
    key = quoted_at(rest, 0)
    if key is None or trim_space(rest[key[1] :]) or root not in ROOTS:
        return None
    segments = _suffix(suffix)
    return None if segments is None else DirectPath("index", root, (key[0], *segments))


def _suffix(text: str) -> list[Segment] | None:
    segments: list[Segment] = []
    at = 0
    while at < len(text):
        if name := _SUFFIX_NAME.match(text, at):
            segments.append(name[1])
            at = name.end()
        elif index := _SUFFIX_INDEX.match(text, at):
            segments.append(int(index[1]))
            at = index.end()
        elif text[at] == "[":
            key = quoted_at(text, at + 1)
            if key is None or text[key[1] : key[1] + 1] != "]":
                return None
            segments.append(key[0])
            at = key[1] + 1
        else:
            return None
    return segments


def look_up(path: DirectPath, context: dict[str, Value]) -> Value:
    """The value at `path`, typed as it is, or a selector into storage where the output lies there.

    Raises PathError: `missing_key`, `path_type`, or `blocked` where a step's key is not there (yet).
    """
    selector = _selector(path, context)
    if selector is not None:
        return selector
    try:
        return _walk(path.root, path.segments, context)
    except PathError as error:
        if error.kind == "missing_key" and path.root == "steps":
            message = f"template evaluation blocked: {error.message}"
            raise PathError("blocked", message, error.segment, error.known) from None
        raise


def _walk(root: str, segments: tuple[Segment, ...], context: dict[str, Value]) -> Value:
    way = root
    if root not in context:
        raise PathError("missing_key", f"missing key at {way}", -1, context)
    current = context[root]
    for at, segment in enumerate(segments):
        if isinstance(segment, int):
            if type(current) is not list:
                raise PathError("path_type", f"cannot index into {type_name(current)} at {way}", at)
            if segment >= len(current):
                raise PathError("missing_key", f"missing key at {way}", at)
            current, way = current[segment], f"{way}[{segment}]"
            continue
        if type(current) is not dict:
            raise PathError("path_type", f'cannot access key "{segment}" on {type_name(current)} at {way}', at)
        way = f"{way}.{segment}"
        if segment not in current:
            raise PathError("missing_key", f"missing key at {way}", at, current)
        current = current[segment]
    return current


def _selector(path: DirectPath, context: dict[str, Value]) -> dict[str, Value] | None:
    """`{$bubuStorageRef, $bubuStoragePath}` for a path that goes on into an offloaded step output."""
    if path.root != "steps":
        return None
    at = next((i for i, segment in enumerate(path.segments) if segment in ("output", "outputs")), -1)
    rest = path.segments[at + 1 :]
    if at < 0 or not rest:
        return None
    try:
        output = _walk(path.root, path.segments[: at + 1], context)
    except PathError:
        return None
    reference = output.get(STORAGE_REF) if type(output) is dict else None
    if not isinstance(reference, str) or type(reference) is not str or not trim_space(reference):
        return None
    return {STORAGE_REF: reference, STORAGE_PATH: storage_path(rest)}


def storage_path(segments: tuple[Segment, ...]) -> str:
    """`a.b[0]`, as the SDK reads it."""
    text = ""
    for segment in segments:
        text += f"[{segment}]" if isinstance(segment, int) else f".{segment}" if text else segment
    return text


def contains_storage_ref(value: Value | Json) -> bool:
    """Whether `$bubuStorageRef` is a key anywhere within."""
    pending: list[object] = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            if STORAGE_REF in current:
                return True
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
    return False
