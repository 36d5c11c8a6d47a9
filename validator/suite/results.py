"""What a whole run found: the one object that every report renders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from validator.explore.coverage import Coverage
from validator.findings import Finding, Json, Severity, Subject, Unchecked
from validator.suite.evidence import Evidence
from validator.suite.shards import Shard
from validator.suite.suppression import Suppressed, Suppression
from validator.suite.timelines import Timeline

if TYPE_CHECKING:
    from validator.suite.realtime.conversation import Conversation

DYNAMIC = frozenset({"conformance", "isolation", "streaming"})
"""Checks that run an image."""


class Outcome(StrEnum):
    """What became of one case of one check."""

    PASSED = "passed"
    WARNED = "warned"
    """It passes, with a warning."""
    FAILED = "failed"
    NOT_CHECKED = "not-checked"
    """Nothing was judged, and the message says why: it is no pass."""
    ERROR = "error"
    """The sandbox could not run it: says nothing about the contract."""

    @property
    def words(self) -> str:
        """As people read it."""
        return self.value.replace("-", " ")

    @staticmethod
    def of(findings: Iterable[Finding]) -> Outcome:
        """What the worst of these findings makes of a case that was judged."""
        worst = max((finding.severity.rank for finding in findings), default=Severity.NOTE.rank)
        return {Severity.ERROR.rank: Outcome.FAILED, Severity.WARNING.rank: Outcome.WARNED}.get(worst, Outcome.PASSED)


class Status(IntEnum):
    """Exit statuses (docs/ARCHITECTURE.md, Exit statuses)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    SANDBOX = 3
    NOTHING = 4


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One check on one sample: a row of the reports."""

    subject: Subject
    check: str
    """`manifests`, `resolution`, `pairwise`, `conformance`, `isolation` or `streaming`."""
    outcome: Outcome
    seconds: float
    mode: str = ""
    """The supported mode that was tried (`job`, `deployment`, `statefulset`), empty for static checks."""
    origin: str = ""
    """`written`, `generated`, or empty for static checks."""
    message: str = ""
    """One line: why it failed, was skipped, or gave no sample."""
    stdout: str = ""
    """The tail of the engram's standard output."""
    stderr: str = ""
    output: Json = None
    """The output that was judged."""
    properties: Mapping[str, str] = field(default_factory=dict)
    transcript: str = ""
    """Of a streaming case the end of what was on the wire, a line each: seconds, who, what."""
    evidence: Evidence | None = None
    """What the verdict rests on; None where no output is judged, as of manifests and of leaks."""
    coverage: tuple[Coverage, ...] = ()
    """Of the case that explores how much of each schema was reached."""

    @property
    def judged(self) -> bool:
        """Whether it came to a verdict on the engram."""
        return self.outcome not in {Outcome.NOT_CHECKED, Outcome.ERROR}


@dataclass(frozen=True, slots=True)
class TestedImage:
    """Which image stood for which template: a verdict without this cannot be trusted."""

    __test__ = False
    """Not a test class, whatever pytest thinks of its name."""

    template: str
    template_file: str
    reference: str
    """What was asked for: an image reference, a tar file, a build context, a binary."""
    digest: str
    """`sha256:…` of the image, or of the binary under `process`."""
    source: str
    """Why this one: `--image`, `images:` with its key, or `spec.image`."""
    sandbox: str
    """`docker` or `process`."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Platform, SDK version, size."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one part of a run came to: the static checks, or the units in the sandbox."""

    results: tuple[CaseResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    images: tuple[TestedImage, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    broken: bool = False
    """The sandbox could not do some of its work."""
    interrupted: int = 0
    """The signal that ended the run early; 0 when it ran to its end."""
    timelines: tuple[Timeline, ...] = ()


def joined(run_results: Iterable[RunResult]) -> RunResult:
    """What several parts of a run came to."""
    every = list(run_results)
    return RunResult(
        results=tuple(result for each in every for result in each.results),
        findings=tuple(finding for each in every for finding in each.findings),
        unchecked=tuple(unchecked for each in every for unchecked in each.unchecked),
        images=tuple(image for each in every for image in each.images),
        conversations=tuple(one for each in every for one in each.conversations),
        broken=any(each.broken for each in every),
        interrupted=max((each.interrupted for each in every), default=0),
        timelines=tuple(one for each in every for one in each.timelines),
    )


class Verdict(StrEnum):
    """What is known of a step or an edge of a story: its worst finding, that it passed, or that nobody knows."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    UNKNOWN = "unknown"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class StoryStep:
    """A step as a node of the graph."""

    name: str
    kind: str
    """The engram that runs, or the primitive."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class StoryEdge:
    """One step leads into another."""

    source: str
    target: str
    verdict: Verdict
    data: bool = True
    """Whether a value is handed on; False when one only waits for the other."""


@dataclass(frozen=True, slots=True)
class StoryGraph:
    """A story's steps and what joins them, to be drawn."""

    name: str
    file: str
    steps: tuple[StoryStep, ...] = ()
    edges: tuple[StoryEdge, ...] = ()


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a template does not take what another emits."""

    path: str
    problem: str
    witness: Json
    """A document that shows it."""
    producer: str
    """Where the schema stands that lets it be emitted."""
    consumer: str
    """Where the schema stands that does not take it."""


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """One template's output as another one's input, whether a story joins them or not. Named by both: the same pair in
    two reports is one pair."""

    producer: str
    consumer: str
    outcome: str
    """`accepted`, `can-fail`, `never` or `unknown`."""
    misfits: tuple[Misfit, ...] = ()
    unknown: tuple[str, ...] = ()
    """Why it cannot be told."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run has to say. Findings are in reading order, without duplicates."""

    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    cases: tuple[CaseResult, ...] = ()
    images: tuple[TestedImage, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    """Findings that a comment, the configuration or the baseline silences."""
    stories: tuple[StoryGraph, ...] = ()
    """The stories that were checked, with a verdict on each step and edge."""
    conversations: tuple[Conversation, ...] = ()
    """The cases of realtime stories that were run, packet by packet."""
    timelines: tuple[Timeline, ...] = ()
    """Cases of stories that were run here. Reports as JSON do not hold them, so a merged report has none."""
    pairs: tuple[PairVerdict, ...] = ()
    """Every template with every other, where a report that shows them was asked for. They fail nothing. Reports are
    merged by the pairs' names."""
    no_pairs: str = ""
    """Why there are none although they were asked for, with what to do; else empty."""
    fail_on: Severity | None = Severity.ERROR
    """The lowest severity that fails the run; None when nothing does."""
    seconds: float = 0.0
    sandbox: str = ""
    """Which sandbox and why, in a line; empty when none was needed."""
    usage_errors: bool = False
    """Some manifest or configuration could not be read: exit status 2, with the rest still checked."""
    sandbox_errors: bool = False
    """The sandbox could not do some of its work: exit status 3 unless the contract is broken already."""
    interrupted: int = 0
    """The signal that ended the run early (exit status 128 + signal); 0 when it ran to its end."""
    checked: int = 0
    """How many manifests were looked at; 0 means there was nothing to check."""
    shard: Shard | None = None
    """Which part of a run this is; None for a whole one."""
    judged: tuple[str, ...] = ()
    """The checks that this run, with all of its shards, makes of everything: only of their rules can a suppression be
    called unused."""
    idle: tuple[Suppression, ...] = ()
    """Suppressions that silenced nothing in this part: whether they are unused is known when all parts are joined."""

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(1 for finding in self.findings if finding.severity is severity)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The engrams that ran, and of which no case came to a verdict."""
        every = [case for case in self.cases if case.check in DYNAMIC]
        known = {case.subject.name for case in every if case.outcome is not Outcome.NOT_CHECKED}
        return tuple(dict.fromkeys(case.subject.name for case in every if case.subject.name not in known))

    def fails(self, finding: Finding) -> bool:
        """Whether this finding alone fails the run: what the sandbox could not do (EV9) breaks no contract."""
        threshold = self.fail_on
        broken_contract = not finding.rule.code.startswith("EV9")
        return broken_contract and threshold is not None and finding.severity.rank >= threshold.rank

    @property
    def status(self) -> Status:
        """The exit status: unreadable input, then broken contracts, then a broken sandbox, then emptiness."""
        if self.usage_errors:
            return Status.USAGE
        if any(self.fails(finding) for finding in self.findings):
            return Status.FINDINGS
        if self.sandbox_errors:
            return Status.SANDBOX
        if self.unjudged and not any(case.check in DYNAMIC and case.judged for case in self.cases):
            return Status.NOTHING
        return Status.OK if self.checked else Status.NOTHING

    @property
    def result(self) -> str:
        """`passed`, `failed` or `error`: the one word of the JSON report and the action's output.

        A run that was cut short can have failed, but it cannot have passed.
        """
        if self.interrupted and self.status is Status.OK:
            return "error"
        return {Status.OK: "passed", Status.FINDINGS: "failed"}.get(self.status, "error")
