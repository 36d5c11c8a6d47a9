"""How long the hub engine takes for one hop, and whether its memory stays flat.

    python benchmarks/hub.py [--packets 100000]

A packet of 1 KiB from one step to the next: output schema, `runtime`, defaults, input schema, forwarding. Aim: median
below 1 ms and 99 of 100 below 5 ms of processor time, and no more memory after the last packet than after a tenth.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from validator.findings import Json
from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.hub import Hub
from validator.stories.hub.packets import Packet
from validator.stories.hub.play import Ends
from validator.stories.hub.run import Run

TEXT: Json = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
STORY: dict[str, Json] = {
    "pattern": "realtime",
    "transports": [{"name": "live", "transportRef": "live"}],
    "steps": [
        {"name": "mic", "transport": "live", "ref": {"name": "mic"}},
        {
            "name": "show",
            "transport": "live",
            "ref": {"name": "show"},
            "needs": ["mic"],
            "runtime": {"text": "{{ packet.text }}"},
        },
    ],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=100_000)
    count = max(10, parser.parse_args().packets)
    engrams = {"mic": HubEngram("mic", output_schema=TEXT), "show": HubEngram("show", input_schema=TEXT)}
    hub = Hub(Run(STORY, engrams, {"live": {}}), Ends())
    for step in ("mic", "show"):
        hub.connect(step, 0.0)
    seconds = [_hop(hub, number) for number in range(min(count, 10_000))]
    tracemalloc.start()
    early = 0
    for number in range(count):
        _hop(hub, number)
        if number == count // 10:
            early = tracemalloc.get_traced_memory()[0]
    late = tracemalloc.get_traced_memory()[0]
    spread = statistics.quantiles(seconds, n=100)
    print(f"one hop: median {1000 * statistics.median(seconds):.3f} ms, 99 of 100 below {1000 * spread[98]:.3f} ms")
    print(f"memory after {count // 10} packets {early / 1024:.0f} KiB, after {count} {late / 1024:.0f} KiB")
    return 0 if statistics.median(seconds) < 0.001 and spread[98] < 0.005 and late < early + 64 * 1024 else 1


def _hop(hub: Hub, number: int) -> float:
    """Processor time of one packet, seconds."""
    began = time.process_time()
    reaction = hub.send("mic", Packet(str(number), {"text": "x" * 1024}), 0.0)
    hub.acknowledge("show", 0.0, more=1)
    assert len(reaction.deliveries) == 1
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
