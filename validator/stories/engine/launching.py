"""Starting steps: StepRuns for engrams and branches, child runs, and the states of primitives (story-run.md, A6)."""

from __future__ import annotations

from dataclasses import replace

from validator.findings import Json
from validator.stories.engine import messages
from validator.stories.engine.context import as_output
from validator.stories.engine.definition import Step, ban, byte_length, json_text
from validator.stories.engine.naming import compose
from validator.stories.engine.passes import Obstacle, Pass, StalledError
from validator.stories.engine.phases import PAUSED, RUNNING, SUCCEEDED
from validator.stories.engine.state import ChildRun, StepRun
from validator.templates.errors import SeveralErrors, TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate, resolve
from validator.templates.gostrings import trim_space
from validator.templates.jsontext import encode
from validator.templates.printing import text_of
from validator.templates.values import Value, from_document, to_document, without_points

RUN, NAMESPACE = "run", "ns"
MOST_INLINE = 4096
"""Bytes of a StepRun's input, unless the step says otherwise."""
LONGEST_KEY = 256
_LONGEST_ESCAPE = 6
"""Bytes that one character takes at most."""
_PAUSED = {"sleep": messages.SLEEPING, "gate": messages.AT_GATE, "wait": messages.WAITING}
_PLAIN_BELOW = 1e21
"""Go writes whole numbers below it without point and exponent."""


class BlockedError(Exception):
    """A template waits for a step: the step is tried again in the next pass."""

    def __init__(self, cause: TemplateError) -> None:
        super().__init__(cause.message)
        self.cause = cause


def launch(work: Pass, step: Step) -> bool:
    """Start a step; whether it did not have to wait for a template. Raises StalledError."""
    try:
        _launch(work, step)
    except BlockedError as error:
        work.obstacles[step.name] = Obstacle("blocked", error.cause.message, error.cause)
        return False
    except StalledError as error:
        error.step = step.name
        work.obstacles[step.name] = Obstacle("launch", error.message, error.cause)
        if work.profile.launch_error_stalls:
            raise
        return False
    return True


def _launch(work: Pass, step: Step) -> None:
    if step.ref:
        _engram(work, step)
    elif step.type == "executeStory":
        _story(work, step)
    elif step.type == "parallel":
        _parallel(work, step)
    elif step.type == "condition":
        work.mark(step.name, SUCCEEDED, messages.EVALUATED)
    elif step.type in _PAUSED:
        work.mark(step.name, PAUSED, _PAUSED[step.type])
    elif step.type == "stop":
        _stop(work, step)
    else:
        raise StalledError(f"step '{step.name}' has an unsupported type '{step.type}' or is missing a 'ref'")


def _engram(work: Pass, step: Step) -> None:
    name = compose(RUN, step.name)
    if name in work.run.step_runs:
        return
    engram = work.story.engrams.get(step.ref)
    if engram is None:
        raise StalledError(f"failed to get engram '{step.ref}' for step '{step.name}'")
    given = merged(engram.input, step.input, step.name)
    most = MOST_INLINE if step.most_inline is None else step.most_inline
    text = step.input_text if given is step.input else json_text(given)
    size = byte_length(text if engram.input is None or len(text) * _LONGEST_ESCAPE <= most else go_json(given))
    if 0 < most < size:
        raise StalledError(f"step input for {name} is {size} bytes which exceeds the max inline limit of {most} bytes")
    retry = step.retry or work.story.retry
    work.run.step_runs[name] = StepRun(name, step, engram, given, _key(work, step), ban(text), retry)
    work.launched.append(name)


def merged(below: Json, above: Json, step: str) -> Json:
    """The step's `with` over the engram's: objects merge, everything else is replaced. Raises StalledError."""
    if below is None:
        return above
    if above is None:
        return below
    if not isinstance(below, dict) or not isinstance(above, dict):
        raise StalledError(f"failed to merge 'with' blocks for step '{step}'")
    return _merged(below, above)


def _merged(below: dict[str, Json], above: dict[str, Json]) -> dict[str, Json]:
    result = dict(below)
    for key, value in above.items():
        base = result.get(key)
        result[key] = _merged(base, value) if isinstance(base, dict) and isinstance(value, dict) else value
    return result


def go_json(value: Json) -> str:
    """JSON as the controllers write it."""
    return encode(without_points(value, _PLAIN_BELOW))


def _key(work: Pass, step: Step) -> str:
    """The idempotency key (A6.4)."""
    automatic = f"ns/{NAMESPACE}/storyrun/{RUN}/step/{step.name}"
    if not step.key_template.strip():
        return automatic
    try:
        value = evaluate(step.key_template, work.variables).value
    except TemplateError:
        return automatic
    key = trim_space(text_of(value))
    if not work.profile.missing_value_in_key and "<no value>" in key:
        return automatic
    return key.encode()[:LONGEST_KEY].decode(errors="replace") or automatic


def resolved(work: Pass, given: Json, what: str) -> Value:
    """A block with its templates evaluated. Raises BlockedError and StalledError."""
    if refusal := ban(json_text(given)):
        raise StalledError(refusal)
    if not isinstance(given, dict):
        raise StalledError(f"failed to parse 'with' block: {what} is no object")
    try:
        value = resolve_as_one(given, work.variables)
    except TemplateError as error:
        if error.kind == "blocked":
            raise BlockedError(error) from None
        if error.kind == "offloaded":
            raise UnsupportedError("outputs that lie in storage") from None
        raise StalledError(f"failed to resolve 'with' block for {what}: {error.message}", cause=error) from None
    if not isinstance(value, dict):
        raise StalledError(f"resolved with block must be an object, in {what}")
    return value


def resolve_as_one(given: Json, variables: dict[str, Value]) -> Value:
    """A block with its templates evaluated. Raises TemplateError.

    Which one of several errors the platform meets makes no difference while it waits for none of them.
    """
    try:
        return resolve(from_document(given), variables)
    except SeveralErrors as several:
        if {error.kind for error in several.errors} & {"blocked", "offloaded"}:
            raise
        raise several.errors[0] from None


def document_of(value: Value) -> Json:
    """A resolved value as JSON."""
    return without_points(to_document(value), _PLAIN_BELOW)


def _parallel(work: Pass, step: Step) -> None:
    if step.input is None:
        raise UnsupportedError("a parallel without `with`")
    names = []
    for branch in step.branches:
        name = compose(RUN, step.name, branch.name)
        names.append(name)
        given = None
        if branch.input is not None:
            given = document_of(resolved(work, branch.input, f"parallel branch '{branch.name}'"))
        existing = work.run.step_runs.get(name)
        if existing is None:
            engram = work.story.engrams.get(branch.ref)
            retry = branch.retry or work.story.retry
            work.run.step_runs[name] = StepRun(
                name, branch, engram, given, "", ban(json_text(given)), retry, parent=step.name
            )
            work.launched.append(name)
        else:
            existing.input, existing.ban = given, ban(json_text(given))
    work.branches[step.name] = tuple(names)
    work.mark(step.name, RUNNING, messages.EXPANDED)


def _stop(work: Pass, step: Step) -> None:
    given = step.input if step.input is not None else {}
    if not isinstance(given, dict) or not all(isinstance(given.get(key, ""), str) for key in ("phase", "message")):
        raise StalledError(f"failed to parse 'with' for stop step '{step.name}'")
    phase = str(given.get("phase") or SUCCEEDED)
    message = str(given.get("message") or f"Story execution stopped by step '{step.name}' with phase '{phase}'")
    work.active = phase == RUNNING
    work.stopped = step.name
    work.mark(step.name, phase, message)


def _story(work: Pass, step: Step) -> None:
    given = step.input
    if not isinstance(given, dict):
        raise StalledError(f"story step '{step.name}' requires a 'with' block")
    reference, waits, inputs = given.get("storyRef"), given.get("waitForCompletion"), given.get("with")
    if not isinstance(reference, dict) or not isinstance(target := reference.get("name"), str) or not target:
        raise StalledError(f"story step '{step.name}' is missing a 'storyRef' in its 'with' block")
    if waits is not None and not isinstance(waits, bool):
        raise StalledError(f"failed to unmarshal step 'with' block for story step '{step.name}'")
    if target not in work.story.stories:
        raise StalledError(f"failed to get story '{NAMESPACE}/{target}' for story step '{step.name}'")
    if (base := work.story.stories[target]) is not None:
        inputs = merged(base, inputs, step.name)
    if inputs is not None:
        inputs = document_of(resolved(work, inputs, f"story step '{step.name}'"))
    child = _child(work, step, target, inputs)
    if waits is False:
        phase, message = SUCCEEDED, f"Launched sub-story run '{child.name}'"
    elif child.phase:
        phase, message = child.phase, child.message
        message = message or f"Sub-story run '{child.name}' completed with phase {child.phase}"
    else:
        phase, message = RUNNING, f"Waiting for sub-story run '{child.name}' to complete"
    work.mark(step.name, phase, message)


def _child(work: Pass, step: Step, target: str, inputs: Json) -> ChildRun:
    name = work.state(step.name).child or compose(RUN, step.name)
    work.states[step.name] = replace(work.state(step.name), child=name)
    child = work.run.children.get(name)
    if child is None:
        child = work.run.children[name] = ChildRun(name, step.name, target, inputs)
        work.launched.append(name)
    elif child.inputs != inputs:
        raise StalledError(f"sub-StoryRun '{name}' spec does not match expected StoryRef/inputs")
    return child


def end_child(child: ChildRun, phase: str, message: str, output: Json) -> None:
    """Let a child run end."""
    child.phase, child.message = phase, message
    child.output, child.has_output = output, isinstance(output, dict)
    child.value = as_output(output)
