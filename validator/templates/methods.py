"""The methods that a template may call on values of Go's own types: `(toDate "2006" "2024").Year`.

Source: templating.md, section 4 (group date); Go 1.26 package time, Masterminds/semver 3.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from validator.templates.clock import NANOS, UTC_ZONE, ZERO_TIME, Month, Time, Weekday
from validator.templates.errors import UnsupportedError
from validator.templates.gonumbers import wrap_int64
from validator.templates.layouts import format_time
from validator.templates.printing import string_of
from validator.templates.values import Int64, JsonNumber, Uint64, Value, type_name
from validator.templates.versions import Version

Method: TypeAlias = tuple[tuple[str, ...], Callable[..., Any]]
"""Go types of the arguments, and what it does."""

_TIME: dict[str, Method] = {
    "Day": ((), lambda time: time.date[2]),
    "Format": (("string",), format_time),
    "Hour": ((), lambda time: time.clock[0]),
    "IsZero": ((), lambda time: (time.seconds, time.nanos) == (ZERO_TIME.seconds, 0)),
    "Minute": ((), lambda time: time.clock[1]),
    "Month": ((), lambda time: Month(time.date[1])),
    "Nanosecond": ((), lambda time: time.nanos),
    "Second": ((), lambda time: time.clock[2]),
    "String": ((), lambda time: format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST")),
    "UTC": ((), lambda time: time.within(UTC_ZONE)),
    "Unix": ((), lambda time: Int64(time.seconds)),
    "UnixMicro": ((), lambda time: Int64(wrap_int64(time.seconds * 1_000_000 + time.nanos // 1000))),
    "UnixMilli": ((), lambda time: Int64(wrap_int64(time.seconds * 1000 + time.nanos // 1_000_000))),
    "UnixNano": ((), lambda time: Int64(wrap_int64(time.seconds * NANOS + time.nanos))),
    "Weekday": ((), lambda time: Weekday(time.weekday)),
    "Year": ((), lambda time: time.date[0]),
    "YearDay": ((), lambda time: time.yearday),
}
_VERSION: dict[str, Method] = {
    "Major": ((), lambda version: Uint64(version.major)),
    "Metadata": ((), lambda version: version.metadata),
    "Minor": ((), lambda version: Uint64(version.minor)),
    "Original": ((), lambda version: version.original),
    "Patch": ((), lambda version: Uint64(version.patch)),
    "Prerelease": ((), lambda version: version.pre),
    "String": ((), string_of),
}
_NAMED: dict[str, Method] = {"String": ((), string_of)}
_KNOWN: dict[type, dict[str, Method]] = {
    Time: _TIME,
    Version: _VERSION,
    Month: _NAMED,
    Weekday: _NAMED,
    JsonNumber: _NAMED,
}
_UNKNOWN: dict[type, frozenset[str]] = {
    Time: frozenset(
        {
            *("Add", "AddDate", "After", "AppendBinary", "AppendFormat", "AppendText", "Before", "Clock", "Compare"),
            *("Date", "Equal", "GoString", "GobDecode", "GobEncode", "ISOWeek", "In", "IsDST", "Local", "Location"),
            *("MarshalBinary", "MarshalJSON", "MarshalText", "Round", "Sub", "Truncate", "UnmarshalBinary"),
            *("UnmarshalJSON", "UnmarshalText", "Zone", "ZoneBounds"),
        }
    ),
    Version: frozenset(
        {
            *("Compare", "Equal", "GreaterThan", "GreaterThanEqual", "IncMajor", "IncMinor", "IncPatch", "LessThan"),
            *("LessThanEqual", "MarshalJSON", "MarshalText", "Scan", "SetMetadata", "SetPrerelease", "UnmarshalJSON"),
            *("UnmarshalText", "Value"),
        }
    ),
    JsonNumber: frozenset({"Float64", "Int64"}),
}
_HIDDEN: dict[type, frozenset[str]] = {
    Time: frozenset({"wall", "ext", "loc"}),
    Version: frozenset({"major", "minor", "patch", "pre", "metadata", "original"}),
}


def find(value: Value, name: str) -> Method | None:
    """The method of that name, None when Go's type has none. Raises UnsupportedError for one that we do not know."""
    if name in _UNKNOWN.get(type(value), ()):
        raise UnsupportedError(f"the method {name} of a {type_name(value)}")
    return _KNOWN[type(value)].get(name)


def is_hidden_field(value: Value, name: str) -> bool:
    """Whether Go's struct has such a field, but shows it to nobody."""
    return name in _HIDDEN.get(type(value), ())
