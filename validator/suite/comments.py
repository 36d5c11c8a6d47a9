"""Comments `# engram-validate: ignore[EV201, may-be-missing] why`, read from the text of manifests.

A comment speaks for the line it ends, or, alone on its line, for the next line that holds something. Where a scalar of
several lines begins on that line, it speaks for all of them: inside a block scalar there can be no comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from validator.findings import Location

NAME = "engram-validate"
"""What every comment names that addresses us: a file without it has none."""
_ADDRESSED = re.compile(rf"#[ \t]*{NAME}[ \t]*:")
_FORM = re.compile(r"#[ \t]*engram-validate[ \t]*:[ \t]*ignore[ \t]*\[([^\[\]]*)\][ \t:-]*(.*)$")


@dataclass(frozen=True, slots=True)
class IgnoreComment:
    """One comment that addresses engram-validate."""

    location: Location
    """The comment, from its `#` to the end of the line."""
    removal: Location
    """What to delete to be rid of it: with the spaces before it."""
    rules: tuple[tuple[str, Location], ...]
    """Codes or names, as written, each with its place; empty when the comment is malformed."""
    reason: str
    first_line: int
    last_line: int
    """The lines it speaks for; an empty range when nothing follows it."""
    alone: bool
    """Whether it has its line to itself."""


def comments(file: str, lines: Sequence[str]) -> Iterator[IgnoreComment]:
    """The comments of a YAML file that address engram-validate, in order."""
    found = [
        (number, match.start())
        for number, line in enumerate(lines, 1)
        for match in _ADDRESSED.finditer(line)
        if match.start() == 0 or line[match.start() - 1] in " \t"
    ]
    if not found:
        return
    scalars = _scalars(lines)
    for number, column in found:
        if not any(scalar.holds(number, column + 1) for scalar in scalars):
            yield _comment(file, lines, number, column, scalars)


def _comment(file: str, lines: Sequence[str], number: int, column: int, scalars: Sequence[_Scalar]) -> IgnoreComment:
    line = lines[number - 1]
    text = line[column:].rstrip()
    alone = not line[:column].strip()
    match = _FORM.match(text)
    names = []
    for name in re.finditer(r"[^,\s]+", match[1]) if match else ():
        start = column + (match.start(1) if match else 0) + name.start() + 1
        names.append((name[0], Location(file, number, start, number, start + len(name[0]))))
    first = _next(lines, number) if alone else number
    return IgnoreComment(
        location=Location(file, number, column + 1, number, column + len(text) + 1),
        removal=Location(file, number, len(line[:column].rstrip()) + 1, number, len(line.rstrip()) + 1),
        rules=tuple(names),
        reason=match[2].strip() if match else "",
        first_line=first,
        last_line=max((scalar.end_line for scalar in scalars if scalar.line == first), default=first),
        alone=alone,
    )


def _next(lines: Sequence[str], number: int) -> int:
    """The first line below that is neither blank nor a comment; one past the end when there is none."""
    for offset, line in enumerate(lines[number:], number + 1):
        text = line.strip()
        if text and not text.startswith("#"):
            return offset
    return len(lines) + 1


@dataclass(frozen=True, slots=True)
class _Scalar:
    """Where a scalar stands; lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, line: int, column: int) -> bool:
        return (self.line, self.column) <= (line, column) < (self.end_line, self.end_column)


def _scalars(lines: Sequence[str]) -> list[_Scalar]:
    """The quoted and block scalars of the file, as far as it is YAML; plain ones cannot hold a comment's `#`."""
    import yaml

    text = "\n".join(lines) + "\n"
    starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def position(index: int) -> tuple[int, int]:
        # By offset, not by the token's own line: YAML breaks lines at characters that editors do not.
        line = bisect_right(starts, index)
        return line, index - starts[line - 1] + 1

    scalars = []
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, yaml.ScalarToken) and not token.plain:
                start, end = position(token.start_mark.index), position(token.end_mark.index)
                scalars.append(_block(lines, start, end) if token.style in {"|", ">"} else _Scalar(*start, *end))
    except (yaml.YAMLError, ValueError):
        pass  # what is wrong with the file is another rule's finding; what was understood so far holds
    return scalars


def _block(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> _Scalar:
    """A block scalar without its header, which can carry a comment, and without the comments below it."""
    line, column = start
    header = lines[line - 1][column - 1 :]
    content = range(line, min(end[0] - (end[1] == 1), len(lines)))  # as indices: the lines after the header
    last = content.stop
    if not re.match(r"[|>][+-]?[1-9]", header):
        indents = ((index, _indent(lines[index])) for index in content if lines[index].strip())
        least = next(indents, (0, 0))[1]
        last = next((index for index, indent in indents if indent < least), content.stop)
    return _Scalar(line, column + len(header), last, len(lines[last - 1]) + 1 if last else 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
