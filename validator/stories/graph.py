"""The steps of a story as the platform joins them: who has an output, who waits for whom, where packets come from.

Source: templating.md, section 9; hub.md, "What `packet` and `steps` hold".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from validator.findings import Json
from validator.sources.manifests import Step, Story
from validator.sources.node import Node
from validator.templates.evaluation import TRUE_WORDS
from validator.templates.implication import Values, all_imply, implies
from validator.templates.references import alias, dependency_names

SILENT_TYPES = ("condition", "gate", "parallel", "sleep", "stop", "wait")
"""Primitives that never have an entry in `steps`."""


@dataclass(frozen=True)
class Graph:
    """One story's steps, in order, with what joins them."""

    story: Story

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step, the branches of each `parallel` after it."""
        return tuple(self.story.every_step())

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """The steps by name; the first of equal ones."""
        named: dict[str, Step] = {}
        for step in self.steps:
            if step.name:
                named.setdefault(step.name, step)
        return named

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all steps that a template can mean, primitives included."""
        return tuple(self.by_name)

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """The other names that batch stories know steps by: `my_step` for `my-step`."""
        return {alias(name): name for name in self.by_name if alias(name) not in self.by_name}

    def named(self, name: str) -> Step | None:
        """The step of this name or alias."""
        return self._by_any_name.get(name)

    @cached_property
    def _by_any_name(self) -> Mapping[str, Step]:
        return {**{other: self.by_name[name] for other, name in self.aliases.items()}, **self.by_name}

    @cached_property
    def explicit(self) -> Mapping[str, frozenset[str]]:
        """What each step waits for because of `needs`."""
        return {
            name: frozenset(need.text for need in step.needs if need.text is not None and need.text in self.by_name)
            for name, step in self.by_name.items()
        }

    @cached_property
    def dependencies(self) -> Mapping[str, frozenset[str]]:
        """What each step waits for: `needs`, and what the controller reads out of raw texts (batch)."""
        return {
            name: self.explicit[name] | {found for found in implicit(step, self.names) if found in self.by_name}
            for name, step in self.by_name.items()
        }

    @cached_property
    def _reached(self) -> dict[str, frozenset[str]]:
        return {}

    def upstream(self, name: str) -> frozenset[str]:
        """Every step that is complete before this one starts."""
        if name not in self._reached:
            self._reached[name] = closure(name, self.dependencies)
        return self._reached[name]

    def sources(self, step: Step) -> tuple[Step, ...]:
        """The steps whose packets reach a step of a realtime story directly."""
        earlier = []
        for other in self.story.steps:
            if other.name == step.name:
                break
            earlier.append(other)
        else:
            return ()
        needs = {need.text for need in step.needs}
        return tuple(
            other for other in earlier if (other.name in needs if needs else True) and _same_transport(other, step)
        )

    def may_lack_output(self, step: Step) -> str:
        """Why a step may be complete without an output; empty when it may not."""
        condition = step.if_.text if step.if_ is not None and step.section != "branch" else None
        if condition is not None and condition.strip() and condition.strip().lower() not in TRUE_WORDS:
            return "its `if` is false"
        return "it fails, which `allowFailure` lets pass" if step.allow_failure else ""

    def follows(self, reader: Step, step: Step, values: Values) -> bool:
        """Whether a step runs only when another one has: its `if` holds only where the other's does.

        The `if` of the steps whose output its own `if` needs holds, too: without it they have none.
        """
        condition = step.if_.text if step.if_ is not None else None
        own = reader.if_.text if reader.if_ is not None else None
        if not condition or not own:
            return False
        if own == condition or implies(own, condition, values):
            return True
        needed = [self.by_name[name] for name in dependency_names(own, self.names) if name in self.by_name]
        guards = [one.if_.text for one in needed if one.name != step.name and one.if_ is not None and one.if_.text]
        return condition in guards or (bool(guards) and all_imply([own, *guards], condition, values))


def _same_transport(one: Step, other: Step) -> bool:
    first, second = (step.transport.text if step.transport is not None else None for step in (one, other))
    return not first or not second or first == second


def never_has_output(step: Step, *, realtime: bool) -> bool:
    """Whether no template ever sees an output of this step."""
    return step.type in SILENT_TYPES and not realtime


def waits_by_text(step: Step) -> bool:
    """Whether the controller reads dependencies out of the step's `with`."""
    return step.ref is not None or step.type == "executeStory"


def implicit(step: Step, names: Iterable[str]) -> tuple[str, ...]:
    """The names that the controller takes for dependencies, read from raw `if` text and raw JSON of `with`."""
    known = tuple(names)
    found: set[str] = set()
    for text in raw_texts(step):
        if "steps" in text:
            found.update(dependency_names(text, known))
    return tuple(sorted(found))


def raw_texts(step: Step) -> Iterator[str]:
    """The texts that are searched for dependencies."""
    if step.if_ is not None and step.if_.text:
        yield step.if_.text
    if waits_by_text(step) and step.with_ is not None:
        yield raw_json(step.with_.value)


def raw_json(value: Json) -> str:
    """JSON as the API server stores it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def closure(name: str, edges: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Everything that can be reached from a name; the name itself only by a cycle."""
    reached: set[str] = set()
    pending = list(edges.get(name, ()))
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending.extend(edges.get(current, ()))
    return frozenset(reached)


def strings(node: Node) -> Iterator[Node]:
    """The nodes of all strings in a value, in order."""
    if node.text is not None:
        yield node
    elif node.members:
        for member in node.members.values():
            yield from strings(member)
    else:
        for element in node:
            yield from strings(element)
