"""The table of hostile input has a row for each hole and for all that held, and each row a test that exists."""

from __future__ import annotations

import pytest

from tests.hostile.table import HELD, HOLES, ROWS, Row, lines
from tests.node_ids import exists

HOLE_COUNT = 21
HELD_COUNT = 16


def test_every_hole_has_a_row() -> None:
    assert {int(row.number) for row in HOLES} == set(range(1, HOLE_COUNT + 1))
    assert len(HELD) >= HELD_COUNT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_has_tests_that_exist(row: Row) -> None:
    assert row.tests
    for test in row.tests:
        assert exists(test), test


def test_the_table_tells_what_became_of_a_row() -> None:
    nodes = {"tests/hostile/test_system_calls.py::test_sockets_are_local_or_of_the_internet[docker]": ["passed"]}
    shown = {line.split()[0]: line for line in lines(nodes) if line.split()[0].isdigit()}
    assert "passed" in shown["17"]
    assert "not run" in shown["16"]
    failed = {**nodes, next(iter(nodes)).replace("docker", "process"): ["failed"]}
    assert any("failed" in line for line in lines(failed))
