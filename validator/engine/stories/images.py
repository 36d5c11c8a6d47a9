"""Steps done by their images: one attempt is one case in a pod, and steps that the story lets run side by side do.

A pod is taken from the pool for each attempt, so that no attempt ever meets the processes of another one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import Any

from validator.engine.examiner import completed, secret_prefix
from validator.engine.isolation import choose
from validator.engine.masking import Masker, masker, whole_lines
from validator.engine.preparation import Prepared
from validator.engine.served_manifests import manifests, stories
from validator.engine.stories.impulses import Deliveries, Triggered, case_of, source_of, triggered
from validator.engine.stories.launches import Launches, Steps
from validator.findings import Json
from validator.rules import sandbox as sandbox_rules
from validator.sandbox.batch import run_batch
from validator.sandbox.environment import fits
from validator.sandbox.impulse import run_impulse
from validator.sandbox.interrupts import Deferral, uninterrupted
from validator.sandbox.model import BatchCase, BatchRun, Identity, Image, SandboxError, Secret, SourceKind
from validator.sandbox.pods import Pod
from validator.sandbox.pulls import Registries
from validator.sandbox.sandbox import Sandbox, open_sandbox
from validator.schemas.offload import restored
from validator.sources.manifests import Impulse, Step, Story
from validator.stories.engine.phases import TERMINAL
from validator.stories.runs.performers import Ended, Evidence, Task
from validator.suite import scheduler
from validator.suite.cases import Case, Defaults, Mode
from validator.suite.plan import Unit, units
from validator.suite.pool import PodPool
from validator.suite.services import services
from validator.suite.story_cases import ImpulseTrigger

NOT_STARTED = 127
"""The exit code of a program that cannot be started, as a shell says it."""
TIMED_OUT = 124
_SIGNALLED = 128
_LOG = 2_000
"""Characters of a log that a trace keeps."""


def units_by_key(prepared: Prepared) -> Mapping[str, Unit]:
    """What can be run, by the key of `images:` or `--image`. Images that templates name are releases, and not run."""
    found = units(prepared.workspace, prepared.config)
    return {unit.name: unit for unit in found if unit.override is not None}


def unit_of(prepared: Prepared, by_key: Mapping[str, Unit], story: Story, step: Step) -> Unit | None:
    """What stands for the engram of a step, the most specific key first; None where no image is named."""
    engram = prepared.workspace.engram_of(story, step)
    if engram is None or engram.mode != "job":
        return None
    template = prepared.workspace.template_of(engram)
    keys = [f"step/{story.name}/{step.name}", f"engram/{engram.namespace}/{engram.name}"]
    if template is not None:
        keys += [f"{template.name}@{template.version}", template.name]
    return next((by_key[key] for key in keys if key in by_key), None)


@dataclass
class Images:
    """Runs the images of steps, each attempt in a thread. Threads may share it."""

    prepared: Prepared
    sandbox: Sandbox
    pods: PodPool
    threads: ThreadPoolExecutor
    by_key: Mapping[str, Unit]
    deferral: Deferral
    wanted: Callable[[Task], bool]
    """Whether a step may run its image: `--only` and `--from` leave others to records and samples."""
    workers: int = 1
    """Attempts side by side."""
    resolved: dict[str, Image] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, task: Task) -> Future[Ended] | None:
        """Start the image of a step; None where none is named."""
        unit = unit_of(self.prepared, self.by_key, task.story, task.step)
        if unit is None or not self.wanted(task):
            return None
        return self.threads.submit(self._run, unit, task)

    def trigger(self, story: Story, trigger: ImpulseTrigger, count: int) -> Triggered:
        """Run an impulse until it has made so many StoryTriggers. Raises SandboxError."""
        future = self.threads.submit(self._trigger, story, trigger, count)
        self.wait([future])
        return future.result()

    def _trigger(self, story: Story, trigger: ImpulseTrigger, count: int) -> Triggered:
        config, options = self.prepared.config, self.prepared.options
        impulse = self.prepared.workspace.find(Impulse, trigger.impulse, story.namespace)
        assert impulse is not None, "the configuration was found right"
        with self._lock:
            image = self.sandbox.resolve(source_of(trigger, self.sandbox.kind, config.base))
        template = self.prepared.workspace.impulse_template_of(impulse)
        prefixes = {name: one.env_prefix for name, one in template.secrets.items()} if template is not None else {}
        case = case_of(impulse, story, trigger, options.timeout or config.timeout, config.max_output, prefixes)
        found = Deliveries(story, case.identity.namespace)
        with self.pods.pod(image) as pod:
            run = run_impulse(pod, case, found, lambda seconds: found.reached(count, seconds))
        return triggered(trigger, run, found)

    def _work(self, task: Task) -> Callable[[], Ended] | None:
        """An attempt of a step of a story that an engram starts; None where no image is named."""
        unit = unit_of(self.prepared, self.by_key, task.story, task.step)
        return None if unit is None or not self.wanted(task) else partial(self._run, unit, task)

    def heed_signals(self) -> None:
        """Handle the signals that came since the last wait."""
        with self.deferral.interruptible():
            pass

    def wait(self, attempts: Iterable[Future[Any]]) -> None:
        """Wait until one of them has ended. Signals are deferred but for this wait (why: `scheduler.Running`)."""
        ended: SimpleQueue[Future[Any]] = SimpleQueue()
        for attempt in attempts:
            attempt.add_done_callback(ended.put)
        with self.deferral.interruptible():
            ended.get()

    def _run(self, unit: Unit, task: Task) -> Ended:
        """One attempt. A pod whose harness ends by itself is replaced once: it may have been a chance."""
        image = self._image(unit)
        with self.pods.pod(image) as pod:
            try:
                return self._attempt(pod, unit, task)
            except SandboxError:
                if not pod.harness.lost:
                    raise
        with self.pods.pod(image) as pod:
            return self._attempt(pod, unit, task)

    def _attempt(self, pod: Pod, unit: Unit, task: Task) -> Ended:
        launches = Launches(task, self.prepared.workspace, partial(Steps, self._work), self.workers)
        run = run_batch(pod, self._case(unit, task), controller=launches)
        return launches.ended(_ended(run, masker(unit)))

    def _image(self, unit: Unit) -> Image:
        with self._lock:
            if unit.name not in self.resolved:
                source = unit.source(self.sandbox.kind, self.prepared.config.base)
                if source.kind is SourceKind.PROCESS and self.sandbox.kind != "process":
                    raise SandboxError(sandbox_rules.NEEDS_IMAGE, reference=source.value, provenance=source.provenance)
                self.resolved[unit.name] = self.sandbox.resolve(source)
            return self.resolved[unit.name]

    def _case(self, unit: Unit, task: Task) -> BatchCase:
        """The attempt as the controller hands it over: inputs and config are the same block (story-run.md, A8.1)."""
        options, config = self.prepared.options, self.prepared.config
        keys = (unit.name, unit.template.name)
        defaults = next((config.defaults[key] for key in keys if key in config.defaults), Defaults())
        given = defaults.of(Case("story", Mode.BATCH, task.step.node.location))
        inputs = dict(task.inputs)
        namespace = task.story.namespace or "default"
        engram = task.step.ref.name if task.step.ref is not None else ""
        return BatchCase(
            id=f"{task.story.name}-{task.step.name}-{task.attempt}",
            inputs=inputs,
            config=completed(unit.template.config_schema, {**given.config, **inputs}),
            secrets={name: Secret(keys, secret_prefix(unit.template, name)) for name, keys in given.secrets.items()},
            context=task.context,
            env=given.env,
            identity=Identity(namespace, task.story.name, "run", task.step.name),
            timeout=options.timeout or config.timeout,
            max_inline=config.max_output,
            storage=not fits(inputs),
            manifests=(*manifests(unit.template, engram, namespace), *stories(self.prepared.workspace, namespace)),
            services=services(given, config.base),
        )


@contextmanager
def images(prepared: Prepared, wanted: Callable[[Task], bool] = lambda task: True) -> Iterator[Images]:
    """The images of a workspace, in a sandbox that is gone when the block ends. Raises SandboxError."""
    options, config = prepared.options, prepared.config
    kind, _ = choose(options, config)
    with open_sandbox(kind, registries=Registries(options.credentials), unisolated=options.unisolated) as sandbox:
        workers = options.workers or scheduler.workers_that_pay_off()
        pods = PodPool(sandbox, config.limits)
        # The pods are closed first: that ends the attempts that the threads wait for.
        with uninterrupted() as deferral, ThreadPoolExecutor(workers, "step") as threads, closing(pods):
            yield Images(prepared, sandbox, pods, threads, units_by_key(prepared), deferral, wanted, workers)


def _ended(run: BatchRun, mask: Masker) -> Ended:
    """How an attempt ended, as the platform would see it."""
    ended = whole_lines(run.exit)
    log = mask.text("\n".join(text for text in (ended.stdout.text, ended.stderr.text) if text))[-_LOG:]
    calls = tuple(mask.document(call) for call in _calls(run))
    if run.phase in TERMINAL:
        error, status = run.error, run.status
        message = mask.text(str(error.get("message") or "")) if run.phase != "Succeeded" else ""
        exit_class = str(status.get("exitClass") or "")
        output = restored(run.output, run.files, set())
        return Ended(Evidence.REAL, run.phase, output, message, exit_class, 0, run.seconds, log, calls)
    code, message = _code(run), ""
    if ended.start_error is not None:
        code, message = NOT_STARTED, mask.text(ended.start_error.text)
    return Ended(Evidence.REAL, "", None, message, "", code, run.seconds, log, calls)


def _calls(run: BatchRun) -> Iterator[Json]:
    """Each request with its answer's status; of headers only the names, since values may be credentials."""
    for call in run.services.calls if run.services is not None else ():
        answered: dict[str, Json] = {"service": call.service, "method": call.method, "path": call.path}
        yield answered | {"status": call.status, "body": call.body}


def _code(run: BatchRun) -> int:
    if run.timed_out:
        return TIMED_OUT
    if run.exit.signal is not None:
        return _SIGNALLED + run.exit.signal
    return -1 if run.exit.code is None else run.exit.code
