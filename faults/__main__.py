"""Break the validator's machinery, and see that nothing hangs, nothing is left behind and nothing finished is lost.

    python -m faults                              everything: 40 minutes on two idle cores
    python -m faults --only kills --kills 30      a part of it
    python -m faults --seed 7                     the same moments again

Needs root (the daemon of its own lives in a network namespace of its own), Docker, Go and bubblewrap. Ends with a
table; the exit status is 1 unless every column but the tries holds zeros.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from faults import kills, leftovers, machinery, workspace
from faults.attempt import Bench
from faults.daemon import private_daemon
from faults.table import Row, table

sys.path.insert(0, str(workspace.ROOT / "scripts"))
import fixtures

TAG = fixtures.TAG
PARTS = ("kills", "stories", *machinery.FAULTS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="PART", action="append", choices=PARTS, help=f"one of {', '.join(PARTS)}")
    parser.add_argument("--kills", type=int, default=210, metavar="N", help="random kills in all (default 210)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments (default: a new one, printed)")
    parser.add_argument("--sandbox", choices=("docker", "process"), action="append", help="default: both")
    parser.add_argument("--verbose", action="store_true", help="show what the validator said in every try")
    options = parser.parse_args()
    seed = random.randrange(1 << 31) if options.seed is None else options.seed
    parts, kinds = options.only or PARTS, options.sandbox or ("docker", "process")
    started = time.monotonic()
    # The daemon and all else that is started here is stopped by leaving `with`, so that a SIGTERM has to leave it.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    print(f"seed {seed}", flush=True)
    leftovers.adopt_orphans()
    rows: dict[str, Row] = {}
    with benches(kinds) as here:
        for part in parts:
            random_ = random.Random(f"{seed} {part}")
            faults = tries(part, here, options.kills, seed, random_)
            for name, try_ in faults:
                verdict, detail = try_
                rows.setdefault(name, Row(name)).add(verdict)
                if options.verbose or not verdict.good:
                    print(f"  {name}: {detail}: {verdict}\n{verdict.said}", flush=True)
    print(f"\n{table(rows.values())}\n\nseed {seed}, {time.monotonic() - started:.0f} s")
    return 0 if all(row.good for row in rows.values()) else 1


def tries(part: str, here: list[Bench], count: int, seed: int, random_: random.Random) -> Iterator[machinery.Try]:
    """All tries of a part."""
    if part == "kills":
        return kills_of(here, count, seed)
    if part == "stories":
        return kills_of([of_stories(bench) for bench in here], count // 3, seed, "story run, ")
    return machinery.tries(part, here, TAG, random_)


def of_stories(bench: Bench) -> Bench:
    """The same bench with a story to run."""
    folder = bench.workspace.parent / "story"
    if not folder.exists():
        workspace.write_story(folder, TAG)
    return replace(bench, workspace=folder, command=workspace.STORY_COMMAND, arguments=())


def kills_of(here: list[Bench], count: int, seed: int, what: str = "") -> Iterator[machinery.Try]:
    """The random kills, shared out over signals and sandboxes."""
    ways = [(bench, number) for bench in here for number in kills.SIGNALS]
    for index, (bench, number) in enumerate(ways):
        share = count // len(ways) + (index < count % len(ways))
        moments = kills.rhythm(bench)
        random_ = random.Random(f"{seed} {what}{bench.kind} {number.name}")
        name = f"{what}{number.name}, {bench.kind}"
        print(f"{name}: {share} kills within {moments[-1]:.1f} s and {len(moments) - 2} lines", flush=True)
        for kill in kills.kills(bench, number, share, random_, moments):
            yield name, (kill.verdict, str(kill.moment))


@contextlib.contextmanager
def benches(kinds: tuple[str, ...]) -> Iterator[list[Bench]]:
    """A bench for each sandbox; `docker` has a daemon of its own."""
    subprocess.run([sys.executable, fixtures.__file__], check=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as name, contextlib.ExitStack() as stack:
        daemon = None
        if "docker" in kinds:
            images = [workspace.image(engram, TAG) for engram in workspace.NAMES]
            daemon = stack.enter_context(private_daemon(images))
        found = []
        for kind in kinds:
            temporary = Path(name, kind, "tmp")
            temporary.mkdir(parents=True)
            folder = workspace.write(Path(name, kind, "workspace"), TAG)
            own = daemon if kind == "docker" else None
            found.append(Bench(kind, folder, temporary, own, ("--checks", workspace.CHECKS)))
        yield found


if __name__ == "__main__":
    sys.exit(main())
