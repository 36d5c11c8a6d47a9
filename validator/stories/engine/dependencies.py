"""Who waits for whom: `needs`, and the names that the controller finds in raw texts (story-run.md, A2)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from validator.stories.engine.definition import SECTIONS, Step, Story
from validator.stories.engine.profile import IMPLEMENTED, Profile
from validator.templates.references import alias
from validator.templates.values import Value

_NAME = re.compile(
    r"""steps\.([a-zA-Z0-9_\-]+)\.|steps[\t\n\f\r ]*\[[\t\n\f\r ]*['"]([a-zA-Z0-9_\-]+)['"][\t\n\f\r ]*\]"""
    r"""|\(index[\t\n\f\r ]+\.steps[\t\n\f\r ]+["']([a-zA-Z0-9_\-]+)["']\)"""
)

Edges = Mapping[str, tuple[str, ...]]
"""What each step waits for, sorted."""


@lru_cache(maxsize=8192)
def mentioned(text: str) -> tuple[str, ...]:
    """The names of steps that the controller finds in a raw text, in order."""
    if "steps" not in text:
        return ()
    return tuple(dict.fromkeys(next(filter(None, found)) for found in _NAME.findall(text)))


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The edges of a story."""

    all: Edges
    """Over all sections, with aliases of all steps."""
    by_section: Mapping[str, Edges]
    """Each section's, with aliases of its own steps only."""
    problem: str
    """Why the platform refuses the graph; empty when it does not."""


def dependencies(story: Story, profile: Profile) -> Dependencies:
    """Read the edges of a story."""
    extra = {} if profile is IMPLEMENTED else _extra_names(story, profile)
    edges = _edges(story.every, extra)
    return Dependencies(
        all=edges,
        by_section={name: _edges(story.section(name), extra) for name in SECTIONS},
        problem=graph_problem(edges),
    )


def _extra_names(story: Story, profile: Profile) -> dict[str, str]:
    """Names that mean another step where the platform does as documented: ids, and branches of a parallel."""
    extra: dict[str, str] = {}
    for step in story.every:
        if not profile.id_is_no_name and step.id:
            extra[step.id] = step.name
        if not profile.branches_are_unknown:
            extra.update((branch.name, step.name) for branch in step.branches)
    return {name: step for name, step in extra.items() if name not in {one.name for one in story.every}}


def _edges(steps: Iterable[Step], extra: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    steps = tuple(steps)
    aliases = {alias(step.name): step.name for step in steps if alias(step.name) != step.name}
    aliases.update(extra)
    edges: dict[str, tuple[str, ...]] = {}
    for step in steps:
        found = set(mentioned(step.condition))
        if step.ref or step.type == "executeStory":
            found.update(mentioned(step.input_text))
        edges[step.name] = tuple(sorted({*step.needs, *(aliases.get(name, name) for name in found)}))
    return edges


def graph_problem(edges: Edges) -> str:
    """Why the platform refuses the graph; empty when it does not (A2.4)."""
    unknown = sorted(f"{step}->{name}" for step, names in edges.items() for name in names if name not in edges)
    if unknown:
        return f"unknown step dependencies: {', '.join(unknown)}"
    waiting = {step: set(names) for step, names in edges.items()}
    while ready := [step for step, names in waiting.items() if not names]:
        for step in ready:
            del waiting[step]
        for names in waiting.values():
            names.difference_update(ready)
    if waiting:
        return f"dependency cycle detected involving step(s): {', '.join(sorted(waiting))}"
    return ""


def without_output(text: str, completed: Container[str], outputs: Mapping[str, Value]) -> str:
    """The completed step that a text mentions and that has no output: the text waits for it (A4.6); empty for none."""
    if not outputs:
        return ""
    for name in mentioned(text):
        if name in completed:
            entry = outputs.get(name)
            output = entry.get("output") if isinstance(entry, dict) else None
            if not isinstance(output, dict) or not output:
                return name
    return ""
