"""What a pod's network says of addresses that were dialled: the kernel's own count, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.sandbox.harness.outward import Outward, unrouted

SNMP = "Ip: Forwarding OutRequests OutNoRoutes\nIp: 1 20 {}\nIcmp: InMsgs\nIcmp: 7\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (SNMP.format(3), 3),
        (SNMP.format("many"), 0),
        (SNMP.format(""), 0),
        ("Ip: Forwarding\nIp: 1\n", 0),
        ("Ip: OutNoRoutes\n", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_the_count_is_read_or_nothing_is_known(tmp_path: Path, text: str | None, count: int) -> None:
    if text is not None:
        (tmp_path / "snmp").write_text(text)
    assert unrouted(tmp_path / "snmp") == count


def test_this_kernel_counts() -> None:
    assert "OutNoRoutes" in Path("/proc/net/snmp").read_text()


def test_a_mark_parts_what_came_after_it_from_what_came_before() -> None:
    asked = ["before.example.com"]
    outward = Outward(asked)
    mark = outward.mark()
    asked.append("after.example.com")
    assert outward.since(mark) == {"lookups": ["after.example.com"], "unrouted": 0}
