"""Durations, sizes and images as people write them."""

from __future__ import annotations

import pytest

from validator.suite.overrides import from_argument
from validator.suite.quantities import seconds


@pytest.mark.parametrize(
    ("written", "length"),
    [(90, 90.0), (1.5, 1.5), ("30s", 30.0), ("1m30s", 90.0), ("250ms", 0.25), ("99999999h", 2_592_000.0)],
)
def test_seconds(written: str | float, length: float) -> None:
    assert seconds(written) == length


@pytest.mark.parametrize("written", ["", "soon", "30", "-1s", "1d", True, None])
def test_no_duration(written: str | bool | None) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        seconds(written)


@pytest.mark.parametrize("written", ["fetch", "fetch=", "=x", "fetch=build:", "fetch=load: ", "fetch=process:"])
def test_no_override(written: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        from_argument(written)
