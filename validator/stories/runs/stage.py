"""What runs the steps of one story for the engine: the script where it says something, performers where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from validator.findings import Json
from validator.schemas.validation import is_instance, validate
from validator.sources.manifests import Step, Story
from validator.stories.engine.context import outputs_of
from validator.stories.engine.durations import SECOND, DurationError, positive
from validator.stories.engine.events import Awaited, CancelRequested, ChildEnded, Event, GateDecided, JobEnded, Later
from validator.stories.engine.execution import Execution
from validator.stories.engine.launching import document_of
from validator.stories.engine.phases import TIMEOUT
from validator.stories.engine.state import ChildRun, StepRun
from validator.stories.runs.performers import Ended, Evidence, Performer, Samples, Task, begin, pending
from validator.stories.runs.script import Attempt, Script

OUTPUT_REFUSED = "output schema validation failed: "
"""What the SDK reports of an output that breaks its outputSchema (runtime.md, section 1.1)."""
TIMED_OUT = 124
WAITED_TOO_LONG = "the stories that it waits for take longer than the step may"
_STEP_TIMEOUT = 30 * 60 * SECOND
"""The platform's own, where neither step nor story says one (story-run.md, A6.6)."""
MOST_DEPTH = 16
"""Stories that execute stories that execute stories: as deep as they are run."""


@dataclass(frozen=True, slots=True)
class Begun:
    """One attempt, and how it ended when that is known."""

    started: int
    """Nanoseconds since the run began."""
    delay: int
    ended: Ended | None = None


@dataclass
class Stage:
    """The outside of one execution (`engine.execution.Outside`)."""

    story: Story
    script: Script
    performers: tuple[Performer, ...]
    samples: Samples
    case: str
    spawn: Callable[[Stage, ChildRun, int], bool]
    """Starts a child run in the same time; False when the story cannot be run, and a sample has to do."""
    depth: int = 0
    root: str = ""
    """The step of the root story that executed this one; empty for the root itself."""
    begun: dict[str, list[Begun]] = field(default_factory=dict)
    """The attempts by step."""
    broken: dict[str, str] = field(default_factory=dict)
    """Steps whose mocked output breaks the outputSchema, with the reason."""
    execution: Execution | None = None

    def decisions(self) -> Iterator[tuple[int, GateDecided | CancelRequested]]:
        """What the script decides at gates, and that it cancels the run."""
        if self.script.cancel is not None:
            yield self.script.cancel, CancelRequested()
        for step, decision in self.script.gates.items():
            yield decision.at, GateDecided(step, decision.approved, decision.message)

    def job_started(self, step_run: StepRun, now: int) -> Iterable[tuple[int, Event | Awaited]]:
        """The end of an attempt, or what waits for it."""
        name, number = step_run.step.name, len(step_run.jobs) + self._earlier(step_run.name)
        attempt = self.script.attempt(name, number)
        delay = self._timeout(step_run) if attempt.end == "timeout" else attempt.delay
        attempts = self.begun.setdefault(name, [])
        attempts.append(Begun(now, delay))
        if attempt.end == "never":
            attempts[-1] = Begun(now, delay, Ended(Evidence.MOCKED))
            return []
        step = self._step(step_run)
        if attempt.end or step is None:
            ended = self._mocked(step_run, attempt)
            attempts[-1] = Begun(now, delay, ended)
            return [(now + delay, job_ended(step_run.name, ended))]
        inputs = step_run.resolved if isinstance(step_run.resolved, dict) else {}
        assert self.execution is not None
        known = (inputs, self._context(), self.case, self.root or name)
        task = Task(self.story, step, number, *known, self.script, self.execution.profile, self.depth)
        wait = begin(self.performers, task)
        if wait is pending:
            return []
        most = max(self._timeout(step_run) - delay, 0)

        def end() -> JobEnded | Later:
            ended = wait()
            if ended.waited > most:
                ended = replace(ended, phase=TIMEOUT, message=WAITED_TOO_LONG, exit_class="retry", waited=most)
            attempts[number - 1] = Begun(now, delay + ended.waited, ended)
            event = job_ended(step_run.name, ended)
            return Later(ended.waited, event) if ended.waited else event

        return [(now + delay, Awaited(step_run.name, end))]

    def child_started(self, child: ChildRun, now: int) -> Iterable[tuple[int, Event]]:
        """The end that the script says, or a run of the child story; a sample where there is no such story."""
        attempt = self.script.attempt(child.step, 1 + self._earlier(child.name))
        if not attempt.end:
            if self.depth < MOST_DEPTH and self.spawn(self, child, now):
                return []
            step = next(one for one in self.story.every_step() if one.name == child.step)
            output = self.samples.output(self.story, step)
            ended = Ended(Evidence.GENERATED, "Succeeded", output)
        else:
            ended = Ended(
                Evidence.MOCKED, attempt.phase or _PHASES.get(attempt.end, "Failed"), attempt.output, attempt.message
            )
        self.begun[child.step] = [Begun(now, attempt.delay, ended)]
        if attempt.end == "never":
            return []
        return [(now + attempt.delay, ChildEnded(child.name, ended.phase, ended.message, ended.output))]

    def _earlier(self, name: str) -> int:
        """How many attempts a redrive deleted."""
        return self.execution.run.earlier.get(name, 0) if self.execution is not None else 0

    def _step(self, step_run: StepRun) -> Step | None:
        """The step of the workspace, also where two branches share a name."""
        named = (one for one in self.story.every_step() if one.name == step_run.step.name)
        return next(named, None)

    def _mocked(self, step_run: StepRun, attempt: Attempt) -> Ended:
        if attempt.end == "timeout":
            return Ended(Evidence.MOCKED, message=attempt.message, exit_code=TIMED_OUT)
        if attempt.end == "exit":
            return Ended(
                Evidence.MOCKED, attempt.phase, attempt.output, attempt.message, attempt.exit_class, attempt.exit_code
            )
        if attempt.end == "error":
            phase = attempt.phase or "Failed"
            return Ended(Evidence.MOCKED, phase, attempt.output, attempt.message, attempt.exit_class or "terminal")
        schema = step_run.engram.output_schema if step_run.engram is not None else None
        if schema is not None and attempt.output is not None and not is_instance(schema, attempt.output):
            problem = validate(schema, attempt.output)[0].message
            self.broken[step_run.step.name] = problem
            return Ended(Evidence.MOCKED, "Failed", None, OUTPUT_REFUSED + problem, "terminal")
        return Ended(Evidence.MOCKED, attempt.phase or "Succeeded", attempt.output, attempt.message, "success")

    def _context(self) -> dict[str, Json]:
        assert self.execution is not None
        run, story = self.execution.run, self.execution.story
        steps = document_of(outputs_of(run, run.states, story, self.execution.profile))
        return {"inputs": self.execution.given, "steps": steps}

    def _timeout(self, step_run: StepRun) -> int:
        """How long the platform lets an attempt run."""
        own = _at(step_run.step.document, "execution", "timeout")
        of_story = self.story.node.find(("spec", "policy", "timeouts", "step"))
        for text in (own, of_story.value if of_story is not None else None):
            try:
                return positive(text) if isinstance(text, str) and text else _STEP_TIMEOUT
            except DurationError:
                continue
        return _STEP_TIMEOUT


_PHASES = {"output": "Succeeded", "error": "Failed", "exit": "Failed", "timeout": "Timeout"}


def job_ended(step_run: str, ended: Ended) -> JobEnded:
    """The end of an attempt, as the engine takes it."""
    return JobEnded(step_run, ended.phase, ended.exit_code, ended.exit_class, ended.message, ended.output)


def _at(document: Mapping[str, Json], *path: str) -> Json:
    current: Json = dict(document)
    for part in path:
        current = current.get(part) if isinstance(current, dict) else None
    return current
