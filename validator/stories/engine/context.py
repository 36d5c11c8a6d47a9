"""What templates can see: the run's inputs, and the outputs and signals of steps (story-run.md, A10)."""

from __future__ import annotations

from collections.abc import Mapping

from validator.findings import Json
from validator.stories.engine.definition import Story
from validator.stories.engine.phases import COMPLETED, SUCCEEDED
from validator.stories.engine.profile import IMPLEMENTED, Profile
from validator.stories.engine.state import ChildRun, Run, StepRun, StepState
from validator.templates.references import alias
from validator.templates.values import Value, from_document

Outputs = dict[str, Value]


def as_output(document: Json) -> Value:
    """An output for templates. One that is no object cannot be read: it becomes an empty one."""
    return from_document(document) if isinstance(document, dict) else {}


def outputs_of(run: Run, states: Mapping[str, StepState], story: Story, profile: Profile) -> Outputs:
    """The entries of `steps`: those of StepRuns, then those of child runs, then the aliases of all."""
    children = tuple(name for name in run.children if _shows(run.children[name], states))
    made_of = (run.version, children) if profile is IMPLEMENTED else None
    if made_of is not None and run.known_outputs[0] == made_of:
        known: Outputs = run.known_outputs[1]
        return known
    outputs: Outputs = {}
    for step_run in run.step_runs.values():
        if (entry := _entry(step_run)) is not None:
            outputs[step_run.step.name] = {**outputs.get(step_run.step.name, {}), **entry}
    for child in (run.children[name] for name in children):
        outputs.setdefault(child.step, {"outputs": child.value, "output": child.value})
    if profile is not IMPLEMENTED:
        _add_documented(outputs, states, story, profile)
    for name in list(outputs):
        outputs.setdefault(alias(name), outputs[name])
    run.known_outputs = (made_of, outputs)
    return outputs


def _shows(child: ChildRun, states: Mapping[str, StepState]) -> bool:
    """Whether the output of a child run can be seen: the state of its step must name it."""
    state = states.get(child.step)
    return state is not None and state.phase == SUCCEEDED and state.child == child.name and child.has_output


def _add_documented(outputs: Outputs, states: Mapping[str, StepState], story: Story, profile: Profile) -> None:
    """Entries that the implemented platform lacks: of steps without an output (E7), and by `id` (E11)."""
    for step in story.every:
        state = states.get(step.name)
        if not profile.empty_output_blocks and state is not None and state.terminal:
            outputs.setdefault(step.name, {"output": {}, "outputs": {}})
        if not profile.id_is_no_name and step.id and step.name in outputs:
            outputs.setdefault(step.id, outputs[step.name])


def _entry(step_run: StepRun) -> dict[str, Value] | None:
    entry: dict[str, Value] = {}
    if step_run.phase in COMPLETED:
        value = step_run.value if step_run.phase == SUCCEEDED and step_run.has_output else {}
        entry["output"] = entry["outputs"] = value
    if step_run.signals:
        signals: dict[str, Value] = {}
        for name in sorted(step_run.signals):
            _insert(signals, name, from_document(step_run.signals[name]))
        entry["signals"] = signals
    return entry or None


def _insert(root: dict[str, Value], key: str, value: Value) -> None:
    """Put a signal where its dotted name leads; objects on the way are made."""
    parts = [part.strip() for part in key.strip().split(".")]
    if not parts[-1]:
        return
    current = root
    for part in parts[:-1]:
        if part:
            inner = current.get(part)
            if not isinstance(inner, dict):
                inner = current[part] = {}
            current = inner
    current[parts[-1]] = value
