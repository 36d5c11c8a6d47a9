"""Runs the units: their images one after another, all their cases side by side, and everything stopped at the end.

What a case means is not known here: an `examine` function runs and judges it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from validator.findings import Finding, Json, Unchecked
from validator.rules import sandbox as sandbox_rules
from validator.sandbox.interrupts import Deferral, uninterrupted
from validator.sandbox.model import Image, ImageSource, Limits, SandboxError, SourceKind
from validator.sandbox.pods import Pod
from validator.sandbox.sandbox import Sandbox
from validator.suite import image_users, overload
from validator.suite.cases import Case
from validator.suite.events import (
    AllRun,
    CaseFinished,
    CaseStarted,
    Event,
    ImageProgress,
    ImageReady,
    Observer,
    Planned,
)
from validator.suite.plan import Unit
from validator.suite.pool import PodPool
from validator.suite.results import CaseResult, Outcome, RunResult, TestedImage, joined
from validator.suite.spare import Spare


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What became of one case."""

    results: tuple[CaseResult, ...]
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    outputs: tuple[Json, ...] = ()
    """What a successful case put out; nothing for those that only try what an engram withstands."""
    emitted: Json = None
    """`inputs` that a streaming engram put into a packet of its own; None when it did not."""
    novel: tuple[Mapping[str, Json], ...] | None = None
    """Inputs worth beginning the next search with; None where nothing was searched."""
    transcripts: tuple[tuple[str, tuple[Json, ...]], ...] = ()
    """Of each streaming run its name and the rows of its transcript; nothing unless they are wanted."""


LEFT_OUT = "an earlier case failed, and --exitfirst ends the run there"
"""Why a case was not run."""
_FAILURES = frozenset({Outcome.FAILED, Outcome.ERROR})

Examine = Callable[[Pod, Image, Unit, Case], CaseReport]


def nothing(*_: object) -> None:
    """The memory of a run that has none."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs have left."""

    image: Callable[[ImageSource], Image | None] = nothing
    """A pinned image, as it was."""
    case: Callable[[Unit, Image, Case], CaseReport | None] = nothing
    """What became of a case; None when it has to be run."""


def as_found(case_report: CaseReport) -> tuple[CaseResult, ...]:
    """The rows of a case where nothing is silenced."""
    return case_report.results


def workers_that_pay_off() -> int:
    """Cases at a time when nobody says: containers start twice as fast on two cores with four (docker.md, cost)."""
    return min(8, 2 * (os.cpu_count() or 1))


def run(
    sandbox: Sandbox,
    units: Sequence[Unit],
    examine: Examine,
    *,
    base: Path,
    limits: Limits,
    workers: int = 0,
    observer: Observer,
    graded: Callable[[CaseReport], tuple[CaseResult, ...]] = as_found,
    memory: Memory = Memory(),
    exit_first: bool = False,
    spare: Spare | None = None,
) -> RunResult:
    """Run every case of every unit. A unit that the sandbox cannot run is reported, and the others still run.

    With `exit_first` no case begins after one has failed; those that are left are told as not checked. What has failed,
    there and for the observer, is told by `graded`. `spare` lets a case use the threads and pods that no other needs.
    """
    tell = _one_at_a_time(observer)
    halt = threading.Event()
    ledgers = [Ledger(unit, tell, halt if exit_first else None, graded) for unit in units]
    pods = PodPool(sandbox, limits)
    capacity = workers or workers_that_pay_off()
    threads = ThreadPoolExecutor(capacity, "case")
    interrupted = 0
    tell(Planned(images=len(units), cases=sum(len(unit.cases) for unit in units)))
    try:
        # The pods are closed first: that ends the cases that the workers wait for.
        with uninterrupted() as deferral, threads, closing(pods), closing(Running(threads, deferral)) as running:
            if spare is not None:
                spare.lend(threads, pods, capacity)
            for ledger in ledgers:
                if halt.is_set():
                    break
                with _trouble(ledger):
                    with deferral.interruptible():
                        image, waiting = _prepared(sandbox, ledger, base, tell, memory)
                    running.submit(
                        ledger, [partial(_case, pods, image, ledger, case, examine, tell) for case in waiting]
                    )
            running.wait()
    except KeyboardInterrupt as interrupt:
        interrupted = getattr(interrupt, "signal", signal.SIGINT)
    tell(AllRun())
    return joined([*(ledger.run_result() for ledger in ledgers), RunResult(interrupted=interrupted)])


class Running:
    """The cases that run or wait for a worker.

    Signals are deferred but for the wait, which is one call of C: an interrupt within the locks of `threading` would
    leave one of them locked, and every worker that wants it.
    """

    def __init__(self, threads: ThreadPoolExecutor, deferral: Deferral) -> None:
        self._threads = threads
        self._deferral = deferral
        self._ended: SimpleQueue[Future[None]] = SimpleQueue()
        self._ledgers: dict[Future[None], Ledger] = {}
        """Whose case each is; those that are left."""

    def submit(self, ledger: Ledger, cases: Iterable[Callable[[], None]]) -> None:
        """Run the cases of a unit when there are workers for them."""
        for case in cases:
            future = self._threads.submit(case)
            self._ledgers[future] = ledger
            future.add_done_callback(self._ended.put)

    def wait(self) -> None:
        """Wait until all have ended. What raises in a case ends its unit; the others go on."""
        while self._ledgers:
            with self._deferral.interruptible():
                future = self._ended.get()
            ledger = self._ledgers.pop(future)
            if future.cancelled():
                continue
            with _trouble(ledger):
                future.result()
            if ledger.trouble is not None:
                self._abandon(ledger)

    def close(self) -> None:
        """Begin no more, and take in nothing more of those that run: they end with their pods."""
        for ledger in set(self._ledgers.values()):
            self._abandon(ledger)

    def _abandon(self, ledger: Ledger) -> None:
        ledger.close()
        for future in [future for future, owner in self._ledgers.items() if owner is ledger]:
            future.cancel()


@contextmanager
def _trouble(ledger: Ledger) -> Iterator[None]:
    """What raises while the block runs is why the rest of the unit cannot run: the others are still run."""
    try:
        yield
    except SandboxError as error:
        ledger.trouble = error
    except Exception as error:  # noqa: BLE001 - the others are still run, and what was found is told
        ledger.trouble = _own_mistake(error)


class Ledger:
    """What is known of one unit so far. Nothing in it is ever taken back, whatever ends the run."""

    def __init__(
        self,
        unit: Unit,
        tell: Observer,
        halt: threading.Event | None = None,
        graded: Callable[[CaseReport], tuple[CaseResult, ...]] = as_found,
    ) -> None:
        self.unit = unit
        self.halt = halt
        """Set where a case fails: no other is to begin. None where all are to be run."""
        self.image: TestedImage | None = None
        self.notes: tuple[Finding, ...] = ()
        """What there is to say of its image, whatever its cases come to."""
        self.trouble: SandboxError | None = None
        """Why the rest of it could not run."""
        self._finished: list[tuple[Case, CaseReport]] = []
        self._tell = tell
        self._graded = graded
        self._closed = False
        self._lock = threading.Lock()

    def enter(self, case: Case, case_report: CaseReport) -> None:
        """Take in a finished case and tell of it: one without the other would be a result lost, or made up."""
        graded = self._graded(case_report)
        with self._lock:
            if self._closed:
                return
            self._finished.append((case, case_report))
            if self.halt is not None and any(result.outcome in _FAILURES for result in graded):
                self.halt.set()
        self._tell(CaseFinished(replace(self.unit.subject, case=case.name), graded))

    def close(self) -> None:
        """Take in nothing more: a case that ends because its pod does says nothing about the engram."""
        with self._lock:
            self._closed = True

    def run_result(self) -> RunResult:
        """What the unit came to."""
        with self._lock:
            gathered = _gathered(case_report for _, case_report in self._finished)
            # By identity: a case has its name only within its mode.
            done = {id(case) for case, _ in self._finished}
        left = [case for case in self.unit.cases if id(case) not in done]
        broken = _broken(self.unit, self.trouble, left) if self.trouble else RunResult()
        if self.halt is not None and self.halt.is_set() and not self.trouble:
            broken = RunResult(tuple(_left_out(self.unit, case) for case in left))
        images = (self.image,) if self.image else ()
        return joined([gathered, broken, RunResult(findings=self.notes, images=images)])


def _prepared(sandbox: Sandbox, ledger: Ledger, base: Path, tell: Observer, memory: Memory) -> tuple[Image, list[Case]]:
    """The image of a unit, and its cases that have to run; what is known of the others is in the ledger.

    Raises SandboxError when there is no image.
    """
    unit = ledger.unit
    source = unit.source(sandbox.kind, base)
    if source.kind is SourceKind.PROCESS and sandbox.kind != "process":
        raise SandboxError(sandbox_rules.NEEDS_IMAGE, reference=source.value, provenance=source.provenance)
    known = memory.image(source)
    answers = _remembered(memory, unit, known) if known is not None else []
    if known is not None and None not in answers:
        image = known  # not even pulled
    else:
        image = sandbox.resolve(source, lambda detail: tell(ImageProgress(unit.template.name, detail)))
        if image != known:
            answers = _remembered(memory, unit, image)
    ledger.image = _tested(unit, image, base)
    ledger.notes = tuple(image_users.findings(unit, image))
    tell(ImageReady(ledger.image))
    waiting = []
    for case, remembered in zip(unit.cases, answers, strict=True):
        if remembered is None:
            waiting.append(case)
        else:
            ledger.enter(case, remembered)
    return image, waiting


def _remembered(memory: Memory, unit: Unit, image: Image) -> list[CaseReport | None]:
    """What the memory knows of each case of a unit."""
    return [memory.case(unit, image, case) for case in unit.cases]


def _case(pods: PodPool, image: Image, ledger: Ledger, case: Case, examine: Examine, tell: Observer) -> None:
    """Run a case and enter it. Raises SandboxError when no pod can be opened for it: then for no other either."""
    if ledger.halt is not None and ledger.halt.is_set():
        return
    tell(CaseStarted(replace(ledger.unit.subject, case=case.name)))
    ledger.enter(case, _report_with_retry(pods, image, ledger.unit, case, examine))


def _report_with_retry(pods: PodPool, image: Image, unit: Unit, case: Case, examine: Examine) -> CaseReport:
    """What becomes of a case. Where its harness ends it is run once more, in a new pod: it may have been a chance.

    No other case is in that pod, so that it is known which one ended it. Raises SandboxError when there is no pod.
    """
    started = time.monotonic()
    with pods.pod(image) as pod:
        try:
            return _report_of(pod, image, unit, case, examine)
        except SandboxError as error:
            if not pod.harness.lost:
                return _not_run(unit, case, error, started)
    with pods.pod(image) as pod:
        try:
            return _report_of(pod, image, unit, case, examine)
        except SandboxError as error:
            again = pod.harness.lost and error.rule is sandbox_rules.HARNESS_FAILED
            reason = SandboxError(sandbox_rules.CASE_BREAKS_HARNESS, **error.facts) if again else error
            return _not_run(unit, case, reason, started)


def _report_of(pod: Pod, image: Image, unit: Unit, case: Case, examine: Examine) -> CaseReport:
    """What becomes of a case in this pod, and what it did to it. Raises nothing but SandboxError."""
    case_report = _examine(pod, image, unit, case, examine)
    findings = overload.findings(pod, unit.image_location, replace(unit.subject, case=case.name))
    if not findings or not case_report.results:
        return case_report
    results = overload.warned(case_report.results, findings)
    return replace(case_report, results=results, findings=(*case_report.findings, *findings))


def _not_run(unit: Unit, case: Case, error: SandboxError, started: float) -> CaseReport:
    """A case about which nothing is known, and why."""
    subject = replace(unit.subject, case=case.name)
    result = CaseResult(
        subject, "sandbox", Outcome.ERROR, time.monotonic() - started, origin=case.origin, message=error.message
    )
    return CaseReport((result,), (error.finding(unit.image_location, subject),))


def _examine(pod: Pod, image: Image, unit: Unit, case: Case, examine: Examine) -> CaseReport:
    """Raises nothing but SandboxError."""
    try:
        return examine(pod, image, unit, case)
    except SandboxError:
        raise
    except Exception as error:
        raise _own_mistake(error) from error


def _own_mistake(error: Exception) -> SandboxError:
    """What nobody thought of (EV922)."""
    problem = traceback.format_exception_only(error)[-1].strip()
    trace = "".join(traceback.format_exception(error))
    return SandboxError(sandbox_rules.CRASHED, problem=problem, traceback=trace)


def _broken(unit: Unit, error: SandboxError, left: Iterable[Case]) -> RunResult:
    """The rest of this unit could not run: one finding, and every case that is left is shown as not run.

    A rule outside EV9 says that the image itself is at fault: then the contract is broken, not the sandbox.
    """
    at_fault = not error.rule.code.startswith("EV9")
    results = tuple(
        CaseResult(
            subject=replace(unit.subject, case=case.name),
            check="conformance" if at_fault else "sandbox",
            outcome=Outcome.FAILED if at_fault else Outcome.ERROR,
            seconds=0.0,
            mode=str(case.mode),
            origin=str(case.origin),
            message=error.message,
        )
        for case in left
    )
    return RunResult(results, (error.finding(unit.image_location, unit.subject),), broken=not at_fault)


def _left_out(unit: Unit, case: Case) -> CaseResult:
    """A case that was not begun, since another had failed."""
    return CaseResult(
        replace(unit.subject, case=case.name),
        "conformance",
        Outcome.NOT_CHECKED,
        0.0,
        mode=str(case.mode),
        origin=str(case.origin),
        message=LEFT_OUT,
    )


def _tested(unit: Unit, image: Image, base: Path) -> TestedImage:
    path = Path(image.reference)
    below = image.kind == "process" and path.is_relative_to(base)
    properties = {"platform": image.platform, "bubu-sdk-go": image.sdk_version}
    return TestedImage(
        template=unit.template.name,
        template_file=unit.template.node.location.file,
        reference=str(path.relative_to(base)) if below else image.reference,
        digest=image.digest,
        source=image.source.provenance,
        sandbox=image.kind,
        properties={name: value for name, value in properties.items() if value},
    )


def _gathered(case_reports: Iterable[CaseReport]) -> RunResult:
    ordered = sorted(case_reports, key=lambda case_report: [str(result.subject) for result in case_report.results])
    results = tuple(result for case_report in ordered for result in case_report.results)
    return RunResult(
        results=results,
        findings=tuple(finding for case_report in ordered for finding in case_report.findings),
        unchecked=tuple(unchecked for case_report in ordered for unchecked in case_report.unchecked),
        broken=any(result.outcome is Outcome.ERROR for result in results),
    )


def _one_at_a_time(observer: Observer) -> Observer:
    lock = threading.Lock()

    def tell(event: Event) -> None:
        with lock:
            observer(event)

    return tell
