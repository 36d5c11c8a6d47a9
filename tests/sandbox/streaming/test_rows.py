"""Every row of the streaming contract under both sandboxes: the examples on the pages of the rules.

What fails gives exactly that rule, what passes gives none. Notes do not count, apart from their own.
`scripts/repeat.py 10 tests/sandbox/streaming/test_rows.py` plays them ten times in a row.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.page_examples import Example, played
from tests.sandbox.conftest import Bench as Sandboxes
from tests.sandbox.streaming.conftest import Wired
from tests.sandbox.streaming.rows import Rows
from validator import rules
from validator.findings import Severity

NOTES = {rule.code for rule in rules.catalogue().values() if rule.severity is Severity.NOTE}


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest, bench: Sandboxes, wired: Wired) -> Iterator[Rows]:
    """The rows of this sandbox that were asked for, being played."""
    sandbox, engram = bench
    chosen = [
        item.callspec.params["example"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == test_a_row.__name__
        if item.callspec.params["bench"] == sandbox.kind
    ]
    with (
        sandbox.pod(engram("stream-echo")) as fixtures,
        sandbox.pod(engram("pages")) as pages,
        sandbox.pod(wired()) as wire,
    ):
        rows = Rows({"page": pages, "wire": wire, "fixture": fixtures})
        try:
            rows.start(chosen)
            yield rows
        finally:
            rows.close()


@pytest.fixture(scope="session")
def said() -> dict[str, list[str]]:
    """What the first sandbox said of each example: the other one says the same, word for word."""
    return {}


@pytest.mark.docker_by_day("EV602-fails", "EV602-passes", "EV620-fails", "EV650-fails", "EV650-passes", "EV690-passes")
@pytest.mark.parametrize("example", tuple(played(["EV6"])), ids=lambda example: example.name)
def test_a_row(rows: Rows, example: Example, said: dict[str, list[str]]) -> None:
    found = [each for each in rows.found(example) if each.rule.code not in NOTES - {example.code}]
    shown = [f"{each.rule.code} {each.subject}: {each.message}\n{each.evidence['transcript']}" for each in found]
    # What a rule is about may only ever come together with another fault.
    besides = set(example.entry.get("besides", ()))
    assert {each.rule.code for each in found} == example.expected | besides, shown
    words = sorted(f"{each.rule.code} {each.subject}: {each.message}" for each in rows.found(example))
    assert said.setdefault(example.name, words) == words
