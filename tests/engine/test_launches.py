"""Stories that an engram starts: decided as the platform would, played in virtual time, seen where the engram looks.

The engram is a function here, and its API the harness's own without a socket; `test_story_images.py` has a real one.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.checks.stories.runs import engram, prepared
from validator.engine.preparation import Prepared
from validator.engine.stories.cases import StoryRunner, task_of
from validator.engine.stories.launches import Launches, Steps
from validator.engine.stories.selection import cases_of, stories_named
from validator.findings import Json
from validator.reports.story_document import trace
from validator.reports.story_tree import tree
from validator.sandbox.harness.cluster import Cluster
from validator.sandbox.harness.http import HttpRequest
from validator.sandbox.harness.story_objects import CHANGED, DELETED, OVER, REPEATED, SEEN, events
from validator.stories.engine.phases import TERMINAL
from validator.stories.runs.identities import input_hash, trigger_name
from validator.stories.runs.performers import Ended, Evidence, Task
from validator.stories.schemas import SchemaReader
from validator.suite.story_results import StoryRan

RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/default"
STORIES = "/apis/bubustack.io/v1alpha1/namespaces/default/stories"
PATIENCE = 20
"""Seconds after which an engram that waits for a story gives up."""
WORKS = """{
  version: 1.0.0, supportedModes: [job],
  outputSchema: {type: object, properties: {amount: {type: integer}}}
}"""
WORKSPACE = (
    engram("drives", "{version: 1.0.0, supportedModes: [job]}")
    + engram("works", WORKS)
    + """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: child}
spec:
  inputsSchema: {type: object, required: [item], properties: {item: {type: integer}, hours: {type: string}}}
  steps:
  - {name: nap, type: sleep, with: {duration: 5m}}
  - {name: work, needs: [nap], ref: {name: works}, with: {item: "{{ inputs.item }}"}}
  output: {amount: "{{ steps.work.output.amount }}"}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: stuck}
spec:
  steps:
  - {name: ask, type: gate}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: live}
spec:
  pattern: realtime
  steps: []
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: outer}
spec:
  steps:
  - {name: drive, ref: {name: drives}}
  - {name: after, needs: [drive], ref: {name: works}}
  output: {total: "{{ steps.drive.output.total }}"}
---
stories:
  outer:
  - name: sample
    inputs: {}
"""
)


@dataclass
class Api:
    """What an engram sees: the harness's API, and the controller that is told of it."""

    launches: Launches
    cluster: Cluster = field(default_factory=lambda: Cluster(controlled=True))
    seen: set[str] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, manifests: Sequence[Mapping[str, Json]]) -> None:
        with self.changed:
            for one in manifests:
                self.cluster.put(dict(one))
            self.changed.notify_all()

    def ask(self, method: str, path: str, body: Json = None) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        request = HttpRequest(method, path, {"content-type": kind}, data)
        with self.changed:
            response, target, parsed = self.cluster.respond(request)
        assert target is not None
        told = {CHANGED: self.launches.changed, REPEATED: self.launches.repeated, SEEN: self.launches.seen}
        told[DELETED] = self.launches.deleted
        for event, about in events(request, response, target, parsed, self.seen):
            told[event](about)
        return json.loads(response.body)

    def trigger(self, story: str, inputs: Json, key: str = "", name: str = "") -> Any:
        """The status of a StoryTrigger as the SDK makes it."""
        identity: dict[str, Json] = {"submissionId": key or f"by-chance-{uuid.uuid4()}", "mode": "none"}
        if key:
            identity |= {"mode": "token", "key": key, "inputHash": input_hash(inputs)}
        made = name or trigger_name("default", story, str(identity["submissionId"]))
        spec: dict[str, Json] = {"storyRef": {"name": story}, "inputs": inputs, "deliveryIdentity": identity}
        manifest: dict[str, Json] = {"kind": "StoryTrigger", "metadata": {"name": made}, "spec": spec}
        manifest["apiVersion"] = "runs.bubustack.io/v1alpha1"
        self.ask("POST", f"{RUNS}/storytriggers", manifest)
        return self.ask("GET", f"{RUNS}/storytriggers/{made}")["status"]

    def end(self, run: str) -> Any:
        """The status of a StoryRun that is over, as an engram gets it that polls."""
        key = ("storyruns", "default", run)
        with self.changed:
            over = self.changed.wait_for(lambda: self.cluster.objects[key]["status"]["phase"] != "Running", PATIENCE)
        assert over
        return self.ask("GET", f"{RUNS}/storyruns/{run}")["status"]

    def amount(self, story: str, inputs: Json, key: str = "") -> int:
        """What a story puts out that is started and waited for."""
        ended = self.end(self.trigger(story, inputs, key)["storyRunRef"]["name"])
        amount = ended["output"]["amount"]
        assert isinstance(amount, int)
        return amount


Engram = Callable[[Api], Json]


@dataclass(frozen=True)
class Engrams:
    """Stand for images: `drive` is a function that is given its API, all other steps put out their item."""

    ready: Prepared
    drive: Engram
    threads: ThreadPoolExecutor

    def submit(self, task: Task) -> Future[Ended]:
        return self.threads.submit(self._run, task)

    def wait(self, attempts: Iterable[Future[Ended]]) -> None:
        futures.wait(list(attempts), return_when=futures.FIRST_COMPLETED)

    def heed_signals(self) -> None:
        """None come."""

    def _run(self, task: Task) -> Ended:
        if task.step.name != "drive":
            return Ended(Evidence.REAL, "Succeeded", {"amount": task.inputs.get("item", 0)}, exit_class="success")
        launches = Launches(task, self.ready.workspace, partial(Steps, lambda below: partial(self._run, below)), 2)
        api = Api(launches)
        launches.begin(api.put)
        try:
            output = self.drive(api)
        finally:
            launches.finish()
        if output is None:
            return launches.ended(Ended(Evidence.REAL, "Failed", None, "gave up", "terminal"))
        return launches.ended(Ended(Evidence.REAL, "Succeeded", output, exit_class="success"))


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., StoryRan]]:
    with ThreadPoolExecutor(4) as threads:

        def play(drive: Engram, text: str = WORKSPACE) -> StoryRan:
            ready = prepared(text, tmp_path)
            assert ready.unreadable == ()
            (story,) = stories_named(ready.workspace, ready.config, ["outer"])
            (case,) = cases_of(ready.config, story)
            return StoryRunner(SchemaReader(ready.workspace), Engrams(ready, drive, threads)).run(task_of(story, case))

        yield play


def test_stories_one_after_the_other_take_their_time_one_after_the_other(run: Callable[..., StoryRan]) -> None:
    ran = run(lambda api: {"total": sum(api.amount("child", {"item": item}) for item in (3, 4))})

    assert [one.message for one in ran.findings] == []
    assert tree(ran).splitlines() == [
        "outer: sample: passed",
        "  drive  Succeeded, 0 s to 603 s, real",
        "    starts story child at 0 s: Succeeded at 301 s",
        "      nap   Succeeded, 0 s to 300 s, Sleep completed.",
        "      work  Succeeded, 300 s to 301 s, real",
        "    starts story child at 301 s: Succeeded at 602 s",
        "      nap   Succeeded, 0 s to 300 s, Sleep completed.",
        "      work  Succeeded, 300 s to 301 s, real",
        "  after  Succeeded, 603 s to 604 s, real",
        "  Succeeded after 604 s of virtual time: All steps completed successfully.",
        '  output: {"total": 7}',
    ]


def test_stories_side_by_side_take_their_time_together(run: Callable[..., StoryRan]) -> None:
    def drive(api: Api) -> Json:
        names = [api.trigger("child", {"item": item}, f"k{item}")["storyRunRef"]["name"] for item in (3, 4)]
        return {"total": sum(api.end(name)["output"]["amount"] for name in names)}

    ran = run(drive)

    assert ran.trace is not None
    assert ran.trace.output == {"total": 7}
    assert ran.trace.ended == 303 * 10**9


def test_a_story_that_is_not_waited_for_costs_no_time_and_is_played(run: Callable[..., StoryRan]) -> None:
    ran = run(lambda api: {"total": len(api.trigger("child", {"item": 1})["storyRunRef"])})

    assert ran.trace is not None
    assert ran.trace.ended == 2 * 10**9
    assert "starts story child at 0 s: Succeeded at 301 s, not waited for" in tree(ran)


def test_steps_of_the_stories_do_what_the_case_says(run: Callable[..., StoryRan]) -> None:
    scripted = WORKSPACE + "    stories: {child: {steps: {work: {output: {amount: 20}, delay: 2h}}}}\n"

    ran = run(lambda api: {"total": api.amount("child", {"item": 1})}, scripted)

    assert ran.trace is not None
    assert ran.verdict == "failed"  # two hours are more than the step may wait
    step = ran.trace.step("drive")
    assert step is not None
    assert (step.phase, step.attempts[0].delay) == ("Timeout", 30 * 60 * 10**9)
    assert step.evidence is Evidence.MOCKED


DELIVERIES: list[tuple[str, Engram, list[tuple[str, str]]]] = [
    ("refused inputs", lambda api: api.trigger("child", {"item": "x"}), [("Rejected", "ValidationFailed")]),
    ("an unknown story", lambda api: api.trigger("other", {}), [("Rejected", "StoryNotFound")]),
    ("another name", lambda api: api.trigger("child", {"item": 1}, name="t"), [("Rejected", "ValidationFailed")]),
    (
        "the same again",
        lambda api: [api.trigger("child", {"item": 1}, "k") for _ in range(2)],
        [("Created", "StoryRunCreated"), ("Reused", "StoryRunReused")],
    ),
    (
        "another under the same key",
        lambda api: [api.trigger("child", {"item": item}, "k") for item in (1, 2)],
        [("Created", "StoryRunCreated"), ("Rejected", "StoryRunConflict")],
    ),
    ("a realtime story", lambda api: api.trigger("live", {}), [("Created", "StoryRunCreated")]),
]


@pytest.mark.parametrize(("drive", "expected"), [row[1:] for row in DELIVERIES], ids=[row[0] for row in DELIVERIES])
def test_deliveries(drive: Engram, expected: list[tuple[str, str]], run: Callable[..., StoryRan]) -> None:
    ran = run(lambda api: {"total": 0, "status": drive(api)})

    assert ran.trace is not None
    step = ran.trace.step("drive")
    assert step is not None
    assert [(str(one.outcome), one.reason) for _, one in step.stories] == expected


def test_a_story_that_the_engram_creates(run: Callable[..., StoryRan]) -> None:
    spec = {"steps": [{"name": "work", "ref": {"name": "works"}, "with": {"item": 9}}]}
    spec |= {"output": {"amount": "{{ steps.work.output.amount }}"}}  # type: ignore[dict-item]

    def drive(api: Api) -> Json:
        made = {"apiVersion": "bubustack.io/v1alpha1", "kind": "Story", "metadata": {"name": "own"}, "spec": spec}
        api.ask("POST", STORIES, made)  # type: ignore[arg-type]
        return {"total": api.amount("own", {})}

    ran = run(drive)

    assert ran.trace is not None
    assert ran.trace.output == {"total": 9}


def test_a_run_without_a_trigger(run: Callable[..., StoryRan]) -> None:
    def drive(api: Api) -> Json:
        spec: Json = {"storyRef": {"name": "child"}, "inputs": {"item": 6}}
        made: dict[str, Json] = {"apiVersion": "runs.bubustack.io/v1alpha1", "kind": "StoryRun", "spec": spec}
        api.ask("POST", f"{RUNS}/storyruns", {**made, "metadata": {"name": "r"}})
        api.ask("POST", f"{RUNS}/storyruns", {**made, "metadata": {"name": "bad"}, "spec": {"storyRef": {}}})
        return {"total": api.end("r")["output"]["amount"], "bad": api.end("bad")["phase"]}

    ran = run(drive)

    assert ran.trace is not None
    assert ran.trace.output == {"total": 6}
    step = ran.trace.step("drive")
    assert step is not None
    assert step.output == {"total": 6, "bad": "Failed"}


def test_a_step_that_waits_for_a_story_without_an_end(run: Callable[..., StoryRan]) -> None:
    def drive(api: Api) -> Json:
        api.trigger("stuck", {})
        api.launches.finish()
        return None

    ran = run(drive)

    told = {one.rule.code: one for one in ran.findings}
    assert set(told) == {"EV721", "EV722"}
    assert "in story stuck, which step `drive` starts" in told["EV722"].message
    assert "starts story stuck at 0 s: never ends" in tree(ran)


def stop(api: Api, run: str) -> None:
    """As the SDK's `StopStory` does."""
    api.ask("PATCH", f"{RUNS}/storyruns/{run}", {"spec": {"cancelRequested": True}})


CANCELLED: list[tuple[str, str, str]] = [
    ("one that stands still", "stuck", "starts story stuck at 0 s: Finished at "),
    ("one that goes on for ever by itself", "live", "starts story live at 0 s: not played"),
]


@pytest.mark.parametrize(("story", "told"), [row[1:] for row in CANCELLED], ids=[row[0] for row in CANCELLED])
def test_a_run_that_the_engram_cancels(story: str, told: str, run: Callable[..., StoryRan]) -> None:
    ends: list[Any] = []

    def drive(api: Api) -> Json:
        name = api.trigger(story, {})["storyRunRef"]["name"]
        for _ in range(2):
            stop(api, name)
        ends.append(api.end(name))
        return {"total": 0}

    ran = run(drive)

    assert [one.message for one in ran.findings] == []
    assert {(one["phase"], one["message"]) for one in ends} == {("Finished", "StoryRun gracefully canceled")}
    assert told in tree(ran)


def test_a_cancel_comes_too_late_for_a_run_that_is_over(run: Callable[..., StoryRan]) -> None:
    def drive(api: Api) -> Json:
        name = api.trigger("child", {"item": 1})["storyRunRef"]["name"]
        api.end(name)
        stop(api, name)
        return {"total": api.end(name)["output"]["amount"]}

    ran = run(drive)

    assert "starts story child at 0 s: Succeeded at 301 s" in tree(ran)


def test_a_run_that_is_deleted_does_not_come_back(run: Callable[..., StoryRan]) -> None:
    left: list[int] = []

    def drive(api: Api) -> Json:
        for story in ("stuck", "stuck", "live"):
            name = api.trigger(story, {}, f"key of {story}")["storyRunRef"]["name"]
            api.ask("DELETE", f"{RUNS}/storyruns/{name}")
            trigger = trigger_name("default", story, f"key of {story}")
            api.ask("DELETE", f"{RUNS}/storytriggers/{trigger}")
        api.launches.finish()
        left.append(len(api.ask("GET", f"{RUNS}/storyruns")["items"]))
        return {"total": 0}

    ran = run(drive)

    assert left == [0]
    shown = [line.strip() for line in tree(ran).splitlines() if "starts story" in line]
    assert shown == [
        "starts story stuck at 0 s: deleted by the engram",
        "starts story stuck at 0 s: deleted by the engram",
        "starts story live at 0 s: deleted by the engram",
    ]


def test_a_story_that_is_deleted_is_not_found(run: Callable[..., StoryRan]) -> None:
    def drive(api: Api) -> Json:
        made = {"apiVersion": "bubustack.io/v1alpha1", "kind": "Story", "metadata": {"name": "own"}, "spec": {}}
        api.ask("POST", STORIES, made)  # type: ignore[arg-type]
        api.ask("DELETE", f"{STORIES}/own")
        return {"total": 0, "reason": api.trigger("own", {})["reason"]}

    ran = run(drive)

    assert ran.trace is not None
    step = ran.trace.step("drive")
    assert step is not None
    assert [one.reason for _, one in step.stories] == ["StoryNotFound"]


@pytest.mark.parametrize("item", [{"$bubuStorageRef": "a.json"}, [{"deep": {"$bubuStorageRef": "a.json"}}]])
def test_a_story_whose_inputs_lie_in_storage_is_not_known(item: Json, run: Callable[..., StoryRan]) -> None:
    decisions: list[str] = []

    def drive(api: Api) -> Json:
        decisions.append(api.trigger("child", {"item": item})["decision"])
        return {"total": 0}

    ran = run(drive)

    assert decisions == ["Created"]
    assert ran.trace is None
    assert "inputs lie in the storage" in ran.reason


RECORDED: list[tuple[str, Engram]] = [
    ("two that are waited for", lambda api: {"total": sum(api.amount("child", {"item": item}) for item in (3, 4))}),
    ("one that is refused", lambda api: {"total": len(api.trigger("child", {"item": "x"}))}),
    ("one that nobody waits for", lambda api: {"total": len(api.trigger("child", {"item": 1})["storyRunRef"])}),
    ("one that never ends", lambda api: {"total": len(api.trigger("stuck", {}, "k"))}),
]


@pytest.mark.parametrize("drive", [row[1] for row in RECORDED], ids=[row[0] for row in RECORDED])
def test_a_record_has_the_stories_that_an_engram_started(drive: Engram, tmp_path: Path) -> None:
    ready = prepared(WORKSPACE, tmp_path)
    (story,) = stories_named(ready.workspace, ready.config, ["outer"])
    task = task_of(story, cases_of(ready.config, story)[0])
    schemas, folder = SchemaReader(ready.workspace), tmp_path / "records"
    with ThreadPoolExecutor(4) as threads:
        first = StoryRunner(schemas, Engrams(ready, drive, threads), folder).run(task)

    again = StoryRunner(schemas, None, None, folder).run(task)

    assert tree(again).replace("recorded", "real").replace("passed (real)", "passed") == tree(first)
    assert "recorded" in tree(again)
    assert again.findings == first.findings


def test_a_step_that_goes_on_is_not_blamed_for_a_story_without_an_end(run: Callable[..., StoryRan]) -> None:
    ran = run(lambda api: {"total": len(api.trigger("stuck", {}))})

    assert ran.findings == ()


def test_the_trace_does_not_depend_on_names_by_chance(run: Callable[..., StoryRan]) -> None:
    traces = [run(lambda api: {"total": api.amount("child", {"item": 3})}).trace for _ in range(2)]

    shown = [trace(one) for one in traces if one is not None]
    assert shown[0] == shown[1]
    assert "by-chance" not in json.dumps(shown)


def test_the_harness_knows_the_phases_of_runs_that_are_over() -> None:
    assert OVER == TERMINAL
