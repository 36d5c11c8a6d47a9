"""Trails into findings: where it was seen, where it came from, how it was encoded. Never the value itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from validator.checks.conformance import declaration, show
from validator.checks.isolation.encodings import forms
from validator.checks.isolation.matches import Trail
from validator.checks.isolation.surfaces import DECLARED, Place
from validator.checks.isolation.terms import Terms
from validator.findings import Finding, Json, Location, Path, Related, Rule, Suggestion, dotted
from validator.rules import isolation as rules
from validator.rules.conformance import INPUTS_CARRIED
from validator.suite.canaries import Canary, Trust

REMEDIES = {
    rules.CONFIG_IN_OUTPUT.code: "Build the output field by field. If the value belongs there, say so in outputSchema: "
    "`x-engram-derived-from: config`.",
    rules.SECRET_IN_OUTPUT.code: "Take the secret out of what leaves the engram, and change it wherever it was real.",
    rules.SECRET_IN_LOG.code: "Log the name of the secret, never its value.",
    rules.SECRET_IN_ERROR.code: "Say what was refused without repeating it.",
    rules.UPSTREAM_COPIED.code: "Carry on the keys that mean something to the next step, by name.",
    INPUTS_CARRIED.code: "Put out the members that mean something to the next step, by name.",
    rules.CONFIG_THROUGH_INPUTS.code: "Put out the inputs that outputSchema declares, by name, instead of all of them.",
    rules.ENVIRONMENT_LEAKS.code: "Never put out or log the whole environment: it holds every secret.",
}


LONGEST = 500
"""Characters of a log line that a finding shows."""
UPSTREAM = frozenset({Trust.METADATA, Trust.PAYLOAD, Trust.INPUTS})
"""What the sandbox adds to packets, to see what is copied."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that was trusted to the engram, and where it was seen."""

    rule: Rule
    canary: Canary
    trail: Trail

    @property
    def rank(self) -> int:
        """How grave."""
        return self.rule.severity.rank


def rule_for(canary: Canary, place: Place) -> Rule | None:
    """What is broken when this is seen there; None when nothing is."""
    match canary.trust:
        case Trust.SECRET:
            return {Place.LOG: rules.SECRET_IN_LOG, Place.ERROR: rules.SECRET_IN_ERROR}.get(
                place, rules.SECRET_IN_OUTPUT
            )
        case Trust.ENVIRONMENT:
            return rules.ENVIRONMENT_LEAKS
        case Trust.CONFIG:
            return None if place in {Place.LOG, Place.ERROR} else rules.CONFIG_IN_OUTPUT
        case Trust.INPUTS:
            return INPUTS_CARRIED if place is Place.OUTPUT else None
        case _:
            return None if place in {Place.LOG, Place.ERROR} else rules.UPSTREAM_COPIED


def leak_findings(terms: Terms, leaks: Iterable[Leak], evidence: Mapping[str, Json]) -> Iterator[Finding]:
    """One finding a place, by its gravest rule. A field that nothing declares counts as one place."""
    chosen: dict[tuple[Place, Path], Leak] = {}
    others: dict[tuple[Place, Path], list[Leak]] = {}
    for leak in sorted(leaks, key=lambda leak: -leak.rank):
        spot = spot_of(terms, leak)
        if spot in chosen:
            others[spot].append(leak)
        else:
            chosen[spot], others[spot] = leak, []
    for (place, root), leak in chosen.items():
        yield _finding(terms, leak, place, root, others[place, root], evidence)


def spot_of(terms: Terms, leak: Leak) -> tuple[Place, Path]:
    """The place that a leak is told at: the undeclared field that holds it, else itself; a log or error as a whole.

    What was added to a packet is told at the object that was copied with it.
    """
    place, path = leak.trail.surface.place, leak.trail.path
    if place in {Place.LOG, Place.ERROR}:
        return place, ()
    if leak.canary.trust in UPSTREAM and path[-1:] == leak.canary.path[-1:]:
        return place, path[:-1]
    strangers = terms.strangers(leak.trail.surface)
    return place, next((stranger for stranger in strangers if path[: len(stranger)] == stranger), path)


def _finding(
    terms: Terms, leak: Leak, place: Place, root: Path, others: Iterable[Leak], evidence: Mapping[str, Json]
) -> Finding:
    trail, canary = leak.trail, leak.canary
    shown: dict[str, Json] = {
        "path": show(root).strip("`"),
        "from": _origin(canary),
        "encoding": trail.encoding,
        **evidence,
    }
    if place in {Place.LOG, Place.ERROR}:
        words = next(text for path, text in trail.surface.words if path == trail.path)
        shown["text"] = forms(str(canary.value)).hidden_in(words)[:LONGEST]
    elif root != trail.path:
        shown["found at"] = show(trail.path).strip("`")
    more = sorted({_origin(other.canary) for other in others} - {_origin(canary)})
    if more:
        shown["also"] = list(more)
    trusted = trusted_at(terms, canary)
    location = declaration(terms.template, root) if place in DECLARED else trusted or terms.template.name_location
    remedy = REMEDIES[leak.rule.code]
    return leak.rule.at(
        location,
        terms.subject,
        anchor=("spec", "outputSchema", *root) if place in DECLARED else (str(place), *root),
        evidence=shown,
        suggestion=Suggestion(remedy),
        related=[Related(trusted, f"here the engram is trusted with `{canary.origin}`")] if trusted else (),
        place=trail.surface.named(root),
        origin=f"the {canary.trust}" if canary.trust in UPSTREAM else f"`{canary.origin}`",
        path=show(root),
        source=f"the input {show(canary.path[:-1])}",
        how="" if trail.encoding == "plain" else f" ({trail.encoding})",
    )


def _origin(canary: Canary) -> str:
    if canary.trust is Trust.INPUTS:
        return f"inputs{dotted(canary.path[:-1])}"
    return f"upstream {canary.trust}" if canary.trust in UPSTREAM else f"{canary.trust} {canary.origin}"


def trusted_at(terms: Terms, canary: Canary) -> Location | None:
    """The line of the template that declares what the engram is trusted with; None when none does."""
    template = terms.template
    if canary.trust is Trust.SECRET:
        node = template.secret_schema
        name = str(canary.path[0])
        return node.key_location(name) if node is not None and node.get(name) is not None else None
    schema = template.config_schema
    if canary.trust is not Trust.CONFIG or schema is None:
        return None
    node, location = schema, None
    for step in canary.path:
        parent = node.get("properties") if isinstance(step, str) else node
        child = parent.get(step if isinstance(step, str) else "items") if parent is not None else None
        if parent is None or child is None:
            break
        node = child
        if isinstance(step, str):
            location = parent.key_location(step)
    return location
