"""Stories that an engram starts while it runs: each is decided as the platform would, and played beside the engram.

What time they take in the story is known, whatever they take on the clock: a story begins at the time that the engram
has come to, and when the engram sees the end of one, it has come to that end (story-run.md, A7 and C).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from validator.findings import Json
from validator.sandbox.control import Put
from validator.schemas.offload import is_offloaded
from validator.sources.manifests import Story, view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.sources.workspace import Workspace
from validator.stories.engine.messages import CANCELED
from validator.stories.engine.phases import FINISHED
from validator.stories.runs.performers import Ended, Performer, Started, Task
from validator.stories.runs.running import RunRequest, StoryRun
from validator.stories.runs.stage import MOST_DEPTH
from validator.stories.runs.traces import StoryTrace
from validator.stories.runs.triggers import (
    BEGAN,
    Decision,
    Delivery,
    Outcome,
    Trigger,
    answer,
    awaits_decision,
    decide,
    delivery,
    inputs_problem,
    member,
    read_trigger,
)
from validator.stories.schemas import SchemaReader
from validator.templates.errors import UnsupportedError

MOST_AT_ONCE = 8
"""Stories of one attempt that are played side by side; others wait for their turn."""

Manifest = Mapping[str, Json]


@dataclass(slots=True)
class _Launch:
    """One entry of the report, while it comes about."""

    started: Started
    run: Manifest | None = None
    """The StoryRun as the engram left it; None where there is none, or none any more."""
    play: StoryRun | None = None
    played: Future[StoryTrace] | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """Performs the steps of stories that engrams start (`runs.performers.Performer`), in threads of its own.

    The engram that waits for them holds a thread of another pool: so none ever waits for its own.
    """

    run: Callable[[Task], Callable[[], Ended] | None]
    """What runs the image of a step; None where there is none."""
    threads: ThreadPoolExecutor

    def begin(self, task: Task) -> Callable[[], Ended] | None:
        """Start an attempt; None where there is no image for it."""
        work = self.run(task)
        return None if work is None else self.threads.submit(work).result


@dataclass(slots=True)
class Launches:
    """The controller of one attempt (`sandbox.control.Controller`)."""

    task: Task
    workspace: Workspace
    perform: Callable[[ThreadPoolExecutor], Performer]
    """What performs the steps of the stories, in these threads."""
    workers: int
    _launches: list[_Launch] = field(default_factory=list)
    _runs: dict[str, tuple[Delivery, _Launch]] = field(default_factory=dict)
    """By name: what made them."""
    _stories: dict[tuple[str, str], Story | None] = field(default_factory=dict)
    """Stories that the engram created, changed or (None) deleted, by namespace and name."""
    _clock: int = 0
    """What the engram has come to: nanoseconds of virtual time since the attempt began."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _put: Put | None = None
    _players: ThreadPoolExecutor | None = None
    _threads: ThreadPoolExecutor | None = None

    def begin(self, put: Put) -> None:
        """The engram is about to start."""
        self._put = put

    def changed(self, manifest: Manifest) -> None:
        """Decide of a StoryTrigger, play a StoryRun, remember a Story."""
        match manifest.get("kind"):
            case "StoryTrigger" if awaits_decision(manifest):
                self._triggered(manifest)
            case "StoryRun" if _name(manifest) not in self._runs:
                self._created(manifest)
            case "StoryRun":
                launch = self._runs[_name(manifest)][1]
                launch.run = manifest
                if member(manifest, "spec").get("cancelRequested") is True:
                    self._cancel(launch)
            case "Story":
                self._stories[_namespace(manifest), _name(manifest)] = self._read(manifest)

    def repeated(self, manifest: Manifest) -> None:
        """A StoryTrigger that is there already: the SDK compares it with the one that is (story-run.md, C2)."""
        if manifest.get("kind") == "StoryTrigger":
            trigger = read_trigger(manifest)
            self._note(trigger.story, trigger.lasting_run, self._decide(trigger), trigger.inputs)

    def deleted(self, manifest: Manifest) -> None:
        """What is deleted is not there for the next trigger, and a run that is deleted goes no further."""
        match manifest.get("kind"):
            case "Story":
                self._stories[_namespace(manifest), _name(manifest)] = None
            case "StoryRun" if _name(manifest) in self._runs:
                launch = self._runs.pop(_name(manifest))[1]
                launch.run = None
                launch.started = replace(launch.started, deleted=True)
                self._cancel(launch)

    def seen(self, run: str) -> None:
        """The engram has come to the end of this run."""
        if run not in self._runs:
            return
        launch = self._runs[run][1]
        if launch.played is not None:
            self._clock = max(self._clock, launch.started.began + launch.played.result().ended)
            launch.started = replace(launch.started, awaited=True)

    def finish(self) -> None:
        """Wait until all stories are played."""
        for pool in (self._players, self._threads):
            if pool is not None:
                pool.shutdown()

    def ended(self, end: Ended) -> Ended:
        """The end of the attempt with the stories that it started. Raises what a story could not be played for."""
        started = tuple(
            replace(one.started, trace=one.played.result()) if one.played is not None else one.started
            for one in self._launches
        )
        return replace(end, stories=started, waited=self._clock)

    def _triggered(self, manifest: Manifest) -> None:
        trigger = read_trigger(manifest)
        decision = self._decide(trigger)
        launch = self._note(trigger.story, trigger.lasting_run, decision, trigger.inputs)
        objects = answer(manifest, decision)
        if decision.outcome is Outcome.CREATED:
            launch.run = objects[0]
            self._runs[trigger.run] = (delivery(trigger), launch)
        self._tell(*objects)
        if decision.outcome is Outcome.CREATED:
            self._play(launch, self._story(trigger.story_namespace, trigger.story))

    def _created(self, manifest: Manifest) -> None:
        """A StoryRun that the engram created itself, without a StoryTrigger."""
        spec = member(manifest, "spec")
        name = str(member(spec, "storyRef").get("name", ""))
        story = self._story(_namespace(manifest), name)
        inputs = spec.get("inputs")
        problem = f'referenced Story "{name}" was not found' if story is None else inputs_problem(story, inputs)
        outcome = Outcome.REJECTED if problem else Outcome.CREATED
        launch = self._note(name, _name(manifest), Decision(outcome, "", problem), inputs)
        launch.run = manifest
        self._runs[_name(manifest)] = (Delivery(name, _namespace(manifest), "", ""), launch)
        status: dict[str, Json] = {"phase": "Failed" if problem else "Running", "message": problem}
        self._tell({**manifest, "status": status})
        if not problem:
            self._play(launch, story)

    def _decide(self, trigger: Trigger) -> Decision:
        known = self._runs.get(trigger.run)
        return decide(trigger, self._story(trigger.story_namespace, trigger.story), known and known[0])

    def _note(self, story: str, run: str, decision: Decision, inputs: Json) -> _Launch:
        name, message = ("", decision.message) if decision.rejected else (run, "")
        started = Started(story, name, decision.outcome, decision.reason, message, inputs, self._clock)
        launch = _Launch(started)
        self._launches.append(launch)
        return launch

    def _play(self, launch: _Launch, story: Story | None) -> None:
        """Let a run be played; one of a realtime story goes on for ever, and one too deep is not played."""
        if story is None or story.is_realtime or self.task.depth >= MOST_DEPTH:
            return
        if self._players is None:
            self._players = ThreadPoolExecutor(MOST_AT_ONCE, "story")
            self._threads = ThreadPoolExecutor(self.workers, "step of a story")
        request = request_by(self.task, story, launch.started.inputs, next(self._numbers))
        assert self._threads is not None
        # A reader of its own: readers remember schemas by identity, and threads do not share them.
        launch.play = StoryRun(request, SchemaReader(self.workspace), (self.perform(self._threads),))
        launch.played = self._players.submit(self._played, launch, launch.play)

    def _cancel(self, launch: _Launch) -> None:
        """Cancel a run where it is, as `StopStory` of the SDK asks for it (story-run.md, A12)."""
        if launch.cancelled or launch.started.outcome is not Outcome.CREATED:
            return
        launch.cancelled = True
        if launch.play is None or launch.played is None or self._players is None:
            self._tell_end(launch, {"phase": FINISHED, "startedAt": BEGAN, "finishedAt": BEGAN, "message": CANCELED})
            return
        launch.play.cancel(max(self._clock - launch.started.began, 0))
        # One that stands still is played on, once it does.
        launch.played = self._players.submit(self._played, launch, launch.play, launch.played)

    def _played(self, launch: _Launch, play: StoryRun, before: Future[StoryTrace] | None = None) -> StoryTrace:
        if is_offloaded(launch.started.inputs):
            raise UnsupportedError(f"a story {launch.started.story} whose inputs lie in the storage of the engram")
        if before is not None:
            before.result()
        trace = play.play()
        status: dict[str, Json] = {"phase": trace.phase, "startedAt": BEGAN}
        if trace.phase != "Running":
            status |= {"message": trace.message, "finishedAt": BEGAN}
        if trace.output is not None:
            status["output"] = trace.output
        if trace.phase == "Failed":
            status["error"] = {"type": trace.reason, "message": trace.message}
        self._tell_end(launch, status)
        return trace

    def _tell_end(self, launch: _Launch, status: Mapping[str, Json]) -> None:
        """Tell how a run is, unless the engram has deleted it."""
        if (run := launch.run) is not None:
            self._tell({**run, "status": dict(status)})

    def _tell(self, *manifests: Manifest) -> None:
        assert self._put is not None
        self._put(manifests)

    def _story(self, namespace: str, name: str) -> Story | None:
        """A story that the engram created, or one of the workspace, where `default` need not be written."""
        if (namespace, name) in self._stories:
            return self._stories[namespace, name]
        return self.workspace.find(Story, name, namespace)

    def _read(self, manifest: Manifest) -> Story:
        """A Story from what the engram wrote, at a place that says whose it is."""
        text = json.dumps(dict(manifest), indent=2)
        place = f"(created by step {self.task.step.name}).json"
        found = view(read(SourceText(place, text)).documents[0].root)
        assert isinstance(found, Story)
        return found


def request_by(task: Task, story: Story, inputs: Json, number: int) -> RunRequest:
    """The run of a story that an engram starts, the first of its attempt being 1."""
    return RunRequest(
        story,
        inputs if isinstance(inputs, dict) else {},
        task.script.of_child(story.name),
        case_below(task.case, task.step.name, task.attempt, number),
        task.profile,
        task.root,
        task.depth + 1,
    )


def case_below(case: str, step: str, attempt: int, number: int) -> str:
    """What the case of a story is called that an engram starts."""
    return f"{case}/{step}#{attempt}.{number}"


def _name(manifest: Manifest) -> str:
    return str(member(manifest, "metadata").get("name", ""))


def _namespace(manifest: Manifest) -> str:
    return str(member(manifest, "metadata").get("namespace", ""))
