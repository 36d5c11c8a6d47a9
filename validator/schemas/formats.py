"""The formats that the platform asserts, each with the very leniency of its checker.

Source: contract `templating.md` 13.1. A format that is not here always passes; one that is here fails for numbers.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from validator.schemas.go_mail import is_ip_address, is_mailbox
from validator.schemas.go_url import LocatorError, parse_locator, path_of
from validator.schemas.patterns import PatternError, compile_pattern

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOSTNAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_UUID = re.compile("[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}")
_POINTER = re.compile("(?:/(?:[^~/]|~0|~1)*)*")
_RELATIVE_POINTER = re.compile("(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})")
# Go takes one digit for the hour, and a fraction of a second that the layout does not mention.
_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,][0-9]+)?")
_OFFSET = re.compile("Z|[+-]([0-9]{2}):([0-9]{2})")


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= (29 if month == 2 and calendar.isleap(year) else _DAYS[month - 1])


def _after_clock(text: str) -> str | None:
    """What follows a time of day at the start of the text, or None where there is none."""
    found = _CLOCK.match(text)
    if not found:
        return None
    hour, minute, second = map(int, found.groups())
    return text[found.end() :] if hour < 24 and minute < 60 and second < 60 else None


def _is_offset(text: str) -> bool:
    found = _OFFSET.fullmatch(text)
    return found is not None and (text == "Z" or (int(found[1]) <= 24 and int(found[2]) <= 60))


def _is_time(text: str) -> bool:
    rest = _after_clock(text)
    return rest is not None and (rest == "" or _is_offset(rest))


def _is_date_time(text: str) -> bool:
    if _is_time(text) or _is_date(text):
        return True
    rest = _after_clock(text[11:]) if text[10:11] == "T" else None
    return _is_date(text[:10]) and rest is not None and _is_offset(rest)


def _is_uri_reference(text: str) -> bool:
    try:
        parse_locator(text)
    except LocatorError:
        return False
    return "\\" not in text


def _is_uri(text: str) -> bool:
    return _is_uri_reference(text) and bool(parse_locator(text).scheme)


def _is_uri_template(text: str) -> bool:
    if not _is_uri_reference(text):
        return False
    path = path_of(parse_locator(text))
    opening = path.find("{")
    while opening >= 0:
        closing = path.find("}", opening)
        if closing < 0:
            return False
        opening = path.find("{", closing)
    return True


def _is_regex(text: str) -> bool:
    try:
        compile_pattern(text)
    except PatternError:
        return False
    return True


FORMATS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "date": _is_date,
        "time": _is_time,
        "date-time": _is_date_time,
        "hostname": lambda text: len(text) < 256 and bool(_HOSTNAME.fullmatch(text)),
        "email": is_mailbox,
        "idn-email": is_mailbox,
        "ipv4": lambda text: "." in text and is_ip_address(text),
        "ipv6": lambda text: ":" in text and is_ip_address(text),
        "uri": _is_uri,
        "uri-reference": _is_uri_reference,
        "iri": _is_uri,
        "iri-reference": _is_uri_reference,
        "uri-template": _is_uri_template,
        "uuid": lambda text: bool(_UUID.fullmatch(text)),
        "regex": _is_regex,
        "json-pointer": lambda text: bool(_POINTER.fullmatch(text)),
        "relative-json-pointer": lambda text: bool(_RELATIVE_POINTER.fullmatch(text)),
    }
)
"""The checker of each asserted format."""
