"""What the platform decides of a StoryTrigger: the run that it starts or finds, or why it is refused.

Pure, as the StoryTrigger controller is (story-run.md, C2): objects in, a decision out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from validator.findings import Json
from validator.schemas.offload import is_offloaded
from validator.schemas.validation import validate_inputs
from validator.sources.manifests import Story
from validator.stories.runs.definitions import value_of
from validator.stories.runs.identities import input_hash, run_name, trigger_name

BEGAN = "2026-01-01T00:00:00Z"
"""A time for those who read it: no clock tells when a run in virtual time began."""


class Outcome(StrEnum):
    """What became of a delivery."""

    CREATED = "Created"
    REUSED = "Reused"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A StoryTrigger, as far as a decision needs it."""

    name: str
    namespace: str
    story: str
    story_namespace: str
    version: str
    inputs: Json
    mode: str
    key: str
    submission: str
    hash: str

    @property
    def identity(self) -> str:
        """By which deliveries are told apart."""
        return self.key or self.submission

    @property
    def run(self) -> str:
        """The name of its StoryRun."""
        return run_name(self.story_namespace, self.story, self.identity)

    @property
    def lasting_run(self) -> str:
        """The same where a key decides it; empty where every submission gives another one."""
        return self.run if self.key else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The status of a StoryTrigger."""

    outcome: Outcome
    reason: str
    message: str

    @property
    def rejected(self) -> bool:
        """Whether it starts and finds no run."""
        return self.outcome is Outcome.REJECTED


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a StoryRun remembers of the StoryTrigger that made it."""

    story: str
    story_namespace: str
    version: str
    hash: str


def awaits_decision(manifest: Mapping[str, Json]) -> bool:
    """Whether an object is a StoryTrigger about which nothing is decided yet."""
    return manifest.get("kind") == "StoryTrigger" and not member(manifest, "status").get("decision")


def read_trigger(manifest: Mapping[str, Json]) -> Trigger:
    """A StoryTrigger from what an engram wrote; members of another type count as missing."""
    metadata, spec = member(manifest, "metadata"), member(manifest, "spec")
    story, identity = member(spec, "storyRef"), member(spec, "deliveryIdentity")
    namespace = _text(metadata, "namespace")
    return Trigger(
        name=_text(metadata, "name"),
        namespace=namespace,
        story=_text(story, "name"),
        story_namespace=_text(story, "namespace") or namespace,
        version=_text(story, "version"),
        inputs=spec.get("inputs"),
        mode=_text(identity, "mode") or "none",
        key=_text(identity, "key"),
        submission=_text(identity, "submissionId"),
        hash=_text(identity, "inputHash"),
    )


def decide(trigger: Trigger, story: Story | None, existing: Delivery | None) -> Decision:
    """What becomes of a StoryTrigger; `existing` is the run that has its name already."""
    key = f"{trigger.story_namespace}/{trigger.story}"
    if problem := _malformed(trigger):
        return _rejected("ValidationFailed", problem)
    if story is None:
        return _rejected("StoryNotFound", f'referenced Story "{key}" was not found')
    version = _version(story)
    if trigger.version and trigger.version != version:
        message = f'referenced Story "{key}" has version "{version}", expected "{trigger.version}"'
        return _rejected("StoryVersionMismatch", message)
    try:
        found = input_hash(trigger.inputs)
    except ValueError as error:
        return _rejected("InputHashMismatch", f"failed to compute trigger input hash: {error}")
    if trigger.hash and trigger.hash != found:
        return _rejected("InputHashMismatch", "spec.deliveryIdentity.inputHash does not match spec.inputs")
    run = f"{trigger.namespace}/{trigger.run}"
    if existing is not None:
        if existing == delivery(trigger):
            return Decision(Outcome.REUSED, "StoryRunReused", f'reused existing StoryRun "{run}"')
        message = f'existing StoryRun "{run}" does not match StoryTrigger storyRef and inputs'
        return _rejected("StoryRunConflict", message)
    if problem := inputs_problem(story, trigger.inputs):
        return _rejected("ValidationFailed", f"StoryRun admission rejected the request: {problem}")
    return Decision(Outcome.CREATED, "StoryRunCreated", f'created StoryRun "{run}"')


def answer(manifest: Mapping[str, Json], decision: Decision) -> list[dict[str, Json]]:
    """The objects that the API holds from now on: the run, if one is created, and the StoryTrigger with its status."""
    trigger = read_trigger(manifest)
    status: dict[str, Json] = {
        "acceptedAt": BEGAN,
        "completedAt": BEGAN,
        "decision": str(decision.outcome),
        "reason": decision.reason,
        "message": decision.message,
    }
    if not decision.rejected:
        status["storyRunRef"] = {"name": trigger.run, "namespace": trigger.namespace}
    answered: dict[str, Json] = {**manifest, "status": status}
    if decision.outcome is not Outcome.CREATED:
        return [answered]
    spec = member(manifest, "spec")
    run: dict[str, Json] = {
        "apiVersion": "runs.bubustack.io/v1alpha1",
        "kind": "StoryRun",
        "metadata": {
            "name": trigger.run,
            "namespace": trigger.namespace,
            "annotations": {"storyrun.bubustack.io/trigger-request-name": trigger.name},
        },
        "spec": {key: spec[key] for key in ("storyRef", "impulseRef", "inputs") if key in spec},
        "status": {"phase": "Running", "startedAt": BEGAN},
    }
    # The run comes first: whoever sees the decision may ask for it at once.
    return [run, answered]


def delivery(trigger: Trigger) -> Delivery:
    """What the run of a StoryTrigger remembers of it. Its inputs have a hash."""
    return Delivery(trigger.story, trigger.story_namespace, trigger.version, input_hash(trigger.inputs))


def inputs_problem(story: Story, inputs: Json) -> str:
    """Why the admission of a StoryRun refuses its inputs; empty when it does not. Defaults do not count there.

    What lies in storage is not known here, and nothing is said of it (story-run.md, C2).
    """
    if is_offloaded(inputs):
        return ""
    if inputs is not None and not isinstance(inputs, dict):
        return "spec.inputs must be a JSON object"
    schema = value_of(story.inputs_schema)
    found = validate_inputs(schema, inputs or {}) if isinstance(schema, dict) else []
    return f"spec.inputs is invalid against Story schema: {found[0].message}" if found else ""


def _malformed(trigger: Trigger) -> str:
    """What is wrong with a StoryTrigger itself."""
    if not trigger.story:
        return "spec.storyRef.name is required"
    if not trigger.submission:
        return "spec.deliveryIdentity.submissionId is required"
    if trigger.mode == "none" and trigger.key:
        return f'spec.deliveryIdentity.key must be empty when spec.deliveryIdentity.mode="{trigger.mode}"'
    if trigger.mode in ("token", "key") and not trigger.key:
        return f'spec.deliveryIdentity.key is required when spec.deliveryIdentity.mode="{trigger.mode}"'
    if trigger.key and not trigger.hash:
        return "spec.deliveryIdentity.inputHash is required when spec.deliveryIdentity.key is set"
    expected = trigger_name(trigger.story_namespace, trigger.story, trigger.identity)
    if trigger.name != expected:
        return f'metadata.name must be "{expected}" for StoryTrigger (got "{trigger.name}")'
    if trigger.story_namespace != trigger.namespace:
        return "cross-namespace StoryRef references are not allowed"
    return ""


def _rejected(reason: str, message: str) -> Decision:
    return Decision(Outcome.REJECTED, reason, message)


def _version(story: Story) -> str:
    node = story.node.find(("spec", "version"))
    return (node.text or "").strip() if node is not None else ""


def member(document: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """A member of an object from outside; empty where it is no object."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text(document: Mapping[str, Json], key: str) -> str:
    value = document.get(key)
    return value.strip() if isinstance(value, str) else ""
