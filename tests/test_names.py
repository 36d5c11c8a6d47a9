"""Names that an engineer of the field would not guess were replaced, and do not come back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

INSTEAD = {
    "bench": "StreamContext, BatchContext, CaseRunner",
    "concede": "narrow_producer",
    "concessions": "next_counterexample",
    "discretion": "LogMasking",
    "examination": "CaseReport",
    "fate": "HopStatus",
    "handed": "the noun",
    "joint": "_StepInput",
    "joints": "StoryEdges",
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

NOT_EVEN_VARIABLES = {
    "asked": "request, query, lookups",
    "besides": "others",
    "felt": "Counterexample",
    "heard": "last_activity, on_send",
    "held": "the noun",
    "judged": "verdicts, judgements, findings_of, is_covered",
    "kept": "BufferEntry, AttemptRecord, remaining, entries",
    "made": "the noun",
    "said": "message, reason, text",
    "told": "findings, message, parts",
}
"""Words that stood for nouns, most of them participles: gone from variables, parameters and attributes, too."""

PUBLIC = {("validator/suite/results.py", "judged")}
"""Fields of the results of `validator.api`, whose names are kept."""


def declared(path: Path, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of the module and of its classes, functions and annotated fields, each with its line."""
    yield path.stem, 1
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node.lineno


def bound(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of variables, parameters and attributes, each with its line where it gets a value."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case (
                ast.alias(asname=str(name))
                | ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                yield name, node.lineno


def returned(path: Path, source: str) -> list[str]:
    """Each removed name that is used again, with its line and what to write."""
    if not any(name in f"{path} {source}".lower() for name in INSTEAD.keys() | NOT_EVEN_VARIABLES.keys()):
        return []  # most files: nothing to parse
    tree = ast.parse(source)
    by_line = {
        (line, name): instead[plain]
        for names, instead in ((declared(path, tree), INSTEAD | NOT_EVEN_VARIABLES), (bound(tree), NOT_EVEN_VARIABLES))
        for name, line in names
        if (plain := name.strip("_").lower()) in instead and (path.as_posix(), plain) not in PUBLIC
    }
    return [f"{path}:{line}: {name}: write {instead}" for (line, name), instead in sorted(by_line.items())]


def test_removed_names_do_not_come_back() -> None:
    files = sorted(file for folder in ("validator", "scripts") for file in (ROOT / folder).rglob("*.py"))
    assert [each for file in files for each in returned(file.relative_to(ROOT), file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("path", "source", "count"),
    [
        ("schemas/mailboxes.py", "", 1),
        ("a.py", "class Outturn: ...", 1),
        ("a.py", "class A:\n    _felt: int = 0\n    def _relax(self): ...", 2),
        ("a.py", "async def concede(): ...", 1),
        ("a.py", "def relax_consumer(): packing = 1", 0),
        ("a.py", "def f(told, *kept, _said=1, **judged): ...", 4),
        ("a.py", "TOLD = heard, _felt = 1, 2", 3),
        ("a.py", "self._heard = 1\nwatch.heard = print", 2),
        ("a.py", "[kept for kept in told if (said := kept)]", 2),
        ("a.py", "for told in (): ...\nwith a as kept: ...\nimport b as said\nlambda judged: 0", 4),
        (
            "a.py",
            "try: ...\nexcept A as told: ...\nmatch a:\n    case {'b': kept, **said}: ...\n    case [*heard]: ...",
            4,
        ),
        ("a.py", "def _told_apart(kept_text): return is_judged(one.told, text='told')", 0),
        ("validator/suite/results.py", "class A:\n    judged: int\n    told: int", 1),
    ],
)
def test_where_a_name_is_looked_for(path: str, source: str, count: int) -> None:
    assert len(returned(Path(path), source)) == count
