"""Documents, positions, and texts that nobody can read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.findings import Location
from validator.sources.limits import Limits
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.reading import ProblemKind, Reading
from validator.sources.text import SourceText


def _read(text: str, path: str = "m.yaml", limits: Limits | None = None) -> Reading:
    return read(SourceText(path, text), limits)


def _root(text: str, path: str = "m.yaml") -> Node:
    reading = _read(text, path)
    assert not reading.problems
    return reading.documents[0].root


def _text(node: Node | None) -> str:
    assert node is not None
    return node.source.text[node.start : node.end]


def _extent(location: Location) -> tuple[int, int, int, int]:
    return location.line, location.column, location.end_line, location.end_column


STORY = """\
# comment
spec:
  steps:
  - name: fetch   # the first
    with: {url: "https://x", n: 5}
    body: |
      one

  - name: parse
"""


def test_positions_of_values_and_keys() -> None:
    root = _root(STORY)
    assert _text(root.find(("spec", "steps", 0, "name"))) == "fetch"
    assert _text(root.find(("spec", "steps", 0, "with"))) == '{url: "https://x", n: 5}'
    assert _text(root.find(("spec", "steps", 0, "with", "url"))) == '"https://x"'
    step = root.find(("spec", "steps", 0))
    assert step is not None
    assert _extent(step.key_location("with")) == (5, 5, 5, 9)
    assert _extent(step.at(("body",)).location) == (6, 11, 7, 10)
    assert _extent(step.key_location("none")) == _extent(step.location)
    second = root.find(("spec", "steps", 1))
    assert second is not None
    assert _extent(second.location) == (9, 5, 9, 16)


def test_paths() -> None:
    root = _root(STORY)
    assert root.find(("spec", "none", 0)) is None
    assert root.at(("spec", "steps", 7, "name")) is root.find(("spec", "steps"))
    assert [path for path, node in root.walk() if node.value == "parse"] == [("spec", "steps", 1, "name")]


def test_documents_of_one_file() -> None:
    reading = _read("a: 1\n---\n---\n# nothing\n---\nb: 2\n...\n---\nc: 3\n")
    assert [document.root.value for document in reading.documents] == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert [document.root.location.line for document in reading.documents] == [1, 6, 9]


def test_one_broken_document_costs_no_other() -> None:
    reading = _read("a: 1\n---\nb: [1,\n---\nc: |\n  x\nd: {{ y }}\n--- # last\ne: 5\n")
    assert [document.root.value for document in reading.documents] == [{"a": 1}, {"e": 5}]
    assert [problem.kind for problem in reading.problems] == [ProblemKind.SYNTAX, ProblemKind.UNQUOTED_TEMPLATE]
    source = SourceText("m.yaml", reading.documents[0].root.source.text)
    assert [source.position(problem.start) for problem in reading.problems] == [(3, 6), (7, 4)]
    assert reading.documents[1].root.get("e").location.line == 9  # type: ignore[union-attr]


def test_an_alias_stands_where_its_anchor_does() -> None:
    root = _root("a: &x {k: v}\nb: *x\nc: [*x]\n")
    assert root.get("b") is root.get("a")
    assert root.find(("c", 0, "k")) is root.find(("a", "k"))


def test_keys_can_be_anchors_and_aliases() -> None:
    root = _root("? &x one\n: 1\nb: *x\nc: {*x : 2, !!str 5: 3}\n")
    assert root.value == {"one": 1, "b": "one", "c": {"one": 2, "5": 3}}
    inner = root.get("c")
    assert inner is not None
    assert _extent(inner.key_location("one")) == (4, 5, 4, 7)


def test_a_merged_key_stands_where_it_was_written() -> None:
    root = _root("base: &b {x: 1, z: 2}\nchild:\n  <<: *b\n  z: 3\n")
    child = root.get("child")
    assert child is not None
    assert child.value == {"x": 1, "z": 3}
    assert _extent(child.key_location("x")) == (1, 11, 1, 12)
    assert _extent(child.key_location("z")) == (4, 3, 4, 4)
    assert not _read(root.source.text).documents[0].duplicates


def test_duplicate_keys() -> None:
    document = _read("a: 1\nb: {c: 1, c: 2}\na: 3\n").documents[0]
    assert [duplicate.key for duplicate in document.duplicates] == ["c", "a"]
    assert document.root.value == {"a": 3, "b": {"c": 2}}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a: &x [*x]\n", ProblemKind.ALIASES),
        ("a: &x {<<: *x}\n", ProblemKind.ALIASES),
        ("a: *x\n", ProblemKind.SYNTAX),
        ("a: .nan\n", ProblemKind.NOT_JSON),
        ("? [a]\n: b\n", ProblemKind.NOT_JSON),
        ("~: b\n", ProblemKind.NOT_JSON),
        ("a: {{ x }}-{{ y }}\n", ProblemKind.UNQUOTED_TEMPLATE),
        ("a: b: c\n", ProblemKind.SYNTAX),
        ("a:\n\tb: c\n", ProblemKind.SYNTAX),
        ("a: \x07\n", ProblemKind.SYNTAX),
        ("a: '\n", ProblemKind.SYNTAX),
        ("[" * 50_000, ProblemKind.TOO_DEEP),
        ("{a: " * 50_000, ProblemKind.TOO_DEEP),
        ("- " * 50_000, ProblemKind.TOO_DEEP),
    ],
)
def test_refused(text: str, kind: ProblemKind) -> None:
    reading = _read(text)
    assert [problem.kind for problem in reading.problems] == [kind]
    assert not reading.documents


def test_alias_bomb() -> None:
    levels = [
        f"{name}: &{name} [{', '.join(f'*{below}' for _ in range(9))}]"
        for below, name in zip("abcdefg", "bcdefgh", strict=True)
    ]
    reading = _read("a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(levels))
    assert [problem.kind for problem in reading.problems] == [ProblemKind.ALIASES]


def test_an_alias_may_be_used_often() -> None:
    reading = _read("a: &a {x: 1}\nb: [" + ", ".join(["*a"] * 1000) + "]\n")
    assert not reading.problems


def test_depth_is_counted_open_not_in_all() -> None:
    reading = _read("\n".join(f"k{index}: [[1]]" for index in range(500)), limits=Limits(depth=3))
    assert not reading.problems
    assert _read("a: [[[1]]]\n", limits=Limits(depth=3)).problems


def test_crlf_and_tabs_and_wide_characters() -> None:
    root = _root('é: "\U0001f600"\r\nb:\t1\r\nc: [\r\n\t2]\r\n')
    assert root.value == {"é": "\U0001f600", "b": 1, "c": [2]}
    assert _extent(root.key_location("b")) == (2, 1, 2, 2)
    assert _extent(root.at(("é",)).location) == (1, 4, 1, 7)


def test_json_files() -> None:
    root = _root('{"a": [1, 2.0, "x"], "b": {"c": null, "d": true}}', "m.json")
    assert root.value == {"a": [1, 2, "x"], "b": {"c": None, "d": True}}
    assert _text(root.find(("a", 1))) == "2.0"
    assert _extent(root.key_location("b")) == (1, 22, 1, 25)


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('{"a": 1,}', (1, 9), "a member name in double quotes is expected here"),
        ("{'a': 1}", (1, 2), "a member name in double quotes is expected here"),
        ('{"a" 1}', (1, 6), "`:` is expected here"),
        ('{"a": [1 2]}', (1, 10), "`,` is expected here"),
        ('{"a": \n"x', (2, 1), "unterminated string starting at"),
        ('{"a": yes}', (1, 7), "a value is expected here"),
        ('{"a": 1', (1, 7), "`,` is expected here"),
    ],
)
def test_broken_json(text: str, place: tuple[int, int], problem: str) -> None:
    reading = _read(text, "m.json")
    assert [SourceText("m.json", text).position(found.start) for found in reading.problems] == [place]
    assert [found.facts["problem"] for found in reading.problems] == [problem]


def test_json_limits() -> None:
    assert _read("[" * 50_000, "m.json").problems[0].kind is ProblemKind.TOO_DEEP
    assert _read('{"a": 1, "a": 2}', "m.json").documents[0].duplicates[0].key == "a"


@settings(max_examples=examples(500), deadline=None)
@given(st.text(alphabet="ab:-[]{},&*!|>'\"%#?\n\t \x00é\U0001f600<", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for path in ("m.yaml", "m.json"):
        source = SourceText(path, text)
        reading = read(source)
        for problem in reading.problems:
            assert 0 <= problem.start <= problem.end <= len(text)
        for document in reading.documents:
            for _, node in document.root.walk():
                assert 0 <= node.start <= node.end <= len(text)
                assert node.location.line <= len(source.line_starts)
