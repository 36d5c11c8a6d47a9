"""The platform's rewriting of a text before it is parsed, with a map back to the raw text.

`{{ inputs.x }}` becomes `{{ .inputs.x }}`, `steps["a"]` becomes `(index .steps "a")`. Source: templating.md, section
2.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from validator.templates.errors import CACHED_LENGTH, LIMITS, UnsupportedError
from validator.templates.gostrings import quote, trim_space, unquote

ROOTS = ("inputs", "steps", "packet")
"""The names that are written without a leading dot."""

_WORD = re.compile(r"""\\.|[A-Za-z_][A-Za-z0-9_]*|['"`]""", re.DOTALL)
_MARKS = re.compile(r"""['"\[]""")
_RECEIVER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_ACTION_END = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|(?P<open>['"`])|(?P<end>\}\})""", re.DOTALL)
_LEADING_COMMENTS = re.compile(r"(?:[ \t\r\n]|/\*.*?\*/)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text as the platform parses it."""

    text: str
    offsets: tuple[int, ...] | None
    """For each character, where it (or what it was made from) stands in the raw text; None when nothing changed."""

    def trimmed(self) -> Normalised:
        """Without the outer white space."""
        text = trim_space(self.text)
        if len(text) == len(self.text):
            return self
        start = self.text.find(text) if text else 0
        offsets = self.offsets or tuple(range(len(self.text)))
        return Normalised(text, offsets[start : start + len(text)])


class _Piece:
    """Text in the making: characters, and the raw offset of each."""

    def __init__(self, text: str, offsets: list[int]) -> None:
        self.text = text
        self.offsets = offsets


def normalise(text: str) -> Normalised:
    """Rewrite roots and subscripts within actions.

    Raises UnsupportedError when one action has more than LIMITS.subscripts subscripts.
    """
    return _normalise(text) if len(text) > CACHED_LENGTH else _normalise_once(text)


def _normalise(text: str) -> Normalised:
    if "{{" not in text:
        return Normalised(text, None)
    parts: list[str] = []
    offsets: list[int] = []
    at = 0

    def copy(start: int, end: int) -> None:
        parts.append(text[start:end])
        offsets.extend(range(start, end))

    while (found := text.find("{{", at)) >= 0:
        inside = found + 2 + text.startswith("-", found + 2)
        copy(at, inside)
        closing = action_end(text, inside)
        if closing < 0:
            at = inside
            break
        end = closing - (closing > inside and text[closing - 1] == "-")
        if trim_space(text[inside:end]).startswith("/*"):
            copy(inside, end)
        else:
            piece = _subscripts(_roots(text[inside:end], inside))
            parts.append(piece.text)
            offsets.extend(piece.offsets)
        copy(end, closing + 2)
        at = closing + 2
    copy(at, len(text))
    joined = "".join(parts)
    return Normalised(joined, None if joined == text else tuple(offsets))


_normalise_once = lru_cache(maxsize=1024)(_normalise)


def action_end(text: str, start: int) -> int:
    """Where the `}}` stands of an action that begins at `start`, -1 if nowhere; quotes and comments are skipped."""
    leading = _LEADING_COMMENTS.match(text, start)
    assert leading is not None
    at = leading.end()
    if text.startswith("/*", at):
        return -1
    for match in _ACTION_END.finditer(text, at):
        if match.lastgroup == "end":
            return match.start()
        if match.lastgroup == "open":
            return -1
    return -1


def _roots(action: str, base: int) -> _Piece:
    """Put a dot before `inputs`, `steps` and `packet`."""
    parts: list[str] = []
    offsets: list[int] = []
    copied = 0
    quoted = ""
    for match in _WORD.finditer(action):
        piece = match.group()
        if piece[0] == "\\":
            if quoted in ("", "`"):
                # Outside quotes a backslash is an ordinary character: look at what follows it on its own.
                return _roots_slowly(action, base)
            continue
        if piece in "'\"`":
            quoted = piece if not quoted else ("" if quoted == piece else quoted)
            continue
        if quoted or piece not in ROOTS:
            continue
        before = action[match.start() - 1 : match.start()]
        if before in (".", "$") or (before and before.isascii() and before.isalnum()):
            continue
        parts += [action[copied : match.start()], "."]
        offsets += [*range(base + copied, base + match.start()), base + match.start()]
        copied = match.start()
    parts.append(action[copied:])
    offsets += range(base + copied, base + len(action))
    return _Piece("".join(parts), offsets)


def _roots_slowly(action: str, base: int) -> _Piece:
    """The same, for an action with a backslash outside `'` and `"`."""
    chars: list[str] = []
    offsets: list[int] = []
    quoted = ""
    at = 0
    while at < len(action):
        char = action[at]
        end = at + 1
        if quoted:
            if char == "\\" and quoted != "`" and end < len(action):
                end += 1
            elif char == quoted:
                quoted = ""
        elif char in "'\"`":
            quoted = char
        elif match := re.compile(r"[A-Za-z_][A-Za-z0-9_]*").match(action, at):
            end = match.end()
            before = action[at - 1 : at]
            if match.group() in ROOTS and before not in (".", "$") and not (before.isascii() and before.isalnum()):
                chars.append(".")
                offsets.append(base + at)
        chars.append(action[at:end])
        offsets += range(base + at, base + end)
        at = end
    return _Piece("".join(chars), offsets)


def _subscripts(piece: _Piece) -> _Piece:
    """Rewrite `RECEIVER["key"]` to `(index RECEIVER "key")`, the leftmost first, until none is left."""
    if "[" not in piece.text:
        return piece
    for _ in range(LIMITS.subscripts):
        if not _rewrite_one(piece):
            return piece
    raise UnsupportedError(f"more than {LIMITS.subscripts} subscripts in one action")


def _rewrite_one(piece: _Piece) -> bool:
    text, offsets = piece.text, piece.offsets
    quoted = ""
    for match in _MARKS.finditer(text):
        mark = match.group()
        if mark != "[":
            # Here, unlike above, the platform does not look at backslashes.
            quoted = mark if not quoted else ("" if quoted == mark else quoted)
            continue
        if quoted:
            continue
        at = match.start()
        key = quoted_at(text, at + 1)
        if key is None or text[key[1] : key[1] + 1] != "]":
            continue
        start = _receiver_start(text, at)
        if start == at:
            continue
        end = key[1]
        literal = quote(key[0])
        if len(literal) == end - at - 1:
            literal_offsets = offsets[at + 1 : end]
        else:
            first, last = offsets[at + 1], offsets[end - 1]
            literal_offsets = [first] * (len(literal) - 1) + [last]
        piece.text = f"{text[:start]}(index {text[start:at]} {literal}){text[end + 1 :]}"
        piece.offsets = [
            *offsets[:start],
            *[offsets[start]] * len("(index "),
            *offsets[start:at],
            offsets[at],
            *literal_offsets,
            offsets[end],
            *offsets[end + 1 :],
        ]
        return True
    return False


def quoted_at(text: str, start: int) -> tuple[str, int] | None:
    """The value of the `'…'` or `"…"` literal at `start` and the offset after it; None when Go cannot read it."""
    mark = text[start : start + 1]
    if mark not in ("'", '"'):
        return None
    at = start + 1
    while at < len(text) and text[at] != mark:
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        return None
    try:
        return unquote(text[start : at + 1]), at + 1
    except ValueError:
        return None


def _receiver_start(text: str, at: int) -> int:
    """Where the expression before a subscript begins: names, dots and balanced parentheses."""
    index = at - 1
    while index >= 0:
        if text[index] in _RECEIVER:
            index -= 1
        elif text[index] == ")":
            depth = 1
            index -= 1
            while index >= 0 and depth > 0:
                depth += {")": 1, "(": -1}.get(text[index], 0)
                index -= 1
        else:
            break
    start = index + 1
    while start < at and text[start] in " \t":
        start += 1
    return start
