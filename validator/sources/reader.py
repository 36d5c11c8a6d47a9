"""Text into documents. One that cannot be read does not cost the others."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import ScalarEvent, StreamEndEvent

from validator.sources.escapes import Apostrophes
from validator.sources.json_reader import read_json
from validator.sources.limits import Limits
from validator.sources.reading import Document, Problem, ProblemKind, Reading
from validator.sources.stream import cut, is_ordinary
from validator.sources.text import SourceText
from validator.sources.yaml_reader import YamlReader

_DIRECTIVE = re.compile(r"(?:(?:---)?[ \t]*(?:#[^\n]*)?\r?\n)*(%[^\r\n]*)")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(source: SourceText, limits: Limits | None = None) -> Reading:
    """Read every document of a file; JSON when its name ends in `.json`, else YAML. Never raises."""
    limits = limits or Limits()
    if source.path.lower().endswith(".json"):
        return read_json(source, limits)
    if is_ordinary(source.text):
        reader = YamlReader(source, limits)
        try:
            reader.read()
        except (Problem, yaml.YAMLError):
            return _read_apart(source, limits)
        return Reading(tuple(reader.documents))
    return _read_apart(source, limits)


def _read_apart(source: SourceText, limits: Limits) -> Reading:
    """Read each document on its own, as kubectl does: a file that begins as JSON is JSON where it can be."""
    if source.text.lstrip().startswith("{"):
        reading = read_json(source, limits)
        if not reading.problems:
            return reading
    stream = cut(source.text)
    documents: list[Document] = []
    problems = list(stream.problems)
    for start, end in stream.chunks:
        reading = _read_document(source, limits, start, end)
        documents.extend(reading.documents)
        if not any(start <= broken.start < end for broken in stream.problems):
            problems.extend(reading.problems)
    return Reading(tuple(documents), tuple(sorted(problems, key=lambda problem: problem.start)))


def _read_document(source: SourceText, limits: Limits, start: int, end: int) -> Reading:
    apostrophes = Apostrophes(source.text[start:end])
    while True:
        reader = YamlReader(source, limits, apostrophes.text, start)
        problems: tuple[Problem, ...] = ()
        try:
            reader.read_first(apostrophes)
        except Problem as problem:
            problems = (problem,)
        except yaml.YAMLError as error:
            if _apostrophe(error, apostrophes):
                continue
            problems = (_directive(apostrophes.text, start) or _syntax(error, apostrophes.text, start),)
        return Reading(tuple(reader.documents), problems)


def _apostrophe(error: yaml.YAMLError, apostrophes: Apostrophes) -> bool:
    mark = getattr(error, "problem_mark", None)
    unknown = getattr(error, "problem", None) == "found unknown escape character"
    return unknown and mark is not None and apostrophes.replace_at(mark.index)


def _directive(text: str, base: int) -> Problem | None:
    """That a document begins with a directive, which kubectl has cut off from its `---`."""
    match = _DIRECTIVE.match(text)
    if match is None:
        return None
    words = "kubectl refuses directives, as it cuts a file at `---` before it reads YAML: remove the line"
    return Problem(ProblemKind.SYNTAX, base + match.start(1), base + match.end(1), {"problem": words})


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
    start, end = _opened(error, text, at)
    return Problem(ProblemKind.SYNTAX, base + start, base + min(end, len(text)), {"problem": words})


def _opened(error: yaml.YAMLError, text: str, at: int) -> tuple[int, int]:
    """The characters to look at: from a quote or bracket that is not closed in its line, else where it was noticed."""
    mark = getattr(error, "context_mark", None)
    context = getattr(error, "context", None) or ""
    if context.endswith("block mapping") and (quote := _swallowing(text, at)) is not None:
        return quote
    if mark is None or not context.endswith(("quoted scalar", "flow sequence", "flow mapping")):
        return at, at + 1
    line = re.compile(r"[^\r\n]*").match(text, mark.index)
    assert line is not None
    # A key that a line below begins shows that the bracket should have been closed.
    if at >= line.end() and (context.endswith("quoted scalar") or text[at : at + 1] == ":"):
        return mark.index, mark.index + len(line.group().rstrip())
    return (mark.index, at + 1) if mark.index <= at < line.end() else (at, at + 1)


def _swallowing(text: str, at: int) -> tuple[int, int] | None:
    """The first line of a quotation over several lines that ends where the fault was noticed: it should have ended.

    A quotation that is not closed goes on to the next quotation mark, and takes the keys between for text.
    """
    last: tuple[int, int] | None = None
    parser = CParser(text)
    try:
        while type(event := parser.get_event()) is not StreamEndEvent:
            if type(event) is ScalarEvent:
                last = _extent(event) if event.style in ("'", '"') else None
    except yaml.YAMLError:
        pass
    finally:
        parser.dispose()
    if last is None or text[last[1] : at].strip(" ") or "\n" not in text[last[0] : last[1]]:
        return None
    return last[0], last[0] + len(text[last[0] :].splitlines()[0].rstrip())


def _extent(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index
