"""A short text that matches a pattern, made from the pattern itself."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

from validator.schemas.patterns import PatternError, compile_pattern

# The parsed form of a pattern has no public name.
codes: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

_GENERIC = "a1_- .:/@A"


def matching_text(pattern: str, at_least: int = 0) -> str | None:
    """A text that the pattern finds, of `at_least` characters where repetition allows it; None when none was found."""
    try:
        search = compile_pattern(pattern)
        # RE2 spells the end of the text `\z`, Python `\Z`; named groups without P came late to Python.
        parsed = parser.parse(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern.replace(r"\z", r"\Z")))
    except (PatternError, re.error, RecursionError, OverflowError):
        return None
    for extra in (0, 1, at_least):
        text = "".join(_text(parsed, extra))
        if len(text) >= at_least and search(text):
            return text
    return None


def _text(parsed: Any, extra: int) -> Iterator[str]:
    for code, argument in parsed:
        if code is codes.LITERAL:
            yield chr(argument)
        elif code is codes.NOT_LITERAL:
            yield next(character for character in _GENERIC if ord(character) != argument)
        elif code is codes.ANY:
            yield "a"
        elif code is codes.IN:
            yield _member(argument)
        elif code is codes.BRANCH:
            yield from _text(argument[1][0], extra)
        elif code is codes.SUBPATTERN:
            yield from _text(argument[3], extra)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            least, most, repeated = argument
            count = min(least + extra, int(most), 4096)
            yield "".join(_text(repeated, 0)) * count


def _member(choices: Any) -> str:
    """A character of a class; a friendly one where there is a choice."""
    negated = bool(choices) and choices[0][0] is codes.NEGATE
    for character in _GENERIC:
        if any(_is_in(character, choice) for choice in choices) is not negated:
            return character
    for code, argument in choices:
        if code is codes.LITERAL:
            return chr(argument)
        if code is codes.RANGE:
            return chr(argument[0])
    return "~"


def _is_in(character: str, choice: tuple[Any, Any]) -> bool:
    code, argument = choice
    if code is codes.LITERAL:
        return bool(ord(character) == argument)
    if code is codes.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if code is not codes.CATEGORY:
        return False
    classes = {
        codes.CATEGORY_DIGIT: character.isdigit(),
        codes.CATEGORY_NOT_DIGIT: not character.isdigit(),
        codes.CATEGORY_WORD: character.isalnum() or character == "_",
        codes.CATEGORY_NOT_WORD: not (character.isalnum() or character == "_"),
        codes.CATEGORY_SPACE: character.isspace(),
        codes.CATEGORY_NOT_SPACE: not character.isspace(),
    }
    return bool(classes.get(argument))
