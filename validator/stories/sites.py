"""The fields of a story that hold templates, each with its scope and with who evaluates it.

Source: templating.md, section 8.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import Path
from validator.sources.manifests import Step, Story
from validator.sources.node import Node
from validator.stories.scopes import Scope, Scopes, cache_key


class Field(enum.StrEnum):
    """What kind of field a template stands in; decides what a failure means."""

    WITH = "with"
    STATIC = "realtime with"
    RUNTIME = "runtime"
    BRIDGED = "bridged runtime"
    IF = "if"
    PACKET_IF = "realtime if"
    UNTIL = "until"
    BRANCH = "branch with"
    EXECUTE = "executeStory with"
    CONFIG = "engram with"
    IDEMPOTENCY = "idempotencyKeyTemplate"
    POST = "postExecution.condition"
    CACHE = "cache key"
    OUTPUT = "output"
    POLICY = "policy.with"
    ROUTING = "routing when"
    DEDUPE = "dedupe key"
    DEFAULT = "default of a schema"
    LITERAL = "not evaluated"
    """Admission looks at it; nobody evaluates it."""


CONDITIONS = frozenset({Field.IF, Field.PACKET_IF, Field.UNTIL, Field.POST, Field.ROUTING})
"""Fields whose result has to be true or false."""


@dataclass(frozen=True, slots=True)
class Site:
    """One field with its templates."""

    field: Field
    node: Node
    path: Path
    """The way from the document's root."""
    scope: Scope
    step: Step | None = None
    guard: Node | None = None
    """The condition that has held when this is evaluated."""
    reason: str = ""
    """For LITERAL: why nobody evaluates it."""


def sites(scopes: Scopes) -> Iterator[Site]:
    """Every field of a story that may hold templates, in order."""
    story = scopes.story
    for step in story.all_steps:
        yield from _step_sites(story, step, scopes)
    yield from _story_sites(story, scopes)


def _step_sites(story: Story, step: Step, scopes: Scopes) -> Iterator[Site]:
    realtime = story.is_realtime
    main = step.section == "steps"
    if step.if_ is not None:
        path = (*step.path, "if")
        if realtime and main:
            yield Site(Field.PACKET_IF, step.if_, path, scopes.packets(step), step)
        elif realtime:
            reason = f"`if` of {step.section} in a realtime story is never evaluated: the step always runs"
            yield Site(Field.LITERAL, step.if_, path, scopes.packets(step), step, reason=reason)
        else:
            yield Site(Field.IF, step.if_, path, scopes.batch, step)
    if step.with_ is not None:
        yield from _with_sites(step, scopes.static if realtime else scopes.batch, scopes)
    if step.runtime is not None:
        path = (*step.path, "runtime")
        if realtime:
            yield Site(Field.RUNTIME, step.runtime, path, scopes.packets(step), step, guard=step.if_)
        else:
            yield Site(Field.BRIDGED, step.runtime, path, scopes.bridged, step)
    if step.idempotency_key_template is not None:
        path = (*step.path, "idempotencyKeyTemplate")
        yield Site(
            Field.IDEMPOTENCY, step.idempotency_key_template, path, scopes.batch, step, guard=_batch_if(story, step)
        )
    if step.cache_key is not None:
        yield Site(Field.CACHE, step.cache_key, (*step.path, "execution", "cache", "key"), scopes.cached(step), step)
    if step.post_condition is not None:
        yield Site(
            Field.POST, step.post_condition, (*step.path, "postExecution", "condition"), scopes.after(step), step
        )


def _batch_if(story: Story, step: Step) -> Node | None:
    return None if story.is_realtime else step.if_


def _with_sites(step: Step, scope: Scope, scopes: Scopes) -> Iterator[Site]:
    settings = step.with_
    assert settings is not None
    path = (*step.path, "with")
    realtime = scopes.story.is_realtime
    guard = _batch_if(scopes.story, step)
    if step.ref is not None or not step.type:
        yield Site(Field.STATIC if realtime else Field.WITH, settings, path, scope, step, guard=guard)
        return
    evaluated = {"wait": "until", "executeStory": "with", "parallel": "steps"}.get(step.type)
    for key, node in settings.items():
        if key != evaluated:
            reason = f"the platform does not evaluate `{key}` of `{step.type}`"
            yield Site(Field.LITERAL, node, (*path, key), scope, step, reason=reason)
        elif step.type == "wait":
            yield Site(Field.UNTIL, node, (*path, key), scope, step, guard=guard)
        elif step.type == "executeStory":
            yield Site(Field.EXECUTE, node, (*path, key), scope, step, guard=guard)
        else:
            yield from _branch_sites(step, scope, guard)


def _branch_sites(step: Step, scope: Scope, guard: Node | None) -> Iterator[Site]:
    for branch in step.branches:
        for key, node in branch.node.items():
            path = (*branch.path, key)
            if key == "with":
                yield Site(Field.BRANCH, node, path, scope, step, guard=guard)
            elif key in ("if", "runtime", "needs"):
                yield Site(Field.LITERAL, node, path, scope, step, reason=f"`{key}` of a branch is never looked at")
            else:
                reason = f"the platform does not evaluate `{key}` of a branch"
                yield Site(Field.LITERAL, node, path, scope, step, reason=reason)


def _story_sites(story: Story, scopes: Scopes) -> Iterator[Site]:
    if story.output is not None:
        yield Site(Field.OUTPUT, story.output, ("spec", "output"), scopes.batch)
    policy = story.policy.get("with") if story.policy is not None else None
    if policy is not None:
        yield Site(Field.POLICY, policy, ("spec", "policy", "with"), scopes.callers)
    key = story.policy.find(("execution", "cache", "key")) if story.policy is not None else None
    if key is not None:
        yield Site(Field.CACHE, key, ("spec", "policy", "execution", "cache", "key"), cache_key(None))
    for transport in story.transports:
        for index, rule in enumerate(transport.routing_rules):
            when = rule.get("when")
            if when is not None and when.value is not None:
                path = ("spec", "transports", transport.index, "streaming", "routing", "rules", index, "when")
                yield Site(Field.ROUTING, when, path, scopes.routed(transport.name))
