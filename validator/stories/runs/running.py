"""One run of a story, from its inputs to its trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.findings import Json
from validator.schemas.samples import full
from validator.sources.manifests import Story
from validator.stories.engine.events import RedriveRequested
from validator.stories.engine.execution import Execution
from validator.stories.engine.profile import DOCUMENTED, Profile
from validator.stories.engine.state import ChildRun
from validator.stories.runs.definitions import definition_of, value_of
from validator.stories.runs.nesting import Nest
from validator.stories.runs.performers import Performer, Samples
from validator.stories.runs.script import Script
from validator.stories.runs.stage import Stage
from validator.stories.runs.traces import StoryTrace, trace_of
from validator.stories.schemas import SchemaReader


@dataclass(frozen=True)
class RunRequest:
    """What is to be run."""

    story: Story
    inputs: Mapping[str, Json] | None = None
    """None to have them made from the inputsSchema."""
    script: Script = field(default_factory=Script)
    case: str = "generated"
    profile: Profile = DOCUMENTED
    root: str = ""
    """The step of another story that starts this one; empty when none does."""
    depth: int = 0
    """How many stories lead to this one."""


def run_story(request: RunRequest, schemas: SchemaReader, performers: tuple[Performer, ...] = ()) -> StoryTrace:
    """Run a batch story with all that it executes. Raises DefinitionError and UnsupportedError."""
    return StoryRun(request, schemas, performers).play()


class StoryRun:
    """One run of a batch story: its executions, with their stages."""

    def __init__(self, request: RunRequest, schemas: SchemaReader, performers: tuple[Performer, ...]) -> None:
        self.request = request
        self.schemas = schemas
        self.samples = Samples(schemas)
        self.performers = (*performers, self.samples)
        self.nest = Nest()
        self.root: Stage | None = None
        self.children: dict[int, list[tuple[str, Stage]]] = {}
        """By the identity of a stage: the steps of its child runs, and their stages."""

    def play(self) -> StoryTrace:
        """Let happen what happens by itself, from the start or from where it ended the last time.

        Raises DefinitionError and UnsupportedError.
        """
        request = self.request
        if self.root is None:
            inputs = self._inputs() if request.inputs is None else dict(request.inputs)
            given = (request.story, request.script, self.performers, self.samples, request.case, self.spawn)
            self.root = Stage(*given, request.depth, request.root)
            self._begin(self.root, inputs, None, None)
        self.nest.play()
        return self._trace(self.root, request.inputs is None)

    def cancel(self, at: int) -> None:
        """Cancel it at a time, or as soon as it can be; a run that stands still has to be played on. From any thread.

        `at` is in nanoseconds since it began.
        """
        self.nest.cancel_at = at

    def spawn(self, parent: Stage, child: ChildRun, now: int) -> bool:
        """Start a child run beside its parent; False where there is no such story here."""
        workspace = self.schemas.workspace
        story = workspace.find(Story, child.story, parent.story.namespace)
        if story is None or story.is_realtime:
            return False
        script = parent.script.of_child(story.name)
        earlier = parent.execution.run.earlier.get(child.name, 0) if parent.execution is not None else 0
        name = f"{parent.case}/{child.step}" + (f"#{earlier + 1}" if earlier else "")
        root = parent.root or child.step
        stage = Stage(story, script, self.performers, self.samples, name, self.spawn, parent.depth + 1, root)
        self.children.setdefault(id(parent), []).append((child.step, stage))
        self.nest.waiting.append(lambda: self._begin(stage, child.inputs, parent.execution, child))
        return True

    def _begin(self, stage: Stage, inputs: Json, parent: Execution | None, child: ChildRun | None) -> None:
        definition = definition_of(stage.story, self.schemas)
        redrives = [RedriveRequested(step) for step in stage.script.redrives]
        stage.execution = Execution(definition, stage, inputs, self.request.profile, redrives=redrives)
        self.nest.add(stage.execution, parent, child)

    def _inputs(self) -> Json:
        schema = value_of(self.request.story.inputs_schema)
        inputs = full(schema) if isinstance(schema, dict) else None
        return inputs if isinstance(inputs, dict) else {}

    def _trace(self, stage: Stage, generated: bool) -> StoryTrace:
        children = {step: self._trace(below, False) for step, below in self.children.get(id(stage), [])}
        return trace_of(stage, children, generated)
