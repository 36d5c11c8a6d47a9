"""A secret is found however it is written down, and nothing else is taken for it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.checks.isolation.encodings import URL_SAFE, forms

SECRET = 'sk-Qw3/rt<y>~~~&"Zu+1ü'

WAYS = [
    ("plain", SECRET),
    ("in other letter case", SECRET.swapcase()),
    ("reversed", SECRET[::-1]),
    ("hex", SECRET.encode().hex()),
    ("hex", SECRET.encode().hex().upper()),
    ("hex", SECRET.encode().hex(":")),
    ("base64", base64.b64encode(SECRET.encode()).decode()),
    ("base64", base64.b64encode(b"a" + SECRET.encode()).decode()),
    ("base64", base64.b64encode(b"user:x" + b"ab" + SECRET.encode() + b"tail").decode()),
    ("base64url", base64.urlsafe_b64encode(b"a" + SECRET.encode()).decode()),
    ("URL-encoded", quote(SECRET, safe="")),
    ("URL-encoded", quote_plus(SECRET)),
    ("URL-encoded", quote(SECRET)),
    *(("URL-encoded", quote(SECRET, safe=kept)) for kept in URL_SAFE),
    ("URL-encoded", "".join(f"%{byte:02X}" for byte in SECRET.encode())),
    ("JSON-escaped", json.dumps(SECRET)),
    ("JSON-escaped", json.dumps(json.dumps(SECRET, ensure_ascii=False), ensure_ascii=False)),
    ("JSON-escaped", json.dumps(SECRET).replace("/", "\\/")),
    ("JSON-escaped", json.dumps(SECRET).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")),
    ("HTML-escaped", SECRET.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")),
]


@pytest.mark.parametrize(("name", "text"), WAYS, ids=[f"{index} {name}" for index, (name, _) in enumerate(WAYS)])
def test_every_way_of_writing_it_is_named(name, text):
    assert forms(SECRET).found_in(f"before {text} after") == name


@pytest.mark.parametrize(
    "text", ["", "sk-", SECRET[:-1], SECRET[1:], "c2st", base64.b64encode(SECRET[:8].encode()).decode()]
)
def test_a_part_of_it_is_no_leak(text):
    assert forms(SECRET).found_in(text) is None


@settings(max_examples=examples(200), deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=8), st.binary(max_size=9), st.binary(max_size=9))
def test_base64_is_found_at_every_alignment(secret, before, after):
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        assert forms(secret).found_in(encode(before + secret.encode() + after).decode())


PIECES = [
    ("two halves, one after another", ["x", "cn1234", "567890", "y"], (1, 2), (1, 2)),
    ("letter by letter", list("cn1234567890"), (0, 11), ()),
    ("halves in another order", ["567890", "and", "cn1234"], None, (0, 2)),
    ("one half only", ["cn1234", "6789"], None, ()),
    ("whole, in one field", ["x cn1234567890", "y"], None, ()),
    ("backwards", ["098765", "4321nc"], (0, 1), ()),
]


@pytest.mark.parametrize(("texts", "across", "pieces"), [row[1:] for row in PIECES], ids=[row[0] for row in PIECES])
def test_pieces_are_put_together(texts, across, pieces):
    known = forms("cn1234567890")

    assert known.found_across(texts) == across
    assert known.pieces_in(texts) == pieces
