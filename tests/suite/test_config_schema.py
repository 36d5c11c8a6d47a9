"""The schema of engram-validate.yaml, as editors use it: every key says what it is for, every example is valid."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.depth import examples
from validator.cli import main
from validator.schemas.profile import LITERAL
from validator.schemas.validation import is_instance
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.config import NAMES, schema
from validator.suite.config_mistakes import found_wrong, misread_keys, repeated_keys

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("examples/*/*.md"))]


def nodes(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every schema inside a schema, with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            if key not in {"default", "examples", "enum", "const"}:
                yield from nodes(value, (*path, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from nodes(item, (*path, str(index)))


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, node in nodes(schema()):
        if len(path) > 1 and path[-2] == "properties":
            target = schema()["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else {}
            yield ".".join(path), {**target, **node}


def test_every_key_says_what_it_is_for() -> None:
    keys = dict(described())
    assert len(keys) > 70
    bare = [name for name, node in keys.items() if len(node.get("description", "").split()) < 3]
    assert bare == []


def test_examples_and_defaults_are_what_the_schema_takes() -> None:
    for path, node in nodes(schema()):
        whole = {**node, "$defs": schema()["$defs"]}
        for value in [*node.get("examples", ()), *([node["default"]] if "default" in node else ())]:
            assert Draft202012Validator(whole).is_valid(value), f"{'.'.join(path)}: {value}"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def configurations() -> Iterator[tuple[str, str]]:
    """Every YAML block of the pages that is a configuration: it names no API, and only keys of ours."""
    for page in PAGES:
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)):
            for document in read(SourceText("engram-validate.yaml", block)).documents:
                value = document.root.value
                if isinstance(value, dict) and value and value.keys() <= schema()["properties"].keys():
                    yield f"{page.name} {number}", block
    for file in sorted(path for name in NAMES for path in ROOT.glob(f"examples/*/{name}")):
        yield str(file.relative_to(ROOT)), file.read_text("utf-8")


@pytest.mark.parametrize(("where", "text"), [*configurations()])
def test_what_the_pages_show_is_valid(where: str, text: str) -> None:
    for document in read(SourceText("engram-validate.yaml", text)).documents:
        found = [*found_wrong(document.root, schema()), *misread_keys(document.root), *repeated_keys(document)]
        assert found == [], where


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value in a document, with its path."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from places(member, (*path, key))


DOCUMENTS = [read(SourceText("engram-validate.yaml", text)).documents[0].root.value for _, text in configurations()]
VALUES = [value for document in DOCUMENTS for _, value in places(document)]
VALUES += [None, True, False, 0, -1, 1.5, 10**20, "", "no such word", "1h", "1Gi", [], [[]], {}, {"no such key": 1}]


@settings(max_examples=examples(600))
@given(st.data())
def test_the_engine_that_decides_agrees_with_the_one_that_explains(data: st.DataObject) -> None:
    """`found_wrong` asks jsonschema only about what our own engine refuses."""
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    path, _ = data.draw(st.sampled_from([*places(document)][1:]))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(st.sampled_from(VALUES))
    if isinstance(holder, dict) and data.draw(st.booleans()):
        holder[data.draw(st.sampled_from(["no such key", "x-1", ""]))] = holder.pop(path[-1])

    assert is_instance(schema(), document, profile=LITERAL) == Draft202012Validator(schema()).is_valid(document)


def test_a_right_file_is_read_without_jsonschema() -> None:
    program = """
import sys
from pathlib import Path
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.config import parse
text = "limits: {memory: 1Gi}\\ncases: {a: [{name: one, inputs: {}}]}\\n"
_, mistakes = parse(read(SourceText("engram-validate.yaml", text)).documents[0].root, Path())
assert not mistakes, mistakes
assert "jsonschema" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_can_be_printed_for_an_editor() -> None:
    assert json.loads(CliRunner().invoke(main, ["schema", "config"]).stdout) == schema()
