"""What somebody does to a run from outside: cancel it, or let it begin again (story-run.md, A12)."""

from __future__ import annotations

from validator.stories.engine.definition import SECTIONS, Story
from validator.stories.engine.dependencies import Dependencies
from validator.stories.engine.durations import SECOND
from validator.stories.engine.state import Run
from validator.stories.engine.story_controller import admit
from validator.templates.errors import UnsupportedError

GRACE = 30 * SECOND
"""How long running steps may go on after a cancel (story-run.md, B11.2)."""


def cancel(run: Run, now: int) -> int:
    """Begin to end a run: nothing is started any more. When running steps are ended that do not end by themselves.

    Raises UnsupportedError where child runs go on.
    """
    if any(not child.phase for child in run.children.values()):
        raise UnsupportedError("a cancelled run whose child run goes on")
    run.cancel_by = now + GRACE
    return run.cancel_by


def redrive(run: Run, story: Story, edges: Dependencies, step: str, now: int) -> frozenset[str]:
    """Let a run that is over begin again, from a step or as a whole; the names of the StepRuns and child runs deleted.

    Raises UnsupportedError where it is not known what the platform would do.
    """
    if step and story.timeout:
        raise UnsupportedError("a redrive from a step of a story with a timeout")
    steps = _from(story, edges, step) if step else {*run.states, *(one.step.name for one in run.step_runs.values())}
    gone = frozenset(
        [name for name, one in run.step_runs.items() if one.step.name in steps or one.parent in steps]
        + [name for name, child in run.children.items() if child.step in steps]
    )
    for name in gone:
        if name in run.step_runs:
            run.earlier[name] = run.earlier.get(name, 0) + len(run.step_runs.pop(name).jobs)
        elif run.children.pop(name, None) is not None:
            run.earlier[name] = run.earlier.get(name, 0) + 1
    for name in steps:
        for by_step in (run.states, run.timers, run.gates, run.branches):
            by_step.pop(name, None)
    run.output, run.overdue, run.cancel_by = None, "", None
    run.version += 1
    run.known_outputs = (None, None)
    if not step:
        run.started = now
    admit(run, story)
    return gone


def _from(story: Story, edges: Dependencies, first: str) -> set[str]:
    """A step and all that depend on it, inside its section, with the branches of those that are a `parallel`."""
    section = next((name for name in SECTIONS if any(step.name == first for step in story.section(name))), "")
    before = edges.by_section.get(section, {})
    found = {first}
    while more := {name for name, needs in before.items() if found & set(needs)} - found:
        found |= more
    return found | {branch.name for step in story.section(section) if step.name in found for branch in step.branches}
