"""A run from its start to its end, or until nothing happens any more: events, polls and a virtual clock.

After every event both controllers run until nothing changes, that of the StoryRun first. A change of a StepRun wakes
it; the ends of child runs, gate decisions and timeouts do not: it sees them when it looks the next time, which it says
at the end of each pass (story-run.md, K.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from validator.findings import Json
from validator.stories.engine.context import as_output
from validator.stories.engine.control import cancel, redrive
from validator.stories.engine.definition import Story
from validator.stories.engine.dependencies import Dependencies, dependencies
from validator.stories.engine.durations import SECOND, SHORTEST
from validator.stories.engine.events import (
    Awaited,
    CancelRequested,
    ChildEnded,
    Event,
    GateDecided,
    GraceOver,
    JobEnded,
    Queue,
    RedriveRequested,
    RetryDue,
    SignalSent,
)
from validator.stories.engine.launching import end_child
from validator.stories.engine.passes import Pass
from validator.stories.engine.profile import IMPLEMENTED, Profile
from validator.stories.engine.state import ChildRun, GateDecision, Run, StepRun
from validator.stories.engine.step_controller import report_end, step_pass
from validator.stories.engine.story_controller import admit, story_pass, story_timeout, with_defaults
from validator.templates.errors import UnsupportedError
from validator.templates.values import Value, from_document

DEFAULT_POLL = 6 * SECOND
"""When the controller looks again without a reason; the platform takes 5 to 7.5 seconds."""
MOST_EVENTS = 100_000


class Outside(Protocol):
    """What runs steps and decides at gates."""

    def decisions(self) -> Iterable[tuple[int, GateDecided | CancelRequested]]:
        """All that people decide, with the times."""

    def job_started(self, step_run: StepRun, now: int) -> Iterable[tuple[int, Event | Awaited]]:
        """What a new Job will do, with the times."""

    def child_started(self, child: ChildRun, now: int) -> Iterable[tuple[int, Event]]:
        """What a new child run will do, with the times."""


@dataclass(frozen=True, slots=True)
class Poll:
    """When the controller looks again."""

    time: int
    timed: bool
    """Whether it waits for a timer; else it looks without a reason, and sees at once what is due meanwhile."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One event, and what came of it."""

    time: int
    event: Event | str
    launched: tuple[str, ...]
    """StepRuns and child runs."""


@dataclass(slots=True)
class Execution:
    """A run in virtual time. `play` it, then look at `run`."""

    story: Story
    outside: Outside
    inputs: Json = None
    profile: Profile = IMPLEMENTED
    now: int = 0
    redrives: list[RedriveRequested] = field(default_factory=list)
    """What people do when the run is over, one after the other."""
    run: Run = field(init=False)
    edges: Dependencies = field(init=False)
    queue: Queue = field(default_factory=Queue)
    traces: list[Trace] = field(default_factory=list)
    last: Pass | None = None
    """The last pass of the StoryRun controller."""
    skipped: int = 0
    """How many looks were left out that would have seen nothing new."""
    given: Json = field(init=False)
    """The inputs with defaults filled in, as templates see them."""
    _value: Value = field(init=False)
    _poll: Poll | None = None
    _idle: bool = False
    """Whether the last look without a reason changed nothing."""
    _news: bool = False
    """Whether something happened since the last pass that the controller has not seen."""
    _quiet: bool = False
    """Whether the last pass left everything as it was."""
    _order: dict[str, int] = field(init=False)
    _jobs: dict[str, int] = field(default_factory=dict)
    _children: set[str] = field(default_factory=set)
    _retries: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.run = Run(self.inputs)
        self.edges = dependencies(self.story, self.profile)
        if self.inputs is not None and not isinstance(self.inputs, dict):
            raise UnsupportedError("inputs that are no object")
        self.given = with_defaults(self.story, self.inputs)
        self._value = from_document(self.given)
        names = (name for step in self.story.every for name in (step.name, *(one.name for one in step.branches)))
        self._order = {name: index for index, name in enumerate(names)}

    def play(self) -> Run:
        """Let everything happen that happens by itself or by the outside."""
        self.start()
        for _ in range(MOST_EVENTS):
            if not self.step():
                return self.run
        raise UnsupportedError(f"more than {MOST_EVENTS} events")

    def start(self) -> None:
        """Let the run be created, and the controllers see it."""
        admit(self.run, self.story)
        for time, decision in self.outside.decisions():
            self.queue.arm(time, decision)
        if not self.run.terminal:
            self._settle("start", wake=True)

    @property
    def next_time(self) -> int | None:
        """When the next thing happens; None when nothing does by itself."""
        if self.run.terminal:
            return self.now if self.redrives else None
        times = (self.queue.next_time, self._next_look())
        return min((time for time in times if time is not None), default=None)

    def step(self) -> bool:
        """Let the next thing happen; whether there was one."""
        if self.run.terminal:
            return self._begin_again()
        if self._poll is not None and self._poll.timed:
            self.skipped += self._left_out(self._poll) or 0
        time, at = self.queue.next_time, self._next_look()
        if time is not None and (at is None or time <= at):
            event = self.queue.take()
            if event is not None:
                self.now = time
                self._settle(event, wake=self._apply(event))
            return True
        if at is None:
            return False
        self.now = at
        self._look()
        return True

    def _begin_again(self) -> bool:
        """Let the next redrive happen; whether there is one."""
        if not self.redrives:
            return False
        event = self.redrives.pop(0)
        self._settle(event, wake=self._apply(event))
        return True

    def _redrive(self, step: str) -> bool:
        gone = redrive(self.run, self.story, self.edges, step, self.now)
        self.queue.forget(gone)
        self._children -= gone
        for name in gone:
            self._jobs.pop(name, None)
            self._retries.pop(name, None)
        self._poll, self._idle = None, False
        return True

    def _look(self) -> None:
        poll, self._poll = self._poll, None
        timed = poll is not None and poll.timed
        before = dict(self.run.states)
        changed = self._settle("timer" if timed else "poll", wake=True)
        if not timed and not changed and before == self.run.states:
            self._poll, self._idle = None, True

    def _next_look(self) -> int | None:
        """When the StoryRun controller looks again; None for never."""
        poll = self._poll
        times: list[int | None] = []
        if poll is not None:
            left_out = self._left_out(poll) if poll.timed else 0
            times.append(None if left_out is None else poll.time + left_out * (poll.time - self.now))
        sees_at_once = self._idle or (poll is not None and not poll.timed)
        if sees_at_once or not self.profile.only_steps_wake:
            times += [due for due in self._deadlines() if due > self.now]
        return min((time for time in times if time is not None), default=None)

    def _left_out(self, poll: Poll) -> int | None:
        """How many polls can be left out because they could not see anything new; None when no poll ever will."""
        interval = poll.time - self.now
        awaited = [due for due in (*self._deadlines(), self.queue.next_time) if due is not None and due > self.now]
        if self._news or not self._quiet or interval <= 0:
            return 0
        if not awaited:
            return None
        return max((min(awaited) - self.now - 1) // interval - 1, 0)

    def _deadlines(self) -> list[int]:
        """When time runs out for a sleep, a wait, a gate, or the story."""
        times = [until for name, until in self.run.timers.items() if not self.run.states[name].terminal]
        timeout = story_timeout(self.story)
        if timeout is not None:
            times.append(self.run.started + timeout)
        return times

    def _settle(self, event: Event | str, *, wake: bool) -> bool:
        """Run the controllers until nothing changes, then see to what is new; whether a StepRun changed."""
        launched: list[str] = []
        changed = False
        while True:
            if wake and not self.run.terminal:
                launched += self._pass()
            wake = self._step_passes()
            changed = changed or wake
            if not wake:
                break
        self.traces.append(Trace(self.now, event, tuple(launched)))
        self._arm()
        return changed or bool(launched)

    def _pass(self) -> list[str]:
        before = dict(self.run.states)
        work = story_pass(self.run, self.story, self.edges, self.profile, self._value, self.now)
        self.last, self._news = work, False
        self._quiet = not work.launched and before == self.run.states
        self._ask(work)
        return work.launched

    def _ask(self, work: Pass) -> None:
        if self.run.terminal or (work.error is None and not work.active):
            return
        timed = work.error is None and work.poll is not None
        delay = max(work.poll, SHORTEST) if timed and work.poll is not None else DEFAULT_POLL
        time = self.now + delay
        self._idle = False
        if self._poll is None or time < self._poll.time:
            self._poll = Poll(time, timed)

    def _step_passes(self) -> bool:
        """Run the StepRun controller over all StepRuns; whether one changed."""
        changed = False
        for step_run in self.run.step_runs.values():
            if step_run.terminal:
                continue
            before = _fingerprint(step_run)
            step_pass(step_run, self.run, self.story, self.edges, self.profile, self._value, self.now)
            if _fingerprint(step_run) != before:
                changed = True
                self.run.version += 1
        return changed

    def _arm(self) -> None:
        """Ask the outside what new child runs and Jobs will do, and remember when attempts are due."""
        if self.run.terminal:
            return
        for name in sorted(self.run.children.keys() - self._children):
            self._children.add(name)
            self._arm_all(self.outside.child_started(self.run.children[name], self.now))
        started = [one for one in self.run.step_runs.values() if len(one.jobs) > self._jobs.get(one.name, 0)]
        for step_run in sorted(started, key=lambda one: self._order.get(one.step.name, 0)):
            self._jobs[step_run.name] = len(step_run.jobs)
            self._arm_all(self.outside.job_started(step_run, self.now))
        for step_run in self.run.step_runs.values():
            due = step_run.retry_at
            if due is not None and self._retries.get(step_run.name) != step_run.retries:
                self._retries[step_run.name] = step_run.retries
                self.queue.arm(max(due, self.now), RetryDue(step_run.name))

    def _arm_all(self, events: Iterable[tuple[int, Event | Awaited]]) -> None:
        for time, event in events:
            self.queue.arm(time, event)

    def _apply(self, event: Event) -> bool:
        """Let an event change what it changes; whether that wakes the StoryRun controller."""
        self.run.version += 1
        self._news = True
        match event:
            case JobEnded():
                return self._job_ended(event)
            case SignalSent(name, signal, value):
                self.run.step_runs[name].signals[signal] = value
                return True
            case ChildEnded(name, phase, message, output):
                end_child(self.run.children[name], phase, message, output)
                return self._seen_at_once()
            case GateDecided(step, approved, message):
                self.run.gates[step] = GateDecision(approved, message)
                return self._seen_at_once()
            case RetryDue():
                return False
            case CancelRequested():
                self.queue.arm(cancel(self.run, self.now), GraceOver())
                return True
            case GraceOver():
                return True
            case RedriveRequested(step):
                return self._redrive(step)

    def _seen_at_once(self) -> bool:
        """Whether the controller, which nobody wakes, looks just now."""
        if self._idle or (self._poll is not None and not (self._poll.timed and self.profile.only_steps_wake)):
            self._poll = None
            return True
        return not self.profile.only_steps_wake

    def _job_ended(self, event: JobEnded) -> bool:
        step_run = self.run.step_runs[event.step_run]
        if step_run.terminal:
            return False
        if event.output is not None:
            step_run.output, step_run.has_output = event.output, True
            step_run.value = as_output(event.output)
        if event.phase:
            report_end(step_run, self.profile, self.now, event.phase, event.exit_class, event.message)
            return True
        step_run.exit_class = event.exit_class or step_run.exit_class
        step_run.message = event.message or step_run.message
        step_run.exit_code = event.exit_code
        step_run.job = "succeeded" if event.exit_code == 0 else "failed"
        return bool(event.exit_class or event.message or event.output is not None)


def _fingerprint(one: StepRun) -> tuple[object, ...]:
    return (one.phase, one.message, one.retry_at, len(one.jobs), one.job, one.exit_class)
