"""A stream of YAML cut into documents as kubectl does it: by lines, before YAML is read (apimachinery, util/yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from validator.sources.reading import Problem, ProblemKind

_SEPARATOR = re.compile(r"^---(?P<space>\s*?)(?P<rest>\S[^\n]*)?$", re.MULTILINE)
_BROKEN = re.compile(r"\n---(?:[^\S\n]*[^\s#]|#)")
_UNUSUAL_START = re.compile(r"---(?:[^\S\n]*[^\s#]|#)|%|\.\.\.")


@dataclass(frozen=True, slots=True)
class Stream:
    """The extents of the documents of a text, and the separators that kubectl refuses."""

    chunks: tuple[tuple[int, int], ...]
    problems: tuple[Problem, ...] = ()


def is_ordinary(text: str) -> bool:
    """Whether libyaml cuts and reads this text just as the cluster's tools do.

    False where a directive, an end of a document, a broken separator or an escape of a slash may stand in it.
    """
    return not (
        _UNUSUAL_START.match(text)
        or "\n..." in text
        or "\n%" in text
        or "\\/" in text
        or "\r---" in text
        or _BROKEN.search(text)
    )


def cut(text: str) -> Stream:
    """Cut a text at the lines that begin with `---`; only a comment may stand behind.

    Where something else does, kubectl gives the rest of the file up: that is a problem, and the text is cut as YAML
    would, so that the other documents can be looked at.
    """
    chunks: list[tuple[int, int]] = []
    problems: list[Problem] = []
    start = 0
    for match in _SEPARATOR.finditer(text):
        rest = (match["rest"] or "").rstrip()
        if rest and not rest.startswith("#"):
            problems.append(_broken(match.start("rest"), rest))
            if match["space"]:
                chunks.append((start, match.start()))
                start = match.start()
        elif match.start() > start:
            chunks.append((start, match.start()))
            start = min(match.end() + 1, len(text))
    chunks.append((start, len(text)))
    return Stream(tuple(_filled(chunks)), tuple(problems))


def _broken(start: int, rest: str) -> Problem:
    words = "only a comment may follow `---` on its line; kubectl refuses the file from here on"
    return Problem(ProblemKind.SYNTAX, start, start + len(rest), {"problem": words})


def _filled(chunks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    return (chunk for chunk in chunks if chunk[0] < chunk[1])
