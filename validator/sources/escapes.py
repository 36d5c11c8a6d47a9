"""Escapes between double quotes that the cluster's reader (go-yaml v2) and libyaml take differently."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\.", re.DOTALL)
_QUOTED = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_TRIES = 1_000


class Apostrophes:
    r"""The text with each `\'` between double quotes written so that libyaml reads it; no character moves.

    go-yaml takes `\'` for an apostrophe, libyaml for a mistake. It says so at the first one; two characters that occur
    nowhere else then stand for it, and `restore` puts the apostrophe into what is read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._mark = next((pair for pair in _pairs() if pair not in text), "")
        self._tries = 0

    def replace_at(self, at: int) -> bool:
        """Replace those of the quoted text in which libyaml has noticed one at `at`; False where it was another."""
        if not self._mark or self.text[at : at + 2] != "\\'" or self._tries >= _TRIES:
            return False
        self._tries += 1
        rest = _QUOTED.match(self.text, at)
        assert rest is not None
        replaced = _ESCAPE.sub(lambda escape: self._mark if escape.group() == "\\'" else escape.group(), rest.group())
        self.text = self.text[:at] + replaced + self.text[rest.end() :]
        return True

    def restore(self, value: str, style: str | None) -> str:
        """The value of a scalar that was read from the replaced text."""
        return value.replace(self._mark, "'" if style == '"' else "\\'") if self._tries else value


def _pairs() -> Iterator[str]:
    return (chr(first) + chr(first + 1) for first in range(0xE000, 0xE100))


def escaped_slash(text: str, start: int, end: int) -> int | None:
    r"""Where `\/` stands in the quoted scalar text[start:end): JSON and libyaml know it, go-yaml refuses it."""
    escapes = _ESCAPE.finditer(text, start, end)
    return next((escape.start() for escape in escapes if escape.group() == "\\/"), None)
