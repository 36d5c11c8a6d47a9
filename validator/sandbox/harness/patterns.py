"""Regular expressions of a case, by RE2: in time that grows with the text alone, whoever wrote the one or the other."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """A pattern with `search` and `fullmatch`. Raises ValueError for one that RE2 does not take."""
    import re2  # few cases hold a pattern

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 16 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as refusal:
        raise ValueError(f"{pattern[:200]!r} is no regular expression of RE2") from refusal


def escaped(text: str) -> str:
    """A pattern for just this text."""
    return "".join(character if character.isalnum() or character in "_/" else _code(character) for character in text)


def _code(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"
