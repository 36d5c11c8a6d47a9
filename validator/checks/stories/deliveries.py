"""What became of the StoryTriggers of an impulse, against the case."""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Finding, Subject
from validator.rules import stories as rules
from validator.suite.story_cases import StoryCase


def differing_deliveries(case: StoryCase, subject: Subject, found: tuple[str, ...], problem: str) -> Iterator[Finding]:
    """That other deliveries are expected, or that there is no run to go on with."""
    wanted = case.expect.deliveries
    if wanted is not None and wanted != found:
        difference = f"expected {', '.join(wanted) or 'none'}, found {', '.join(found) or 'none'}"
        yield rules.NOT_AS_EXPECTED.at(
            case.place("expect", "deliveries"),
            subject,
            anchor=("expect", "deliveries"),
            what="the deliveries of the impulse",
            problem=f"{difference}{f': {problem}' if problem else ''}",
        )
    elif problem and (wanted is None or _expects_a_run(case)):
        yield rules.NOT_AS_EXPECTED.at(
            case.place("trigger", "impulse"),
            subject,
            anchor=("trigger",),
            what="the trigger",
            problem=problem,
        )


def _expects_a_run(case: StoryCase) -> bool:
    """Whether the case says more of the run than its deliveries."""
    expect = case.node.find(("expect",))
    return expect is not None and isinstance(expect.value, dict) and bool(set(expect.value) - {"deliveries"})
