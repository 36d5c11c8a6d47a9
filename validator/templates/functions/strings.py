"""Sprig's functions on strings. The subject is the last argument; cuts count bytes, not characters.

Source: templating.md, section 4 (groups string and path), Masterminds/goutils.
"""

from __future__ import annotations

from typing import Any

from validator.templates.errors import LIMITS, CallError, UnsupportedError
from validator.templates.gostrings import canonical, cooked, quote, raw, trim_space
from validator.templates.printing import strval, text_of
from validator.templates.values import StringList, StringMap, Value

_OUT_OF_RANGE = "runtime error: slice bounds out of range"
_BYTE_SPACES = frozenset(b"\t\n\v\f\r \x85\xa0")


def _slice(data: bytes, start: int, end: int) -> str:
    """Go's `s[start:end]`, which panics where Python would cut short."""
    if not 0 <= start <= end <= len(data):
        raise CallError(_OUT_OF_RANGE)
    return cooked(data[start:end])


def trunc(count: int, text: str) -> str:
    """The first bytes, or for a negative count the last."""
    data = raw(text)
    if count < 0 < len(data) + count:
        return cooked(data[len(data) + count :])
    if 0 <= count < len(data):
        return cooked(data[:count])
    return text


def substr(start: int, end: int, text: str) -> str:
    """Bytes from start to end; a negative start means from the beginning, a negative end to the last."""
    data = raw(text)
    if start < 0:
        return _slice(data, 0, end)
    if end < 0 or end > len(data):
        return _slice(data, start, len(data))
    return _slice(data, start, end)


def abbrev(width: int, text: str) -> str:
    """Cut to a width, with an ellipsis."""
    return text if width < 4 else _abbreviate(raw(text), 0, width)


def abbrevboth(left: int, right: int, text: str) -> str:
    """Cut on both sides, with ellipses."""
    if right < 4 or (left > 0 and right < 7):
        return text
    return _abbreviate(raw(text), left, right)


def _abbreviate(data: bytes, offset: int, width: int) -> str:
    if len(data) <= width:
        return cooked(data)
    offset = min(offset, len(data))
    if len(data) - offset < width - 3:
        offset = len(data) - (width - 3)
    if offset <= 4:
        return cooked(data[: width - 3]) + "..."
    if width < 7:
        return ""
    if offset + width - 3 < len(data):
        return "..." + (_abbreviate(data[offset:], 0, width - 3) if width - 3 >= 4 else "")
    return "..." + cooked(data[len(data) - (width - 3) :])


def wrap(width: int, newline: str, text: str, *, cut_words: bool) -> str:
    """Break lines at spaces; words longer than a line are cut or left."""
    data, mark = raw(text), raw(newline) or b"\n"
    width = max(width, 1)
    if cut_words and len(data) // width * len(mark) > LIMITS.rendered:
        raise UnsupportedError("a text of several megabytes")
    parts: list[bytes] = []
    offset = 0
    while len(data) - offset > width:
        if data[offset] == 0x20:
            offset += 1
            continue
        space = data.rfind(b" ", offset, width + offset + 1)
        if space < 0 and cut_words:
            parts += [data[offset : offset + width], mark]
            offset += width
            continue
        if space < 0:
            space = data.find(b" ", offset + width)
            if space < 0:
                break
        parts += [data[offset:space], mark]
        offset = space + 1
    return cooked(b"".join(parts) + data[offset:])


def nospace(text: str) -> str:
    """Without white space; byte by byte, so other characters fall apart when there is any."""
    data = raw(text)
    remaining = [byte for byte in data if byte not in _BYTE_SPACES]
    return text if len(remaining) == len(data) else "".join(map(chr, remaining))


def initials(text: str) -> str:
    """The first byte of each word."""
    found: list[str] = []
    gap = True
    for byte in raw(text):
        if byte in _BYTE_SPACES:
            gap = True
        elif gap:
            found.append(chr(byte))
            gap = False
    return "".join(found)


def indent(spaces: int, text: str) -> str:
    """Each line moved to the right."""
    if spaces < 0:
        raise CallError("strings: negative Repeat count")
    if spaces * (text.count("\n") + 1) > LIMITS.rendered:
        raise UnsupportedError("a text of several megabytes")
    margin = " " * spaces
    return margin + text.replace("\n", "\n" + margin)


def join(separator: str, values: Value) -> str:
    """The elements as strings, with the separator between them."""
    parts = to_strings(values)
    if len(separator) * len(parts) > LIMITS.rendered:
        raise UnsupportedError("a text of several megabytes")
    return canonical(separator.join(parts))


def replace(old: str, new: str, text: str) -> str:
    """Every occurrence replaced; an empty one stands before, between and after the characters."""
    if len(new) * (len(text) + 1) > 8 * LIMITS.rendered:
        raise UnsupportedError("a text of several megabytes")
    if not old:
        return new + "".join(char + new for char in text)
    return cooked(raw(text).replace(raw(old), raw(new)))


def split_list(separator: str, text: str, limit: int = -1) -> StringList:
    """Go's `strings.SplitN`; an empty separator splits into characters."""
    if limit == 0:
        return StringList()
    if not separator:
        chars = list(text)
        if 0 < limit < len(chars):
            chars = [*chars[: limit - 1], "".join(chars[limit - 1 :])]
        return StringList(chars)
    return StringList(cooked(part) for part in raw(text).split(raw(separator), limit - 1 if limit > 0 else -1))


def split(separator: str, text: str, limit: int = -1) -> StringMap:
    """The parts as `_0`, `_1`, …"""
    return StringMap((f"_{index}", part) for index, part in enumerate(split_list(separator, text, limit)))


def to_strings(values: Value) -> StringList:
    """The elements as strings, without the nil ones; what is no list becomes the only element."""
    if values is None:
        return StringList()
    if isinstance(values, list):
        return StringList(strval(value) for value in values if value is not None)
    return StringList([strval(values)])


def sort_alpha(values: Value) -> StringList:
    """The elements as strings, sorted."""
    if not isinstance(values, list):
        return StringList([strval(values)])
    return StringList(sorted(to_strings(values), key=raw))


def quoted(*values: Value) -> str:
    """Each in double quotes, nil left out."""
    return " ".join(quote(strval(value)) for value in values if value is not None)


def squoted(*values: Value) -> str:
    """Each in single quotes as it is, nil left out."""
    return " ".join(f"'{text_of(value)}'" for value in values if value is not None)


def cat(*values: Value) -> str:
    """Joined by spaces, nil left out."""
    return " ".join(text_of(value) for value in values if value is not None)


def clean(path: str) -> str:
    """Go's `path.Clean`."""
    rooted = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".." or not rooted:
            parts.append(part)
    return ("/" if rooted else "") + "/".join(parts) or "."


def base(path: str) -> str:
    """Go's `path.Base`."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def directory(path: str) -> str:
    """Go's `path.Dir`."""
    return clean(path[: path.rfind("/") + 1])


def ext(path: str) -> str:
    """Go's `path.Ext`."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:] if dot >= 0 else ""


def _trim_prefix(prefix: str, text: str) -> str:
    return cooked(raw(text).removeprefix(raw(prefix)))


def _trim_suffix(suffix: str, text: str) -> str:
    return cooked(raw(text).removesuffix(raw(suffix)))


def _is_absolute(path: str) -> bool:
    return path.startswith("/")


def _trim_all(cutset: str, text: str) -> str:
    return text.strip(cutset) if cutset else text


def _fail(message: str) -> str:
    raise CallError(message)


FUNCTIONS: dict[str, Any] = {
    "abbrev": abbrev,
    "abbrevboth": abbrevboth,
    "base": base,
    "cat": cat,
    "clean": clean,
    "contains": lambda part, text: raw(part) in raw(text),
    "dir": directory,
    "ext": ext,
    "fail": _fail,
    "hasPrefix": lambda prefix, text: raw(text).startswith(raw(prefix)),
    "hasSuffix": lambda suffix, text: raw(text).endswith(raw(suffix)),
    "indent": indent,
    "initials": initials,
    "isAbs": _is_absolute,
    "join": join,
    "nindent": lambda spaces, text: "\n" + indent(spaces, text),
    "nospace": nospace,
    "osBase": base,
    "osClean": clean,
    "osDir": directory,
    "osExt": ext,
    "osIsAbs": _is_absolute,
    "plural": lambda one, many, count: one if count == 1 else many,
    "quote": quoted,
    "replace": replace,
    "sortAlpha": sort_alpha,
    "split": split,
    "splitList": split_list,
    "splitn": lambda separator, limit, text: split(separator, text, limit),
    "squote": squoted,
    "substr": substr,
    "toString": strval,
    "toStrings": to_strings,
    "trim": trim_space,
    "trimAll": _trim_all,
    "trimPrefix": _trim_prefix,
    "trimSuffix": _trim_suffix,
    "trimall": _trim_all,
    "trunc": trunc,
    "wrap": lambda width, text: wrap(width, "", text, cut_words=False),
    "wrapWith": lambda width, newline, text: wrap(width, newline, text, cut_words=True),
}
