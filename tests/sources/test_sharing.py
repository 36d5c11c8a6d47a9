"""Files that are much alike share what they say: repositories of thousands of stories fit into memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from validator.findings import Location, Related, Rule, Severity, Subject, Suggestion
from validator.sources.json_reader import read_json
from validator.sources.limits import Limits
from validator.sources.node import Node
from validator.sources.reader import read as read_file
from validator.sources.text import SourceText
from validator.sources.yaml_reader import YamlReader


def _yaml(text: str) -> Node:
    reader = YamlReader(SourceText("story.yaml", text), Limits())
    reader.read()
    return reader.documents[0].root


def _json(text: str) -> Node:
    return read_json(SourceText("story.json", text), Limits()).documents[0].root


def test_names_short_texts_and_offsets_are_one_object_for_all_files() -> None:
    text = "metadata:\n" + " " * 300 + "name: fetch-the-page\n"
    one, other = (_yaml(text).find(("metadata", "name")) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.value is other.value
    assert one.start is other.start
    assert one.end is other.end
    assert next(iter(_yaml(text).members or {})) is next(iter(_yaml(text).members or {}))


@pytest.mark.parametrize("text", ["a" * 41, "x" * 20_000], ids=["beyond the shared texts", "beyond the shared offsets"])
def test_longer_ones_are_read_as_they_stand(text: str) -> None:
    node = _yaml(f"a: {text}\nb: 1\n")
    assert node.value == {"a": text, "b": 1}
    assert node.keys["b"] == (len(text) + 4, len(text) + 5)


@pytest.mark.parametrize(
    ("read", "text", "keys"),
    [
        (_yaml, "a: 1\nb: {c: 2}\n", {"a": (0, 1), "b": (5, 6)}),
        (_yaml, "a: 1\nb: 2\na: 3\n", {"a": (10, 11), "b": (5, 6)}),
        (_yaml, "x: &x {a: 1, b: 2}\n<<: *x\nb: 3\n", {"x": (0, 1), "a": (7, 8), "b": (26, 27)}),
        (_yaml, "{}\n", {}),
        (_yaml, "- 1\n", {}),
        (_json, '{"a": 1, "b": 2, "a": 3}', {"a": (17, 20), "b": (9, 12)}),
    ],
)
def test_each_key_keeps_its_place(read: Callable[[str], Node], text: str, keys: dict[str, tuple[int, int]]) -> None:
    assert read(text).keys == keys


def test_equal_parts_of_findings_are_one_object() -> None:
    rule = Rule("EV999", "example", Severity.NOTE, "`{name}` is optional", "An example.")
    one, other = (
        rule.at(
            Location("story.yaml", line),
            Subject("story", "a", "fetch"),
            suggestion=Suggestion("require it"),
            related=[Related(Location("catalogue.yaml"), "its schema")],
            name="field",
        )
        for line in (1, 2)
    )
    assert one.location != other.location
    for part in ("message", "subject", "suggestion", "related"):
        assert getattr(one, part) is getattr(other, part)


def test_extents_of_keys_are_made_once_for_a_mapping() -> None:
    """Of 16,000 unknown keys each is shown at its place: made anew for each, they took 70 s in place of 4."""
    root = read_file(SourceText("wide.yaml", "a: 1\nb: 2\n")).documents[0].root
    assert root.keys is root.keys
    assert root.keys == {"a": (0, 1), "b": (5, 6)}
