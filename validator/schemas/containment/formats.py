"""Asserted formats: opaque sets of strings of which only a few members and strangers are known."""

from __future__ import annotations

from validator.schemas.containment.budget import UndecidableError

MEMBERS = {
    "date": ("2024-01-31",),
    "time": ("12:30:00Z",),
    "date-time": ("2024-01-31T12:30:00Z",),
    "email": ("ada@example.org",),
    "idn-email": ("ada@example.org",),
    "hostname": ("example.org",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1",),
    "uri": ("https://example.org/a",),
    "uri-reference": ("https://example.org/a", "/a"),
    "iri": ("https://example.org/a",),
    "iri-reference": ("https://example.org/a", "/a"),
    "uri-template": ("https://example.org/{a}",),
    "uuid": ("3f2b8c1e-5d4a-4b6f-9c7d-1a2b3c4d5e6f",),
    "regex": ("^a+$",),
    "json-pointer": ("/a/b",),
    "relative-json-pointer": ("1/a",),
}
"""Texts that every reading of the format accepts."""

_LENIENT = frozenset({"uri-reference", "iri-reference", "uri-template", "regex"})
_STRANGER = "two words"
"""A text that none of the stricter formats accepts."""
_BROKEN = {"regex": "(", "uri-template": "{", "uri-reference": "%zz", "iri-reference": "%zz"}

CANDIDATES = tuple(dict.fromkeys((_STRANGER, *_BROKEN.values(), *(text for each in MEMBERS.values() for text in each))))
"""Texts worth trying where a format is asked for or excluded."""


def holds(name: str, text: str) -> bool:
    """Is the text in the format? Raises UndecidableError unless it is known for certain."""
    if text in MEMBERS.get(name, ()):
        return True
    if name in _LENIENT:
        if text == _BROKEN[name]:
            return False
    elif name in MEMBERS and text == _STRANGER:
        return False
    raise UndecidableError(f"format {name}")
