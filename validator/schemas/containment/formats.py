"""Asserted formats: named sets of strings that can be asked about a text, but not reasoned about.

Which texts are in them is the platform's own reading (contract/templating.md 13.1).
"""

from __future__ import annotations

from validator.schemas.formats import FORMATS

_MEMBERS = (
    *("2024-01-31", "12:30:00Z", "2024-01-31T12:30:00Z", "ada@example.org", "example.org", "192.0.2.1", "2001:db8::1"),
    *(
        "https://example.org/a",
        "https://example.org/{a}",
        "3f2b8c1e-5d4a-4b6f-9c7d-1a2b3c4d5e6f",
        "^a+$",
        "/a/b",
        "1/a",
    ),
)
_OTHERS = (
    *("ftp://x", "http://x", "urn:a:b", "mailto:ada@example.org", "https://example.com/b?c=d#e", "HTTPS://EXAMPLE.ORG"),
    *("1999-12-31", "23:59:59+01:00", "1999-12-31T23:59:59.5+01:00", "b.c@example.com", "a", "a-b.example.com"),
    *("10.0.0.1", "::1", "00000000-0000-0000-0000-000000000000", "[0-9]", "", "0#"),
)
"""Members that a pattern which suits the usual ones may leave out, such as a URI that is no address of the web."""
_STRANGERS = ("text", "two words", "(", "{", "%zz", "/~")

CANDIDATES = (*_STRANGERS, *_MEMBERS, *_OTHERS)
"""Texts worth trying where a format is asked for or excluded: of every format some members and a stranger."""

_WITHIN = {
    "date": {"date-time"},
    "time": {"date-time"},
    "email": {"idn-email"},
    "idn-email": {"email"},
    "uri": {"iri"},
    "iri": {"uri"},
    "uri-reference": {"iri-reference"},
    "iri-reference": {"uri-reference"},
}
"""Formats whose every text another accepts too, by the platform's checkers."""


def within(narrow: str, wide: str) -> bool:
    """Is every text of the one format known to be in the other?"""
    return narrow == wide or wide in _WITHIN.get(narrow, ())


def holds(name: str, text: str) -> bool:
    """Is the text in the format?"""
    return FORMATS[name](text)
