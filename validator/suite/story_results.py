"""What became of the cases of stories, for the reports."""

from __future__ import annotations

from dataclasses import dataclass

from validator.findings import Finding, Severity, Subject
from validator.stories.runs.performers import Evidence
from validator.stories.runs.traces import StoryTrace
from validator.suite.results import CaseResult, Outcome

CHECK = "stories"


@dataclass(frozen=True, slots=True)
class StoryRan:
    """One case of a story, run and judged."""

    story: str
    case: str
    """Empty for a run that no case asks for."""
    trace: StoryTrace | None
    """None when the platform's answer is not known exactly."""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    """By the clock on the wall."""
    reason: str = ""
    """Why there is no trace."""
    broken: bool = False
    """The sandbox could not do its work."""
    not_begun: bool = False
    """Its impulse started no run: the findings alone judge it."""

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if self.broken:
            return Outcome.ERROR
        not_known = self.trace is None and not self.not_begun
        return Outcome.NOT_CHECKED if not_known else Outcome.of(self.findings)

    @property
    def verdict(self) -> str:
        """In words, with the weakest evidence: a mocked pass is no real pass."""
        evidence = self.trace.evidence if self.trace is not None else None
        if evidence is None or evidence is Evidence.REAL or self.outcome is Outcome.FAILED:
            return self.outcome.words
        return f"{self.outcome.words} ({evidence})"

    def row(self) -> CaseResult:
        """The case as a row of the reports."""
        worst = max(self.findings, key=lambda finding: finding.severity.rank, default=None)
        shown = worst is not None and worst.severity is not Severity.NOTE
        trace = self.trace
        properties = {"evidence": str(trace.evidence or "none"), "phase": trace.phase} if trace is not None else {}
        return CaseResult(
            subject=Subject("story", self.story, case=self.case or "generated"),
            check=CHECK,
            outcome=self.outcome,
            seconds=self.seconds,
            origin="written" if self.case else "generated",
            message=worst.message if shown and worst is not None else self.reason,
            output=trace.output if trace is not None else None,
            properties=properties,
        )
