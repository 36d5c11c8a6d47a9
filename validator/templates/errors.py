"""What can go wrong with a template: the error classes of the platform, and the honest answer "unsupported".

Source: templating.md, sections 1 to 7, and the error classes of the golden vectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class TemplateError(Exception):
    """The platform refuses the template, or fails on it.

    `start` and `end` are offsets into the raw text (code points, end exclusive); both are -1 where the error belongs to
    no characters, such as an output limit.
    """

    def __init__(self, kind: str, sub: str, message: str, start: int = -1, end: int = -1) -> None:
        super().__init__(message)
        self.kind = kind
        """The platform's class of error: `parse`, `exec`, `missing_key`, `path_type`, `blocked`, `offloaded`, `depth`,
        `shape` or `not_boolean`."""
        self.sub = sub
        """A finer name: `syntax`, `nil_field`, `call_error`, …; for many classes the class itself."""
        self.message = message
        self.start = start
        self.end = end

    def within(self, prefix: str) -> TemplateError:
        """The same error, met on the way up through a tree: the platform puts `index N: ` before the message."""
        self.message = prefix + self.message
        return self


class UnsupportedError(Exception):
    """What the platform would do is not known exactly here: a guess would be worse than no answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SeveralErrors(UnsupportedError):  # noqa: N818 - several, of class TemplateError
    """Members of an object fail in different ways: which error the platform meets, Go's random order decides."""

    def __init__(self, errors: Iterable[TemplateError]) -> None:
        super().__init__("several members fail in different ways: Go's order of a map decides")
        self.errors = tuple(errors)


class CallError(Exception):
    """A function refused its arguments; the evaluator turns it into a TemplateError at the call."""


class OffloadedError(Exception):
    """A function was handed a storage selector instead of the data (templating.md, section 7)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an evaluation here may cost; beyond it the answer is `unsupported`. The platform has limits of its own."""

    nesting: int = 90
    """Parentheses and control blocks within each other."""
    tokens: int = 20_000
    """Of one text: names, numbers, pipes and the blanks between them. Text beside actions is one."""
    subscripts: int = 400
    """`x["y"]` in one action."""
    fields: int = 400
    """Names of one path."""
    steps: int = 250_000
    """Evaluated nodes, elements handed to functions included."""
    rendered: int = 4 << 20
    """Characters of one value or of the whole output."""


LIMITS = Limits()

CACHED_LENGTH = 8192
"""Longer texts are not kept after they were parsed: the same short ones come again and again, long ones do not."""
