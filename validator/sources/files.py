"""Files into texts: bytes are read once, bounded, and decoded; what goes wrong is a finding."""

from __future__ import annotations

import codecs
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from validator.findings import Finding, Location, Subject, Suggestion
from validator.rules import manifests as rules
from validator.sources.discovery import looks_like_helm, speaks_of_us
from validator.sources.limits import Limits
from validator.sources.reader import read
from validator.sources.reading import Document, Problem, ProblemKind
from validator.sources.text import SourceText

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What could be the name of a template."""
_VALUE_END = re.compile(r"[ \t]*(?:[,\]}]| #|\r?$)", re.MULTILINE)
"""What can stand behind a value: the edit that quotes a template would spoil one that goes on."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file: its text where there is one, its documents, and why others are missing."""

    path: str
    text: SourceText | None = None
    documents: tuple[Document, ...] = ()
    problems: tuple[Finding, ...] = ()


def load_file(file: Path, path: str, limits: Limits, *, named: bool) -> LoadedFile | None:
    """Read one file. None when nobody named it and it is none of our business.

    `path` is what findings call it. Never raises for anything that the file holds.
    """
    try:
        status = file.stat()
        special = not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))
        if not special:
            with file.open("rb") as stream:
                content = stream.read(limits.file_bytes + 1)
    except OSError as error:
        return _refused(path, _unreadable(path, error, file))
    if special:  # a pipe would be waited for, and a device has no end
        finding = rules.UNREADABLE_FILE.at(Location(path), _subject(path), file=path, problem="it is no ordinary file")
        return _refused(path, finding) if named else None
    if not named and not speaks_of_us(content):
        return None
    return load_content(content, path, limits, named=named, size=_size(status.st_size))


def load_content(
    content: bytes, path: str, limits: Limits, *, named: bool = True, size: str = "more"
) -> LoadedFile | None:
    """Read what a file or standard input holds; what is beyond the limit need not be there. None as for `load_file`."""
    if len(content) > limits.file_bytes:
        finding = rules.FILE_TOO_LARGE.at(
            Location(path), _subject(path), file=path, size=size, limit=_size(limits.file_bytes)
        )
        return _refused(path, finding)
    try:
        source = SourceText(path, decode(content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        finding = rules.UNREADABLE_FILE.at(
            Location(path, line, column, line, column + 1),
            _subject(path),
            file=path,
            problem=f"byte 0x{content[error.start]:02X} is not UTF-8",
            suggestion=Suggestion("save the file as UTF-8"),
        )
        return _refused(path, finding)
    reading = read(source, limits)
    if reading.problems and not named and looks_like_helm(source.text):
        return None
    return LoadedFile(path, source, reading.documents, tuple(_finding(source, problem) for problem in reading.problems))


def decode(content: bytes, errors: str = "strict") -> str:
    """Text without its byte order mark. UTF-16 is YAML too, when a mark says so.

    Raises UnicodeDecodeError, unless `errors` says otherwise as in `bytes.decode`.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors)
    return content.decode("utf-8-sig", errors)


def _finding(source: SourceText, problem: Problem) -> Finding:
    location = source.location(problem.start, problem.end)
    subject = _subject(source.path)
    if problem.kind is ProblemKind.UNQUOTED_TEMPLATE:
        text = str(problem.facts["text"])
        ends = _VALUE_END.match(source.text, problem.end) is not None
        one_line = ends and "\n" not in text and not ('"' in text and "'" in text)
        quote = "'" if '"' in text else '"'
        return rules.UNQUOTED_TEMPLATE.at(
            location,
            subject,
            text=text,
            suggestion=Suggestion(
                "quote the whole value",
                location if one_line else None,
                f"{quote}{text}{quote}" if one_line else None,
            ),
        )
    if problem.kind is ProblemKind.TOO_DEEP:
        return rules.NESTED_TOO_DEEP.at(location, subject, limit=problem.facts["limit"])
    if problem.kind is ProblemKind.UNREAD:
        advice = "write `---` before a new document, and indent what belongs to the one above like its lines"
        return rules.UNREAD_CONTENT.at(location, subject, suggestion=Suggestion(advice))
    words = problem.facts["problem"]
    if problem.kind is ProblemKind.ALIASES:
        return rules.EXCESSIVE_ALIASES.at(location, subject, problem=words)
    if problem.kind is ProblemKind.NOT_JSON:
        return rules.NOT_JSON.at(location, subject, problem=words)
    language = "JSON" if source.path.lower().endswith(".json") else "YAML"
    return rules.INVALID_YAML.at(location, subject, language=language, problem=words)


def _refused(path: str, finding: Finding) -> LoadedFile:
    return LoadedFile(path, problems=(finding,))


def _unreadable(path: str, error: OSError, file: Path) -> Finding:
    """Why a file cannot be read; who gave a name instead of a path learns how names are given."""
    by_name = f"name a file or a folder; `run --template {path}` runs a template by its name"
    is_name = isinstance(error, FileNotFoundError) and _NAME.fullmatch(path)
    return rules.UNREADABLE_FILE.at(
        Location(path),
        _subject(path),
        file=path,
        problem=_why(error, file),
        suggestion=Suggestion(by_name) if is_name else None,
    )


def _subject(path: str) -> Subject:
    return Subject("file", path)


def _why(error: OSError, file: Path) -> str:
    if file.is_symlink() and not file.exists():
        return "it is a link that leads nowhere"
    return {
        FileNotFoundError: "there is no such file",
        PermissionError: "permission denied",
        IsADirectoryError: "it is a directory",
    }.get(type(error), error.strerror or type(error).__name__)


def _size(count: int) -> str:
    return f"{count / (1024 * 1024):.1f} MiB" if count >= 1024 * 1024 else f"{count} bytes"
