"""The image of the harness: runs of one installation that begin together make it once."""

from __future__ import annotations

import fcntl
import queue
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from validator.sandbox import harness_image, owner, tarballs
from validator.sandbox.daemon import connect


@pytest.mark.docker
def test_a_run_waits_for_the_one_that_makes_the_image_and_then_has_it() -> None:
    told: queue.Queue[str] = queue.Queue()
    here = owner.current()
    with connect() as daemon, ThreadPoolExecutor(1) as beside:
        first = harness_image.find(daemon, here, print)
        with Path(tarballs.__file__).open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            second = beside.submit(harness_image.find, daemon, here, told.put)
            assert told.get(timeout=30) == "waiting for another run to make the harness's image"
            assert not second.done()
        assert second.result(30) == first
