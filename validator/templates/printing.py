"""Go's package fmt: `%v` and the other verbs, for the values that templates meet.

Source: Go 1.26 package fmt; templating.md, sections 3.2 (nil) and 3.4 (numbers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from validator.templates.clock import Month, Time, Weekday
from validator.templates.errors import LIMITS, UnsupportedError
from validator.templates.gonumbers import MAX_UINT64, format_float
from validator.templates.gostrings import assigned, byte_length, can_backquote, canonical, quote, raw
from validator.templates.layouts import format_time
from validator.templates.values import (
    NOTHING,
    JsonNumber,
    NilList,
    Uint8,
    Uint64,
    Value,
    is_integer,
    is_unordered,
    kind,
    type_name,
)
from validator.templates.versions import Version

_FLAGS = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}
_DIRECTIVE = re.compile(r"[#0+\- ]*")
_INDEX = re.compile(r"\[([^\]]*)\]")
_BASES = {"b": "b", "o": "o", "O": "o", "x": "x", "X": "X", "d": "d", "v": "d"}
_PREFIXES = {"b": "0b", "o": "0", "O": "0", "x": "0x", "X": "0X"}
_TOO_LARGE = 1_000_000
_STRINGERS = "vsxXq"


@dataclass(slots=True)
class Flags:
    """The flags of one directive."""

    sharp: bool = False
    zero: bool = False
    plus: bool = False
    minus: bool = False
    space: bool = False
    sharp_v: bool = False
    width: int | None = None
    precision: int | None = None


PLAIN = Flags()
"""No flags; never changed."""


def sprint(values: list[Value]) -> str:
    """Go's `fmt.Sprint`: a space between operands when neither is a string."""
    parts: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            parts.append(" ")
        parts.append(text_of(value))
    return "".join(parts)


def sprintln(values: list[Value]) -> str:
    """Go's `fmt.Sprintln`."""
    return " ".join(map(text_of, values)) + "\n"


def text_of(value: Value) -> str:
    """Go's `%v`."""
    if isinstance(value, str):
        return value
    if type(value) is float:
        return format_float(value)
    return show(value, "v", PLAIN)


def strval(value: Value) -> str:
    """Sprig's `toString`: the same as `%v`."""
    return text_of(value)


def show(value: Value, verb: str, flags: Flags, *, nested: bool = False) -> str:
    """One value by one verb. Raises UnsupportedError for the representations that depend on memory or on order."""
    if value is None or value is NOTHING:
        if nested and flags.sharp_v:
            return "interface {}(nil)"
        return "<nil>" if nested else pad("<nil>", flags) if verb in "Tv" else bad_verb(None, verb, flags)
    if not nested and verb == "T":
        return _string(type_name(value), "s", flags)
    if not nested and verb == "p":
        if kind(value) in ("map", "slice", "ptr"):
            raise UnsupportedError("the address of a value")
        return bad_verb(value, verb, flags)
    if isinstance(value, (Time, Version, Month, Weekday, JsonNumber)):
        return _named(value, verb, flags)
    if isinstance(value, (list, dict)):
        return _container(value, verb, flags)
    return _scalar(value, verb, flags)


def _scalar(value: Value, verb: str, flags: Flags) -> str:
    if isinstance(value, str):
        return _string(value, verb, flags)
    if isinstance(value, bool):
        return pad("true" if value else "false", flags) if verb in "tv" else bad_verb(value, verb, flags)
    if isinstance(value, float):
        return _float(value, verb, flags)
    if isinstance(value, complex):
        return _complex(value, verb, flags)
    assert isinstance(value, int)
    return _integer(value, verb, flags)


def _named(value: Any, verb: str, flags: Flags) -> str:
    """Values whose type knows its own text."""
    if verb == "w":
        return bad_verb(value, verb, flags)
    if flags.sharp_v or (verb not in _STRINGERS and isinstance(value, (Time, Version))):
        raise UnsupportedError(f"%{verb} of a {type_name(value)}")
    if verb not in _STRINGERS:
        if isinstance(value, JsonNumber):
            return bad_verb(value, verb, flags)
        return _integer(int(value), verb, flags, value)
    return _string(string_of(value), verb, flags)


def string_of(value: Any) -> str:
    """Go's `String()` of a named type."""
    if isinstance(value, Time):
        return format_time(value, "2006-01-02 15:04:05.999999999 -0700 MST")
    return str.__str__(value) if isinstance(value, str) else str(value)


def bad_verb(value: Value, verb: str, flags: Flags) -> str:
    """`%!d(string=hi)`; the flags go on to hold, the methods of the value are not asked."""
    if value is None or value is NOTHING:
        return f"%!{verb}(<nil>)"
    if isinstance(value, (Time, Version)):
        raise UnsupportedError(f"the fields of a {type_name(value)}")
    if isinstance(value, (Month, Weekday)):
        shown = _integer(int(value), "v", flags)
    elif isinstance(value, str):
        shown = _string(value, "v", flags)
    else:
        shown = show(value, "v", flags)
    return f"%!{verb}({type_name(value)}={shown})"


def _container(value: Value, verb: str, flags: Flags) -> str:
    if is_unordered(value):
        raise UnsupportedError("the order of a map's keys or values, which Go shuffles")
    if verb == "w":
        return bad_verb(value, verb, flags)
    opening, between, closing = ("{", ", ", "}") if flags.sharp_v else ("[", " ", "]")
    start = type_name(value) if flags.sharp_v else "map" if isinstance(value, dict) else ""
    if flags.sharp_v and isinstance(value, NilList):
        return f"{start}(nil)"
    if isinstance(value, dict):
        items = [
            f"{show(key, verb, flags, nested=True)}:{show(value[key], verb, flags, nested=True)}"
            for key in sorted(value)
        ]
    else:
        items = [show(item, verb, flags, nested=True) for item in value]
    return start + opening + between.join(items) + closing


def pad(text: str, flags: Flags, *, zero: bool | None = None) -> str:
    """Fill up to the width, with zeros only on the left."""
    missing = (flags.width or 0) - len(canonical(text))
    if missing <= 0:
        return text
    if flags.minus:
        return text + " " * missing
    return ("0" if (flags.zero if zero is None else zero) else " ") * missing + text


def _string(text: str, verb: str, flags: Flags) -> str:
    if verb in "xX":
        return _hex_string(text, verb, flags)
    if verb not in "vsq":
        return bad_verb(text, verb, flags)
    if flags.precision is not None:
        text = text[: flags.precision]
    if verb == "q" or (verb == "v" and flags.sharp_v):
        if flags.sharp and can_backquote(text):
            return pad(f"`{text}`", flags)
        return pad(quote(text, ascii_only=flags.plus), flags)
    return pad(text, flags)


def _hex_string(text: str, verb: str, flags: Flags) -> str:
    data = raw(text)
    if flags.precision is not None:
        data = data[: flags.precision]
    prefix = f"0{verb}" if flags.sharp else ""
    digits = [f"{byte:02{verb}}" for byte in data]
    if not digits:
        return pad("", flags)
    shown = " ".join(prefix + pair for pair in digits) if flags.space else prefix + "".join(digits)
    return pad(shown, flags)


def _integer(value: int, verb: str, flags: Flags, named: Value = None) -> str:
    unsigned = isinstance(value, (Uint8, Uint64))
    if verb == "v" and flags.sharp_v and unsigned:
        return pad(f"{int(value):#x}", flags, zero=False)
    if verb == "c":
        return pad(_rune(value), flags)
    if verb == "q":
        return pad(quote(_rune(value), "'", ascii_only=flags.plus), flags)
    if verb == "U":
        return _unicode(value, flags)
    if verb not in _BASES:
        return bad_verb(value if named is None else named, verb, flags)
    if flags.precision == 0 and value == 0:
        return " " * (flags.width or 0)
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    digits = _digits(value, verb, flags, len(sign))
    return pad(sign + digits, flags, zero=False)


def _digits(value: int, verb: str, flags: Flags, before: int) -> str:
    """The digits of a number with their prefix; `before` characters of its width are taken."""
    digits = f"{abs(int(value)):{_BASES[verb]}}"
    if flags.precision is not None:
        digits = digits.rjust(flags.precision, "0")
    elif flags.zero and not flags.minus and flags.width is not None:
        digits = digits.rjust(flags.width - before, "0")
    if flags.sharp:
        prefix = _PREFIXES.get(verb, "")
        digits = digits if prefix == "0" == digits[0] else prefix + digits
    return f"0o{digits}" if verb == "O" else digits


def _rune(value: int) -> str:
    code = value & MAX_UINT64 if value < 0 else value
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _unicode(value: int, flags: Flags) -> str:
    code = value & MAX_UINT64
    digits = f"{code:X}".rjust(max(flags.precision or 0, 4), "0")
    shown = f"U+{digits}"
    if flags.sharp and code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and assigned(chr(code)).isprintable():
        shown += f" '{chr(code)}'"
    return pad(shown, flags, zero=False)


def _float(value: float, verb: str, flags: Flags) -> str:
    precision = flags.precision
    if verb == "v":
        return _signed(value, "g", -1 if precision is None else precision, flags)
    if verb in "bgGxX":
        return _signed(value, verb, -1 if precision is None else precision, flags)
    if verb in "feEF":
        return _signed(value, "f" if verb == "F" else verb, 6 if precision is None else precision, flags)
    return bad_verb(value, verb, flags)


def _signed(value: float, verb: str, precision: int, flags: Flags) -> str:
    text = format_float(value, verb, precision)
    if text[0] not in "+-":
        text = "+" + text
    if flags.space and text[0] == "+" and not flags.plus:
        text = " " + text[1:]
    if text[1] in "IN":
        if text[1] == "N" and not flags.space and not flags.plus:
            text = text[1:]
        return pad(text, flags, zero=False)
    if flags.sharp and verb != "b":
        text = _with_point(text, verb, precision)
    if flags.plus or text[0] != "+":
        width = flags.width or 0
        if flags.zero and not flags.minus and width > len(text):
            return text[0] + text[1:].rjust(width - 1, "0")
        return pad(text, flags)
    return pad(text[1:], flags)


def _with_point(text: str, verb: str, precision: int) -> str:
    """The `#` flag: always a decimal point, and the zeros that `%g` takes away."""
    if verb in "xX":
        raise UnsupportedError("%#x of a float")
    wanted = (6 if precision == -1 else precision) if verb in "gG" else 0
    cut = next((i for i, char in enumerate(text) if char in "eE"), len(text))
    number, tail = text[:cut], text[cut:]
    significant = number[1:].replace(".", "").lstrip("0")
    wanted -= len(significant)
    if "." not in number:
        if number[1:] == "0":
            wanted -= 1
        number += "."
    return number + "0" * max(wanted, 0) + tail


def _complex(value: complex, verb: str, flags: Flags) -> str:
    if verb not in "vbgGxXfFeE":
        return bad_verb(value, verb, flags)
    real = _float(value.real, verb, flags)
    imaginary = _float(value.imag, verb, replace(flags, plus=True))
    return f"({real}{imaginary}i)"


class _Format:
    """One run over a format: Go's `doPrintf`."""

    def __init__(self, text: str, values: list[Value]) -> None:
        self.text = text
        self.values = values
        self.at = 0
        self.number = 0
        self.reordered = False
        self.good_index = True
        self.after_index = False
        self.parts: list[str] = []
        self.size = 0

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.size += len(text)
        if self.size > LIMITS.rendered:
            raise UnsupportedError("a formatted text of several megabytes")

    def run(self) -> str:
        text = self.text
        while self.at < len(text):
            percent = text.find("%", self.at)
            if percent < 0:
                self.put(text[self.at :])
                break
            self.put(text[self.at : percent])
            self.at = percent + 1
            if not self.directive():
                break
        if not self.reordered and self.number < len(self.values):
            rest = self.values[self.number :]
            shown = ["<nil>" if value is None else f"{type_name(value)}={text_of(value)}" for value in rest]
            self.put(f"%!(EXTRA {', '.join(shown)})")
        return "".join(self.parts)

    def directive(self) -> bool:
        """Read and print one directive; False at the end of the format."""
        self.good_index = True
        self.after_index = False
        flags = Flags()
        match = _DIRECTIVE.match(self.text, self.at)
        assert match is not None
        for char in match.group():
            setattr(flags, _FLAGS[char], True)
        self.at = match.end()
        self.argument_index()
        self.width(flags)
        self.precision(flags)
        if not self.after_index:
            self.argument_index()
        if self.at >= len(self.text):
            self.put("%!(NOVERB)")
            return False
        verb = self.text[self.at]
        self.at += 1
        self.print(verb, flags)
        return True

    def print(self, verb: str, flags: Flags) -> None:
        if verb == "%":
            self.put("%")
        elif not self.good_index:
            self.put(f"%!{verb}(BADINDEX)")
        elif self.number >= len(self.values):
            self.put(f"%!{verb}(MISSING)")
        else:
            if verb in "vw":
                flags.sharp_v, flags.sharp = flags.sharp, False
                flags.plus = False
            value = self.values[self.number]
            self.number += 1
            self.put(show(value, verb, flags))

    def argument_index(self) -> None:
        """`[n]`."""
        if self.text[self.at : self.at + 1] != "[":
            self.after_index = False
            return
        self.reordered = True
        self.after_index = True
        match = _INDEX.match(self.text, self.at)
        if match is None or len(self.text) - self.at < 3:
            self.good_index = False
            self.after_index = False
            self.at += 1
            return
        self.at = match.end()
        digits = match[1]
        ok = digits.isdigit() and digits.isascii() and int(digits[:8]) <= _TOO_LARGE * 10
        if ok and 0 < int(digits) <= len(self.values):
            self.number = int(digits) - 1
            return
        self.good_index = False
        self.after_index = ok

    def star(self) -> int | None:
        """An integer argument for a width or precision."""
        if self.number >= len(self.values):
            return None
        value = self.values[self.number]
        self.number += 1
        if not is_integer(value) or abs(int(value)) > _TOO_LARGE:
            return None
        return int(value)

    def digits(self) -> int | None:
        start = self.at
        number = 0
        while self.text[self.at : self.at + 1] in frozenset("0123456789"):
            if number > _TOO_LARGE:
                self.at = len(self.text)
                return None
            number = number * 10 + int(self.text[self.at])
            self.at += 1
        return number if self.at > start else None

    def width(self, flags: Flags) -> None:
        if self.text[self.at : self.at + 1] == "*":
            self.at += 1
            flags.width = self.star()
            if flags.width is None:
                self.put("%!(BADWIDTH)")
            elif flags.width < 0:
                flags.width, flags.minus, flags.zero = -flags.width, True, False
            self.after_index = False
            return
        flags.width = self.digits()
        if self.after_index and flags.width is not None:
            self.good_index = False

    def precision(self, flags: Flags) -> None:
        if self.text[self.at : self.at + 1] != "." or self.at + 1 >= len(self.text):
            return
        self.at += 1
        if self.after_index:
            self.good_index = False
        self.argument_index()
        if self.text[self.at : self.at + 1] == "*":
            self.at += 1
            value = self.star()
            flags.precision = value if value is not None and value >= 0 else None
            if flags.precision is None:
                self.put("%!(BADPREC)")
            self.after_index = False
            return
        precision = self.digits()
        flags.precision = precision or 0


def sprintf(text: str, values: list[Value]) -> str:
    """Go's `fmt.Sprintf`. Raises UnsupportedError for texts of several megabytes and for what depends on memory."""
    if byte_length(text) > LIMITS.rendered:
        raise UnsupportedError("a format of several megabytes")
    return canonical(_Format(text, values).run())
