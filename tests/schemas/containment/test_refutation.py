"""What is called a subtype is not refuted by any of many documents (`refute.py` goes on a hundred times longer)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture
def refute(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import refute  # type: ignore[import-not-found]  # a script beside this file

    return refute


def test_no_subtype_is_refuted(refute: object) -> None:
    counts, refuted, _ = refute.run(1_200, seed=20)  # type: ignore[attr-defined]  # see above
    assert refuted == []
    assert counts["subtype"] > 300
    assert counts["not"] > 300
    assert counts["unknown"] < 12
    assert "refute" in sys.modules
