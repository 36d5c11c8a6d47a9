"""What a story lets start is started while a slower step runs, and the trace is that of the run in its own order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.checks.stories.runs import prepared, workspace
from validator.engine.stories.cases import StoryRunner, StoryTask
from validator.engine.stories.selection import stories_named
from validator.reports.story_document import trace
from validator.stories.runs.performers import Ended, Evidence, Task
from validator.stories.runs.running import RunRequest
from validator.stories.schemas import SchemaReader

PATIENCE = 20
"""Seconds after which a step that waits for another gives up: then it was held back."""
STORY = workspace("{outputSchema: {type: object, properties: {by: {type: string}}}}", name="e")
UNEVEN = """
  steps:
  - {name: slow, ref: {name: e}}
  - {name: quick, ref: {name: e}}
  - {name: next, ref: {name: e}, with: {by: "{{ steps.quick.output.by }}"}}
  - {name: last, ref: {name: e}, needs: [next]}
  - {name: nested, type: executeStory, needs: [last], with: {storyRef: {name: inner}, waitForCompletion: true}}
  - {name: join, ref: {name: e}, needs: [slow, nested]}
  finally:
  - {name: tidy, ref: {name: e}}
"""


@dataclass
class Programs:
    """Stand for images: each step is a function, and every start is kept."""

    threads: ThreadPoolExecutor
    programs: dict[str, Callable[[], Ended]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def submit(self, task: Task) -> Future[Ended]:
        self.started.append(task.step.name)
        return self.threads.submit(self.programs.get(task.step.name, lambda: success(task.step.name)))

    def wait(self, attempts: Iterable[Future[Ended]]) -> None:
        wait(attempts, return_when=FIRST_COMPLETED)

    def heed_signals(self) -> None:
        """None come."""


def success(name: str) -> Ended:
    return Ended(Evidence.REAL, "Succeeded", {"by": name}, exit_class="success")


@pytest.fixture
def programs() -> Iterator[Programs]:
    with ThreadPoolExecutor(8) as threads:
        yield Programs(threads)


def run(spec: str, folder: Path, programs: Programs) -> tuple[dict[str, str], object]:
    """Phases by step, and the whole trace."""
    ready = prepared(STORY + spec, folder)
    (story,) = stories_named(ready.workspace, ready.config, ["sample"])
    ran = StoryRunner(SchemaReader(ready.workspace), programs).run(StoryTask(story, RunRequest(story)))
    assert ran.trace is not None, ran.reason
    return {step.name: step.phase for step in ran.trace.steps}, trace(ran.trace)


def test_a_slow_step_holds_back_only_what_needs_it(programs: Programs, tmp_path: Path) -> None:
    deep, before = threading.Event(), []

    def slow() -> Ended:
        assert deep.wait(PATIENCE), "the other branch was held back"
        before.extend(programs.started)
        return success("slow")

    def at_the_end() -> Ended:
        deep.set()
        return success("deep")

    programs.programs = {"slow": slow, "deep": at_the_end}
    phases, told = run(UNEVEN, tmp_path / "uneven", programs)

    assert set(phases.values()) == {"Succeeded"}
    assert before == ["slow", "quick", "next", "last", "deep"]
    assert sorted(programs.started) == sorted([*before, "join", "tidy"]), "nothing runs twice"
    with ThreadPoolExecutor(8) as threads:
        assert told == run(UNEVEN, tmp_path / "even", Programs(threads))[1]


def test_what_a_failure_skips_is_skipped_although_it_was_begun(programs: Programs, tmp_path: Path) -> None:
    begun = threading.Event()

    def fails() -> Ended:
        assert begun.wait(PATIENCE)
        return Ended(Evidence.REAL, "Failed", message="no", exit_class="terminal")

    def follows() -> Ended:
        begun.set()
        return success("next")

    programs.programs = {"slow": fails, "next": follows}
    phases, _ = run(UNEVEN, tmp_path, programs)

    assert phases == {
        "slow": "Failed",
        "quick": "Succeeded",
        "next": "Skipped",
        "last": "Skipped",
        "nested": "Skipped",
        "join": "Skipped",
        "tidy": "Succeeded",
    }
