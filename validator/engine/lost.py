"""References to an object that cannot be read: whoever mends its document mends them, so that they are not told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from validator.findings import Finding, Location
from validator.sources.text import SourceText
from validator.sources.view import Manifest
from validator.sources.workspace import Workspace

_LOSING = frozenset(
    {"EV102", "EV103", "EV105", "EV106", "EV107", "EV110", "EV111", "EV112", "EV113", "EV114", "EV116", "EV139"}
)
"""Rules after which a document, or its kind or name, is not there for others."""
_MISSING = frozenset({"EV130", "EV131"})
_SEPARATOR = re.compile(r"^(?:---|\.\.\.)", re.MULTILINE)
_NAME = re.compile(
    r"""\bmetadata["']?[ \t]*:(?:[^\n]*\n){0,5}?[^\n]*?"""
    r"""\bname["']?[ \t]*:[ \t]*["']?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)"""
)
"""The name of an object, however badly the rest is written."""


def without_lost(findings: Sequence[Finding], unreadable: Iterable[Finding], workspace: Workspace) -> list[Finding]:
    """The findings without those that miss an object whose name stands in a document that another one is about."""
    if not any(finding.rule.code in _MISSING for finding in findings):
        return list(findings)
    texts = {text.path: text for text in workspace.files}
    causes = [one for one in (*unreadable, *findings) if one.rule.code in _LOSING]
    lost = {
        name
        for cause in causes
        if (source := texts.get(cause.location.file)) is not None
        for name in _lost_names(cause.location, source, workspace)
    }
    return [
        finding
        for finding in findings
        if finding.rule.code not in _MISSING or _written(finding.location, texts.get(finding.location.file)) not in lost
    ]


def _lost_names(location: Location, source: SourceText, workspace: Workspace) -> set[str]:
    """The names in the document at a place, and behind a `...` there, to which nothing can refer.

    A document whose kind and name are there keeps its name, whatever else is wrong with it.
    """
    at = source.line_starts[location.line - 1]
    start = max((match.start() for match in _SEPARATOR.finditer(source.text, 0, at)), default=0)
    end = next((match.start() for match in _SEPARATOR.finditer(source.text, at + 1)), len(source.text))
    there = [
        manifest.node
        for manifest in workspace.manifests
        if manifest.file == source.path and start <= manifest.node.start < end and type(manifest) is not Manifest
    ]
    names = _NAME.finditer(source.text, start, end)
    return {name["name"] for name in names if not any(node.start <= name.start() < node.end for node in there)}


def _written(location: Location, source: SourceText | None) -> str:
    """The characters at a place of one line, without quotes."""
    if source is None or location.line != location.end_line:
        return ""
    return source.line(location.line)[location.column - 1 : location.end_column - 1].strip("\"' ")
