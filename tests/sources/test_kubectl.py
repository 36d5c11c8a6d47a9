"""A file as kubectl reads it, where libyaml differs: every row was made by the cluster's own decoder."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.sources.test_kubernetes import same
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.reading import ProblemKind, Reading
from validator.sources.text import SourceText

_GROUPS = json.loads((Path(__file__).parent / "vectors" / "kubectl.json").read_text(encoding="utf-8"))["groups"]
_ROWS = [(group, row) for group, rows in _GROUPS.items() for row in rows]


def _read(text: str) -> Reading:
    return read(SourceText("m.yaml", text))


def _values(reading: Reading) -> list[Any]:
    return [document.root.value for document in reading.documents if document.root.value is not None]


@pytest.mark.parametrize(("group", "row"), _ROWS, ids=lambda part: part if isinstance(part, str) else part["yaml"])
def test_read_like_kubectl(group: str, row: dict[str, Any]) -> None:
    reading = _read(row["yaml"])
    kinds = {problem.kind for problem in reading.problems}
    if "refused" in row:
        assert kinds - {ProblemKind.UNREAD}
    else:
        assert kinds <= {ProblemKind.UNREAD}
        assert same(_values(reading), row["documents"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n...\nb: 2\n", ["..."]),
        ("a: 1\n...\n\n # c\nb: 2\nc: 3\n", ["..."]),
        ("  a: 1\nb: 2 # c\n", ["b: 2 # c"]),
        ("{a: 1}\n}\n", ["}"]),
        ("a: 1\n...\n--- \nb: 2\n...\nc: 3\n", ["..."]),
        ('a: 1\n...\n"unclosed\n', ["..."]),
        ("a: 1\n...\n# nothing\n---\nb: 1\n", []),
    ],
)
def test_content_that_nobody_reads(text: str, words: list[str]) -> None:
    found = [text[one.start : one.end] for one in _read(text).problems if one.kind is ProblemKind.UNREAD]
    assert found == words


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a: 1\n---\nb: "x\\/y"\n', "\\/"),
        ('"k\\/": 1\n', "\\/"),
        ("a: 1\n--- b: 2\n", "b: 2"),
        ("a: 1\n---b\n", "b"),
        ("a: 1\n---\n%YAML 1.1\n---\nb: 1\n", "%YAML 1.1"),
        ("a: !!int 1.0\n", "!!int 1.0"),
        ("a:\n  mode: [job\n  ref:\n    name: x\n", "[job"),
        ("a: {b: c\nd: 1\n", "{b: c"),
        ("a: 'x\nb: 1\n", "'x"),
        ("a: [b, c: d: e]\n", "[b, c: d:"),
        ("x: 1\n18446744073709551615: 2\n", "18446744073709551615"),
    ],
)
def test_place_of_what_is_refused(text: str, place: str) -> None:
    [problem] = _read(text).problems
    assert text[problem.start : problem.end] == place


@pytest.mark.parametrize(
    ("text", "value", "pieces"),
    [
        ('a: "it\\\'s"\n', "it's", ["i", "t", "\\'", "s"]),
        ("x: 1\n---\na: \"\\'\\\\'\\\n  b\"\n", "'\\'b", ["\\'", "\\\\", "'", "b"]),
        ("a: |\n  x", "x\n", ["x", ""]),
        ("a: >\n  x\n  y", "x y\n", ["x", "\n", "y", ""]),
        ("a: |-\n  x", "x", ["x"]),
        ("a: |+\n  x\n", "x\n", ["x", "\n"]),
    ],
)
def test_place_of_each_character(text: str, value: str, pieces: list[str]) -> None:
    node = _read(text).documents[-1].root.get("a")
    assert node is not None
    assert node.value == value
    extents = [node.extent(index, index + 1) for index in range(len(value))]
    assert [text[slice(*extent)] for extent in extents if extent] == pieces


def _extents(node: Node) -> list[tuple[object, int, int, object]]:
    return [(path, one.start, one.end, one.keys) for path, one in node.walk()]


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.sampled_from(['a: "x y"', "b: [1, {c: d}]", "e: |\n  t\n\n", "'f': &n g", "h: *n", "é: 'i'"]), min_size=1
    )
)
def test_places_do_not_depend_on_the_way_of_reading(lines: list[str]) -> None:
    text = "n: &n 1\n" + "\n".join(lines) + "\n"
    together = _read(f"{text}---\n{text}")
    apart = _read(f"{text}...\n---\n{text}")
    assert [_extents(one.root) for one in together.documents[:1]] == [_extents(one.root) for one in apart.documents[:1]]
    moved = [(path, start - 4, end - 4) for path, start, end, _ in _extents(apart.documents[1].root)]
    assert [(path, start, end) for path, start, end, _ in _extents(together.documents[1].root)] == moved


def test_many_apostrophes_are_read_in_time() -> None:
    text = "a: [" + ", ".join(['"it\\\'s"'] * 300) + "]\n"
    before = time.process_time()
    [document] = _read(text).documents
    assert document.root.value == {"a": ["it's"] * 300}
    assert time.process_time() - before < 5
