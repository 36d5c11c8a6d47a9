"""Golden files: what a report looks like, kept where a reviewer sees it change."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with its golden file; `UPDATE_GOLDEN=1` writes the file instead."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(text, encoding="utf-8", newline="\n")
        assert text == file.read_text(encoding="utf-8")

    return compare
