"""Steps that the hub does not reach, or reaches with less than they read (story-run.md, sections B2, B5 and B6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from validator.checks.gaps.wording import of_step, steps_in_words
from validator.checks.resolution.consequences import failure, of_missing
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Suggestion
from validator.rules import deliveries as rules
from validator.sources.manifests import Step
from validator.stories.hub.dependents import Obstacle, dependents
from validator.stories.hub.hooks import STORY_READY, consumers
from validator.stories.hub.steps import HubStep, hub_steps
from validator.stories.sites import Field
from validator.stories.topology import Route, Topology, story_topology
from validator.templates.reach import Sink

_GUARD = re.compile(r"\b(and|or|not|if|with|range|hasKey|dig|default|coalesce|get|ternary|empty|exists|define)\b")
"""Words by which an author may have provided for a step that is missing."""


def check_deliveries(survey: Survey) -> Iterator[Finding]:
    """What the hub does with the packets of each engram."""
    node = survey.story.node.get("spec")
    spec = node.value if node is not None and isinstance(node.value, dict) else {}
    found = story_topology(survey.story, survey.scopes.schemas.workspace.transports)
    named = {step.name: step for step in survey.story.steps if step.name}
    steps = hub_steps(spec)
    walks = _walks(steps, found)
    yield from _without_transports(survey, steps)
    for name, step in named.items():
        route, arriving = found.routes[name], walks.get(name, _Arrivals())
        yield from _unheard(survey, step, route, arriving)
        yield from _unseen(survey, step, arriving)
        yield from _unexpected(survey, step, found)
        joined = [source for source in arriving.sources if source in step_needs(step)]
        if step.ref is not None and len(joined) > 1:
            yield from _joins(survey, step, joined)
            yield from _conditions(survey, step, joined)


def _without_transports(survey: Survey, steps: tuple[HubStep, ...]) -> Iterator[Finding]:
    """The hub waits for the streams of the engrams that name a transport; where none does, it waits forever (B8.1)."""
    if not survey.story.transports or any(step.is_engram and step.transport for step in steps):
        return
    waiting = {step.name for step in consumers(steps, STORY_READY)}
    for step in survey.story.steps:
        if step.name in waiting:
            advice = "name the transport in every step: `transport`"
            yield of_step(rules.READY_NEEDS_A_TRANSPORT, survey.story, step, "if", advice)


def step_needs(step: Step) -> tuple[str, ...]:
    """The names in `needs`."""
    return tuple(need.text for need in step.needs if need.text is not None)


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """From which engrams the hub has packets for a step, and those that it never looks from."""

    sources: tuple[str, ...] = ()
    listed_later: tuple[str, ...] = ()


def _walks(steps: tuple[HubStep, ...], found: Topology) -> Mapping[str, _Arrivals]:
    """What each step gets by way of the hub, as far as no routing rule decides it.

    A step that no other needs may well send nothing: it counts for no step.
    """
    sources: dict[str, list[str]] = {}
    later: dict[str, list[str]] = {}
    for step in steps:
        route = found.routes.get(step.name)
        if not step.is_engram or route is None or not _is_settled(route) or route.mode != "hub":
            continue
        for dependent in dependents(steps, step):
            if dependent.obstacle is None and route.downstream:
                sources.setdefault(dependent.step.name, []).append(step.name)
            elif dependent.obstacle is Obstacle.LISTED_EARLIER and dependent.step.name != step.name:
                later.setdefault(dependent.step.name, []).append(step.name)
    names = {**sources, **later}
    return {name: _Arrivals(tuple(sources.get(name, ())), tuple(later.get(name, ()))) for name in names}


def _is_settled(route: Route) -> bool:
    """Whether the settings of its transport are known, and have no rules of their own."""
    if route.transport is None or not route.transport.found:
        return False
    routing = route.transport.settings.get("routing")
    return not (isinstance(routing, dict) and routing.get("rules"))


def _unheard(survey: Survey, step: Step, route: Route, arriving: _Arrivals) -> Iterator[Finding]:
    if route.is_engram and route.peer is not None and arriving.sources and _is_settled(route):
        advice = "set `routing.mode: hub` in the settings of the transport"
        if not step.needs:
            advice += ", or list the step first: without `needs` it takes the packets of every step before it"
        yield of_step(
            rules.RECEIVER_WITHOUT_STREAM,
            survey.story,
            step,
            "name",
            advice,
            step=step.name,
            peer=route.peer,
            sources=steps_in_words(arriving.sources),
        )


def _unseen(survey: Survey, step: Step, arriving: _Arrivals) -> Iterator[Finding]:
    for source in arriving.listed_later if step.ref is not None else ():
        advice = f"list `{source}` before it"
        yield of_step(rules.LISTED_EARLIER, survey.story, step, "needs", advice, step=step.name, source=source)


def _unexpected(survey: Survey, step: Step, found: Topology) -> Iterator[Finding]:
    route = found.routes[step.name]
    for source in dict.fromkeys(step_needs(step)):
        sender = found.routes.get(source)
        dials = sender is not None and sender.is_engram and sender.peer == step.name and _is_settled(sender)
        if dials and route.is_engram and not route.has_direct_upstream and _is_settled(route):
            advice = f"set `routing.mode: hub` for the transport of `{source}`, too"
            yield of_step(
                rules.PEER_IS_NOT_TOLD, survey.story, step, "transport", advice, source=source, step=step.name
            )


def _joins(survey: Survey, step: Step, joined: list[str]) -> Iterator[Finding]:
    """A step that reads one of the packets that it joins (B6.3)."""
    reads = (
        access.names[1]
        for template in survey.templates
        if template.site.step == step and template.site.field is Field.RUNTIME and template.inference is not None
        for access in template.inference.accesses
        if access.rooted and access.names[0] == "steps" and len(access.names) > 1
    )
    if any(name in joined for name in reads):
        yield of_step(
            rules.JOIN_NEEDS_A_KEY,
            survey.story,
            step,
            "needs",
            "let the step before the branches set `bubu.join.key`, and the branches hand the metadata on",
            step=step.name,
            sources=steps_in_words(joined),
        )


def _conditions(survey: Survey, step: Step, joined: list[str]) -> Iterator[Finding]:
    """An `if` that reads one of the steps, and is evaluated for packets of the others, too (B6.2)."""
    for template in survey.templates:
        about = template.site.step == step and template.site.field is Field.PACKET_IF
        if about and not _GUARD.search(template.text):
            yield from _condition(template, joined)


def _condition(template: Template, joined: list[str]) -> Iterator[Finding]:
    reported: set[str] = set()
    for access in template.inference.accesses if template.inference is not None else ():
        if not access.rooted or access.names[0] != "steps" or len(access.names) < 3 or access.names[1] in reported:
            continue
        name = access.names[1]
        if name in joined and f"steps.{name}." in template.text[access.start : access.end]:
            reported.add(name)
            whole = access.sink is Sink.WHOLE
            yield rules.JOINED_STEP_IN_IF.at(
                template.span(access.start, access.end),
                template.subject,
                anchor=template.anchor,
                evidence={"expression": template.text[access.start : access.end]},
                suggestion=Suggestion("read `packet` instead, which every packet has, or `dig` into `steps`"),
                others=steps_in_words([other for other in joined if other != name]),
                found=name,
                consequence=of_missing(Field.PACKET_IF, access) if whole else failure(Field.PACKET_IF),
            )
