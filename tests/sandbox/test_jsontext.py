"""JSON read without a document: what is one object is what a whole parse takes for one."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.sandbox.harness import jsontext

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_json_is_an_object_or_not(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert jsontext.is_object(text) == isinstance(value, dict)


def refuse(name: str) -> None:
    """NaN and infinity are no JSON."""
    raise ValueError(name)


@given(VALUES.filter(lambda value: isinstance(value, dict)), st.data())
def test_what_a_slip_makes_of_an_object_is_judged_as_by_a_parser(value: object, data: st.DataObject) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    slip = data.draw(st.sampled_from(["", ",", ":", "{", "}", "[", "]", '"', "1", "e", "-", " ", "\\", "x"]))
    cut = data.draw(st.integers(0, 2))
    broken = (text[:at] + slip + text[at + cut :]).encode()
    try:
        expected = isinstance(json.loads(broken, parse_constant=refuse, parse_float=str), dict)
    except ValueError:
        expected = False
    assert jsontext.is_object(broken) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", False),
        (b" {} \n", True),
        (b"{}{}", False),
        (b'{"a":1,}', False),
        (b'{"a":[1,]}', False),
        (b'{"a"}', False),
        (b'{"a":01}', False),
        (b'{"a":"\xff"}', True),
        (b'{"a":NaN}', False),
        (b'{"a":' * 9_000 + b"1" + b"}" * 9_000, True),
        (b'{"a":' * 11_000 + b"1" + b"}" * 11_000, False),
        (b'{"a":"' + b"x" * (9 << 20) + b'"}', True),
    ],
    ids=lambda value: None if isinstance(value, bool) else repr(value[:16]),
)
def test_an_object(raw: bytes, expected: bool) -> None:
    assert jsontext.is_object(raw) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ('{"a', "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("{]", "invalid character ']' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ("{}x", "invalid character 'x' after top-level value"),
        ('{"a":[1 2]}', "Expecting ',' delimiter"),
    ],
)
def test_what_is_no_json_is_told_in_the_words_of_go(text: str, words: str) -> None:
    """The words are those that encoding/json itself says of these texts."""
    with pytest.raises(ValueError, match="^" + re.escape(words) + "$"):
        jsontext.read(text.encode())
