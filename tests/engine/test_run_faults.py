"""Every fault that runs once showed has a test that exists: nothing is lost again."""

from __future__ import annotations

import pytest

from tests.engine.run_faults import FIXTURES, ROWS, Row
from tests.node_ids import exists

NUMBERS = {
    *(f"G{number}" for number in range(1, 8)),
    *(f"B{number}" for number in range(1, 9)),
    *(f"L{number}" for number in range(1, 9)),
    *(f"A{number}" for number in range(1, 5)),
    *(f"N{number}" for number in range(1, 6)),
    *(f"W{number}" for number in range(1, 8)),
    *("S1", "S2"),
}


def test_no_fault_is_lost() -> None:
    assert {row.number for row in ROWS} == NUMBERS
    assert len({row.what for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", [*ROWS, *FIXTURES], ids=lambda row: f"{row.number}: {row.what}")
def test_a_fault_has_tests_that_exist(row: Row) -> None:
    assert row.tests
    for test in row.tests:
        assert exists(test), test


def test_a_test_that_is_gone_is_missed() -> None:
    assert not exists("engine/test_run_faults.py::test_that_nobody_wrote")
    assert not exists("engine/test_that_is_no_file.py")
