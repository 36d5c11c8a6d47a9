"""A root that can be written to, where a template asks for it: the engram's own, and bounded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from validator.sandbox.model import DEFAULT_LIMITS, MEBIBYTE

WRITES = """
import os
os.makedirs("/data/deep")
open("/data/deep/file", "w").write("x")
print(open("/data/deep/file").read())
"""
FILLS = """
import os, time
os.makedirs("/data", exist_ok=True)
for number in range(10_000):
    with open(f"/data/{number}", "wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
    time.sleep(0.05)
print("done")
"""
LIMITS = replace(DEFAULT_LIMITS, root=8 * MEBIBYTE)


def test_a_root_is_written_to_by_those_that_ask_for_it(stranger: Any) -> None:
    ended = stranger(WRITES, writable=True)
    assert (ended.code, ended.stdout.text) == (0, "x\n"), ended
    refused = stranger(WRITES)
    assert refused.code == 1
    assert "Read-only file system" in refused.stderr.text


def test_a_root_that_is_filled_ends_its_engram(stranger: Any) -> None:
    ended = stranger(FILLS, writable=True, limits=LIMITS)
    assert ended.code != 0
    assert ended.overfull or "No space left on device" in ended.stderr.text
    assert "done" not in ended.stdout.text
