"""Realistic values by the name of their field: a sample that reads like data makes a finding easier to believe."""

from __future__ import annotations

import re
from functools import lru_cache

_URL = "https://example.com/resource"
_HOST = "example.com"
_TEXTS: tuple[tuple[str, str], ...] = (
    ("email|mail", "ann@example.com"),
    ("url|uri|endpoint|webhook|link|href", _URL),
    ("host(name)?|domain|server", _HOST),
    ("mime|content type|media type", "application/json"),
    ("timeout|delay|interval|duration|ttl|window|backoff|period", "5s"),
    ("timestamp|time|date|at|since|until", "2024-05-01T12:00:00Z"),
    ("language|locale|lang", "en"),
    ("encoding", "utf-8"),
    ("method|verb", "GET"),
    ("path|file|filename|key prefix", "data/item.json"),
    ("model", "example-model"),
    ("voice", "alloy"),
    ("role", "user"),
    ("prompt|text|message|content|body|transcript|query|question|instructions?", "Hello, world"),
    ("data|base64|blob", "SGVsbG8="),
    ("schedule|cron", "*/5 * * * *"),
    ("version", "1.0.0"),
    ("name|title|label", "example"),
    ("ids?|uid|uuid", "item-1"),
)
_NUMBERS: tuple[tuple[str, int], ...] = (
    ("sample rate( hz)?", 16000),
    ("port", 8080),
    ("status( code)?|code", 200),
    ("(.* )?ms|millis(econds)?", 1000),
    ("(max )?tokens|max (.* )?(bytes|size|length)", 1024),
    ("seconds|timeout", 30),
)
FORMATS = {
    "date": "2024-05-01",
    "time": "12:00:00",
    "date-time": "2024-05-01T12:00:00Z",
    "email": "ann@example.com",
    "idn-email": "ann@example.com",
    "hostname": _HOST,
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": _URL,
    "iri": _URL,
    "uri-reference": "/resource",
    "iri-reference": "/resource",
    "uri-template": "https://example.com/{id}",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "regex": "^[a-z]+$",
    "json-pointer": "/items/0",
    "relative-json-pointer": "0/items",
    "byte": "SGVsbG8=",
    "duration": "PT5S",
}
"""A value of each format, asserted or not."""


@lru_cache(maxsize=1024)  # each look takes a pattern of its own for every word
def text_for(name: str) -> str:
    """A text that a field of this name may hold."""
    words = _words(name)
    for pattern, text in _TEXTS:
        if re.search(rf"(?:^| )(?:{pattern})$", words):
            return text
    return "example"


@lru_cache(maxsize=1024)
def number_for(name: str) -> int:
    """A number that a field of this name may hold."""
    words = _words(name)
    for pattern, number in _NUMBERS:
        if re.search(rf"(?:^| )(?:{pattern})$", words):
            return number
    return 1


def address_for(name: str) -> str:
    """The address, host or port that a field of this name holds; empty when its name speaks of something else."""
    words = _words(name)
    if re.search(r"(?:^| )port$", words):
        return str(number_for(name))
    text = text_for(name)
    return text if text in {_URL, _HOST} else ""


def _words(name: str) -> str:
    """`sampleRateHz` and `sample_rate_hz` are `sample rate hz`."""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()).strip()
