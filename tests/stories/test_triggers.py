"""StoryTriggers: names and hashes as the platform's own code derives them, and what is decided of each."""

from __future__ import annotations

from typing import Any

import pytest

from validator.findings import Json
from validator.sources.manifests import Story, view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.stories.runs.identities import LONGEST, input_hash, run_name, trigger_name
from validator.stories.runs.triggers import Decision, Delivery, Outcome, decide, delivery, read_trigger

# Made by pkg/runs/identity of bobrapet 0.1.13.
NAMES = [
    (("default", "map", "step-1"), "map-trigger-6a26362c187fb76e", "map-step-1-6a26362c187fb76e"),
    (("default", "map", "Order #7__x"), "map-trigger-3dda3b187ce885da", "map-order-7-x-3dda3b187ce885da"),
    (("", "map", "abc"), "map-trigger-e0292a20e6459215", "map-abc"),
    (("ns", "map", "---"), "map-trigger-58929bcd2d06a4ed", "map-58929bcd2d06a4ed"),
]
HASHES: list[tuple[Json, str]] = [
    (None, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    ({}, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    (
        {"b": 1, "a": [1.5, 1e21, "<x>&\u2028"], "n": None, "big": 9007199254740993, "t": True},
        "9ac04939c5f6bdfe83766c73f92118af826567fcd118077afd9a4ae0c9148631",
    ),
]
STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: child}
spec:
  version: "2"
  inputsSchema: {type: object, required: [item], properties: {item: {type: integer, default: 3}}}
  steps: []
"""


@pytest.mark.parametrize(("parts", "trigger", "run"), NAMES)
def test_names_are_those_of_the_platform(parts: tuple[str, str, str], trigger: str, run: str) -> None:
    assert (trigger_name(*parts), run_name(*parts)) == (trigger, run)


def test_long_names_are_cut() -> None:
    names = [make("ns", "a" * 250, "key") for make in (trigger_name, run_name)]

    assert [len(name) for name in names] == [LONGEST, LONGEST]
    assert len({name[-16:] for name in names}) == 1


@pytest.mark.parametrize(("inputs", "expected"), HASHES)
def test_inputs_are_hashed_as_go_writes_them(inputs: Json, expected: str) -> None:
    assert input_hash(inputs) == expected


def story() -> Story:
    found = view(read(SourceText("story.yaml", STORY)).documents[0].root)
    assert isinstance(found, Story)
    return found


def manifest(inputs: Json, *, key: str = "", name: str = "", **identity: Any) -> dict[str, Json]:
    """A StoryTrigger as the SDK writes it, but for what is given otherwise."""
    named = {"mode": "token", "key": key, "inputHash": input_hash(inputs)} if key else {"mode": "none"}
    delivered = {"submissionId": key or "one", **named, **identity}
    reference = delivered.pop("storyRef", {"name": "child"})
    story_name = reference.get("name", "")
    made = trigger_name(reference.get("namespace", "default"), story_name, key or str(delivered["submissionId"]))
    return {
        "kind": "StoryTrigger",
        "metadata": {"name": name or made, "namespace": "default"},
        "spec": {"storyRef": reference, "inputs": inputs, "deliveryIdentity": delivered},
    }


DECISIONS = [
    ("one without a key", manifest({"item": 1}), "Created", "StoryRunCreated"),
    ("one with a key", manifest({"item": 1}, key="k"), "Created", "StoryRunCreated"),
    ("the version that there is", manifest({"item": 1}, storyRef={"name": "child", "version": "2"}), "Created", ""),
    ("another version", manifest({"item": 1}, storyRef={"name": "child", "version": "1"}), "", "StoryVersionMismatch"),
    ("no such story", manifest({}, storyRef={"name": "other"}), "", "StoryNotFound"),
    ("no story", manifest({}, storyRef={}), "", "ValidationFailed"),
    ("inputs of another type", manifest({"item": "x"}), "", "ValidationFailed"),
    ("inputs that leave out what has a default", manifest({}), "", "ValidationFailed"),
    ("inputs that are no object", manifest([1]), "", "ValidationFailed"),
    ("a hash of other inputs", manifest({"item": 1}, key="k", inputHash="0"), "", "InputHashMismatch"),
    ("a key without a hash", manifest({"item": 1}, key="k", inputHash=""), "", "ValidationFailed"),
    ("a key in mode none", manifest({"item": 1}, key="k", mode="none"), "", "ValidationFailed"),
    ("no key in mode key", manifest({"item": 1}, mode="key"), "", "ValidationFailed"),
    ("no submission", manifest({"item": 1}, key="k", submissionId=""), "", "ValidationFailed"),
    ("another name", manifest({"item": 1}, name="mine"), "", "ValidationFailed"),
    (
        "another namespace",
        manifest({"item": 1}, storyRef={"name": "child", "namespace": "other"}),
        "",
        "ValidationFailed",
    ),
    ("members of other types", {"metadata": [], "spec": {"storyRef": 1, "deliveryIdentity": "x"}}, "", ""),
]


@pytest.mark.parametrize(
    ("trigger", "outcome", "reason"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS]
)
def test_what_is_decided(trigger: dict[str, Json], outcome: str, reason: str) -> None:
    read_one = read_trigger(trigger)

    decided = decide(read_one, story() if read_one.story == "child" else None, None)

    assert str(decided.outcome) == (outcome or "Rejected")
    assert not reason or decided.reason == reason
    assert decided.message


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ({"item": 1}, Decision(Outcome.REUSED, "StoryRunReused", 'reused existing StoryRun "default/RUN"')),
        (
            {"item": 2},
            Decision(
                Outcome.REJECTED,
                "StoryRunConflict",
                'existing StoryRun "default/RUN" does not match StoryTrigger storyRef and inputs',
            ),
        ),
    ],
)
def test_a_second_delivery_with_the_same_key(existing: Json, expected: Decision) -> None:
    first = read_trigger(manifest(existing, key="k"))
    second = read_trigger(manifest({"item": 1}, key="k"))

    decided = decide(second, story(), delivery(first))

    assert (decided.outcome, decided.reason) == (expected.outcome, expected.reason)
    assert decided.message == expected.message.replace("RUN", second.run)


def test_a_run_that_no_trigger_made_is_not_reused() -> None:
    trigger = read_trigger(manifest({"item": 1}, key="k"))

    decided = decide(trigger, story(), Delivery("child", "default", "", ""))

    assert decided.reason == "StoryRunConflict"
