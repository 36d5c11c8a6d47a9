"""The ways in which a text is still itself: encoded, escaped, reversed, in other letter case, or in pieces."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from urllib.parse import quote, quote_plus

SHORTEST_PIECE = 4
"""Characters of a piece that can stand on its own: shorter ones occur anywhere."""
ENCODED_LEAST = 6
"""Characters of a text whose encodings are looked for: those of a shorter one are words of their own."""

URL_SAFE = ("", "/", "!'()*", "$&+=:@", ";/?:@&=+$,#!'()*", "$&+,/:;=@")
"""What writers of URLs leave as it is: Go's queries, Python's paths, JavaScript's components, Go's path segments,
JavaScript's and Go's whole addresses."""


@dataclass(frozen=True, slots=True)
class Forms:
    """A text in every form that it is looked for."""

    text: str
    exact: tuple[tuple[str, str], ...] = field(repr=False)
    """Name and form, where letter case matters."""
    folded: tuple[tuple[str, str], ...] = field(repr=False)
    """Name and form in lower case, where it does not."""

    def found_in(self, text: str) -> str | None:
        """How the text stands in another one: `plain`, `base64`, `hex`, …; None when it does not."""
        if self.text in text:
            return "plain"
        for name, form in self.exact:
            if form in text:
                return name
        lower = text.lower()
        return next((name for name, form in self.folded if form in lower), None)

    def hidden_in(self, text: str) -> str:
        """The other text with stars where this one stands, in whatever form."""
        every = {self.text, *(form for _, form in (*self.exact, *self.folded))}
        return re.sub("|".join(map(re.escape, sorted(every, key=len, reverse=True))), "***", text, flags=re.IGNORECASE)

    def found_across(self, texts: Sequence[str]) -> tuple[int, int] | None:
        """The texts [first:last] that hold it together, one after another, where none of them does alone."""
        joined = "".join(texts)
        for form in (self.text, self.text[::-1]):
            at = joined.find(form)
            if at >= 0:
                ends = list(accumulate(map(len, texts)))
                first, last = bisect_right(ends, at), bisect_right(ends, at + len(form) - 1)
                if first < last:
                    return first, last
        return None

    def pieces_in(self, texts: Sequence[str]) -> tuple[int, ...]:
        """The texts that are pieces of it and make all of it together, in whatever order; empty when they do not."""
        pieces = {
            index: text
            for index, text in enumerate(texts)
            if SHORTEST_PIECE <= len(text) < len(self.text) and text in self.text
        }
        chosen: list[int] = []
        rest = self.text
        while rest:
            index = next((index for index, text in pieces.items() if rest.startswith(text)), None)
            if index is None:
                return ()
            chosen.append(index)
            rest = rest[len(pieces.pop(index)) :]
        return tuple(sorted(chosen))


@lru_cache(maxsize=4096)
def forms(text: str) -> Forms:
    """All forms of a text, the plainest first; each once."""
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    for name, form in _exact(text):
        if form != text and len(form) >= min(len(text), ENCODED_LEAST):
            exact.setdefault(form, name)
    for name, form in _folded(text):
        folded.setdefault(form.lower(), name)
    return Forms(
        text,
        tuple((name, form) for form, name in exact.items()),
        tuple((name, form) for form, name in folded.items()),
    )


def _exact(text: str) -> Iterator[tuple[str, str]]:
    yield from (("JSON-escaped", form) for form in _escaped(text))
    yield from (("HTML-escaped", form) for form in _html(text))
    if len(text) >= ENCODED_LEAST:
        raw = _bytes(text)
        for offset in range(3):
            for name, encode in (("base64", base64.standard_b64encode), ("base64url", base64.urlsafe_b64encode)):
                yield name, _base64(encode(b"\0" * offset + raw).decode(), offset, len(raw))


def _folded(text: str) -> Iterator[tuple[str, str]]:
    yield "in other letter case", text
    yield from (("URL-encoded", quote(_bytes(text), safe=safe)) for safe in URL_SAFE)
    yield "URL-encoded", quote_plus(_bytes(text))
    yield "URL-encoded", "".join(f"%{byte:02x}" for byte in _bytes(text))
    if len(text) >= ENCODED_LEAST:
        yield "reversed", text[::-1]
        yield "hex", _bytes(text).hex()
        yield "hex", _bytes(text).hex(":")
        yield "hex", _bytes(text).hex(" ")


def _base64(encoded: str, offset: int, length: int) -> str:
    """What of an encoded text depends on the text alone: without the characters that its neighbours share."""
    first = (offset * 8 + 5) // 6
    last = (offset + length) * 8 // 6
    return encoded[first:last]


def _escaped(text: str) -> Iterator[str]:
    """As JSON writers escape: Python's ways, PHP's, Go's, and each of them inside JSON once more."""
    ways = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    ways += [way.replace("/", "\\/") for way in ways]
    ways += [re.sub(r"[<>&]", lambda found: f"\\u{ord(found[0]):04x}", way) for way in ways]
    for way in dict.fromkeys(ways):
        yield way
        yield json.dumps(way, ensure_ascii=False)[1:-1]
    yield "".join(f"\\u{ord(character):04x}" for character in text if ord(character) <= 0xFFFF)


def _html(text: str) -> Iterator[str]:
    basic = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield basic
    yield basic.replace('"', "&quot;").replace("'", "&#39;")
    yield basic.replace('"', "&#34;").replace("'", "&#39;")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
