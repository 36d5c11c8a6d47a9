"""A decision not to hear some findings, and a finding that was silenced by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from validator.findings import Finding, Location, Subject, Suggestion
from validator.sandbox.harness.patterns import compiled, escaped
from validator.schemas.patterns import encodable

NAMESPACED = ("story", "engram", "impulse")
"""Kinds of subjects that a namespace may stand before."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Which findings are not to be heard: all criteria that are given must hold."""

    by: str
    """`comment`, `config` or `baseline`."""
    rule: str
    """A code or a name, as written."""
    location: Location
    """Where it is written."""
    reason: str = ""
    file: str = ""
    """The path of one file."""
    glob: str = ""
    """A pattern of paths: `**` crosses folders, one without `/` matches the last part."""
    lines: tuple[int, int] | None = None
    """The first and last line on which a finding begins."""
    subject: str = ""
    """The name of a template, engram or story, or a glob."""
    step: str = ""
    fingerprint: str = ""
    message: str = ""
    """For reading, in a baseline."""
    count: int = 1
    """How many findings of one fingerprint a baseline holds."""
    edit: Suggestion | None = None
    """How to take it away."""

    def matches(self, finding: Finding) -> bool:
        """Whether this silences the finding, its rule apart."""
        if self.fingerprint:
            return self.fingerprint == finding.fingerprint
        if self.lines is not None and not self.lines[0] <= finding.location.line <= self.lines[1]:
            return False
        if self.file and self.file != finding.location.file:
            return False
        if self.glob and not _globs(self.glob, finding.location.file):
            return False
        return all(
            not wanted or any(fnmatchcase(name, wanted) for name in found)
            for wanted, found in ((self.subject, _names(finding.subject)), (self.step, [finding.subject.step]))
        )


def _names(subject: Subject) -> list[str]:
    """What a subject may be called: where its namespace is told as well, also without it."""
    own = subject.name.rpartition("/")[2] if subject.kind in NAMESPACED else subject.name
    return list(dict.fromkeys((subject.name, own)))


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that somebody decided not to hear, and why."""

    finding: Finding
    by: str
    """`comment`, `config` or `baseline`."""
    reason: str = ""
    location: Location | None = None
    """Where the suppression is written."""


@cache
def _pattern(glob: str) -> Any:
    """By RE2: a pattern of the pull request would hold up the standard library's forever. None if it is too long."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    try:
        return compiled("(?s)" + "".join(meaning.get(piece) or escaped(encodable(piece)) for piece in pieces))
    except ValueError:
        return None


def _globs(glob: str, file: str) -> bool:
    pattern = _pattern(glob)
    name = encodable(file if "/" in glob else file.rsplit("/", 1)[-1])
    return pattern is not None and pattern.fullmatch(name) is not None
