"""Engrams that misbehave as processes: each is told for what it did, leaves nothing, and the next case is served."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.conftest import BINARIES
from tests.sandbox.conftest import Bench
from validator.checks.streaming.expectations import view
from validator.sandbox.batch import run_batch
from validator.sandbox.model import MEBIBYTE, BatchCase, BatchRun, Limits
from validator.sandbox.sandbox import DockerSandbox, Sandbox
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase

CASE = BatchCase(id="counts words", inputs={"text": "one two three"}, timeout=30)
LIMITS = Limits(tmpfs=8 * MEBIBYTE)
ANSWER = {"text": "one two three", "words": 3}


def run_twice(bench: Bench, name: str, case: BatchCase = CASE) -> list[BatchRun]:
    """Two cases in one pod, and beside it one of an engram that behaves; nothing is left of any."""
    sandbox, engram = bench
    with sandbox.pod(engram("conforming"), LIMITS) as beside:
        with sandbox.pod(engram(name), LIMITS) as pod:
            runs = []
            for _ in range(2):
                runs.append(run_batch(pod, case))
                assert left(sandbox, name) == []
        assert run_batch(beside, CASE).output == ANSWER
    return runs


def left(sandbox: Sandbox, name: str) -> list[str]:
    """Living processes and containers of an engram of this run."""
    if not isinstance(sandbox, DockerSandbox):
        return list(processes(str(BINARIES / name)))
    ours = f"label=io.bubustack.engram-validate.run={sandbox._owner.run}"
    listed = subprocess.run(
        ["docker", "ps", "--filter", ours, "--format", "{{.Image}}"], capture_output=True, text=True, check=True
    )
    return [image for image in listed.stdout.split() if f"/{name}:" in image]


def processes(command: str) -> Iterator[str]:
    """Command lines with this in them; those of the dead are empty."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command in line:
            yield line


def test_a_fork_bomb_stays_within_its_limit_and_is_told_from_other_hangs(bench: Bench) -> None:
    if "NOT LIMITED" in bench[0].reason:
        pytest.skip(bench[0].reason)
    for ran in run_twice(bench, "forks", replace(CASE, timeout=2)):
        if "fatal error: newosproc" in ran.exit.stderr.text:
            continue  # the bomb took the last thread that Go's own runtime wanted
        assert (ran.timed_out, ran.exit.killed, ran.exit.crowded) == (True, True, True)
    with bench[0].pod(bench[1]("hangs"), LIMITS) as pod:
        assert not run_batch(pod, replace(CASE, timeout=1)).exit.crowded


def test_a_full_disk_is_a_full_tmp_and_nothing_else_can_be_written(bench: Bench) -> None:
    confined(bench)
    for ran in run_twice(bench, "fills"):
        assert ran.error["message"] == "no room for the words: write /tmp/words: no space left on device"
        told = {entry["folder"]: (entry["why"], entry["bytes"]) for entry in map(json.loads, lines(ran))}
        assert told == {
            "/": ("read-only file system", 0),
            ".": ("read-only file system", 0),
            "/var/tmp": ("no such file or directory", 0),
            "/dev/shm": ("no space left on device", LIMITS.tmpfs),
            "/tmp": ("no space left on device", LIMITS.tmpfs),
        }


def test_nothing_is_written_where_nothing_of_an_engram_belongs(bench: Bench) -> None:
    confined(bench)
    before = digest("scribbles")
    for ran in run_twice(bench, "scribbles"):
        assert ran.output == ANSWER
        (line,) = lines(ran)
        told = json.loads(line)
        assert len(told) > 30
        assert {place for place, how in told.items() if how == "done"} == set()
    assert digest("scribbles") == before


def test_an_engram_that_closes_its_standard_streams_is_served_to_its_end(bench: Bench) -> None:
    for ran in run_twice(bench, "mute"):
        assert ran.output == ANSWER
        assert (ran.exit.code, ran.exit.killed, ran.timed_out) == (0, False, False)
        assert ran.exit.seconds > 1


def test_an_address_that_is_dialled_is_refused_at_once_and_counted_for_its_case(bench: Bench) -> None:
    confined(bench)
    for ran in run_twice(bench, "dials"):
        assert ran.output == ANSWER
        assert [json.loads(line) for line in lines(ran)] == [{"unreachable": 2}]
        assert (ran.unrouted, ran.lookups) == (2, ())
    with bench[0].pod(bench[1]("caller"), LIMITS) as pod:
        ran = run_batch(pod, replace(CASE, inputs={"word": "one"}, config={"url": "http://127.0.0.1:9"}))
        assert (ran.phase, ran.unrouted) == ("Failed", 0)
    with bench[0].pod(bench[1]("stream-calls"), LIMITS) as pod:
        asks = StreamCase("dials", steps=(Send(Packet(payload={"url": "http://203.0.113.7:443"})),))
        assert run_stream(pod, asks).unrouted > 0


@pytest.mark.parametrize(("name", "signal"), [("stream-mute", None), ("stream-ignores-sigterm", SIGKILL)])
def test_a_stream_is_served_and_ended(bench: Bench, name: str, signal: int | None) -> None:
    """One that closes its standard streams ends when asked to; one that does not listen is killed after its grace."""
    sandbox, engram = bench
    packets = [Packet(payload={"number": number}) for number in range(3)]
    case = StreamCase(name, steps=tuple(map(Send, packets)), expect=Expectation(count=3), grace=0.5)
    with sandbox.pod(engram(name), LIMITS) as pod:
        for _ in range(2):
            ran = run_stream(pod, case)
            assert [view(entry)["payload"] for entry in ran.outputs] == [packet.payload for packet in packets]
            assert (ran.missing(), ran.exit.signal) == ((), signal)
            assert left(sandbox, name) == []


def confined(bench: Bench) -> None:
    if "UNISOLATED" in bench[0].reason:
        pytest.skip(bench[0].reason)


def lines(ran: BatchRun) -> list[str]:
    """What a fixture tells of itself."""
    return [line for line in ran.exit.stderr.text.splitlines() if line.startswith("{")]


def digest(name: str) -> str:
    return hashlib.sha256((BINARIES / name).read_bytes()).hexdigest()
