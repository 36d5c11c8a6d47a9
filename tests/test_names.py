"""Names that an engineer of the field would not guess were replaced, and do not come back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

INSTEAD = {
    "bench": "StreamContext, BatchContext, CaseRunner",
    "besides": "the noun",
    "concede": "narrow_producer",
    "concessions": "next_counterexample",
    "discretion": "LogMasking",
    "examination": "CaseReport",
    "fate": "HopStatus",
    "felt": "Counterexample",
    "handed": "the noun",
    "joint": "_StepInput",
    "joints": "StoryEdges",
    "kept": "BufferEntry, AttemptRecord, remaining",
    "locators": "go_url",
    "mailboxes": "go_mail",
    "outturn": "RunResult",
    "packing": "tarballs",
    "relax": "relax_consumer",
    "stillborn": "FailedStart",
    "taker": "Consumer",
    "wordmaking": "pattern_samples",
}
"""What was removed, in small letters and without underscores around it, and the name to take."""


def identifiers(path: Path, source: str) -> Iterator[tuple[str, int]]:
    """Names of the module and of its classes, functions and annotated fields, each with its line."""
    yield path.stem, 1
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node.lineno


def returned(path: Path, source: str) -> list[str]:
    """Each removed name that is used again, with its line and what to write."""
    if not any(name in f"{path} {source}".lower() for name in INSTEAD):
        return []  # most files: nothing to parse
    return [
        f"{path}:{line}: {name}: write {INSTEAD[plain]}"
        for name, line in identifiers(path, source)
        if (plain := name.strip("_").lower()) in INSTEAD
    ]


def test_removed_names_do_not_come_back() -> None:
    files = sorted((ROOT / "validator").rglob("*.py"))
    assert [each for file in files for each in returned(file.relative_to(ROOT), file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("path", "source", "count"),
    [
        ("schemas/mailboxes.py", "", 1),
        ("a.py", "class Outturn: ...", 1),
        ("a.py", "class A:\n    _felt: int = 0\n    def _relax(self): ...", 2),
        ("a.py", "async def concede(): ...", 1),
        ("a.py", "def relax_consumer(): felt = 1", 0),
    ],
)
def test_where_a_name_is_looked_for(path: str, source: str, count: int) -> None:
    assert len(returned(Path(path), source)) == count
