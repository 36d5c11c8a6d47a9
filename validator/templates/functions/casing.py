"""Letters: upper, lower and title case by Go's one-to-one mappings, and words in snake, kebab and Pascal case.

Source: templating.md, sections 4 and 14; Go package unicode, huandu/xstrings 1.5.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from validator.templates.errors import UnsupportedError
from validator.templates.gostrings import SPACES, assigned, valid


def upper_char(char: str) -> str:
    """Go's `unicode.ToUpper`: always one character."""
    upper = char.upper()
    if len(upper) == 1:
        return upper
    title = char.title()
    return title if len(title) == 1 else assigned(char)


def lower_char(char: str) -> str:
    """Go's `unicode.ToLower`."""
    lower = char.lower()
    return lower if len(lower) == 1 else lower[0]


def title_char(char: str) -> str:
    """Go's `unicode.ToTitle`."""
    title = char.title()
    return title if len(title) == 1 else assigned(char)


def _mapped(text: str, change: Callable[[str], str]) -> str:
    return "".join(change(assigned(char)) for char in valid(text))


def upper(text: str) -> str:
    """Go's `strings.ToUpper`."""
    return text.upper() if text.isascii() else _mapped(text, upper_char)


def lower(text: str) -> str:
    """Go's `strings.ToLower`."""
    return text.lower() if text.isascii() else _mapped(text, lower_char)


def _separates(char: str) -> bool:
    if char.isascii():
        return not (char.isalnum() or char == "_")
    return not (char.isalpha() or char.isdecimal()) and char in SPACES


def title(text: str) -> str:
    """Go's `strings.Title`: the first letter after whatever is no letter, digit or underscore."""
    found: list[str] = []
    previous = " "
    for char in valid(text):
        found.append(title_char(assigned(char)) if _separates(previous) else char)
        previous = char
    return "".join(found)


def untitle(text: str) -> str:
    """The first letter of each word in lower case."""
    found: list[str] = []
    after_space = True
    for char in valid(text):
        if char in SPACES:
            after_space = True
        elif after_space:
            char = lower_char(assigned(char))  # noqa: PLW2901 - the letter that goes out
            after_space = False
        found.append(char)
    return "".join(found)


def _is_connector(char: str) -> bool:
    return char in "-_" or char in SPACES


def _is_upper(char: str) -> bool:
    return unicodedata.category(char) == "Lu"


def _is_alphabet(char: str) -> bool:
    """A letter, but not a Chinese, Japanese or Korean one."""
    if not char.isalpha():
        return False
    return not ("\u4e00" <= char <= "\u9fcc" or "\u3400" <= char <= "\u4d85" or "\U00020000" <= char <= "\U0002b81d")


def _is_number(char: str) -> bool:
    return unicodedata.category(char)[0] == "N"


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] == "P"


def _plain(text: str) -> str:
    """Texts with bytes that are no UTF-8, with U+FFFD or with letters unknown here are refused an answer."""
    if "\ufffd" in valid(text):
        raise UnsupportedError("words of a text that is no UTF-8")
    for char in text:
        assigned(char)
    return text


def pascal(text: str) -> str:
    """Sprig's `camelcase`: `http_server` becomes `HttpServer`; leading connectors stay."""
    text = _plain(text)
    head = 0
    while head < len(text) and _is_connector(text[head]):
        head += 1
    if head == len(text):
        # The original prints the last connector twice.
        return text + text[-1:]
    found = [text[:head]]
    first_upper = _is_upper(text[head])
    current = upper_char(text[head])
    if head + 1 == len(text):
        return found[0] + current
    for following in text[head + 1 :]:
        previous, char = current, following
        if _is_connector(char) and _is_connector(previous):
            found.append(previous)
            current = char
            continue
        if _is_connector(previous):
            first_upper = _is_upper(char)
            char = upper_char(char)
        else:
            if first_upper:
                if _is_upper(char):
                    char = lower_char(char)
                else:
                    first_upper = False
            found.append(previous)
        current = char
    return "".join(found) + current


class _Word(NamedTuple):
    kind: str
    text: str


def _take(text: str, at: int, test: Callable[[str], bool]) -> int:
    while at < len(text) and test(text[at]):
        at += 1
    return at


def _is_small(char: str) -> bool:
    return _is_alphabet(char) and not _is_upper(char)


def _is_other(char: str) -> bool:
    return not (_is_connector(char) or _is_alphabet(char) or _is_number(char) or _is_punctuation(char))


def _upper_end(text: str, at: int) -> int:
    """The end of a word that begins with a capital: `HTTPServer` is two words."""
    end = at + 1
    if end >= len(text):
        return end
    if _is_upper(text[end]):
        end = _take(text, end, _is_upper)
        return end - 1 if end < len(text) and _is_alphabet(text[end]) else end
    return _take(text, end, _is_small)


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    at = 0
    while at < len(text):
        char = text[at]
        if _is_connector(char):
            kind, end = "connector", _take(text, at, _is_connector)
        elif _is_punctuation(char):
            kind, end = "punct", _take(text, at, _is_punctuation)
        elif _is_upper(char):
            kind, end = "upper", _upper_end(text, at)
        elif _is_alphabet(char):
            kind, end = "alphabet", _take(text, at, _is_small)
        elif _is_number(char):
            kind, end = "number", _take(text, at, _is_number)
        else:
            kind, end = "other", _take(text, at + 1, _is_other)
        found.append(_Word(kind, text[at:end]))
        at = end
    return found


_GLUED = ("alphabet", "number")
_UNMARKED = ("connector", "punct", "")


def separated(text: str, connector: str) -> str:  # noqa: C901 - the original's one switch, case by case
    """Sprig's `snakecase` and `kebabcase`: words in lower case with a connector between them."""
    if not text:
        return ""
    pending = _words(_plain(text))
    pending.reverse()
    end = _Word("", "")
    found: list[str] = []

    def following() -> _Word:
        return pending.pop() if pending else end

    def put(word: _Word) -> None:
        found.append(_lowered(word, connector))

    def put_glued(word: _Word) -> _Word:
        while word.kind in _GLUED:
            put(word)
            word = following()
        return word

    def mark(word: _Word) -> _Word:
        if word.kind not in _UNMARKED:
            found.append(connector)
        return word

    def put_digits(digits: _Word) -> _Word:
        word = following()
        if word.kind != "alphabet":
            put(digits)
            return mark(word)
        found.append(connector)
        put(digits)
        return mark(put_glued(word))

    word = following()
    while pending:
        previous = word
        if word.kind != "connector":
            put(word)
        word = following()
        if previous.kind == "number":
            word = mark(put_glued(word))
        elif previous.kind == "connector":
            put(previous)
        elif previous.kind == "punct":
            continue
        elif word.kind != "number":
            mark(word)
        elif pending:
            word = put_digits(word)
    put(word)
    return "".join(found)


def _lowered(word: _Word, connector: str) -> str:
    if word.kind not in ("upper", "connector"):
        return word.text
    return "".join(
        connector if _is_connector(char) else lower_char(char) if _is_upper(char) else char for char in word.text
    )


FUNCTIONS: dict[str, Any] = {
    "camelcase": pascal,
    "kebabcase": lambda text: separated(text, "-"),
    "lower": lower,
    "snakecase": lambda text: separated(text, "_"),
    "title": title,
    "untitle": untitle,
    "upper": upper,
}
