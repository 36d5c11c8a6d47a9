"""A story of the workspace, run in virtual time with stand-ins for its engrams.

How a step ends is written in a script, in the words of `story simulate`; a step that is not in it succeeds after a
second with a sample of its outputSchema. Inputs are still resolved and judged: a stand-in sits below validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from validator.findings import Json, Location
from validator.schemas.samples import full
from validator.sources.manifests import Story
from validator.sources.node import Node
from validator.stories.engine.definition import read_story
from validator.stories.engine.durations import SECOND
from validator.stories.engine.events import ChildEnded, Event, GateDecided, JobEnded
from validator.stories.engine.execution import Execution
from validator.stories.engine.profile import Profile
from validator.stories.engine.stalled import Cause, causes
from validator.stories.engine.state import ChildRun, StepRun, StepState
from validator.stories.schemas import SchemaReader
from validator.stories.simulated_batch import Script

MOCKED, GENERATED = "mocked", "generated"


@dataclass(frozen=True)
class Mocks:
    """Stand-ins for engrams and child stories."""

    script: Script
    samples: Mapping[str, Json]
    """By step: what a step gives that the script does not mention; None for nothing."""

    def decisions(self) -> Iterable[tuple[int, GateDecided]]:
        """The decisions of the script."""
        return self.script.decisions()

    def job_started(self, step_run: StepRun, now: int) -> Iterable[tuple[int, Event]]:
        """The end that the script says, or success."""
        if step_run.step.name in self.script.entries:
            return self.script.job_started(step_run, now)
        output = self.samples.get(step_run.step.name)
        return [(now + SECOND, JobEnded(step_run.name, "Succeeded", exit_class="success", output=output))]

    def child_started(self, child: ChildRun, now: int) -> Iterable[tuple[int, Event]]:
        """The end that the script says, or success."""
        if child.step in self.script.entries:
            return self.script.child_started(child, now)
        return [(now + SECOND, ChildEnded(child.name, "Succeeded", output=self.samples.get(child.step)))]


@dataclass(frozen=True, slots=True)
class MockedStep:
    """What became of one step."""

    name: str
    state: StepState
    """An empty one when it was never reached."""
    attempts: int
    evidence: str
    """`mocked`, `generated`, or empty for a step that nothing stood in for."""
    given: Json
    """What its engram was given."""
    message: str
    """What the platform says of it; of a StepRun that failed, also what only its condition says."""


@dataclass(frozen=True, slots=True)
class MockedRun:
    """What became of a story."""

    execution: Execution
    steps: tuple[MockedStep, ...]
    causes: tuple[tuple[Cause, Location], ...]
    """Why it never ends, with the place in its file; empty when it ends."""

    @property
    def succeeded(self) -> bool:
        """Whether the run succeeded."""
        return self.execution.run.phase == "Succeeded"


def run_mocked(
    story: Story, schemas: SchemaReader, inputs: Json, script: Mapping[str, Json], profile: Profile
) -> MockedRun:
    """Run a batch story. Raises DefinitionError, MalformedError and UnsupportedError."""
    spec = story.node.find(("spec",))
    engrams: dict[str, Json] = {}
    samples: dict[str, Json] = {}
    for step in story.every_step():
        described = schemas.output(story, step)
        samples[step.name] = None if described.reason else full(_plain(described.schema))
        engram, template = schemas.engram(story, step), schemas.template(story, step)
        if step.ref is not None and engram is not None:
            engrams[step.ref.name] = {
                "with": engram.with_value or None,
                "inputSchema": _value(template.input_schema) if template else None,
                "outputSchema": _value(template.output_schema) if template else None,
                "templateMissing": template is None,
            }
    others: dict[str, Json] = {
        one.name: _value(one.node.find(("spec",)))
        for one in schemas.workspace.stories
        if one.namespace == story.namespace
    }
    definition = read_story(_value(spec), engrams, others)
    execution = Execution(definition, Mocks(Script(dict(script)), samples), inputs, profile)
    execution.play()
    found = tuple((cause, _place(story, spec, cause)) for cause in causes(execution))
    return MockedRun(execution, tuple(_steps(execution, script)), found)


def _steps(execution: Execution, script: Mapping[str, Json]) -> Iterable[MockedStep]:
    run = execution.run
    ran = {one.step.name: one for one in run.step_runs.values()}
    names = [name for step in execution.story.every for name in (step.name, *(one.name for one in step.branches))]
    children = {child.step for child in run.children.values()}
    for name in names:
        one = ran.get(name)
        stood_in = name in children or (one is not None and bool(one.jobs))
        evidence = "" if not stood_in else MOCKED if name in script else GENERATED
        state = run.states.get(name, StepState())
        attempts, given, why = (len(one.jobs), one.resolved, one.why) if one is not None else (0, None, "")
        yield MockedStep(name, state, attempts, evidence, given, state.message or why)


def _place(story: Story, spec: Node | None, cause: Cause) -> Location:
    """Where the field of a cause stands, or the nearest that there is around it."""
    path = cause.path
    while spec is not None and path:
        node = spec.find(path)
        if node is not None:
            return node.location
        path = path[:-1]
    return story.node.location


def _value(node: Node | None) -> Json:
    return None if node is None else node.value


def _plain(schema: Json) -> dict[str, Json]:
    return dict(schema) if isinstance(schema, dict) else {}
