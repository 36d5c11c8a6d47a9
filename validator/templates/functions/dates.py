"""Sprig's dates and durations.

`date` of anything but a time or an integer is the current time, silently (templating.md, section 11, S24): there is no
answer to that here. Source: templating.md, section 4 (group date).
"""

from __future__ import annotations

from typing import Any

from validator.templates.clock import (
    NANOS,
    NOW,
    UTC_ZONE,
    ZERO_TIME,
    Time,
    format_duration,
    load_zone,
    parse_duration,
    round_duration,
)
from validator.templates.errors import CallError, UnsupportedError
from validator.templates.functions.numbers import atoi
from validator.templates.gonumbers import wrap_int64
from validator.templates.layouts import format_time, parse_time
from validator.templates.values import Int64, Value


def date_in_zone(layout: str, date: Value, zone: str = "Local") -> str:
    """A time, or seconds since 1970, printed by a layout in a zone."""
    if isinstance(date, Time):
        time = date
    elif type(date) is int or isinstance(date, Int64):
        time = Time(int(date), 0, UTC_ZONE)
    else:
        raise UnsupportedError("the current time: what is no time and no integer is printed as now")
    if abs(time.seconds) > 1 << 55:
        raise UnsupportedError("a time beyond the calendar")
    return format_time(time.within(load_zone(zone)), layout)


def must_date_modify(text: str, date: Time) -> Time:
    """The time so much later."""
    return date.add(parse_duration(text))


def date_modify(text: str, date: Time) -> Time:
    """The same; the time itself when the duration is none."""
    try:
        return must_date_modify(text, date)
    except CallError:
        return date


def to_date(layout: str, text: str) -> Time:
    """The time that a text is by a layout, the year 1 when it is none."""
    try:
        return parse_time(layout, text)
    except CallError:
        return ZERO_TIME


def duration(seconds: Value) -> str:
    """Seconds, as a string or int64 (nothing else), as `1m35s`."""
    count = 0
    if type(seconds) is str:
        count = atoi(seconds)
    elif isinstance(seconds, Int64):
        count = int(seconds)
    return format_duration(wrap_int64(count * NANOS))


def duration_round(value: Value) -> str:
    """A duration text, or int64 nanoseconds, in its largest unit."""
    nanos = 0
    if type(value) is str:
        try:
            nanos = parse_duration(value)
        except CallError:
            nanos = 0
    elif isinstance(value, Int64):
        nanos = int(value)
    elif isinstance(value, Time):
        raise UnsupportedError("the time since a time")
    return round_duration(nanos)


FUNCTIONS: dict[str, Any] = {
    "date": date_in_zone,
    "dateInZone": date_in_zone,
    "dateModify": date_modify,
    "date_in_zone": date_in_zone,
    "date_modify": date_modify,
    "duration": duration,
    "durationRound": duration_round,
    "htmlDate": lambda date: date_in_zone("2006-01-02", date),
    "htmlDateInZone": lambda date, zone: date_in_zone("2006-01-02", date, zone),
    "mustDateModify": must_date_modify,
    "mustToDate": parse_time,
    "must_date_modify": must_date_modify,
    "now": lambda: NOW,
    "toDate": to_date,
    "unixEpoch": lambda date: str(date.seconds),
}
