"""Mistakes in the shape of stories, transports and impulses."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.mutation.drafts import Draft, Path
from tests.mutation.mistake import Apply, Mistake, slip


def on_step(change: Callable[[random.Random, Draft, str, dict[str, Any], Path], bool | None], key: str = "") -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        story = key or ("batch" if "batch" in draft.documents else "realtime")
        if story not in draft.documents:
            return False
        steps = list(draft.steps(story))
        rng.shuffle(steps)
        return any(change(rng, draft, story, step, path) is not False for path, step in steps[:1]) or any(
            change(rng, draft, story, step, path) is not False for path, step in steps[1:]
        )

    return apply


def of_step(name: str, value: Callable[[random.Random, Any], Any], *, nested: Sequence[str] = ()) -> Apply:
    """Another value for a field of a step that has it."""

    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        holder: Any = step
        for part in nested:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or name not in holder:
            return False
        holder[name] = value(rng, holder[name])
        return True

    return on_step(change)


def adding(fields: dict[str, Any], fits: Callable[[dict[str, Any]], bool], key: str = "") -> Apply:
    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        if not fits(step):
            return False
        step.update(fields)
        return True

    return on_step(change, key)


def _key(
    name: str, new: Callable[[random.Random, str], str], fits: Callable[[dict[str, Any]], bool] = lambda step: True
) -> Apply:
    """Another name for a key of a step."""

    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        if name not in step or not fits(step):
            return False
        draft.set(story, path, {(new(rng, key) if key == name else key): value for key, value in step.items()})
        return True

    return on_step(change)


def at(kind: str, path: Path, value: Callable[[random.Random, Any], Any]) -> Apply:
    """Another value at a path of a document whose key begins so."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        keys = [key for key in draft.documents if key == kind or (key.startswith(f"{kind} ") and kind != "impulse")]
        if not keys:
            return False
        key = rng.choice(keys)
        try:
            before = draft.get(key, path)
        except KeyError:
            return False
        draft.set(key, path, value(rng, before))
        return True

    return apply


def without(kind: str, path: Path) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        keys = [key for key in draft.documents if key == kind or (key.startswith(f"{kind} ") and kind != "impulse")]
        if not keys:
            return False
        draft.remove(rng.choice(keys), path)
        return True

    return apply


def _same_name(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
    steps = draft.documents[story]["spec"]["steps"]
    others = [
        one for one in steps if one is not step and not any(one["name"] in other.get("needs", ()) for other in steps)
    ]
    if not others:
        return False
    rng.choice(others)["name"] = step["name"]
    return True


def _cycle(rng: random.Random, draft: Draft) -> bool:
    story = "batch" if "batch" in draft.documents else "realtime"
    steps = draft.documents[story]["spec"]["steps"]
    steps[0]["needs"] = [steps[1]["name"]]
    return True


def member(path: Path, rename: Callable[[random.Random, str], str], kind: str) -> Apply:
    """Another name for a key at a path."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        keys = [key for key in draft.documents if key == kind or (key.startswith(f"{kind} ") and kind != "impulse")]
        if not keys:
            return False
        key = rng.choice(keys)
        parent = draft.get(key, path[:-1])
        if path[-1] not in parent:
            return False
        renamed = {(rename(rng, name) if name == path[-1] else name): value for name, value in parent.items()}
        if len(path) == 1:
            draft.documents[key] = renamed
        else:
            draft.set(key, path[:-1], renamed)
        return True

    return apply


def slipped(rng: random.Random, value: Any) -> Any:
    return slip(rng, value)


STRUCTURE = [
    Mistake("need-misspelt", of_step("needs", lambda rng, needs: [slip(rng, needs[0]), *needs[1:]])),
    Mistake("need-itself", on_step(lambda rng, draft, story, step, path: step.update(needs=[step["name"]]))),
    Mistake("needs-cycle", _cycle),
    Mistake("name-twice", on_step(_same_name)),
    Mistake("type-misspelt", of_step("type", slip)),
    Mistake("ref-and-type", adding({"type": "sleep"}, lambda step: "ref" in step)),
    Mistake(
        "neither-ref-nor-type",
        on_step(lambda rng, draft, story, step, path: bool(step.pop("ref", None))),
        removes=True,
    ),
    Mistake("ref-misspelt", of_step("name", slipped, nested=("ref",))),
    Mistake("key-of-step-misspelt", _key("with", lambda rng, key: "wiht", lambda step: "ref" in step)),
    Mistake("key-needs-misspelt", _key("needs", lambda rng, key: "need")),
    Mistake("key-if-misspelt", _key("if", lambda rng, key: "when")),
    Mistake("runtime-in-batch", adding({"runtime": {"text": "x"}}, lambda step: "ref" in step, "batch")),
    Mistake("transport-misspelt", of_step("transport", slipped)),
    Mistake("duration-in-words", of_step("duration", lambda rng, value: "30 seconds", nested=("with",))),
    Mistake("timeout-without-unit", of_step("timeout", lambda rng, value: "5", nested=("execution",))),
    Mistake("story-ref-misspelt", of_step("name", slipped, nested=("with", "storyRef"))),
    Mistake("condition-is-text", of_step("if", lambda rng, value: "yes please")),
    Mistake("pattern-misspelt", at("batch", ("spec", "pattern"), slipped)),
    Mistake("pattern-realtime-misspelt", at("realtime", ("spec", "pattern"), slipped)),
    Mistake("kind-misspelt", at("engram", ("kind",), slipped)),
    Mistake("api-version-misspelt", at("engram", ("apiVersion",), lambda rng, value: "bubustack.io/v1")),
    Mistake("name-of-object-invalid", at("impulse", ("metadata", "name"), lambda rng, value: "In Take")),
    Mistake("no-steps", at("follow", ("spec", "steps"), lambda rng, value: [])),
    Mistake("steps-missing", without("follow", ("spec", "steps")), removes=True),
    Mistake("name-missing", without("follow", ("metadata", "name")), removes=True),
    Mistake("key-spec-misspelt", member(("spec",), lambda rng, key: "sepc", "follow")),
    Mistake(
        "retries-negative",
        at("batch", ("spec", "policy", "retries", "stepRetryPolicy", "maxRetries"), lambda rng, value: -1),
    ),
    Mistake("step-timeout-invalid", at("batch", ("spec", "policy", "timeouts", "step"), lambda rng, value: "2 hours")),
    Mistake("output-missing", without("batch", ("spec", "output", "total")), removes=True),
    Mistake("output-of-other-type", at("batch", ("spec", "output", "total"), lambda rng, value: "many")),
    Mistake("output-key-misspelt", member(("spec", "output", "summary"), slip, "batch")),
    Mistake(
        "output-template-of-other-type",
        on_step(
            lambda rng, draft, story, step, path: draft.set(
                "batch", ("spec", "output", "total"), draft.documents["batch"]["spec"]["output"]["summary"]
            ),
            "batch",
        ),
    ),
    Mistake("transport-ref-misspelt", at("realtime", ("spec", "transports", 0, "transportRef"), slipped)),
    Mistake(
        "drop-policy-misspelt",
        at("realtime", ("spec", "transports", 0, "streaming", "backpressure", "buffer", "dropPolicy"), slipped),
    ),
    Mistake("rule-action-misspelt", at("transport", ("spec", "streaming", "routing", "rules", 0, "action"), slipped)),
    Mistake(
        "rule-with-operator",
        at(
            "transport",
            ("spec", "streaming", "routing", "rules", 0, "when"),
            lambda rng, value: '{{ packet.metadata.lane == "closed" }}',
        ),
    ),
    Mistake(
        "rule-with-unknown-function",
        at(
            "transport",
            ("spec", "streaming", "routing", "rules", 0, "when"),
            lambda rng, value: '{{ equals packet.metadata.lane "closed" }}',
        ),
    ),
    Mistake("impulse-story-misspelt", at("impulse", ("spec", "storyRef", "name"), slipped)),
    Mistake("impulse-template-misspelt", at("impulse", ("spec", "templateRef", "name"), slipped)),
]
