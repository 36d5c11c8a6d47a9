"""Every place of the contract that the code points at exists in docs/contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "docs" / "contract"
FOLDERS = ("validator", "tests", "faults", "benchmarks", "scripts")
SUFFIXES = {".py", ".md", ".go", ".toml"}

_NUMBER = r"(?:[A-Z]\d*|\d+)(?:\.\d+)*"
_CITATION = re.compile(
    r"\b(?P<name>[a-z-]+)\.md`?,?\s+(?:sections?\s+)?"
    rf"(?P<numbers>{_NUMBER}\b(?![a-z])(?:(?:, | and | to )(?:section )?{_NUMBER}\b(?!\.md))*)"
)
_TITLE = re.compile(r"\b(?P<name>hub|docker|transport-wire)\.md`?, (?P<title>[A-Z][A-Za-z ]+)")
_MENTION = re.compile(r"(?<![\w/.-])(?P<name>templating|runtime|hub|docker|transport-wire|story-run|DESIGN)\.md\b")


@cache
def _sources() -> tuple[tuple[Path, str], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[Path, str]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and "__pycache__" not in path.parts and path != Path(__file__):
                # A citation may run over the end of a line, also within comments.
                yield path, re.sub(r"\s*\n\s*(?:#|//)?\s*", " ", path.read_text(encoding="utf-8"))


def headings(name: str) -> list[str]:
    """The headings of a note, and the letter or number with which a line of a table or list begins (`S14`, `B12`)."""
    text = (CONTRACT / f"{name}.md").read_text(encoding="utf-8")
    found = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    rows = re.findall(rf"^(?:\| *|- *)?(?:\*\*)?({_NUMBER})\b", text, re.MULTILINE)
    return found + rows


def items(name: str, section: str) -> list[str]:
    """The numbers of the list that a section holds: item 4 of section 1 is cited as 1.4."""
    text = (CONTRACT / f"{name}.md").read_text(encoding="utf-8")
    body = re.search(rf"^#+ {re.escape(section)}[. ].*?\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return [f"{section}.{number}" for number in re.findall(r"^(\d+)\. ", body[1], re.MULTILINE)] if body else []


def exists(name: str, number: str) -> bool:
    if any(re.match(rf"{re.escape(number)}(?:[.\s—:]|$)", each) for each in headings(name)):
        return True
    return "." in number and number in items(name, number.rpartition(".")[0])


NOTES = sorted(path.stem for path in CONTRACT.glob("*.md"))
CITED = sorted(
    {
        (str(path.relative_to(ROOT)), found["name"], number)
        for path, text in _sources()
        for found in _CITATION.finditer(text)
        if found["name"] in NOTES
        for number in re.findall(_NUMBER, found["numbers"])
    }
)


def test_many_places_are_cited() -> None:
    assert len(CITED) > 150


@pytest.mark.parametrize(("name", "number"), sorted({(name, number) for _, name, number in CITED}))
def test_a_cited_section_exists(name: str, number: str) -> None:
    by = [path for path, *cited in CITED if cited == [name, number]]
    assert exists(name, number), f"docs/contract/{name}.md has no section {number}, cited by {', '.join(by)}"


def test_a_cited_title_exists() -> None:
    missing = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path, text in _sources()
        for found in _TITLE.finditer(text)
        if not any(found["title"].startswith(title.split(" (")[0].split(",")[0]) for title in headings(found["name"]))
    ]
    assert not missing


def test_a_cited_note_exists() -> None:
    missing = {found["name"] for _, text in _sources() for found in _MENTION.finditer(text)} - set(NOTES)
    assert not missing


def test_a_section_that_is_not_there_is_missed() -> None:
    assert exists("runtime", "1.6")
    assert not exists("runtime", "1.99")
    assert not exists("templating", "77")
