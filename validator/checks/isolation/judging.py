"""An ordinary run: undeclared fields, and what the case itself shows of its secrets and config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from validator.checks.conformance import declaration, show
from validator.checks.isolation.leak_findings import Leak, leak_findings, rule_for, spot_of
from validator.checks.isolation.matches import Trail, trails
from validator.checks.isolation.surfaces import Surface
from validator.checks.isolation.terms import Terms
from validator.findings import Finding, Json, Path
from validator.rules import isolation as rules
from validator.suite import canaries
from validator.suite.canaries import Canary, Trust
from validator.suite.cases import Case

MOST = 50
"""Undeclared fields of one run that are told one by one: an engram can put out a million of them."""


def judge(terms: Terms, case: Case, surfaces: Sequence[Surface]) -> Iterator[Finding]:
    """What one run of a case shows by itself; what else of its config leaks, only runs with canaries show."""
    leaks = [*_secrets(terms, case, surfaces), *_copies(terms, case, surfaces)]
    yield from leak_findings(terms, leaks, {"case": case.name})
    spots = {spot_of(terms, leak) for leak in leaks}
    seen: dict[Path, Surface] = {}
    for surface in surfaces:
        for path in terms.strangers(surface):
            if (surface.place, path) not in spots:
                seen.setdefault(path, surface)
    for path, surface in islice(seen.items(), MOST):
        yield undeclared_field(terms, case, surface, path, len(seen))


def undeclared_field(terms: Terms, case: Case, surface: Surface, path: Path, count: int) -> Finding:
    """A field that outputSchema lets pass without a word."""
    evidence: dict[str, Json] = {"path": show(path).strip("`"), "value": at(surface.value, path), "case": case.name}
    if count > MOST:
        evidence["undeclared fields"] = count
    if case.inputs:
        evidence["inputs"] = dict(case.inputs)
    return rules.UNDECLARED_FIELD.at(
        declaration(terms.template, path),
        terms.subject,
        anchor=("spec", "outputSchema", *path),
        evidence=evidence,
        place=surface.named(path),
    )


def _secrets(terms: Terms, case: Case, surfaces: Sequence[Surface]) -> Iterator[Leak]:
    for canary in canaries.given(case):
        for trail in trails(surfaces, str(canary.value)):
            rule = rule_for(canary, trail.surface.place)
            if rule is not None:
                yield Leak(rule, canary, trail)


def _copies(terms: Terms, case: Case, surfaces: Sequence[Surface]) -> Iterator[Leak]:
    """Members of the config that stand in an undeclared field under their own name, however short they are."""
    for surface in surfaces:
        for path in terms.strangers(surface):
            for canary in copied(case.config, case.inputs, at(surface.value, path), path):
                if not terms.permits(canary, surface, path):
                    yield Leak(rules.CONFIG_IN_OUTPUT, canary, Trail(surface, path, "plain"))


def copied(config: Mapping[str, Json], inputs: Mapping[str, Json], value: Json, path: Path) -> Iterator[Canary]:
    """The members of a config that an undeclared field, or its members, repeat by name and value."""
    for name, member in config.items():
        inside = isinstance(value, Mapping) and name in value and value[name] == member
        if (inside or (path[-1:] == (name,) and value == member)) and member not in inputs.values():
            yield Canary(Trust.CONFIG, (name,), "")


def at(document: Json, path: Path) -> Json:
    """The value at a path that was read off this document."""
    for step in path:
        document = document[step]  # type: ignore[index]  # the path was read off this document
    return document
