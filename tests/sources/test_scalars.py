"""The place of each character of a scalar, held to what libyaml decodes."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.text import SourceText


def _root(text: str, path: str = "m.yaml") -> Node:
    reading = read(SourceText(path, text))
    assert not reading.problems
    return reading.documents[0].root


def _pieces(node: Node) -> list[str]:
    """The text behind each character of a scalar."""
    assert isinstance(node.value, str)
    pieces = []
    for index in range(len(node.value)):
        extent = node.extent(index, index + 1)
        assert extent is not None
        pieces.append(node.source.text[slice(*extent)])
    return pieces


@pytest.mark.parametrize(
    ("text", "value", "pieces"),
    [
        ("a: xyz # c\n", "xyz", ["x", "y", "z"]),
        ("a:\n  x\n  y\n\n  z # c\n", "x y\nz", ["x", "\n", "y", "\n", "z"]),
        ("a: 'it''s'\n", "it's", ["i", "t", "''", "s"]),
        ("a: 'x\n\n  y'\n", "x\ny", ["x", "\n", "y"]),
        ('a: "\\t\\u0041\\x42\\\n  c"\n', "\tABc", ["\\t", "\\u0041", "\\x42", "c"]),
        ('a: "x  \\\n   \\ y"\n', "x   y", ["x", " ", " ", "\\ ", "y"]),
        ("a: |\n  x\n   y\n\n", "x\n y\n", ["x", "\n", " ", "y", "\n"]),
        ("a: |+\n  x\n\n\nb: 1\n", "x\n\n\n", ["x", "\n", "\n", "\n"]),
        ("a: |-\n\n  x\n\n", "\nx", ["\n", "x"]),
        ("a: |2\n   x\n", " x\n", [" ", "x", "\n"]),
        ("k:\n  a: |1-\n     x\n", "  x", [" ", " ", "x"]),
        (
            "a: >\n  x\n  y\n\n  z\n   q\n  r\n",
            "x y\nz\n q\nr\n",
            ["x", "\n", "y", "\n", "z", "\n", " ", "q", "\n", "r", "\n"],
        ),
        ("a: &n !!str |-\n  x\n", "x", ["x"]),
        ("a: |\r\n  x\r\n  y\r\n", "x\ny\n", ["x", "\r\n", "y", "\r\n"]),
        ("a: {b: x y, c: z}\n", "x y", ["x", " ", "y"]),
        ("a: \U0001f600é\n", "\U0001f600é", ["\U0001f600", "é"]),
    ],
)
def test_characters(text: str, value: str, pieces: list[str]) -> None:
    node = _root(text)
    while node.is_mapping:
        node = next(member for _, member in node.items())
    assert node.value == value
    assert _pieces(node) == pieces


def test_json_escapes() -> None:
    node = _root('{"a": "\\ud83d\\ude00\\/\\n\\""}', "m.json").get("a")
    assert node is not None
    assert node.value == '\U0001f600/\n"'
    assert _pieces(node) == ["\\ud83d\\ude00", "\\/", "\\n", '\\"']


def test_span_is_a_location() -> None:
    node = _root("a:\n  b: |\n    one\n    {{ inputs.x }} two\n").find(("a", "b"))
    assert node is not None
    start = str(node.value).index("inputs.x")
    where = node.span(start, start + len("inputs.x"))
    assert (where.line, where.column, where.end_line, where.end_column) == (4, 8, 4, 16)


def test_span_over_lines() -> None:
    node = _root("a: >-\n  one\n  two\n").get("a")
    assert node is not None
    where = node.span(0, 7)
    assert (where.line, where.column, where.end_line, where.end_column) == (2, 3, 3, 6)


_TEXT = st.text(alphabet="ab {}'\"\\:#\n\t-é\U0001f600|>&*!%,[]", max_size=40)


@settings(max_examples=examples(300), deadline=None)
@given(_TEXT, st.sampled_from([None, "'", '"', "|", ">"]), st.integers(10, 40), st.booleans())
def test_every_dumped_scalar_has_its_characters(text: str, style: str | None, width: int, crlf: bool) -> None:
    dumped = yaml.safe_dump({"k": [text]}, default_style=style, width=width, allow_unicode=True)
    node = _root(dumped.replace("\n", "\r\n") if crlf else dumped).find(("k", 0))
    assert node is not None
    # PyYAML folds some texts so that they read back otherwise: what was read counts, not what was meant.
    assert node.value == yaml.safe_load(dumped)["k"][0]
    assert node.extent(0, len(node.value)) is not None


_BODY = st.text(alphabet="ab \n\t'\"\\:#", max_size=40)


@settings(max_examples=examples(500), deadline=None)
@given(st.sampled_from(["|", ">", "|-", "|+", ">-", ">+", "|1", ">2-", "", "'", '"']), _BODY)
def test_every_scalar_that_parses_has_its_characters(header: str, body: str) -> None:
    lines = "\n".join(f"  {line}" if line.strip() else line for line in body.split("\n"))
    closing = header if header in ("'", '"') else ""
    opening = f"{header}\n" if header[:1] in ("|", ">") else header
    reading = read(SourceText("m.yaml", f"k:\n- v: {opening}{lines}{closing}\n- end\n"))
    if reading.problems or not reading.documents:
        return
    for _, node in reading.documents[0].root.walk():
        if isinstance(node.value, str):
            assert node.extent(0, len(node.value)) is not None
