"""The house keeps its rooms: imports follow the arrows of docs/ARCHITECTURE.md, heavy libraries wait until needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "validator"

BASE = {"findings", "rules", "__version__"}
MIDDLE = {"platform", "sources", "schemas", "templates", "stories", "sandbox", "suite"}
MAY_IMPORT = {
    "findings": set[str](),
    "platform": set(),
    "rules": {"findings", "platform"},
    "file_locks": set(),
    "sources": BASE,
    "schemas": BASE,
    "templates": BASE | {"schemas"},
    "explore": BASE | {"schemas"},
    "promotion": BASE | {"schemas"},
    "stories": BASE | {"platform", "sources", "schemas", "templates"},
    "sandbox": BASE | {"file_locks", "schemas"},
    "suite": BASE | {"platform", "sources", "schemas", "templates", "stories", "sandbox", "explore"},
    "checks": BASE | MIDDLE,
    "engine": BASE | MIDDLE | {"checks", "explore", "promotion"},
    "reports": BASE | {"file_locks", "promotion", "sources", "stories", "suite"},
    "cli": BASE | MIDDLE | {"checks", "engine", "promotion", "reports"},
    "api": BASE | {"suite", "engine"},
    "pytest_plugin": {"api"},
    "__main__": {"cli"},
    "__init__": set[str](),
}
"""Room -> the rooms it may use besides itself. Read it from top to bottom: nothing points upwards."""

HEAVY = {"docker", "google", "greenery", "grpc", "hypothesis", "hypothesis_jsonschema", "jsonschema", "jsonschema_rs"}
HEAVY |= {"cryptography", "junit_xml", "re2", "requests", "rich", "trustme"}
HEAVY_AT_HOME = {
    "validator/reports/": {"junit_xml", "rich"},
    "validator/sandbox/harness/": {"google", "grpc"},
}
"""Modules that are themselves imported late may import these at once."""

LINES = 500


@dataclass(frozen=True)
class Import:
    file: str
    line: int
    name: str
    at_once: bool
    """At the level of the module, so paid by everybody who imports it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"


@cache
def modules() -> dict[str, ast.Module]:
    files = sorted(path for path in PACKAGE.rglob("*.py") if "wire" not in path.parts)
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for file, module in modules().items() for found in imports_in(module, file, at_once=True))


def imports_in(node: ast.AST, file: str, at_once: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue
        for name in imported(child, file):
            yield Import(file, child.lineno, name, at_once)  # type: ignore[attr-defined]
        yield from imports_in(child, file, at_once and not deferred(child))


def deferred(node: ast.AST) -> bool:
    """Whether the code in this node does not run when the module is imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imported(node: ast.AST, file: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{file}:{node.lineno}: imports name their module in full"
        if node.module == "validator":
            yield from (f"validator.{alias.name}" for alias in node.names)
        else:
            yield node.module or ""


def room(file: str) -> str:
    return file.split("/")[1].removesuffix(".py")


def test_every_room_has_its_arrows() -> None:
    rooms = {room(file) for file in modules()}

    assert rooms == set(MAY_IMPORT)


def test_imports_follow_the_arrows() -> None:
    ours = [found for found in imports() if found.name.startswith("validator.")]
    astray = [
        f"{found}: `{room(found.file)}` may not know `{found.name.split('.')[1]}`"
        for found in ours
        if found.name.split(".")[1] not in MAY_IMPORT[room(found.file)] | {room(found.file)}
    ]

    assert len(ours) > 100
    assert astray == []


@pytest.mark.parametrize("name", sorted(name for name in MAY_IMPORT if (PACKAGE / name / "__init__.py").exists()))
def test_each_room_says_what_it_may_import(name: str) -> None:
    docstring = ast.get_docstring(modules()[f"validator/{name}/__init__.py"]) or ""
    told = re.search(r"May import: ([^.]*)\.", docstring)

    assert told, f"validator/{name}/__init__.py does not say what may be imported there"
    rooms = set(MAY_IMPORT) - {"__main__", "__init__", "api", "pytest_plugin", name}
    said = {word.strip() for word in told[1].split(",")}
    if told[1].startswith("everything"):
        excluded = set(re.findall(r"\w+", told[1].partition("but")[2])) - {"and"}
        assert rooms - excluded >= MAY_IMPORT[name] - {"__version__"}
    elif told[1] == "nothing of ours":
        assert not MAY_IMPORT[name]
    else:
        assert said == MAY_IMPORT[name] - {"__version__"}


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    eager = [
        str(found)
        for found in imports()
        if found.at_once
        and (library := found.name.split(".")[0]) in HEAVY
        and not any(found.file.startswith(home) and library in those for home, those in HEAVY_AT_HOME.items())
    ]

    assert eager == []


def test_nothing_below_reports_and_cli_prints() -> None:
    quiet = set(MAY_IMPORT) - {
        "__main__",
        "reports",
        "cli",
        "sandbox",
    }  # the harness is a program of its own: it talks by pipes
    prints = [
        f"{file}:{node.lineno}"
        for file, module in modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        if room(file) in quiet
    ]

    assert prints == []


def test_help_pays_for_no_heavy_library() -> None:
    program = (
        "import sys; from validator.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stderr.split())

    assert "click" in loaded
    assert loaded & (HEAVY | {"yaml"}) == set()


def test_a_check_pays_for_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    """What a plain `check` imports is a third of the time of a small one: other commands and reports pay themselves."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", encoding="utf-8")
    command = (
        "import sys; from validator.cli import main\n"
        f"try: main(['check', '--root', {str(tmp_path)!r}])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)

    late = {"statistics", "multiprocessing", "rich.progress", "validator.engine.graphs", "validator.engine.pairs"}
    late |= {"validator.sandbox.services", "validator.suite.placeholders", "validator.engine.dynamic"}
    assert "validator.engine.static" in done.stderr
    assert set(done.stderr.split()) & late == set()


def test_files_stay_short() -> None:
    lengths = {file: len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in modules()}

    assert {file: length for file, length in lengths.items() if length > LINES} == {}
