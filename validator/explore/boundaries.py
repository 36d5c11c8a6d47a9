"""Values at the edges of what a schema allows, where programs go wrong: empty, longest, extreme, in other scripts.

They are proposals. Whoever uses one holds it against the whole schema first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from validator.findings import Json

LONG = 1000
"""Characters of a long text, where the schema sets no limit."""
MANY = 50
"""Items of a long array, where the schema sets no limit."""
EXACT = 2**53
"""From here on a float64 no longer holds every integer, so that a decoder may change it."""

_TEXTS = (
    "",
    "!!!",
    "\N{GRINNING FACE}",
    " ",
    "e\N{COMBINING ACUTE ACCENT}",
    "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}",
    "0",
    "line\nbreak\ttab",
    "\N{LATIN SMALL LETTER SHARP S}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}",
    '<a href="x">&amp;',
    "null",
    "\N{CJK UNIFIED IDEOGRAPH-6F22}",
)
_BY_FORMAT: Mapping[str, tuple[str, ...]] = {
    "date": ("1969-12-31", "1970-01-01", "2000-02-29", "9999-12-31", "0001-01-01", "2038-01-20"),
    "date-time": (
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2000-02-29T12:00:00+14:00",
        "9999-12-31T23:59:59.999999999Z",
        "0001-01-01T00:00:00Z",
        "2038-01-19T03:14:08Z",
    ),
    "time": ("00:00:00Z", "23:59:59Z", "12:00:00.000000001Z"),
    "email": ("a@b.co", "first+tag@example.com"),
    "uri": ("http://a", "https://example.com/?q=%20#x", "urn:a:b"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
    "ipv4": ("0.0.0.0", "255.255.255.255"),  # noqa: S104 - a value, nothing listens
    "ipv6": ("::", "::ffff:192.0.2.1"),
}
_INTEGERS = (EXACT + 1, 0, -1, 1, -EXACT - 1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63))
_NUMBERS = (0, -0.0, 0.1, -1.5, 1e300, 5e-324, EXACT + 1)


def boundaries(schema: Json, value: Json) -> list[Json]:
    """Edge values for the place of `value`, which `schema` (True when it is not known) describes; the telling first."""
    known: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    found: list[Json] = []
    for proposal in (*_null(known), *_listed(known), *_of_kind(known, value)):
        if not any(_same(proposal, other) for other in (value, *found)):
            found.append(proposal)
    return found


def _listed(schema: Mapping[str, Any]) -> Iterator[Json]:
    """What the author wrote."""
    for keyword in ("enum", "examples"):
        listed = schema.get(keyword)
        yield from listed if isinstance(listed, list) else ()
    for keyword in ("const", "default"):
        if keyword in schema:
            yield schema[keyword]


def _null(schema: Mapping[str, Any]) -> Iterator[Json]:
    types = schema.get("type")
    if schema.get("nullable") is True or types == "null" or (isinstance(types, list) and "null" in types):
        yield None


def _of_kind(schema: Mapping[str, Any], value: Json) -> Iterator[Json]:
    if "enum" in schema or "const" in schema:
        return
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        yield from _texts(schema, value)
    elif isinstance(value, int | float):
        # A sample of a number is often a whole one.
        yield from (*_limits(schema), *(_NUMBERS if _may_be_broken(schema, value) else _INTEGERS))


def _may_be_broken(schema: Mapping[str, Any], value: int | float) -> bool:
    types = schema.get("type")
    listed = types if isinstance(types, list) else [types]
    return "number" in listed or (isinstance(value, float) and "integer" not in listed)


def _texts(schema: Mapping[str, Any], value: str) -> Iterator[str]:
    named = schema.get("format")
    yield from _BY_FORMAT.get(named, ()) if isinstance(named, str) else ()
    least, most = bound(schema, "minLength", 0), bound(schema, "maxLength", LONG)
    for text in _TEXTS:
        yield text if len(text) >= least else (text or "a") * least
    yield "a" * least
    yield "a" * min(most, 10 * LONG)
    yield "\N{GRINNING FACE}" * min(most, LONG)
    yield value.upper()
    yield f" {value} "


def _limits(schema: Mapping[str, Any]) -> Iterator[Json]:
    """The least and the greatest number, and their neighbours inside."""
    for keyword, inward in (("minimum", 1), ("exclusiveMinimum", 1), ("maximum", -1), ("exclusiveMaximum", -1)):
        limit = schema.get(keyword)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            yield limit
            yield limit + inward


def lengths(schema: Json) -> list[int]:
    """Lengths of an array worth trying: none, one, two, the least, the most."""
    known: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    least, most = bound(known, "minItems", 0), bound(known, "maxItems", MANY)
    return list(dict.fromkeys(number for number in (1, 0, 2, least, min(most, MANY)) if least <= number <= most))


def bound(schema: Mapping[str, Any], keyword: str, otherwise: int) -> int:
    """The number of characters or items that a keyword sets; `otherwise` where it sets none."""
    number = schema.get(keyword)
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else otherwise


def _same(one: Json, other: Json) -> bool:
    """Equality as JSON texts have it: `1` is no `true`, and -0.0 is no 0."""
    return type(one) is type(other) and repr(one) == repr(other)
