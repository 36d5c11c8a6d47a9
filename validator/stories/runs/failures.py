"""Why a step failed: the expression and the line at fault, with the variables at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from validator.findings import Json, Location, Path
from validator.schemas.defaults import apply_defaults
from validator.schemas.validation import validate_inputs
from validator.sources.manifests import Story
from validator.sources.node import Node
from validator.stories.engine.context import outputs_of
from validator.stories.engine.definition import Step
from validator.stories.engine.execution import Execution
from validator.stories.engine.launching import document_of, resolve_as_one
from validator.stories.engine.stalled import texts
from validator.stories.engine.state import StepRun
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate
from validator.templates.values import Value, from_document


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a failure comes from."""

    location: Location
    expression: str = ""
    """The template at fault; empty where none is."""
    variables: dict[str, Json] = field(default_factory=dict)
    """What the template reads, by name: `inputs`, `steps.NAME`."""


def failure_of(execution: Execution, story: Story, step: Step, one: StepRun | None, path: Path) -> Failure:
    """Why a step that is over failed; `path` leads to it in the story's spec."""
    spec = story.node.find(("spec",))
    if one is None or one.jobs:
        return Failure(place(story, spec, (*path, "name")))
    variables = _at_the_end_of(execution, one)
    for text, where in _suspects(one, step, path, variables):
        return Failure(place(story, spec, where), text, _read(text, variables))
    return Failure(place(story, spec, (*path, "with")))


def place(story: Story, spec: Node | None, path: Path) -> Location:
    """Where a field of a story stands, or the nearest that there is around it."""
    while spec is not None and path:
        node = spec.find(path)
        if node is not None:
            return node.location
        path = path[:-1]
    return story.node.location


def _at_the_end_of(execution: Execution, one: StepRun) -> dict[str, Value]:
    """What templates could see when the step ended."""
    run = execution.run
    outputs = dict(outputs_of(run, run.states, execution.story, execution.profile))
    for later in run.step_runs.values():
        if one.finished is not None and later.finished is not None and later.finished > one.finished:
            outputs.pop(later.step.name, None)
    return {"inputs": from_document(execution.given), "steps": outputs}


def _suspects(one: StepRun, step: Step, path: Path, variables: dict[str, Value]) -> Iterator[tuple[str, Path]]:
    """The templates at fault: those that fail, else those whose values the inputSchema refuses."""
    found = list(texts(one.input, (*path, "with")))
    failing = [(text, where) for text, where in found if _fails(text, variables)]
    yield from failing
    schema = one.engram.input_schema if one.engram is not None else None
    if failing or schema is None or not isinstance(one.input, dict):
        return
    try:
        given = apply_defaults(schema, document_of(resolve_as_one(one.input, variables)))
    except (TemplateError, UnsupportedError):
        return
    for violation in validate_inputs(schema, given):
        refused = (*path, "with", *violation.instance_path)
        yield from ((text, where) for text, where in found if where == refused[: len(where)])
        if violation.instance_path:
            yield "", refused


def _fails(text: str, variables: dict[str, Value]) -> bool:
    try:
        evaluate(text, variables)
    except TemplateError:
        return True
    except UnsupportedError:
        return False
    return False


def _read(text: str, variables: dict[str, Value]) -> dict[str, Json]:
    """The variables whose names an expression mentions."""
    shown: dict[str, Json] = {"inputs": document_of(variables["inputs"])} if "inputs" in text else {}
    shown |= {
        f"steps.{name}": document_of(entry)
        for name, entry in variables["steps"].items()
        if name in text and isinstance(entry, dict)
    }
    return shown
