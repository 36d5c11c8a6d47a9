"""Stories as graphs: names, `needs`, `requires`, transports and primitives (templating.md, section 10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from validator.checks.manifests.crds import PRIMITIVES, STEP
from validator.checks.manifests.places import Place
from validator.checks.manifests.structure import check_shape, duplicate_name
from validator.findings import Finding, Related, Severity, Suggestion
from validator.rules import manifests as rules
from validator.rules.names import listed, nearest
from validator.sources.manifests import Engram, Step, Story, StoryTransport
from validator.sources.node import Node
from validator.sources.workspace import Workspace

_PARALLEL_DEPTH = 32
"""Parallels in parallels: more is nobody's story."""


def check_story(workspace: Workspace, story: Story) -> Iterator[Finding]:
    """Everything about a story that its shape alone does not say."""
    yield from _unique_names(story)
    transports = [transport.name.strip() for transport in story.transports]
    sections = (story.steps, story.compensations, story.finally_)
    allowed: list[str] = []
    for steps in sections:
        allowed += [step.name for step in steps if step.name]
        yield from _needs(story, steps, allowed)
        yield from _requires(story, steps, allowed)
        for step in steps:
            yield from _ref_and_type(story, step)
            yield from _primitive(story, step)
            yield from _transport(story, step, transports)
            yield from _runtime(workspace, story, step)
    for transport in story.transports:
        yield from _routing(story, transport, allowed)
        yield from _lane_kinds(story, transport)
        yield from _fan_in(story, transport)


def _unique_names(story: Story) -> Iterator[Finding]:
    """Names are unique over steps, compensations and finally together."""
    first: dict[str, Node] = {}
    for step in story.all_steps:
        name = step.node.get("name")
        if name is None or not name.text:
            continue
        if name.text in first:
            yield duplicate_name(story, name, first[name.text], step.path, "step", "a story")
        else:
            first[name.text] = name


def _ref_and_type(story: Story, step: Step) -> Iterator[Finding]:
    has_ref, has_type = (_is_set(step.node.get(key)) for key in ("ref", "type"))
    if has_ref is not has_type:
        return
    place = Place(story, step.path)
    problem = "has both `ref` and `type`" if has_ref else "has neither `ref` nor `type`"
    unknown = [key for key in ("engram", "engramRef", "uses", "use", "kind") if not has_ref and step.node.get(key)]
    yield rules.REF_AND_TYPE.at(
        step.node.key_location("type") if has_ref else step.name_location,
        place.subject,
        anchor=place.anchor,
        step=place.subject.step,
        problem=problem,
        suggestion=Suggestion(
            f"name the engram under `ref`, not `{unknown[0]}`"
            if unknown
            else "keep `ref` for an engram, `type` for a primitive"
        ),
    )


def _is_set(node: Node | None) -> bool:
    return node is not None and node.value not in (None, "")


def _needs(story: Story, steps: Sequence[Step], allowed: Sequence[str]) -> Iterator[Finding]:
    for step in steps:
        for index, need in enumerate(step.node.get("needs") or ()):
            name = need.text
            if name is None or (name in allowed and name != step.name):
                continue
            place = Place(story, (*step.path, "needs", index))
            others = [other for other in allowed if other != step.name]
            close = nearest(name, others) if name != step.name else None
            later = any(name == other.name for other in story.all_steps)
            yield rules.UNKNOWN_NEED.at(
                need.location,
                place.subject,
                anchor=(*place.anchor[:-1], name),
                step=step.name,
                found=name,
                problem="itself" if name == step.name else "which runs only later" if later else "which is no step",
                known=listed(others),
                suggestion=Suggestion(f"write `{close}`", need.location, close) if close and not later else None,
            )
    yield from _cycles(story, steps)


def _cycles(story: Story, steps: Sequence[Step]) -> Iterator[Finding]:
    """Each cycle once, named from the step that stands first."""
    by_name = {step.name: step for step in steps if step.name}
    edges = {
        name: [need.text for need in step.needs if need.text in by_name and need.text != name]
        for name, step in by_name.items()
    }
    settled: set[str] = set()
    for start in by_name:
        # Depth first; `path` has the steps from the start to here, `pending` what each of them still needs.
        path: list[str] = []
        pending: list[Iterator[str]] = [iter([start])]
        while pending:
            name = next(pending[-1], None)
            if name is None:
                pending.pop()
                settled.update(path[-1:])
                del path[-1:]
            elif name in settled:
                continue
            elif name in path:
                cycle = path[path.index(name) :]
                yield _cycle(story, by_name, cycle)
                settled.update(cycle)
            else:
                path.append(name)
                pending.append(iter(edges[name]))


def _cycle(story: Story, by_name: Mapping[str, Step], cycle: Sequence[str]) -> Finding:
    step = by_name[cycle[0]]
    following = cycle[1 % len(cycle)]
    need = next((need for need in step.needs if need.text == following), None)
    place = Place(story, (*step.path, "needs"))
    return rules.NEEDS_CYCLE.at(
        need.location if need is not None else step.name_location,
        place.subject,
        anchor=place.anchor,
        cycle=" -> ".join((*cycle, cycle[0])),
        evidence={"cycle": [*cycle]},
    )


def _wrong_requirement(
    text: str, step: Step, allowed: Sequence[str], needs: Mapping[str, Sequence[str]]
) -> tuple[str, str | None] | None:
    """What is wrong with a path of `requires`, and the name that may be meant; None when nothing is."""
    parts = text.split(".")
    if parts[0] != "steps" or len(parts) < 3:
        return "it must be a path `steps.<name>.<field>`", None
    if parts[1] not in allowed:
        return f"there is no step `{parts[1]}`; the steps are {listed(allowed)}", nearest(parts[1], allowed)
    if parts[1] not in _upstream(step.name, needs):
        return f"step `{parts[1]}` does not come before it by `needs`", None
    return None


def _requires(story: Story, steps: Sequence[Step], allowed: Sequence[str]) -> Iterator[Finding]:
    needs = {step.name: [need.text for need in step.needs if need.text] for step in steps}
    for step in steps:
        for index, path in enumerate(step.node.get("requires") or ()):
            text = path.text
            wrong = _wrong_requirement(text, step, allowed, needs) if text is not None else None
            if text is None or wrong is None:
                continue
            problem, close = wrong
            place = Place(story, (*step.path, "requires", index))
            location = path.span(6, 6 + len(text.split(".")[1])) if close else path.location
            yield rules.INVALID_REQUIRES.at(
                location,
                place.subject,
                anchor=(*place.anchor[:-1], text),
                step=step.name,
                found=text,
                problem=problem,
                suggestion=Suggestion(f"write `{close}`", location, close) if close else None,
            )


def _upstream(name: str, needs: Mapping[str, Sequence[str]]) -> set[str]:
    reached: set[str] = set()
    pending = list(needs.get(name, ()))
    while pending:
        current = pending.pop()
        if current not in reached:
            reached.add(current)
            pending.extend(needs.get(current, ()))
    return reached


def _primitive(story: Story, step: Step) -> Iterator[Finding]:
    type_node = step.node.get("type")
    if type_node is not None and story.is_realtime and step.type in ("gate", "wait"):
        place = Place(story, (*step.path, "type"))
        yield rules.BATCH_ONLY_STEP.at(
            type_node.location,
            place.subject,
            anchor=place.anchor,
            suggestion=Suggestion("take the step out; an `if` of the steps behind it holds packets back"),
            step=step.name,
            type=step.type,
        )
    shape = PRIMITIVES.get(step.type)
    settings = step.with_
    if shape is not None and settings is not None and settings.is_mapping:
        yield from check_shape(story, settings, shape, (*step.path, "with"))
    elif shape is not None and settings is None and shape.required:
        place = Place(story, step.path)
        yield rules.MISSING_FIELD.at(
            type_node.location if type_node is not None else step.name_location,
            place.subject,
            anchor=(*place.anchor, "with"),
            where=place.label,
            field="with",
            suggestion=Suggestion(f"add `with` with {listed(shape.required)}: type `{step.type}` takes it"),
        )
    yield from _branches(story, step)
    yield from _self_execution(story, step)


def _branches(story: Story, step: Step) -> Iterator[Finding]:
    """The branches of a `parallel` are steps as well, written where the API server keeps anything."""
    if step.type != "parallel" or step.path.count("with") >= _PARALLEL_DEPTH:
        return
    first: dict[str, Node] = {}
    steps = {other.name: other.name_location for other in reversed(story.all_steps)}
    for branch in step.branches:
        yield from check_shape(story, branch.node, STEP, branch.path)
        yield from _primitive(story, branch)
        name = branch.node.get("name")
        if name is None or not name.text:
            continue
        if name.text in first:
            yield duplicate_name(story, name, first[name.text], branch.path, "branch", "a parallel")
        elif name.text in steps:
            # The webhook lets it pass; templates know what both put out by one name (story-run.md, section A10).
            yield replace(
                duplicate_name(story, name, name, branch.path, "step and branch", "`steps`, where templates read both"),
                severity=Severity.WARNING,
                related=(Related(steps[name.text], "the step of this name"),),
            )
            first[name.text] = name
        else:
            first[name.text] = name


def _self_execution(story: Story, step: Step) -> Iterator[Finding]:
    if step.type != "executeStory":
        return
    name = step.node.find(("with", "storyRef", "name"))
    namespace = step.node.find(("with", "storyRef", "namespace"))
    elsewhere = namespace is not None and namespace.text and namespace.text != story.namespace
    if name is not None and name.text and name.text == story.name and not elsewhere:
        place = Place(story, (*step.path, "with", "storyRef", "name"))
        yield rules.SELF_EXECUTION.at(name.location, place.subject, anchor=place.anchor, step=step.name)


def _transport(story: Story, step: Step, declared: Sequence[str]) -> Iterator[Finding]:
    transport = step.transport
    name = (transport.text or "").strip() if transport is not None else ""
    if transport is None or not name or name in declared:
        return
    place = Place(story, (*step.path, "transport"))
    close = nearest(name, declared)
    yield rules.UNDECLARED_TRANSPORT.at(
        transport.location,
        place.subject,
        anchor=place.anchor,
        step=step.name,
        found=name,
        known=listed(declared),
        suggestion=Suggestion(f"write `{close}`", transport.location, close)
        if close
        else Suggestion(f"declare it under `spec.transports`, with name `{name}` and a `transportRef`"),
    )


def _runtime(workspace: Workspace, story: Story, step: Step) -> Iterator[Finding]:
    """Batch stories take `runtime` only at bridged steps: a transport, or an engram that keeps running."""
    if story.is_realtime or step.runtime is None or (step.transport is not None and step.transport.value):
        return
    if step.node.get("ref") is None:
        problem = f"type `{step.type}` evaluates no packets"
    else:
        engram: Engram | None = workspace.engram_of(story, step)
        if engram is None or engram.mode != "job":
            return
        problem = f"engram `{engram.name}` runs as a job"
    place = Place(story, (*step.path, "runtime"))
    yield rules.RUNTIME_IN_BATCH.at(
        step.node.key_location("runtime"),
        place.subject,
        anchor=place.anchor,
        step=step.name,
        problem=problem,
        suggestion=Suggestion("move its fields into `with`"),
    )


def _routing(story: Story, transport: StoryTransport, steps: Sequence[str]) -> Iterator[Finding]:
    base = ("spec", "transports", transport.index, "streaming", "routing", "rules")
    for index, rule in enumerate(transport.routing_rules):
        seen: set[str] = set()
        for position, target in enumerate(rule.find(("target", "steps")) or ()):
            name = target.text
            if name is None or (name.strip() in steps and name.strip() not in seen):
                seen.add((name or "").strip())
                continue
            place = Place(story, (*base, index, "target", "steps", position))
            close = nearest(name, steps) if name.strip() not in steps else None
            yield rules.UNKNOWN_TARGET.at(
                target.location,
                place.subject,
                anchor=(*place.anchor[:-1], name),
                transport=transport.name,
                found=name,
                problem="twice" if name.strip() in steps else "which does not exist",
                known=listed([*dict.fromkeys(steps)]),
                suggestion=Suggestion(f"write `{close}`", target.location, close) if close else None,
            )


def _lane_kinds(story: Story, transport: StoryTransport) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    path = ("spec", "transports", transport.index, "streaming", "lanes")
    for index, lane in enumerate(transport.node.find(("streaming", "lanes")) or ()):
        kind = lane.get("kind")
        if kind is None or not kind.text:
            continue
        if kind.text in first:
            yield duplicate_name(story, kind, first[kind.text], (*path, index), "lane kind", "lanes")
        else:
            first[kind.text] = kind


def _fan_in(story: Story, transport: StoryTransport) -> Iterator[Finding]:
    """`quorum` goes with mode `quorum`, and only with it."""
    fan_in = transport.node.find(("streaming", "fanIn"))
    if fan_in is None or not fan_in.is_mapping:
        return
    mode, quorum = fan_in.get("mode"), fan_in.get("quorum")
    is_quorum = mode is not None and mode.text == "quorum"
    has_quorum = quorum is not None and quorum.value is not None
    if is_quorum is has_quorum:
        return
    place = Place(story, ("spec", "transports", transport.index, "streaming", "fanIn"))
    if mode is not None and is_quorum:
        yield rules.MISSING_FIELD.at(
            mode.location,
            place.subject,
            anchor=(*place.anchor, "quorum"),
            where=f"{place.label} with mode `quorum`",
            field="quorum",
        )
    else:
        yield rules.UNKNOWN_FIELD.at(
            fan_in.key_location("quorum"),
            place.subject,
            anchor=(*place.anchor, "quorum"),
            where=f"{place.label} without mode `quorum`",
            found="quorum",
            known=listed(("mode", "timeoutSeconds", "maxEntries")),
        )
