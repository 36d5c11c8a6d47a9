"""Runs that begin in spare pods: each once, and again in the pod of its case where the spare one tells nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, cast

import pytest

from validator.engine.runs import Runs
from validator.findings import Location
from validator.rules.sandbox import HARNESS_FAILED
from validator.sandbox.model import Image, SandboxError
from validator.sandbox.pods import Pod
from validator.suite.cases import Case, Mode
from validator.suite.spare import Spare

CASE = Case("explored", Mode.BATCH, Location("Engram.yaml"))
IMAGE = cast("Image", None)


@dataclass
class FakePod:
    """A pod with a name, and a harness that has turned some clients away."""

    name: str
    away: dict[str, int] = field(default_factory=dict)

    @property
    def harness(self) -> FakePod:
        return self

    def turned_away(self) -> dict[str, int]:
        return self.away


OWN = FakePod("own")


@contextmanager
def lent(spare_pod: FakePod, work: Callable[[FakePod, Case], str]) -> Iterator[tuple[Runs[str], ThreadPoolExecutor]]:
    """Runs with one spare thread."""

    class Pods:
        @contextmanager
        def pod(self, image: Image) -> Iterator[FakePod]:
            yield spare_pod

    spare = Spare()
    with ThreadPoolExecutor(1) as threads:
        spare.lend(threads, cast("Any", Pods()), 1)
        with closing(Runs(cast("Any", work), cast("Pod", OWN), IMAGE, spare)) as runs:
            yield runs, threads


def of(text: str) -> Case:
    return replace(CASE, inputs={"text": text})


def test_a_run_begins_in_a_spare_pod_and_is_made_once() -> None:
    made: list[str] = []

    def work(pod: FakePod, case: Case) -> str:
        made.append(str(case.inputs["text"]))
        return pod.name

    with lent(FakePod("spare"), work) as (runs, threads):
        runs.begin(of("a"))
        runs.begin(of("a"))
        threads.submit(lambda: None).result()  # the thread has come so far

        assert [runs(of("a")), runs(of("b"))] == ["spare", "own"]
    assert made == ["a", "b"]


def test_what_no_thread_has_begun_is_run_by_who_waits_for_it() -> None:
    """All threads may be in cases that explore: none waits for another."""
    busy = Event()

    with lent(FakePod("spare"), lambda pod, _: pod.name) as (runs, threads):
        threads.submit(busy.wait)
        try:
            runs.begin(of("a"))
            assert runs(of("a")) == "own"
        finally:
            busy.set()


def test_who_waits_makes_what_no_thread_has_begun() -> None:
    """While `a` goes on in the spare pod, `b` is made in the own one, and `a` ends only then."""
    going, made = Event(), Event()

    def work(pod: FakePod, case: Case) -> str:
        if pod is OWN:
            made.set()
        else:
            going.set()
            assert made.wait(30)
        return f"{case.inputs['text']} {pod.name}"

    with lent(FakePod("spare"), work) as (runs, _):
        runs.begin(of("a"))
        runs.begin(of("b"))
        assert going.wait(30)

        assert [runs(of("a")), runs(of("b"))] == ["a spare", "b own"]


def broken(pod: FakePod, _: Case) -> str:
    if pod is not OWN:
        raise SandboxError(HARNESS_FAILED, reason="it ended")
    return pod.name


@pytest.mark.parametrize(
    ("pod", "work"),
    [
        pytest.param(FakePod("spare"), broken, id="a harness that ends"),
        pytest.param(FakePod("spare", {"batch": 3}), lambda pod, _: pod.name, id="a stand-in without room"),
    ],
)
def test_where_a_spare_pod_tells_nothing_the_own_one_does(pod: FakePod, work: Callable[[FakePod, Case], str]) -> None:
    with lent(pod, work) as (runs, threads):
        runs.begin(of("a"))
        threads.submit(lambda: None).result()

        assert runs(of("a")) == "own"


def test_nothing_begins_after_the_end() -> None:
    with lent(FakePod("spare"), lambda pod, _: pod.name) as (runs, threads):
        threads.shutdown()
        runs.begin(of("a"))

        assert runs(of("a")) == "own"
    alone = Runs(cast("Any", lambda pod, _: pod.name), cast("Pod", OWN), IMAGE, Spare())
    alone.begin(of("a"))
    assert alone(of("a")) == "own"
