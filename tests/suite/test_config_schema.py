"""The schema of engram-validate.yaml, as editors use it: every key says what it is for, every example is valid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from validator.cli import main
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


def test_it_can_be_printed_for_an_editor() -> None:
    assert json.loads(CliRunner().invoke(main, ["schema", "config"]).stdout) == schema()
