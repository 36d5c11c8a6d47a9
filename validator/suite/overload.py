"""What an engram did to the sandbox's Kubernetes API beyond what a small stand-in can bear (EV924)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from validator.findings import Finding, Location, Subject
from validator.rules.sandbox import API_OVERLOADED
from validator.sandbox.harness.load import CONNECTION_LIMIT, HELD_BYTES
from validator.sandbox.pods import Pod
from validator.suite.results import CaseResult, Outcome


def findings(pod: Pod, location: Location, subject: Subject) -> tuple[Finding, ...]:
    """What there is to say of the case that has just ended in this pod, which had it for itself."""
    closed = pod.harness.turned_away()
    if not closed:
        return ()
    found = API_OVERLOADED.at(
        location,
        subject,
        anchor=("api",),
        evidence={"connections closed": closed},
        connections=CONNECTION_LIMIT,
        size=HELD_BYTES >> 20,
    )
    return (found,)


def warned(results: Sequence[CaseResult], found: Sequence[Finding]) -> tuple[CaseResult, ...]:
    """The rows of the case: where the first passes, it does so with a warning."""
    first, *others = results
    if found and first.outcome is Outcome.PASSED:
        first = replace(first, outcome=Outcome.WARNED, message=first.message or found[0].message)
    return (first, *others)
