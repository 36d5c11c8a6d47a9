"""Breaks what the validator stands on: the daemon, an image, the harness, the disk, and too many of its own kind."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from faults.attempt import Attempt, Bench, Verdict
from faults.builds import endless_builds
from faults.hostile import hostile
from faults.workspace import RUN, Engram, image, write

Try = tuple[str, tuple[Verdict, str]]
"""The name of the fault, its verdict, and what was done."""
AT_ONCE = 20
AIMS = 5
"""How often something is aimed at until it is hit."""
POLL = 0.02
BROKEN = frozenset({1, 3})
"""Findings of what ran before, or a sandbox that could not work."""
LATER = RUN[-1].name
"""An engram whose turn comes late."""
FROZEN = ("slow", "stream-leaks-config")
"""Engrams that are given a frozen harness: one of a batch, one of a stream. Each takes half a minute to be given up."""
HITS = {"killed": ("kill", signal.SIGKILL), "frozen": ("pause", signal.SIGSTOP)}
"""What is done to a harness: with Docker, and to a process."""


def daemon_killed(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """SIGKILL to the daemon after each line of progress; it is back at once, or only when the run is over."""
    if bench.daemon is None:
        return
    for back_at_once in (True, False):
        name = f"daemon killed{', then restarted' if back_at_once else ''}"
        for line in (1, 2, 4, 6, 8):
            attempt = Attempt(bench)
            attempt.wait_for_line(line)
            attempt.ends_within(random_.uniform(0, 0.5))
            bench.daemon.signal(signal.SIGKILL)
            if back_at_once:
                bench.daemon.start()
            else:
                attempt.end()
                bench.daemon.start()
            yield name, (attempt.judged(swept=True, status=BROKEN), f"after line {line}")


def daemon_restarted(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """The daemon is told to end, ends the containers, and comes back."""
    if bench.daemon is None:
        return
    for line in (1, 3, 5, 7):
        attempt = Attempt(bench)
        attempt.wait_for_line(line)
        bench.daemon.signal(signal.SIGTERM)
        bench.daemon.start()
        yield "daemon restarted", (attempt.judged(swept=True, status=BROKEN), f"after line {line}")


def image_removed(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """An image goes away before its turn, or while it runs."""
    if bench.daemon is None:
        return
    reference = image(LATER, tag)
    for line, text in ((1, ""), (3, ""), (0, f"image {LATER}: "), (0, f"failed template {LATER}")):
        attempt = Attempt(bench)
        if text:
            attempt.wait_for_text(text)
        else:
            attempt.wait_for_line(line)
        own = bench.daemon.docker("images", "--quiet", reference).split()
        bench.daemon.docker("rmi", "--force", reference)
        verdict = attempt.judged(status=BROKEN)
        # While a container still uses it, an image loses its name alone: the daemon keeps the rest, and we did that.
        verdict.left -= {f"image {name}" for name in own}
        bench.daemon.bring([reference])
        yield "image removed", (verdict, f"after {text or f'line {line}'}")


def harness_killed(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """The harness dies under each of the engrams."""
    yield from _aimed(bench, random_, "killed", [engram.name for engram in RUN])


def harness_frozen(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """The harness is there and does nothing: whoever waits for it must give up."""
    yield from _aimed(bench, random_, "frozen", FROZEN)


def _aimed(bench: Bench, random_: random.Random, how: str, engrams: Sequence[str]) -> Iterator[Try]:
    for engram in engrams:
        for _ in range(AIMS):
            attempt = Attempt(bench)
            attempt.wait_for_text(f"image {engram}: ")
            attempt.ends_within(random_.uniform(0, 0.3))
            # That of the engram before may still be there, too late to be hit.
            while not (hit := sum(end() for end in _harnesses(bench, how)) > 0) and not attempt.ends_within(POLL):
                pass
            verdict = attempt.judged(status=BROKEN)
            if hit or not verdict.good:
                break
        else:
            raise RuntimeError(f"no harness under {engram} lived long enough to be {how}")
        yield f"harness {how}, {bench.kind}", (verdict, f"under {engram}")


def disk_full(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """No room for the report: it must be said anyway."""
    full = bench.workspace / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full], check=True)
    try:
        (full / "filler").write_bytes(b"x" * 4096)
        for report in ("junit", "sarif", "html", "summary"):
            attempt = Attempt(bench.with_arguments(f"--{report}", str(full / report)))
            verdict = attempt.judged()
            said = attempt.output() + "".join(line for _, line in attempt.lines)
            verdict.lost |= {
                name for name in ("missing", "wrongtype", f"cannot write the {report}") if not _says(said, name)
            }
            verdict.left |= {f"file {path.name}" for path in full.iterdir() if path.name != "filler"}
            yield f"disk full, {bench.kind}", (verdict, f"for {report}")
    finally:
        subprocess.run(["umount", full], check=True)
        full.rmdir()


def at_once(bench: Bench, tag: str, random_: random.Random) -> Iterator[Try]:
    """Many runs on one daemon, every fourth of which is killed."""
    folder = write(bench.workspace.parent / "small", tag, (Engram("conforming", 1), Engram("wrongtype", 1)))
    crowd = Bench(bench.kind, folder, bench.temporary, bench.daemon, bench.arguments, bench.environ, patience=600)
    attempts = [Attempt(crowd, f"report-{number}") for number in range(AT_ONCE)]
    doomed = attempts[::4]
    for attempt in doomed:
        attempt.wait_for_line(random_.randrange(4))
        attempt.ends_within(random_.uniform(0, 1.0))
        attempt.process.kill()
    for attempt in attempts:
        attempt.end()
    for number, attempt in enumerate(attempts):
        killed = attempt in doomed
        verdict = attempt.judged(killed=killed)
        if not killed and not attempt.finished():
            verdict.lost.add("wrongtype")
        yield f"{AT_ONCE} at once, {bench.kind}", (verdict, f"number {number}{', killed' if killed else ''}")


FAULTS: dict[str, Callable[[Bench, str, random.Random], Iterator[Try]]] = {
    "daemon-killed": daemon_killed,
    "daemon-restarted": daemon_restarted,
    "image-removed": image_removed,
    "harness-killed": harness_killed,
    "harness-frozen": harness_frozen,
    "disk-full": disk_full,
    "at-once": at_once,
    "hostile": hostile,
    "builds": endless_builds,
}


def tries(part: str, here: list[Bench], tag: str, random_: random.Random) -> Iterator[Try]:
    """Try one fault under every sandbox that it can befall."""
    for bench in here:
        yield from FAULTS[part](bench, tag, random_)


def _says(text: str, name: str) -> bool:
    return name.lower() in text.lower()


def _harnesses(bench: Bench, how: str) -> list[Callable[[], bool]]:
    """How to kill or freeze each harness that runs for this bench; False when it was over already."""
    verb, number = HITS[how]
    if bench.daemon is not None:
        daemon = bench.daemon
        found = daemon.docker("ps", "--quiet", "--filter", "name=-harness-", "--filter", "status=running").split()
        return [partial(_done, daemon.docker, verb, container) for container in found]
    pids = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = entry.read_bytes().split(b"\0")
            if b"validator.sandbox.harness" in line and any(str(bench.temporary).encode() in word for word in line):
                pids.append(int(entry.parent.name))
    return [partial(_done, os.kill, pid, number) for pid in pids]


def _done(function: Callable[..., object], *arguments: object) -> bool:
    """Whether this could still be done: what is to be killed may have ended by itself a moment ago."""
    try:
        function(*arguments)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
