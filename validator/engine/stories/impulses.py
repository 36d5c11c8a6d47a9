"""The impulse that starts a run: it is run for real, and the StoryTrigger that it makes has the inputs of the run."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from validator.engine.masking import Masker, whole_lines
from validator.engine.served_manifests import as_served
from validator.findings import Json
from validator.rules import sandbox as sandbox_rules
from validator.sandbox.control import Put
from validator.sandbox.environment import checked, compact, secret_variables
from validator.sandbox.impulse import ImpulseCase, ImpulseRun, Request
from validator.sandbox.model import Identity, ImageSource, SandboxError, Secret, SourceKind
from validator.sources.manifests import Impulse, Story
from validator.sources.node import Node
from validator.stories.runs.triggers import (
    Decision,
    Delivery,
    Outcome,
    Trigger,
    answer,
    awaits_decision,
    decide,
    delivery,
    read_trigger,
)
from validator.suite.story_cases import ImpulseTrigger

_LOG = 400
"""Characters of a log that a message has."""


@dataclass(frozen=True, slots=True)
class Triggered:
    """What an impulse came to."""

    inputs: Mapping[str, Json] | None
    """Of the first run that it started; None when it started none."""
    deliveries: tuple[str, ...] = ()
    """`Created`, `Reused` or `Rejected`, of each StoryTrigger."""
    problem: str = ""
    """Why there are no inputs."""


@dataclass(slots=True)
class Deliveries:
    """The controller of an impulse (`sandbox.control.Controller`). It decides, and plays nothing."""

    story: Story
    namespace: str
    decisions: list[Decision] = field(default_factory=list)
    inputs: Mapping[str, Json] | None = None
    _known: dict[str, Delivery] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _put: Put | None = None

    def begin(self, put: Put) -> None:
        """The impulse is about to start."""
        self._put = put

    def changed(self, manifest: Mapping[str, Json]) -> None:
        """Decide of a StoryTrigger."""
        if not awaits_decision(manifest):
            return
        trigger = read_trigger(manifest)
        decision = self._decide(trigger)
        if decision.outcome is Outcome.CREATED:
            self._known[trigger.run] = delivery(trigger)
            if self.inputs is None:
                self.inputs = trigger.inputs if isinstance(trigger.inputs, dict) else {}
        assert self._put is not None
        self._put(answer(manifest, decision))
        self._note(decision)

    def repeated(self, manifest: Mapping[str, Json]) -> None:
        """A StoryTrigger that is there already."""
        if manifest.get("kind") == "StoryTrigger":
            self._note(self._decide(read_trigger(manifest)))

    def deleted(self, manifest: Mapping[str, Json]) -> None:
        """What is decided stays so."""

    def seen(self, run: str) -> None:
        """Nothing ends here."""

    def finish(self) -> None:
        """Nothing is played here."""

    def reached(self, count: int, seconds: float) -> bool:
        """Whether so many deliveries are decided, after so many seconds at most."""
        with self._news:
            return self._news.wait_for(lambda: len(self.decisions) >= count, seconds)

    def _decide(self, trigger: Trigger) -> Decision:
        named = (trigger.story, trigger.story_namespace) == (self.story.name, self.namespace)
        return decide(trigger, self.story if named else None, self._known.get(trigger.run))

    def _note(self, decision: Decision) -> None:
        with self._news:
            self.decisions.append(decision)
            self._news.notify_all()


def source_of(trigger: ImpulseTrigger, sandbox: str, base: os.PathLike[str]) -> ImageSource:
    """The program of an impulse, or its image. Raises SandboxError where only the other one is named."""
    named = f"trigger of impulse {trigger.impulse}"
    if trigger.process and (sandbox == "process" or not trigger.image):
        program, *arguments = trigger.process.split()
        value = os.path.normpath(os.path.join(base, program))  # noqa: PTH118 - links are left as they are
        if sandbox != "process":
            raise SandboxError(sandbox_rules.NEEDS_IMAGE, reference=value, provenance=named)
        root = os.fspath(base)
        return ImageSource(SourceKind.PROCESS, value, args=tuple(arguments), provenance=named, repository=root)
    return ImageSource(SourceKind.IMAGE, trigger.image, provenance=named)


def case_of(
    impulse: Impulse,
    story: Story,
    trigger: ImpulseTrigger,
    timeout: float,
    max_inline: int,
    prefixes: Mapping[str, str] | None = None,
) -> ImpulseCase:
    """The impulse as its controller starts it: `with` as it is written, without defaults (story-run.md, C).

    Its secrets are those of the case; `prefixes` has what its template puts before their keys.
    """
    known = prefixes or {}
    secrets = {name: Secret(keys, known.get(name, "")) for name, keys in trigger.secrets.items()}
    namespace = impulse.namespace or story.namespace or "default"
    env = {
        "BUBU_POD_NAMESPACE": namespace,
        "BUBU_IMPULSE_NAME": impulse.name,
        "BUBU_IMPULSE_NAMESPACE": namespace,
        "BUBU_TARGET_STORY_NAME": story.name,
        "BUBU_TARGET_STORY_NAMESPACE": story.namespace or namespace,
        "BUBU_MAX_INLINE_SIZE": str(max_inline),
        "BUBU_MAX_RECURSION_DEPTH": "64",
        **dict(_delivery(impulse.node)),
        **secret_variables(secrets),
    }
    if impulse.with_ is not None:
        env["BUBU_STEP_CONFIG"] = compact(impulse.with_.value)
    return ImpulseCase(
        id=f"impulse-{impulse.name}",
        env=checked(env),
        identity=Identity(namespace, story.name, "run", "impulse"),
        manifests=tuple(as_served(one, namespace) for one in (impulse, story)),
        requests=[Request(one.port, one.method, one.path, one.headers, one.body) for one in trigger.requests],
        timeout=timeout,
    )


def triggered(trigger: ImpulseTrigger, run: ImpulseRun, found: Deliveries) -> Triggered:
    """The inputs of the run, or why there are none."""
    deliveries = tuple(str(one.outcome) for one in found.decisions)
    if found.inputs is not None:
        return Triggered(found.inputs, deliveries)
    return Triggered(None, deliveries, f"impulse `{trigger.impulse}` started no run: {_why(trigger, run, found)}")


def _why(trigger: ImpulseTrigger, run: ImpulseRun, found: Deliveries) -> str:
    mask = Masker.of(value for keys in trigger.secrets.values() for value in keys.values())
    return mask.text(_reason(run, found))


def _reason(run: ImpulseRun, found: Deliveries) -> str:
    if found.decisions:
        return f"its StoryTrigger was refused: {found.decisions[0].message}"
    if run.exit.start_error is not None:
        return run.exit.start_error.text
    log = whole_lines(run.exit).stderr.text.strip()[-_LOG:]
    suffix = f"; it wrote: {log}" if log else ""
    if run.ended:
        return f"it ended with exit status {run.exit.code}{suffix}"
    answers = {0: "it does not listen on the port", -1: "it did not answer the request"}
    last = run.statuses[-1] if run.statuses else 0
    return answers.get(last, f"it answered {last} and made no StoryTrigger") + suffix


_POLICY = (
    (("deliveryPolicy", "dedupe", "mode"), "DEDUPE_MODE"),
    (("deliveryPolicy", "dedupe", "keyTemplate"), "DEDUPE_KEY_TEMPLATE"),
    (("deliveryPolicy", "retry", "maxAttempts"), "RETRY_MAX_ATTEMPTS"),
    (("deliveryPolicy", "retry", "baseDelay"), "RETRY_BASE_DELAY"),
    (("deliveryPolicy", "retry", "maxDelay"), "RETRY_MAX_DELAY"),
    (("deliveryPolicy", "retry", "backoff"), "RETRY_BACKOFF"),
    (("throttle", "maxInFlight"), "THROTTLE_MAX_IN_FLIGHT"),
    (("throttle", "ratePerSecond"), "THROTTLE_RATE_PER_SECOND"),
    (("throttle", "burst"), "THROTTLE_BURST"),
)
"""Fields of an Impulse that reach it as `BUBU_TRIGGER_…` (story-run.md, C4)."""


def _delivery(node: Node) -> Iterator[tuple[str, str]]:
    for path, name in _POLICY:
        found = node.find(("spec", *path))
        if found is not None and found.value is not None and str(found.value).strip():
            yield f"BUBU_TRIGGER_{name}", str(found.value).strip()
