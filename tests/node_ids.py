"""Names of tests as tables write them: `FILE` or `FILE::FUNCTION`, below tests/."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.conftest import ROOT


def exists(node: str) -> bool:
    """Whether the file has this test; any test where none is named."""
    file, _, function = node.partition("::")
    names = _functions(file)
    return function in names if function else any(name.startswith("test_") for name in names)


@cache
def _functions(file: str) -> frozenset[str]:
    path = Path(ROOT, "tests", file)
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
