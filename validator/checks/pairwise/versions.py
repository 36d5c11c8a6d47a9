"""The versions of templates in their order (semantic versioning)."""

from __future__ import annotations

import re

from validator.templates.errors import CallError, UnsupportedError
from validator.templates.versions import compare, parse_version

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?")


def announces_break(old: str, new: str) -> bool:
    """Whether a version number says that what relied on the old one may break: 1.x to 2.x, or 0.1 to 0.2."""
    before, after = _VERSION.match(old), _VERSION.match(new)
    if before is None or after is None:
        return False
    first, second = (tuple(int(number or 0) for number in match.groups()) for match in (before, after))
    return second > first if first[0] == second[0] == 0 else second[0] > first[0]


def is_lower(version: str, other: str) -> bool:
    """Whether a version comes before another; not where one of them is no version."""
    try:
        return compare(parse_version(version), parse_version(other)) < 0
    except (CallError, UnsupportedError):
        return False
