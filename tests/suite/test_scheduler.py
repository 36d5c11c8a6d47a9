"""Which cases are run: those that nobody remembers, told apart also where samples of two modes are called the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import pytest

from tests.manifests import engram_template
from validator.rules.sandbox import DAEMON_LOST, HARNESS_FAILED
from validator.sandbox.model import DEFAULT_LIMITS, Image, ImageSource, SandboxError, SourceKind
from validator.sandbox.pods import Pod
from validator.sources.workspace import load
from validator.suite import plan, scheduler
from validator.suite.cases import Case, Mode
from validator.suite.config import Config
from validator.suite.events import ignore
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, RunResult
from validator.suite.scheduler import CaseReport, Memory
from validator.suite.spare import Spare

IMAGE = Image(
    ImageSource(SourceKind.IMAGE, "greeter:1"),
    "docker",
    "sha256:1",
    "greeter:1",
    "sha256:2",
    "linux/amd64",
    ("/g",),
    "65532",
)

HOW: Any = {"base": Path(), "limits": DEFAULT_LIMITS, "workers": 1, "observer": ignore}


@dataclass
class Harness:
    """What a pod is asked of its harness."""

    lost: bool = False

    def turned_away(self) -> dict[str, int]:
        return {}


@dataclass(eq=False)
class EmptyPod:
    """A pod in which nothing is ever run."""

    harness: Harness = field(default_factory=Harness)

    def renew(self, image: Image) -> bool:
        return not self.harness.lost


@dataclass
class Sandbox:
    """Runs nothing: what is asked of it is what is looked at."""

    kind: str = "docker"
    reason: str = ""
    resolved: int = 0
    ran: list[Case] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    def resolve(self, *_: object) -> Image:
        self.resolved += 1
        return IMAGE

    @contextmanager
    def pod(self, *_: object) -> Iterator[Pod]:
        self.opened += 1
        try:
            yield cast("Pod", EmptyPod())
        finally:
            self.closed += 1


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    (tmp_path / "Engram.yaml").write_text(engram_template("greeter", modes="job, deployment"))
    found = next(plan.units(load(tmp_path), Config(base=tmp_path)))
    assert {case.name for case in found.cases if case.mode is Mode.BATCH} & {
        case.name for case in found.cases if case.mode is Mode.STREAMING
    }
    return found


def examined(unit: Unit, case: Case) -> CaseReport:
    subject = replace(unit.subject, case=case.name)
    return CaseReport((CaseResult(subject, "conformance", Outcome.PASSED, 0.0, mode=str(case.mode)),))


def run_result(sandbox: Sandbox, unit: Unit, memory: Memory) -> RunResult:
    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        sandbox.ran.append(case)
        return examined(unit, case)

    return scheduler.run(cast("Any", sandbox), [unit], examine, memory=memory, **HOW)


def test_a_case_that_is_remembered_in_one_mode_is_run_in_the_other(unit: Unit) -> None:
    sandbox, asked = Sandbox(), list[Case]()

    def of_batch(unit: Unit, image: Image, case: Case) -> CaseReport | None:
        asked.append(case)
        return examined(unit, case) if case.mode is Mode.BATCH else None

    found = run_result(sandbox, unit, Memory(lambda source: IMAGE, of_batch))

    assert {case.mode for case in sandbox.ran} == {Mode.STREAMING}
    assert len(found.results) == len(unit.cases) == len(asked)
    assert sandbox.resolved == 1


def test_what_is_all_remembered_is_not_even_pulled(unit: Unit) -> None:
    sandbox = Sandbox()
    found = run_result(sandbox, unit, Memory(lambda source: IMAGE, lambda unit, image, case: examined(unit, case)))

    assert (sandbox.resolved, sandbox.ran) == (0, [])
    assert len(found.results) == len(unit.cases)


def test_what_is_left_when_the_daemon_goes_is_shown_in_its_mode(unit: Unit) -> None:
    class Leaving(Sandbox):
        @contextmanager
        def pod(self, *_: object) -> Iterator[Pod]:
            raise SandboxError(DAEMON_LOST, doing="waiting", reason="it left")
            yield  # type: ignore[unreachable]  # it makes this a generator

    def of_batch(unit: Unit, image: Image, case: Case) -> CaseReport | None:
        return examined(unit, case) if case.mode is Mode.BATCH else None

    found = run_result(Leaving(), unit, Memory(lambda source: IMAGE, of_batch))

    lost = [row for row in found.results if row.outcome is Outcome.ERROR]
    assert {row.mode for row in lost} == {"streaming"}
    assert len(lost) == sum(case.mode is Mode.STREAMING for case in unit.cases)


def test_no_case_begins_after_the_first_that_fails(unit: Unit) -> None:
    sandbox = Sandbox()

    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        sandbox.ran.append(case)
        outcome = Outcome.FAILED if len(sandbox.ran) == 2 else Outcome.PASSED
        return CaseReport((replace(examined(unit, case).results[0], outcome=outcome),))

    one_by_one = {**HOW, "workers": 1, "exit_first": True}
    found = scheduler.run(cast("Any", sandbox), [unit, unit], examine, **one_by_one)

    outcomes = [row.outcome for row in found.results]
    assert len(sandbox.ran) == 2
    assert (outcomes.count(Outcome.FAILED), outcomes.count(Outcome.NOT_CHECKED)) == (1, 2 * len(unit.cases) - 2)
    assert found.broken is False


def test_a_mistake_of_ours_costs_its_case_and_no_other(unit: Unit) -> None:
    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        if case is unit.cases[0]:
            raise ZeroDivisionError("nobody thought of it")
        return examined(unit, case)

    found = scheduler.run(cast("Any", Sandbox()), [unit], examine, **HOW)
    assert [finding.rule.code for finding in found.findings] == ["EV922"]
    assert "ZeroDivisionError: nobody thought of it" in found.findings[0].message
    assert "test_scheduler.py" in str(found.findings[0].evidence["traceback"])
    outcomes = sorted(result.outcome for result in found.results)
    assert outcomes == sorted([Outcome.ERROR] + [Outcome.PASSED] * (len(unit.cases) - 1))
    assert found.broken


def test_a_mistake_of_ours_costs_its_image_and_no_other(unit: Unit) -> None:
    class Broken(Sandbox):
        def resolve(self, *_: object) -> Image:
            self.resolved += 1
            if self.resolved == 1:
                raise ZeroDivisionError("nobody thought of it")
            return IMAGE

    found = scheduler.run(
        cast("Any", Broken()), [unit, unit], lambda pod, image, unit, case: examined(unit, case), **HOW
    )
    assert [finding.rule.code for finding in found.findings] == ["EV922"]
    outcomes = [result.outcome for result in found.results]
    assert outcomes.count(Outcome.ERROR) == outcomes.count(Outcome.PASSED) == len(unit.cases)


def played(unit: Unit, examine: Any, workers: int = 4) -> tuple[Sandbox, RunResult]:
    sandbox = Sandbox()
    found = scheduler.run(cast("Any", sandbox), [unit, unit], examine, **{**HOW, "workers": workers})
    assert sandbox.opened == sandbox.closed
    return sandbox, found


def test_each_pod_has_one_case_at_a_time_and_serves_others_after_it(unit: Unit) -> None:
    inside, most, seen = set[int](), list[int](), Barrier(2)

    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        assert id(pod) not in inside
        inside.add(id(pod))
        if case in unit.cases[:2]:
            seen.wait(30)  # two at a time, each in a pod of its own
        most.append(len(inside))
        inside.discard(id(pod))
        return examined(unit, case)

    sandbox, found = played(unit, examine)
    assert len(found.results) == 2 * len(unit.cases)
    assert max(most) >= 2
    assert 2 <= sandbox.opened <= 4


@pytest.mark.parametrize(("deaths", "codes"), [(1, set()), (2, {"EV925"})])
def test_a_case_whose_harness_ends_is_run_again_alone_in_a_new_pod(unit: Unit, deaths: int, codes: set[str]) -> None:
    dead, pods, victim = list[Pod](), list[Pod](), unit.cases[1]

    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        assert pod not in dead
        pods.append(pod)  # kept, so that no other gets its identity
        if case is victim and len(dead) < deaths:
            dead.append(pod)
            cast("EmptyPod", pod).harness.lost = True
            raise SandboxError(HARNESS_FAILED, reason="it ended by SIGKILL")
        return examined(unit, case)

    sandbox, found = played(unit, examine, workers=1)
    assert {finding.rule.code for finding in found.findings} == codes
    assert [str(finding.subject.case) for finding in found.findings] == [victim.name] * len(codes)
    assert sandbox.opened == deaths + 1
    outcomes = [result.outcome for result in found.results]
    assert outcomes.count(Outcome.ERROR) == len(codes)
    assert outcomes.count(Outcome.PASSED) == 2 * len(unit.cases) - len(codes)


def test_a_case_may_use_threads_and_pods_that_no_other_needs(unit: Unit) -> None:
    sandbox, spare, pods = Sandbox(), Spare(), list[tuple[int, int]]()

    def examine(pod: Pod, image: Image, unit: Unit, case: Case) -> CaseReport:
        if case is unit.cases[0]:
            beside = spare.submit(image, id)
            assert beside is not None
            pods.append((id(pod), beside.result(30)))
        return examined(unit, case)

    assert spare.submit(IMAGE, id) is None
    found = scheduler.run(cast("Any", sandbox), [unit], examine, spare=spare, **{**HOW, "workers": 2})

    ((own, other),) = pods
    assert own != other
    assert sandbox.opened == sandbox.closed
    assert {result.outcome for result in found.results} == {Outcome.PASSED}
    assert spare.submit(IMAGE, id) is None  # the run is over
