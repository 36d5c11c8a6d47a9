"""What an engram's refusal asks for: a member that it names, a word that it lists, a beginning that it wants.

They are guesses. What the engram then says of the new inputs tells whether they were right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from validator.explore.candidates import Candidate, Source
from validator.findings import Json
from validator.schemas.pointers import replaced
from validator.schemas.profile import WEBHOOK
from validator.schemas.samples import full
from validator.schemas.validation import is_instance

MOST = 4
"""Guesses from one refusal."""
LONGEST = 2000
"""Characters of a refusal that are read."""
_LISTED = re.compile(r"\b(?:one of|must be|allowed|expected|supported|valid)\b", re.I)
_OPENED = re.compile(r"[^:\[({\"'`,]{0,40}[:\[({]")
_BEGINNING = re.compile(r"(?:start|begin)s? with\s+(\"[^\"]+\"|'[^']+'|`[^`]+`)", re.I)
_QUOTED = re.compile(r"[\"'`]([^\"'`\n]{1,60})[\"'`]")
_WORD = re.compile(r"[\w./:-]{1,60}")
_FILLING = {"or", "and", "of", "the", "a", "an", "one", "be", "got", "not", "but", "was"}


def lessons(schema: Json, inputs: Mapping[str, Json], refusal: str) -> Iterator[Candidate]:
    """Inputs that a refusal of others suggests, a few and the likely ones first; the schema takes each of them."""
    text, count = refusal[:LONGEST].replace('\\"', '"'), 0
    for path, value in _changes(schema, inputs, text):
        changed = replaced(dict(inputs), (path,), value)
        if isinstance(changed, dict) and changed != inputs and is_instance(schema, changed, profile=WEBHOOK):
            yield Candidate(changed, Source.TAUGHT, dict(inputs), (((path,), value),))
            count += 1
        if count == MOST:
            return


def _changes(schema: Json, inputs: Mapping[str, Json], text: str) -> Iterator[tuple[str, Json]]:
    fullest = full(schema)
    known: Mapping[str, Any] = fullest if isinstance(fullest, dict) else {}
    named = [key for key in {**known, **inputs} if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text)]
    for key in named:
        if key not in inputs:
            yield key, known[key]
    texts = [key for key in (named or inputs) if isinstance(inputs.get(key), str)]
    for key in texts:
        for beginning in _BEGINNING.findall(text):
            yield key, beginning[1:-1] + str(inputs[key])
    for key in texts:
        for word in _words(text, named):
            yield key, word


def _words(text: str, names: Sequence[str]) -> list[str]:
    """The words that a refusal lists as right."""
    markers = list(_LISTED.finditer(text))
    if not markers:
        return []
    listed = _OPENED.sub("", text[markers[-1].end() :], count=1) if _OPENED.match(text, markers[-1].end()) else ""
    listed = listed or text[markers[-1].end() :]
    words = _QUOTED.findall(listed) or [
        word.strip(".:") for word in _WORD.findall(listed) if word.lower() not in _FILLING
    ]
    return [word for word in dict.fromkeys(words) if word and word not in names]
