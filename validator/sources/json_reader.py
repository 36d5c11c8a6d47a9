"""JSON into nodes with positions: the standard library's scanner for strings, and a reader of our own around it."""

from __future__ import annotations

import json
import math
import re
from itertools import chain
from json.decoder import scanstring  # type: ignore[attr-defined]

from validator.findings import Json
from validator.sources.limits import Limits
from validator.sources.node import Node
from validator.sources.plain import shorten
from validator.sources.reading import Document, Duplicate, Problem, ProblemKind, Reading
from validator.sources.text import SourceText

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<rest>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


def read_json(source: SourceText, limits: Limits) -> Reading:
    """Read the JSON values of a file, one after the other; reading ends at the first mistake."""
    reader = _Reader(source, limits)
    documents: list[Document] = []
    at = reader.skip(0)
    try:
        while at < len(source.text):
            reader.duplicates = []
            root = reader.value(at, 0)
            documents.append(Document(root, tuple(reader.duplicates)))
            at = reader.skip(root.end)
    except Problem as problem:
        return Reading(tuple(documents), (problem,))
    return Reading(tuple(documents))


class _Reader:
    def __init__(self, source: SourceText, limits: Limits) -> None:
        self.source = source
        self.text = source.text
        self.limits = limits
        self.duplicates: list[Duplicate] = []

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> Node:
        character = self.text[at : at + 1]
        if character in ("{", "["):
            if depth >= self.limits.depth:
                raise Problem(ProblemKind.TOO_DEEP, at, at + 1, {"limit": self.limits.depth})
            return self.mapping(at, depth + 1) if character == "{" else self.sequence(at, depth + 1)
        if character == '"':
            text, end = self.string(at)
            return Node(text, self.source, at, end, '"')
        for word, value in _WORDS.items():
            if self.text.startswith(word, at):
                return Node(value, self.source, at, at + len(word))
        number = _NUMBER.match(self.text, at)
        if number is None:
            raise self.wrong(at, "a value is expected here")
        raw = number.group()
        if math.isinf(float(raw)):
            words = f"no reader of JSON holds this number, which has {len(raw)} characters and is beyond float64"
            raise Problem(ProblemKind.NOT_JSON, at, number.end(), {"problem": words})
        return Node(shorten(float(raw), raw) if number.group("rest") else int(raw), self.source, at, number.end())

    def string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, at + 1, True)
        except json.JSONDecodeError as error:
            raise self.wrong(error.pos, error.msg[:1].lower() + error.msg[1:]) from error
        return text, end

    def sequence(self, at: int, depth: int) -> Node:
        elements: list[Node] = []
        end = self.skip(at + 1)
        while not self.text.startswith("]", end):
            if elements:
                end = self.expect(end, ",")
            elements.append(self.value(end, depth))
            end = self.skip(elements[-1].end)
        return Node([element.value for element in elements], self.source, at, end + 1, "[", elements=tuple(elements))

    def mapping(self, at: int, depth: int) -> Node:
        members: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        end = self.skip(at + 1)
        while not self.text.startswith("}", end):
            if members:
                end = self.expect(end, ",")
            if not self.text.startswith('"', end):
                raise self.wrong(end, "a member name in double quotes is expected here")
            name, after = self.string(end)
            extent = (end, after)
            member = self.value(self.expect(self.skip(after), ":"), depth)
            if name in members:
                self.duplicates.append(Duplicate(name, keys[name], extent))
            members[name], keys[name] = member, extent
            end = self.skip(member.end)
        return Node(
            {name: member.value for name, member in members.items()},
            self.source,
            at,
            end + 1,
            "{",
            members=members,
            key_offsets=tuple(chain.from_iterable(keys.values())),
        )

    def expect(self, at: int, character: str) -> int:
        if not self.text.startswith(character, at):
            raise self.wrong(at, f"`{character}` is expected here")
        return self.skip(at + 1)

    def wrong(self, at: int, problem: str) -> Problem:
        at = min(at, max(len(self.text) - 1, 0))
        return Problem(ProblemKind.SYNTAX, at, at + 1, {"problem": problem})
