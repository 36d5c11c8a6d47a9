"""What is called a subtype is not refuted by any of many documents (`refute.py` goes on a hundred times longer)."""

from __future__ import annotations

from tests.schemas.containment.refute import run


def test_no_subtype_is_refuted() -> None:
    counts, refuted, _ = run(1_200, seed=20)
    assert refuted == []
    assert counts["subtype"] > 300
    assert counts["not"] > 300
    assert counts["unknown"] < 12
