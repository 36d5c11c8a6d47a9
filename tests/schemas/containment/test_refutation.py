"""What is called a subtype is not refuted by any of many documents (`refute.py` goes on a hundred times longer)."""

from __future__ import annotations

from tests.depth import NIGHTLY
from tests.schemas.containment.refute import run


def test_no_subtype_is_refuted() -> None:
    pairs = 1_200 if NIGHTLY else 400  # as many as the shares below need
    counts, refuted, _ = run(pairs, seed=20)
    assert refuted == []
    assert counts["subtype"] > pairs / 4
    assert counts["not"] > pairs / 4
    assert counts["unknown"] < pairs / 100
