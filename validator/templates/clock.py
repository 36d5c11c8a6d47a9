"""Go's time: instants in a zone, durations, and the calendar beyond Python's years 1 to 9999.

The local zone is UTC, as in the platform's containers. Source: templating.md, section 4 (date functions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from validator.templates.errors import CallError, UnsupportedError
from validator.templates.gonumbers import wrap_int64

NANOS = 1_000_000_000
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": NANOS,
    "m": 60 * NANOS,
    "h": 3600 * NANOS,
}
_DURATION_PART = re.compile(r"([0-9]*)(\.([0-9]*))?([^0-9.]*)", re.DOTALL)
_MAX_DURATION = (1 << 63) - 1
_OTHER_FILES = ("posix", "right", "localtime", "Factory")


class Month(int):
    """Go's time.Month: prints as its name."""

    def __str__(self) -> str:
        return MONTHS[self - 1]


class Weekday(int):
    """Go's time.Weekday: prints as its name."""

    def __str__(self) -> str:
        return DAYS[self]


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: UTC, a fixed offset, or one of the tz database (`key`)."""

    name: str
    offset: int = 0
    key: str = ""

    def at(self, seconds: int) -> tuple[str, int]:
        """Abbreviation and offset east of UTC in seconds, at an instant in seconds since 1970.

        Raises UnsupportedError outside the years that the tz database is asked for here.
        """
        if not self.key:
            return self.name, self.offset
        from zoneinfo import ZoneInfo

        try:
            moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
            local = moment.astimezone(ZoneInfo(self.key))
        except (OverflowError, ValueError):
            raise UnsupportedError("a time zone outside the years 1 to 9999") from None
        offset = local.utcoffset()
        assert offset is not None
        return local.tzname() or "", int(offset.total_seconds())


UTC_ZONE = Zone("UTC")


@lru_cache(maxsize=64)
def load_zone(name: str) -> Zone:
    """Go's `time.LoadLocation`, where an unknown name becomes UTC (as the date functions do).

    Raises UnsupportedError when this machine has no tz database, or for names whose meaning depends on files.
    """
    if name in ("", "UTC", "Local"):
        return UTC_ZONE
    if ".." in name or name[0] in "/\\":
        return UTC_ZONE
    from zoneinfo import available_timezones

    known = available_timezones()
    if name in known:
        return Zone(name, key=name)
    if "US/Eastern" not in known or name.startswith(_OTHER_FILES):
        # Without the old names it is not the whole database; the other files may be there or not.
        raise UnsupportedError(f"the time zone {name} (not in this machine's tz database)")
    return UTC_ZONE


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date of the proleptic Gregorian calendar."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month and day."""
    era, of_era = divmod(days + 719468, 146097)
    of_era_year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * of_era_year + of_era_year // 4 - of_era_year // 100)
    index = (5 * of_year + 2) // 153
    month = index + 3 if index < 10 else index - 9
    return of_era_year + era * 400 + (month <= 2), month, of_year - (153 * index + 2) // 5 + 1


def is_leap(year: int) -> bool:
    """Whether the year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(month: int, year: int) -> int:
    """Days of a month."""
    return 29 if month == 2 and is_leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


@dataclass(frozen=True, slots=True)
class Time:
    """Go's time.Time."""

    seconds: int
    """Since 1970-01-01 00:00:00 UTC."""
    nanos: int
    zone: Zone

    @property
    def local(self) -> tuple[int, str, int]:
        """Seconds on the wall clock, the zone's abbreviation and its offset."""
        name, offset = self.zone.at(self.seconds)
        return self.seconds + offset, name, offset

    @property
    def date(self) -> tuple[int, int, int]:
        """Year, month, day."""
        return civil_from_days(self.local[0] // 86400)

    @property
    def clock(self) -> tuple[int, int, int]:
        """Hour, minute, second."""
        rest = self.local[0] % 86400
        return rest // 3600, rest // 60 % 60, rest % 60

    @property
    def weekday(self) -> int:
        """0 is Sunday."""
        return (self.local[0] // 86400 + 4) % 7

    @property
    def yearday(self) -> int:
        """1 to 366."""
        days = self.local[0] // 86400
        return days - days_from_civil(civil_from_days(days)[0], 1, 1) + 1

    def add(self, nanos: int) -> Time:
        """The instant so many nanoseconds later."""
        seconds, rest = divmod(self.nanos + nanos, NANOS)
        return Time(self.seconds + seconds, rest, self.zone)

    def within(self, zone: Zone) -> Time:
        """The same instant on another clock."""
        return Time(self.seconds, self.nanos, zone)


@dataclass(frozen=True, slots=True)
class CurrentTime(Time):
    """What `now` returns: a time of which nothing can be told beforehand."""

    @property
    def local(self) -> tuple[int, str, int]:
        """Raises UnsupportedError."""
        raise UnsupportedError("the current time")


NOW = CurrentTime(0, 0, UTC_ZONE)
ZERO_TIME = Time(days_from_civil(1, 1, 1) * 86400, 0, UTC_ZONE)


def parse_duration(text: str) -> int:
    """Go's `time.ParseDuration`, in nanoseconds. Raises CallError with Go's message."""
    invalid = CallError(f'time: invalid duration "{text}"')
    negative = text[:1] == "-"
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0
    if not rest:
        raise invalid
    total = 0
    at = 0
    while at < len(rest):
        match = _DURATION_PART.match(rest, at)
        assert match is not None
        whole, fraction, unit = match[1], match[3] or "", match[4]
        if not whole and not fraction:
            raise invalid
        if not unit:
            raise CallError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise CallError(f'time: unknown unit "{unit}" in duration "{text}"')
        total += _part(whole, fraction, _UNITS[unit], invalid)
        if total > 1 << 63:
            raise invalid
        at = match.end()
    if negative:
        return -total
    if total > _MAX_DURATION:
        raise invalid
    return total


def _part(whole: str, fraction: str, unit: int, invalid: CallError) -> int:
    if len(whole.lstrip("0")) > 20 or int(whole or "0") > (1 << 63) // unit:
        raise invalid
    value = int(whole or "0") * unit
    digits = fraction[:18]
    if len(fraction) > 18:
        # Go reads digits until they overflow an int64; the rest changes nothing that a nanosecond shows.
        raise UnsupportedError("a duration with more than 18 decimals")
    if int(digits or "0"):
        value += int(float(int(digits)) * (float(unit) / float(10 ** len(digits))))
    if value > 1 << 63:
        raise invalid
    return value


def format_duration(nanos: int) -> str:
    """Go's `Duration.String`: `1h30m0s`, `1.5s`, `250ms`."""
    nanos = wrap_int64(nanos)
    if nanos == 0:
        return "0s"
    sign, rest = ("-" if nanos < 0 else ""), abs(nanos)
    if rest < NANOS:
        for unit, size in (("ns", 1), ("µs", 1000), ("ms", 1_000_000)):
            if rest < size * 1000:
                return f"{sign}{_decimal(rest, size)}{unit}"
    hours, rest = divmod(rest, 3600 * NANOS)
    minutes, rest = divmod(rest, 60 * NANOS)
    text = f"{_decimal(rest, NANOS)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else f"{sign}{text}"


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def round_duration(nanos: int) -> str:
    """Sprig's `durationRound`: the largest unit that fits more than once, truncated."""
    size = abs(nanos)
    day = 24 * 3600 * NANOS
    for unit, length in (
        ("y", 365 * day),
        ("mo", 30 * day),
        ("d", day),
        ("h", 3600 * NANOS),
        ("m", 60 * NANOS),
        ("s", NANOS),
    ):
        if size > length:
            return f"{size // length}{unit}"
    return "0s"
