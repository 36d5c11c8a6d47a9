"""What an engram asked of a stand-in of the sandbox beyond what a small one can bear (EV924, EV928, EV929)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from validator.findings import Finding, Location, Rule, Subject
from validator.rules.sandbox import API_OVERLOADED, CONNECTOR_OVERLOADED, SERVICES_OVERLOADED
from validator.sandbox.harness import load
from validator.sandbox.pods import Pod
from validator.suite.results import CaseResult, Outcome

_API = {"connections": load.CONNECTION_LIMIT, "size": load.HELD_BYTES >> 20}
_SERVICES = {"connections": load.SERVICE_CONNECTIONS, "size": load.SERVICE_BYTES >> 20}
RULES: Mapping[str, tuple[Rule, Mapping[str, Any]]] = {
    "batch": (API_OVERLOADED, _API),
    "service": (SERVICES_OVERLOADED, _SERVICES),
    "stream": (CONNECTOR_OVERLOADED, {"streams": load.STREAM_LIMIT}),
}
"""By the harness's family: the rule that says so, and the limits that it names."""


def findings(pod: Pod, location: Location, subject: Subject) -> tuple[Finding, ...]:
    """What there is to say of the case that has just ended in this pod, which had it for itself."""
    return tuple(
        rule.at(location, subject, anchor=(family,), evidence={"turned away": count}, **limits)
        for family, count in pod.harness.turned_away().items()
        for rule, limits in [RULES[family]]
    )


def warned(results: Sequence[CaseResult], found: Sequence[Finding]) -> tuple[CaseResult, ...]:
    """The rows of the case: where the first passes, it does so with a warning if there is one."""
    first, *others = results
    warnings = [finding for finding in found if finding.severity.rank]
    if warnings and first.outcome is Outcome.PASSED:
        first = replace(first, outcome=Outcome.WARNED, message=first.message or warnings[0].message)
    return (first, *others)
