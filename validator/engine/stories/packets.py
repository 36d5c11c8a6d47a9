"""The cases of realtime stories as a check of a whole run: their rows, and where packets were lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from validator.engine.preparation import Prepared
from validator.engine.realtime import CaseRunner, case_at, case_runner, needs_images, nodes_of, stand_ins
from validator.findings import Finding, Location, Subject
from validator.rules import losses
from validator.sandbox.model import SandboxError
from validator.sources.manifests import Story
from validator.suite.realtime.cases import Case, CaseError
from validator.suite.realtime.results import row
from validator.suite.realtime.running import Ran
from validator.suite.results import CaseResult, Outcome
from validator.suite.story_results import CHECK

NEEDS_IMAGES = "its engrams run with `run`, not with `check`"


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What one case came to."""

    row: CaseResult
    findings: tuple[Finding, ...] = ()
    ran: Ran | None = None
    """None where it was not run."""


def packet_cases(prepared: Prepared, stories: Sequence[Story], *, with_images: bool) -> tuple[list[CaseOutcome], str]:
    """Run every case of these realtime stories; with the line that says where images ran, empty when none did."""
    tasks: list[tuple[Story, Case]] = []
    reports: list[CaseOutcome] = []
    for story in stories:
        for node in nodes_of(prepared, story):
            try:
                tasks.append((story, case_at(prepared, story, node)))
            except CaseError as error:
                name = node.value.get("name") if isinstance(node.value, dict) else ""
                reports.append(_unreadable(story, str(name), node.location, error))
    if not with_images:
        reports += [_unjudged(*task, NEEDS_IMAGES) for task in tasks if needs_images(prepared, *task)]
        tasks = [task for task in tasks if not needs_images(prepared, *task)]
    try:
        with case_runner(prepared, tasks) as runner:
            reports += _each(runner, tasks)
            return reports, runner.sandbox.reason if runner.sandbox is not None else ""
    except SandboxError as error:
        return [*reports, *(_broken(*task, error) for task in tasks)], error.message


def case_outcome(prepared: Prepared, story: Story, ran: Ran) -> CaseOutcome:
    """A case that was run, for the reports."""
    stood = stand_ins(prepared, story, ran.case)
    replayed = any(what == "image" and name not in ran.pods for name, what in stood.items())
    evidence = "mocked" if {"mock", "nothing"} & set(stood.values()) else "recorded" if replayed else "real"
    errors = tuple(error.finding(_place(story, ran.case), _subject(story, ran.case.name)) for error in ran.errors)
    return CaseOutcome(row(story.subject, ran, evidence), (*errors, *ran.findings), ran)


def _each(runner: CaseRunner, tasks: Sequence[tuple[Story, Case]]) -> Iterator[CaseOutcome]:
    for story, case in tasks:
        try:
            yield case_outcome(runner.prepared, story, runner.run(story, case))
        except CaseError as error:
            yield _unreadable(story, case.name, _place(story, case), error)
        except SandboxError as error:
            yield _broken(story, case, error)


def _unreadable(story: Story, case: str, place: Location, error: CaseError) -> CaseOutcome:
    subject = _subject(story, case)
    found = losses.CASE_UNREADABLE.at(place, subject, anchor=("stories", story.name, case), problem=str(error))
    return CaseOutcome(
        CaseResult(subject, CHECK, Outcome.FAILED, 0.0, origin="written", message=found.message), (found,)
    )


def _unjudged(story: Story, case: Case, reason: str) -> CaseOutcome:
    subject = _subject(story, case.name)
    return CaseOutcome(CaseResult(subject, CHECK, Outcome.NOT_CHECKED, 0.0, origin="written", message=reason))


def _broken(story: Story, case: Case, error: SandboxError) -> CaseOutcome:
    subject = _subject(story, case.name)
    found = error.finding(_place(story, case), subject)
    return CaseOutcome(
        CaseResult(subject, CHECK, Outcome.ERROR, 0.0, origin="written", message=error.message), (found,)
    )


def _place(story: Story, case: Case) -> Location:
    return case.location or story.node.location


def _subject(story: Story, case: str) -> Subject:
    return Subject(story.subject.kind, story.name, case=case)
