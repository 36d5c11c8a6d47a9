"""Regular expressions in the dialect of the platform: Go's RE2, found anywhere in the text.

Source: contract `templating.md` 13.1. Look-around and back-references do not exist in this dialect.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from validator.schemas.class_names import with_known_names

Search = Callable[[str], bool]
"""Tells whether the pattern occurs in a text."""


class PatternError(ValueError):
    """The pattern is not RE2; the text says why."""


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Search:
    """A search for the pattern.

    Raises PatternError when RE2 refuses it.
    """
    import re2  # most documents hold no pattern, and the library is not free to load

    if r"\C" in pattern.replace("\\\\", ""):
        raise PatternError(r"invalid escape sequence: `\C`")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    try:
        compiled = _compiled(pattern, options)
    except re2.error as refusal:
        reason = refusal.args[0] if refusal.args else "not a regular expression"
        raise PatternError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None
    if not all(name.isascii() for name in compiled.groupindex):
        raise PatternError("invalid named capture")
    search = compiled.search
    return lambda text: search(encodable(text)) is not None


def _compiled(pattern: str, options: Any) -> Any:
    """Compiled by RE2, if need be with the names of classes that only newer versions of Go know."""
    import re2

    try:
        return re2.compile(encodable(pattern), options)
    except re2.error:
        known = with_known_names(pattern)
        if known == pattern:
            raise
        try:
            return re2.compile(encodable(known), options)
        except re2.error:
            pass  # the refusal of the pattern as it is written says more
        raise


def encodable(text: str) -> str:
    """The text as Go decodes it: a lone surrogate becomes U+FFFD."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
