"""Go's reference-time layouts: `2006-01-02 15:04:05`, to print a time and to read one.

Source: Go 1.26 package time, templating.md section 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from validator.templates.clock import (
    DAYS,
    MONTHS,
    UTC_ZONE,
    Time,
    Zone,
    days_from_civil,
    days_in,
    is_leap,
)
from validator.templates.errors import CallError
from validator.templates.gostrings import quote

# Longest first where one is the beginning of another; names of months and days must not go on in lower case.
_CHUNK = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm"
    r"|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07"
    r"|[.,](?:0+|9+)(?![0-9])"
)
_OFFSET = re.compile(r"([-Z])07(:?)(00)?(:?)(00)?")
_FRACTION = re.compile(r"[.,]([0-9]+)")
_NUMBERS = {
    "1": 0, "01": 2, "2": 0, "02": 2, "3": 0, "03": 2, "4": 0, "04": 2, "5": 0, "05": 2, "15": 2, "2006": 4, "002": 3
}  # fmt: skip


def chunks(layout: str) -> list[tuple[str, str]]:
    """A layout as pairs of literal text and the element after it; the last element is empty."""
    found: list[tuple[str, str]] = []
    at = 0
    for match in _CHUNK.finditer(layout):
        found.append((layout[at : match.start()], match.group()))
        at = match.end()
    found.append((layout[at:], ""))
    return found


def format_time(time: Time, layout: str) -> str:
    """Go's `Time.Format`."""
    return "".join(literal + (_element(time, name) if name else "") for literal, name in chunks(layout))


def _element(time: Time, name: str) -> str:
    if name[0] in "-Z":
        return _format_offset(time, name)
    if name[0] in ".,":
        return _format_fraction(time, name)
    if name == "MST":
        abbreviation = time.local[1]
        return abbreviation or _format_offset(time, "-0700")
    if name in _NUMBERS:
        return _padded(_number(time, name), _NUMBERS[name])
    year, month, day = time.date
    texts = {
        "January": MONTHS[month - 1],
        "Jan": MONTHS[month - 1][:3],
        "Monday": DAYS[time.weekday],
        "Mon": DAYS[time.weekday][:3],
        "06": f"{abs(year) % 100:02d}",
        "_2": f"{day:2d}",
        "__2": f"{time.yearday:3d}",
        "PM": "PM" if time.clock[0] >= 12 else "AM",
        "pm": "pm" if time.clock[0] >= 12 else "am",
    }
    return texts[name]


def _number(time: Time, name: str) -> int:
    year, month, day = time.date
    hour, minute, second = time.clock
    return {
        "1": month,
        "01": month,
        "2": day,
        "02": day,
        "3": hour % 12 or 12,
        "03": hour % 12 or 12,
        "4": minute,
        "04": minute,
        "5": second,
        "05": second,
        "15": hour,
        "2006": year,
        "002": time.yearday,
    }[name]


def _padded(value: int, width: int) -> str:
    return f"-{-value:0{width}d}" if value < 0 else f"{value:0{width}d}"


def _format_offset(time: Time, name: str) -> str:
    offset = time.local[2]
    if name[0] == "Z" and offset == 0:
        return "Z"
    match = _OFFSET.match(name)
    assert match is not None
    # The sign is that of the minutes: an offset of less than a minute west counts as east.
    minutes = int(offset / 60)
    sign, seconds = ("-", -offset) if minutes < 0 else ("+", offset)
    minutes = abs(minutes)
    text = f"{sign}{minutes // 60:02d}{match[2]}"
    if match[3]:
        text += f"{minutes % 60:02d}"
    if match[5]:
        rest = seconds % 60 if seconds >= 0 else -(-seconds % 60)
        text += f"{match[4]}{_padded(rest, 2)}"
    return text


def _format_fraction(time: Time, name: str) -> str:
    digits = f"{time.nanos:09d}"[: len(name) - 1]
    if len(name) - 1 > 9:
        digits = f"{time.nanos:09d}"
    if name[1] == "9":
        digits = digits.rstrip("0") if time.nanos else ""
        return name[0] + digits if digits else ""
    return name[0] + digits


class _BadError(Exception):
    """The value does not fit the element."""


@dataclass(slots=True)
class _Reading:
    """What has been read of a time so far."""

    rest: str
    year: int = 0
    month: int = -1
    day: int = -1
    yearday: int = -1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanos: int = 0
    half: str = ""
    zone: Zone | None = None
    offset: int | None = None
    zone_name: str = ""
    problem: str = ""


def parse_time(layout: str, value: str) -> Time:
    """Go's `time.ParseInLocation` with the local zone UTC. Raises CallError with Go's message."""
    reading = _Reading(value)
    elements = chunks(layout)
    for position, (literal, name) in enumerate(elements):
        try:
            _skip(reading, literal)
        except _BadError:
            raise _refused(layout, value, literal, reading.rest) from None
        if not name:
            if reading.rest:
                raise _refused(layout, value, "", reading.rest, f": extra text: {quote(reading.rest)}")
            break
        hold = reading.rest
        following = elements[position + 1][1]
        try:
            _read(reading, name, following)
        except _BadError:
            raise _refused(layout, value, name, hold) from None
        if reading.problem:
            raise _refused(layout, value, name, reading.rest, f": {reading.problem} out of range")
    return _assemble(layout, value, reading)


def _refused(layout: str, value: str, element: str, rest: str, message: str = "") -> CallError:
    start = f"parsing time {quote(value)}"
    if message:
        return CallError(start + message)
    return CallError(f"{start} as {quote(layout)}: cannot parse {quote(rest)} as {quote(element)}")


def _skip(reading: _Reading, literal: str) -> None:
    while literal:
        if literal[0] == " ":
            if reading.rest and reading.rest[0] != " ":
                raise _BadError
            literal, reading.rest = literal.lstrip(" "), reading.rest.lstrip(" ")
            continue
        if reading.rest[:1] != literal[0]:
            raise _BadError
        literal, reading.rest = literal[1:], reading.rest[1:]


def _digits(reading: _Reading, width: int, *, fixed: bool) -> int:
    count = 0
    while count < width and reading.rest[count : count + 1].isdigit() and reading.rest[count].isascii():
        count += 1
    if not count or (fixed and count < width):
        raise _BadError
    value, reading.rest = int(reading.rest[:count]), reading.rest[count:]
    return value


def _within(reading: _Reading, value: int, low: int, high: int, what: str) -> int:
    if not low <= value <= high:
        reading.problem = what
    return value


def _name(reading: _Reading, names: tuple[str, ...]) -> int:
    for index, name in enumerate(names):
        if reading.rest[: len(name)].lower() == name.lower() and reading.rest[: len(name)].isascii():
            reading.rest = reading.rest[len(name) :]
            return index
    raise _BadError


def _read(reading: _Reading, name: str, following: str) -> None:  # noqa: C901, PLR0912 - one case an element of a layout
    match name:
        case "06":
            reading.year = _digits(reading, 2, fixed=True)
            reading.year += 1900 if reading.year >= 69 else 2000
        case "2006":
            reading.year = _digits(reading, 4, fixed=True)
        case "Jan":
            reading.month = _name(reading, tuple(month[:3] for month in MONTHS)) + 1
        case "January":
            reading.month = _name(reading, MONTHS) + 1
        case "1" | "01":
            reading.month = _within(reading, _digits(reading, 2, fixed=name == "01"), 1, 12, "month")
        case "Mon":
            _name(reading, tuple(day[:3] for day in DAYS))
        case "Monday":
            _name(reading, DAYS)
        case "2" | "_2" | "02":
            if name == "_2":
                reading.rest = reading.rest.removeprefix(" ")
            reading.day = _digits(reading, 2, fixed=name == "02")
        case "__2" | "002":
            if name == "__2":
                reading.rest = reading.rest.removeprefix(" ").removeprefix(" ")
            reading.yearday = _digits(reading, 3, fixed=name == "002")
        case "15":
            reading.hour = _within(reading, _digits(reading, 2, fixed=False), 0, 23, "hour")
        case "3" | "03":
            reading.hour = _within(reading, _digits(reading, 2, fixed=name == "03"), 0, 12, "hour")
        case "4" | "04":
            reading.minute = _within(reading, _digits(reading, 2, fixed=name == "04"), 0, 59, "minute")
        case "5" | "05":
            reading.second = _within(reading, _digits(reading, 2, fixed=name == "05"), 0, 59, "second")
            fraction = _FRACTION.match(reading.rest)
            if fraction and fraction[0].isascii() and not reading.problem and following[:1] not in (".", ","):
                _read_fraction(reading, fraction[0])
        case "PM" | "pm":
            if reading.rest[:2] not in (("PM", "AM") if name == "PM" else ("pm", "am")):
                raise _BadError
            reading.half, reading.rest = reading.rest[:2].upper(), reading.rest[2:]
        case "MST":
            _read_zone_name(reading)
        case _ if name[0] in ".,":
            _read_layout_fraction(reading, name)
        case _:
            _read_offset(reading, name)


def _read_fraction(reading: _Reading, text: str) -> None:
    reading.nanos = int(text[1:10].ljust(9, "0"))
    reading.rest = reading.rest[len(text) :]


def _read_layout_fraction(reading: _Reading, name: str) -> None:
    match = _FRACTION.match(reading.rest)
    if name[1] == "0":
        if not match or len(match[0]) < len(name):
            raise _BadError
        _read_fraction(reading, match[0][: len(name)])
    elif match:
        _read_fraction(reading, match[0])


def _read_offset(reading: _Reading, name: str) -> None:
    if name[0] == "Z" and reading.rest[:1] == "Z":
        reading.rest = reading.rest[1:]
        reading.zone = UTC_ZONE
        return
    shape = _OFFSET.match(name)
    assert shape is not None
    pattern = r"(.)(..)" + shape[2] + ("(..)" if shape[3] else "()") + (shape[4] + "(..)" if shape[5] else "()")
    match = re.compile(pattern, re.DOTALL).match(reading.rest)
    if (
        not match
        or match[1] not in "+-"
        or any(part and not re.fullmatch("[0-9]{2}", part) for part in match.groups()[1:])
    ):
        raise _BadError
    hours, minutes, seconds = (int(part or "0") for part in match.group(2, 3, 4))
    for number, high, what in ((hours, 24, "hour"), (minutes, 60, "minute"), (seconds, 60, "second")):
        if number > high:
            reading.problem = f"time zone offset {what}"
    reading.offset = ((hours * 60 + minutes) * 60 + seconds) * (-1 if match[1] == "-" else 1)
    reading.rest = reading.rest[match.end() :]


_ZONE_NAME = re.compile(
    r"(ChST|MeST)|GMT([+-][0-9]+)?|[+-]([0-9]+)|[A-Z]{6}|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])|[A-Z]{3}(?![A-Z])"
)


def _read_zone_name(reading: _Reading) -> None:
    if reading.rest.startswith("UTC"):
        reading.zone, reading.rest = UTC_ZONE, reading.rest[3:]
        return
    match = _ZONE_NAME.match(reading.rest)
    if not match or len(reading.rest) < 3 or re.fullmatch("[A-Z]{6}", match[0]):
        raise _BadError
    text = match[0]
    signed = match[2][1:] if match[2] else match[3]
    if signed is not None and (len(signed.lstrip("0")) > 2 or int(signed) > 23):
        if not match[2]:
            raise _BadError
        text = "GMT"
    reading.zone_name, reading.rest = text, reading.rest[len(text) :]


def _assemble(layout: str, value: str, reading: _Reading) -> Time:
    if reading.half == "PM" and reading.hour < 12:
        reading.hour += 12
    elif reading.half == "AM" and reading.hour == 12:
        reading.hour = 0
    if reading.yearday >= 0:
        _apply_yearday(layout, value, reading)
    else:
        reading.month = 1 if reading.month < 0 else reading.month
        reading.day = 1 if reading.day < 0 else reading.day
    if not 1 <= reading.day <= days_in(reading.month, reading.year):
        raise _refused(layout, value, "", "", ": day out of range")
    days = days_from_civil(reading.year, reading.month, reading.day)
    seconds = days * 86400 + reading.hour * 3600 + reading.minute * 60 + reading.second
    if reading.zone is not None:
        return Time(seconds, reading.nanos, reading.zone)
    if reading.offset is not None and reading.offset != -1:
        local = reading.offset == 0 and reading.zone_name in ("", "UTC")
        zone = UTC_ZONE if local else Zone(reading.zone_name, reading.offset)
        return Time(seconds - reading.offset, reading.nanos, zone)
    if reading.zone_name:
        hours = reading.zone_name[3:] if reading.zone_name[:3] == "GMT" and len(reading.zone_name) > 3 else "0"
        offset = int(hours) * 3600
        return Time(seconds, reading.nanos, Zone(reading.zone_name, offset))
    return Time(seconds, reading.nanos, UTC_ZONE)


def _apply_yearday(layout: str, value: str, reading: _Reading) -> None:
    if not 1 <= reading.yearday <= 365 + is_leap(reading.year):
        raise _refused(layout, value, "", "", ": day-of-year out of range")
    day, month = reading.yearday, 1
    while day > days_in(month, reading.year):
        day -= days_in(month, reading.year)
        month += 1
    if reading.month >= 0 and reading.month != month:
        raise _refused(layout, value, "", "", ": day-of-year does not match month")
    if reading.day >= 0 and reading.day != day:
        raise _refused(layout, value, "", "", ": day-of-year does not match day")
    reading.month, reading.day = month, day
