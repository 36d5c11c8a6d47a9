"""Runs the units: their images one after another, their cases side by side, and everything stopped at the end.

What a case means is not known here: an `examine` function runs and judges it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from validator.findings import Finding, Unchecked
from validator.rules import sandbox as sandbox_rules
from validator.sandbox.model import Image, Limits, SandboxError
from validator.sandbox.pods import Pod
from validator.sandbox.sandbox import Sandbox
from validator.suite.cases import Case
from validator.suite.events import CaseFinished, CaseStarted, Event, ImageProgress, ImageReady, Observer, Planned
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome, TestedImage


@dataclass(frozen=True, slots=True)
class Examination:
    """What became of one case."""

    results: tuple[CaseResult, ...]
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()


Examine = Callable[[Pod, Image, Unit, Case], Examination]


@dataclass(frozen=True, slots=True)
class Outturn:
    """What became of all units."""

    results: tuple[CaseResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    images: tuple[TestedImage, ...] = ()
    broken: bool = False
    """The sandbox could not do some of its work."""


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
) -> Outturn:
    """Run every case of every unit. A unit that the sandbox cannot run is reported, and the others still run."""
    tell = _one_at_a_time(observer)
    tell(Planned(images=len(units), cases=sum(len(unit.cases) for unit in units)))
    outturns: list[Outturn] = []
    with ThreadPoolExecutor(workers or workers_that_pay_off(), "case") as pool:
        for unit in units:
            try:
                outturns.append(_run_unit(sandbox, unit, examine, base, limits, pool, tell))
            except SandboxError as error:
                outturns.append(_broken(unit, error))
    return _joined(outturns)


def _run_unit(
    sandbox: Sandbox, unit: Unit, examine: Examine, base: Path, limits: Limits, pool: ThreadPoolExecutor, tell: Observer
) -> Outturn:
    source = unit.source(sandbox.kind, base)
    if source is None:
        raise SandboxError(sandbox_rules.NO_PROGRAM, name=unit.name, sandbox=sandbox.kind)
    image = sandbox.resolve(source, lambda detail: tell(ImageProgress(unit.template.name, detail)))
    tested = _tested(unit, image)
    tell(ImageReady(tested))
    examinations: list[Examination] = []
    with sandbox.pod(image, limits) as pod:
        futures = [pool.submit(_case, pod, image, unit, case, examine, tell) for case in unit.cases]
        try:
            examinations = [future.result() for future in as_completed(futures)]
        except BaseException:
            _cancel(futures)
            raise
    return replace(_gathered(examinations), images=(tested,))


def _case(pod: Pod, image: Image, unit: Unit, case: Case, examine: Examine, tell: Observer) -> Examination:
    subject = replace(unit.subject, case=case.name)
    tell(CaseStarted(subject))
    started = time.monotonic()
    try:
        examination = examine(pod, image, unit, case)
    except SandboxError as error:
        result = CaseResult(
            subject, "sandbox", Outcome.ERROR, time.monotonic() - started, origin=case.origin, message=error.message
        )
        examination = Examination((result,), (error.finding(unit.image_location, subject),))
    for result in examination.results:
        tell(CaseFinished(result))
    return examination


def _broken(unit: Unit, error: SandboxError) -> Outturn:
    """No case of this unit could run: one finding, and every case is shown as not run."""
    results = tuple(
        CaseResult(
            replace(unit.subject, case=case.name),
            "sandbox",
            Outcome.ERROR,
            0.0,
            origin=case.origin,
            message=error.message,
        )
        for case in unit.cases
    )
    return Outturn(results, (error.finding(unit.image_location, unit.subject),), broken=True)


def _tested(unit: Unit, image: Image) -> TestedImage:
    properties = {"platform": image.platform, "bubu-sdk-go": image.sdk_version}
    return TestedImage(
        template=unit.template.name,
        template_file=unit.template.node.location.file,
        reference=image.reference,
        digest=image.digest,
        source=image.source.provenance,
        sandbox=image.kind,
        properties={name: value for name, value in properties.items() if value},
    )


def _gathered(examinations: Iterable[Examination]) -> Outturn:
    ordered = sorted(examinations, key=lambda examination: [str(result.subject) for result in examination.results])
    results = tuple(result for examination in ordered for result in examination.results)
    return Outturn(
        results=results,
        findings=tuple(finding for examination in ordered for finding in examination.findings),
        unchecked=tuple(unchecked for examination in ordered for unchecked in examination.unchecked),
        broken=any(result.outcome is Outcome.ERROR for result in results),
    )


def _joined(outturns: Iterable[Outturn]) -> Outturn:
    every = list(outturns)
    return Outturn(
        results=tuple(result for each in every for result in each.results),
        findings=tuple(finding for each in every for finding in each.findings),
        unchecked=tuple(unchecked for each in every for unchecked in each.unchecked),
        images=tuple(image for each in every for image in each.images),
        broken=any(each.broken for each in every),
    )


def _cancel(futures: Iterable[Future[Examination]]) -> None:
    for future in futures:
        future.cancel()


def _one_at_a_time(observer: Observer) -> Observer:
    lock = threading.Lock()

    def tell(event: Event) -> None:
        with lock:
            observer(event)

    return tell
