"""The story engine on random stories: time of one, the longest, crashes; then twenty steps with an hour of sleep.

    python benchmarks/stories.py [--stories N] [--seed FIRST] [--limit SECONDS]

Exit status 1 when a story crashes the engine or takes longer than the limit (of the processor, 50 ms by default).
"""

from __future__ import annotations

import argparse
import collections
import resource
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tests.stories.engine.random_stories import question  # noqa: E402
from validator.stories.simulation import answer  # noqa: E402

STEPS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=0.05)
    asked = parser.parse_args()
    ends: collections.Counter[str] = collections.Counter()
    times: list[tuple[float, int]] = []
    answer(question(asked.seed))  # what is imported late is no part of a story's time
    for seed in range(asked.seed, asked.seed + asked.stories):
        story = question(seed)
        began = time.process_time()
        try:
            ends[end_of(answer(story))] += 1
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            ends[f"crash: {type(error).__name__}"] += 1
            print(f"seed {seed}: {error!r}")
        times.append((time.process_time() - began, seed))
    longest, seed = max(times)
    print(f"{sum(1 for one, _ in times if one > asked.limit)} took longer than {1000 * asked.limit:g} ms")
    total = sum(one for one, _ in times)
    print(f"{asked.stories} stories in {total:.2f} s, {1000 * total / asked.stories:.2f} ms each")
    print(f"longest {1000 * longest:.1f} ms (seed {seed})")
    print(", ".join(f"{name} {count}" for name, count in ends.most_common()))
    began = time.process_time()
    answer(long_story())
    print(f"{STEPS} steps and an hour of sleep: {1000 * (time.process_time() - began):.1f} ms")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return int(longest > asked.limit or any(name.startswith("crash") for name in ends))


def end_of(answered: dict[str, Any]) -> str:
    if "final" in answered:
        return str(answered["final"]["quiescent"])
    return "unsupported" if "unsupported" in answered else "error"


def long_story() -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"name": "nap", "type": "sleep", "with": {"duration": "1h"}}]
    for number in range(STEPS):
        before = "nap" if number == 0 else f"s{number - 1}"
        given = {} if number == 0 else {"with": {"v": f"{{{{ steps.{before}.output.x }}}}"}}
        steps.append({"name": f"s{number}", "ref": {"name": "e"}, "needs": [before]} | given)
    script = {f"s{number}": {"after": 1, "phase": "Succeeded", "output": {"x": number}} for number in range(STEPS)}
    return {"kind": "batch", "story": {"steps": steps}, "engrams": {"e": {}}, "script": script}


if __name__ == "__main__":
    sys.exit(main())
