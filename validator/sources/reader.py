"""Text into documents. One that cannot be read does not cost the others."""

from __future__ import annotations

import re
from itertools import pairwise

import yaml

from validator.sources.json_reader import read_json
from validator.sources.limits import Limits
from validator.sources.reading import Document, Problem, ProblemKind, Reading
from validator.sources.text import SourceText
from validator.sources.yaml_reader import YamlReader

_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(source: SourceText, limits: Limits | None = None) -> Reading:
    """Read every document of a file; JSON when its name ends in `.json`, else YAML. Never raises."""
    limits = limits or Limits()
    if source.path.lower().endswith(".json"):
        return read_json(source, limits)
    reader = YamlReader(source, limits)
    try:
        reader.read()
    except (Problem, yaml.YAMLError):
        return _read_apart(source, limits)
    return Reading(tuple(reader.documents))


def _read_apart(source: SourceText, limits: Limits) -> Reading:
    """Read each document on its own: `---` at the start of a line separates them even inside block scalars."""
    marks = [match.start() for match in _MARKER.finditer(source.text)]
    cuts = sorted({0, *marks, len(source.text)})
    documents: list[Document] = []
    problems: list[Problem] = []
    for start, end in pairwise(cuts):
        reader = YamlReader(source, limits, source.text[start:end], start)
        try:
            reader.read()
        except Problem as problem:
            problems.append(problem)
        except yaml.YAMLError as error:
            problems.append(_syntax(error, source.text[start:end], start))
        documents.extend(reader.documents)
    return Reading(tuple(documents), tuple(problems))


def _syntax(error: yaml.YAMLError, text: str, base: int) -> Problem:
    """What libyaml says, at the place where it noticed."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        match = _CONTROL.search(text)
        at = match.start() if match else 0
        name = f"U+{ord(match.group()):04X}" if match else "unknown"
        return Problem(
            ProblemKind.SYNTAX, base + at, base + at + 1, {"problem": f"the character {name} is not allowed"}
        )
    at = min(mark.index, len(text))
    words = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    if "cannot start any token" in words and text[at : at + 1] == "\t":
        words = "a tab cannot indent YAML: use spaces"
    elif context and context != words:
        words = f"{words} ({context})"
    if at >= len(text) or text[at] in "\r\n":
        # A missing end is noticed after the last line; people look where something stands.
        at = max(len(text[:at].rstrip()) - 1, 0)
    return Problem(ProblemKind.SYNTAX, base + at, base + min(at + 1, len(text)), {"problem": words})
