"""What a verdict rests on, in words and added up."""

from __future__ import annotations

import pytest

from validator.suite.evidence import Evidence, together

WORDS = [
    (Evidence(), "no output seen", False),
    (Evidence(outputs=1, bytes=9, by_schema=1), "1 output, 9 bytes, all judged by outputSchema", True),
    (Evidence(outputs=1, bytes=1_234), "1 output, 1,234 bytes, no outputSchema applied", False),
    (Evidence(outputs=1, bytes=9, expectations=1), "1 output, 9 bytes, no outputSchema applied, 1 expectation", True),
    (
        Evidence(outputs=2, packets=3, bytes=9, by_schema=2),
        "2 of 3 packets read, 9 bytes, 2 judged by outputSchema",
        True,
    ),
    (Evidence(expectations=1), "no output seen, 1 expectation", True),
]


@pytest.mark.parametrize(("evidence", "words", "judged"), WORDS)
def test_words(evidence: Evidence, words: str, judged: bool) -> None:
    assert (evidence.words, evidence.is_judged) == (words, judged)


def test_cases_are_added_up() -> None:
    one, two = Evidence(1, 0, 9, 1, 0), Evidence(2, 3, 1, 0, 1)
    assert together([one, None, two]) == Evidence(3, 3, 10, 1, 1)
    assert together([None]) is None
