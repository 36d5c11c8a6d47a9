"""Non-interference: what changes in the output when only config and secrets change has come from there.

The same case is run with canaries, and once more with others and in the cluster's own way, with config among the
inputs (contract `runtime.md` 1.2, fidelity note). A value that tells by itself counts where it is seen; a short one or
a number only where both runs show their own at the same place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from validator.checks.isolation.judging import at, copied
from validator.checks.isolation.leak_findings import Leak, leak_findings, rule_for, spot_of
from validator.checks.isolation.matches import Trail, numbers, trails
from validator.checks.isolation.surfaces import Surface
from validator.checks.isolation.terms import Terms
from validator.findings import Finding, Json, Unchecked
from validator.rules import isolation as rules
from validator.suite.canaries import Canary, Planted, Trust


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run with canaries."""

    planted: Planted
    surfaces: tuple[Surface, ...]
    refused: str = ""
    """Why it says nothing about outputs: how it ended instead; empty when it went well."""
    merged: bool = False
    """The config was among the inputs, as in the cluster."""


def judge(terms: Terms, attempts: Sequence[Attempt]) -> Iterator[Finding | Unchecked]:
    """What one or two runs with canaries show."""
    first, *rest = attempts
    second = rest[0] if rest else None
    leaks = list(_seen(terms, first, second))
    yield from leak_findings(terms, leaks, {"run": _run(first)})
    if second is not None:
        known = {spot_of(terms, leak) for leak in leaks}
        more = [leak for leak in _seen(terms, second, first) if spot_of(terms, leak) not in known]
        yield from leak_findings(terms, more, {"run": _run(second)})
    if first.refused and any(canary.trust is Trust.CONFIG for canary in first.planted.canaries):
        yield Unchecked(f"whether config leaks out of {terms.subject.name}", first.refused, terms.subject)


def _run(attempt: Attempt) -> str:
    return "as in the cluster" if attempt.merged else "with canaries"


def _seen(terms: Terms, attempt: Attempt, other: Attempt | None) -> Iterator[Leak]:
    """What one attempt shows; of a merged one, config has come through the inputs."""
    for leak in _leaks(terms, attempt, other):
        yield _through_inputs(leak) if attempt.merged else leak
    if attempt.merged:
        yield from _copies(terms, attempt)


def _leaks(terms: Terms, attempt: Attempt, other: Attempt | None) -> Iterator[Leak]:
    for canary in attempt.planted.canaries:
        twin = _twin(canary, other) if not canary.tells else None
        for trail in _trails(attempt, canary):
            rule = rule_for(canary, trail.surface.place)
            if rule is None or terms.permits(canary, trail.surface, trail.path):
                continue
            if canary.trust is Trust.INPUTS and not _whole(terms, trail, canary):
                continue
            if not canary.tells and (twin is None or not _confirmed(terms, trail, twin, other)):
                continue
            yield Leak(rule, canary, trail)


def _whole(terms: Terms, trail: Trail, canary: Canary) -> bool:
    """Whether an object of the inputs stands as it was in a declared field: of others, EV501 tells."""
    object_at = trail.path[:-1]
    if trail.path[-1:] != canary.path[-1:] or not object_at:
        return False
    return not any(object_at[: len(path)] == path for path in terms.strangers(trail.surface))


def _trails(attempt: Attempt, canary: Canary) -> Iterator[Trail]:
    if isinstance(canary.value, str):
        yield from trails(attempt.surfaces, canary.value)
    else:
        yield from numbers(attempt.surfaces, canary.value)


def _twin(canary: Canary, other: Attempt | None) -> Canary | None:
    """The same value's canary in the other run, where it is another one."""
    found = (
        each
        for each in (other.planted.canaries if other is not None else ())
        if (each.trust, each.path) == (canary.trust, canary.path)
    )
    twin = next(found, None)
    return twin if twin is not None and twin.value != canary.value else None


def _confirmed(terms: Terms, trail: Trail, twin: Canary, other: Attempt | None) -> bool:
    """Whether the place follows the value: in a field that nothing declares, or a text as a whole.

    A declared number may follow a number of the config for good reasons: a limit, a count.
    """
    assert other is not None
    undeclared = any(trail.path[: len(path)] == path for path in terms.strangers(trail.surface))
    if not undeclared and not isinstance(twin.value, str):
        return False
    return any(again.spot == trail.spot for again in _trails(other, twin))


def _through_inputs(leak: Leak) -> Leak:
    if leak.rule is rules.CONFIG_IN_OUTPUT:
        return Leak(rules.CONFIG_THROUGH_INPUTS, leak.canary, leak.trail)
    return leak


def _copies(terms: Terms, attempt: Attempt) -> Iterator[Leak]:
    """Config values that no canary stands for, under their own name in a field that nothing declares."""
    case = attempt.planted.case
    varied = {canary.path[:1] for canary in attempt.planted.canaries if canary.trust is Trust.CONFIG}
    own: dict[str, Json] = {name: value for name, value in case.config.items() if (name,) not in varied}
    for surface in attempt.surfaces:
        for path in terms.strangers(surface):
            for canary in copied(own, case.inputs, at(surface.value, path), path):
                if not terms.permits(canary, surface, path):
                    yield Leak(rules.CONFIG_THROUGH_INPUTS, canary, Trail(surface, path, "plain"))
