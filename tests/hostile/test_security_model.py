"""The security model promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs" / "SECURITY-MODEL.md").read_text(encoding="utf-8")
SECTION = MODEL.partition("## What is promised")[2].partition("\n## ")[0]
PROMISES = [line.strip("| ").split(" | ") for line in SECTION.splitlines() if line.startswith("| ")][1:]


def test_there_are_promises() -> None:
    assert len(PROMISES) > 10


@pytest.mark.parametrize(("promise", "held_by"), PROMISES)
def test_a_promise_is_held_by_tests_that_exist(promise: str, held_by: str) -> None:
    named = re.findall(r"`([^`]+)`", held_by)
    assert named, promise
    for name in named:
        assert re.search(r"^(?:async )?def test_", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE), name


def test_every_hostile_test_holds_a_promise() -> None:
    here = {f"tests/hostile/{path.name}" for path in Path(__file__).parent.glob("test_*.py")} - {
        f"tests/hostile/{Path(__file__).name}"
    }
    assert here <= set(re.findall(r"`([^`]+)`", SECTION))
