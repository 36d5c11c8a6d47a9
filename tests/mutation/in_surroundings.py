"""Mistakes around the steps: primitives, requirements, keys, triggers, transports, sections, gaps of the platform."""

from __future__ import annotations

import random
from typing import Any

from tests.mutation.drafts import SCHEMAS, Draft, Path
from tests.mutation.in_structure import adding, at, member, of_step, on_step, slipped, without
from tests.mutation.mistake import Apply, Mistake, slip

_STREAMING: Path = ("spec", "transports", 0, "streaming")
_DEDUPE: Path = ("spec", "deliveryPolicy", "dedupe")
_CACHE: Path = ("spec", "policy", "execution", "cache")


def _type(kind: str) -> Any:
    return lambda step: step.get("type") == kind


def _waiting(kind: str, name: str, value: Any) -> Apply:
    """Another value in `with` of a primitive."""

    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        if step.get("type") != kind:
            return False
        before = step["with"].get(name)
        step["with"][name] = value(rng, before) if callable(value) else value
        return True

    return on_step(change, "batch")


def _waiting_key(kind: str, name: str, new: str) -> Apply:
    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        if step.get("type") != kind:
            return False
        step["with"] = {(new if key == name else key): value for key, value in step["with"].items()}
        return True

    return on_step(change, "batch")


def _waiting_without(kind: str, name: str) -> Apply:
    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        return step.get("type") == kind and step["with"].pop(name, None) is not None

    return on_step(change, "batch")


def _requirement(change: Any) -> Apply:
    return of_step("requires", lambda rng, paths: [change(rng, paths[0].split("."))])


def _reads(section: str) -> Apply:
    """A main step reads one that comes later."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        if "batch" not in draft.documents:
            return False
        late = draft.documents["batch"]["spec"][section][0]
        outputs = draft.schema(late["ref"]["name"], "outputSchema")
        text = next(name for name in outputs["required"] if outputs["properties"][name] == SCHEMAS["text"])
        texts = [
            site
            for site in draft.sites
            if site.path[:2] == ("spec", "steps") and site.gives == "text" and "with" in site.path
        ]
        if not texts:
            return False
        site = rng.choice(texts)
        draft.set(site.kind, site.path, f"said {{{{ steps.{late['name']}.output.{text} }}}}")
        return True

    return apply


def _other_id(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
    """An `id` of a step whose packets another one takes: of the last step, nothing that matters is dropped."""
    steps = draft.documents[story]["spec"]["steps"]
    if not any(step["name"] in other.get("needs", ()) for other in steps):
        return False
    step["id"] = "other-id"
    return True


def _input_misspelt(path: Path, kind: str) -> Apply:
    def misspelt(rng: random.Random, text: str) -> str:
        before, _, name = text.partition("inputs.")
        name, _, after = name.partition(" ")
        return f"{before}inputs.{slip(rng, name)} {after}"

    return at(kind, path, misspelt)


def _inserted(path: Path, value: Any) -> Apply:
    """One more element of a list."""
    return at("realtime", path, lambda rng, before: [*before, value])


PRIMITIVES = [
    Mistake("gate-timeout-in-words", _waiting("gate", "timeout", "24 hours")),
    Mistake("gate-on-timeout-misspelt", _waiting("gate", "onTimeout", "fial")),
    Mistake("gate-key-misspelt", _waiting_key("gate", "timeout", "timout")),
    Mistake("gate-poll-without-unit", _waiting("gate", "pollInterval", "30")),
    Mistake("wait-key-misspelt", _waiting_key("wait", "until", "untill")),
    Mistake("wait-without-until", _waiting_without("wait", "until"), removes=True),
    Mistake("wait-until-text", _waiting("wait", "until", "maybe later")),
    Mistake("wait-until-operator", _waiting("wait", "until", lambda rng, text: text.replace(" }}", " == true }}"))),
    Mistake("wait-until-misspelt", _waiting("wait", "until", lambda rng, text: text.replace("inputs.", "inputs.x"))),
    Mistake("wait-timeout-template", _waiting("wait", "timeout", "{{ inputs.patience }}")),
    Mistake("sleep-of-zero", _waiting("sleep", "duration", "0s")),
    Mistake("sleep-key-misspelt", _waiting_key("sleep", "duration", "durration")),
    Mistake("story-key-misspelt", _waiting_key("executeStory", "storyRef", "storyref")),
    Mistake("story-wait-misspelt", _waiting_key("executeStory", "waitForCompletion", "waitForCompletition")),
    Mistake("story-wait-omitted", _waiting_without("executeStory", "waitForCompletion"), removes=True),
    Mistake("story-wait-is-text", _waiting("executeStory", "waitForCompletion", "yes")),
    Mistake("story-input-misspelt", _waiting("executeStory", "with", lambda rng, given: {"subjct": given["subject"]})),
    Mistake("story-input-missing", _waiting("executeStory", "with", {}), removes=True),
]
REQUIREMENTS = [
    Mistake("requires-step-misspelt", _requirement(lambda rng, way: ".".join([way[0], slip(rng, way[1]), *way[2:]]))),
    Mistake("requires-field-misspelt", _requirement(lambda rng, way: ".".join([*way[:3], slip(rng, way[3])]))),
    Mistake("requires-without-root", _requirement(lambda rng, way: ".".join(way[1:]))),
    Mistake("requires-braces", _requirement(lambda rng, way: f"{{{{ {'.'.join(way)} }}}}")),
    Mistake("requires-gate", _requirement(lambda rng, way: "steps.approval.output.by")),
    Mistake("requires-an-input", _requirement(lambda rng, way: "inputs.order")),
    Mistake(
        "requires-itself",
        on_step(
            lambda rng, draft, story, step, path: (
                "ref" in step and step.update(requires=[f"steps.{step['name']}.output.any"]) is None
            ),
            "batch",
        ),
    ),
]
KEYS = [
    Mistake("cache-key-operator", at("batch", (*_CACHE, "key"), lambda rng, text: text.replace(" }}", " == 1 }}"))),
    Mistake("cache-key-root", at("batch", (*_CACHE, "key"), lambda rng, text: text.replace(".step", ".stp"))),
    Mistake("cache-key-function", at("batch", (*_CACHE, "key"), lambda rng, text: text.replace("{{ ", "{{ hash "))),
    Mistake("dedupe-mode-misspelt", at("impulse", (*_DEDUPE, "mode"), lambda rng, value: "keys")),
    Mistake(
        "dedupe-key-operator",
        at("impulse", (*_DEDUPE, "keyTemplate"), lambda rng, text: text.replace(" }}", " == 1 }}")),
    ),
    Mistake("dedupe-key-input-misspelt", _input_misspelt((*_DEDUPE, "keyTemplate"), "impulse")),
    Mistake(
        "dedupe-key-function",
        at("impulse", (*_DEDUPE, "keyTemplate"), lambda rng, text: text.replace("{{ ", "{{ sha ")),
    ),
    Mistake("dedupe-key-unclosed", at("impulse", (*_DEDUPE, "keyTemplate"), lambda rng, text: text.replace("}}", "}"))),
    Mistake(
        "dedupe-mode-of-template-misspelt", at("impulse template", (*_DEDUPE, "mode"), lambda rng, value: "tokens")
    ),
]
IMPULSES = [
    Mistake("impulse-config-missing", without("impulse", ("spec", "with", "path")), removes=True),
    Mistake("impulse-config-of-other-type", at("impulse", ("spec", "with", "port"), lambda rng, value: "http")),
    Mistake("impulse-config-too-large", at("impulse", ("spec", "with", "port"), lambda rng, value: 99999)),
    Mistake("impulse-config-misspelt", member(("spec", "with", "port"), lambda rng, key: "prot", "impulse")),
    Mistake("impulse-secret-missing", without("impulse", ("spec", "secrets")), removes=True),
    Mistake("impulse-key-misspelt", member(("spec", "storyRef"), lambda rng, key: "story", "impulse")),
    Mistake("impulse-throttle-is-text", at("impulse", ("spec", "throttle", "burst"), lambda rng, value: "many")),
    Mistake(
        "impulse-template-mode-misspelt",
        at("impulse template", ("spec", "supportedModes"), lambda rng, value: ["deploy"]),
    ),
    Mistake("impulse-template-without-version", without("impulse template", ("spec", "version")), removes=True),
    Mistake(
        "impulse-template-schema-misspelt",
        at("impulse template", ("spec", "configSchema", "properties", "port", "type"), slipped),
    ),
    Mistake(
        "impulse-template-retry-in-words",
        at("impulse template", ("spec", "deliveryPolicy", "retry", "maxAttempts"), lambda rng, value: "three"),
    ),
]
TRANSPORTS = [
    Mistake("provider-missing", without("transport", ("spec", "provider")), removes=True),
    Mistake("transport-key-misspelt", member(("spec", "streaming"), lambda rng, key: "streming", "transport")),
    Mistake(
        "ordering-misspelt", at("realtime", (*_STREAMING, "delivery", "ordering"), lambda rng, value: "per-stream")
    ),
    Mistake("flow-mode-misspelt", at("realtime", (*_STREAMING, "flowControl", "mode"), lambda rng, value: "credit")),
    Mistake(
        "percentage-too-large",
        at("realtime", (*_STREAMING, "flowControl", "pauseThreshold", "bufferPct"), lambda rng, value: 180),
    ),
    Mistake("fan-out-misspelt", at("realtime", (*_STREAMING, "routing", "fanOut"), lambda rng, value: "paralel")),
    Mistake("lane-kind-misspelt", at("realtime", (*_STREAMING, "lanes", 1, "kind"), slipped)),
    Mistake("lane-without-kind", without("realtime", (*_STREAMING, "lanes", 1, "kind")), removes=True),
    Mistake("lane-twice", _inserted((*_STREAMING, "lanes"), {"name": "words", "kind": "binary"})),
    Mistake(
        "buffer-is-text",
        at("realtime", (*_STREAMING, "backpressure", "buffer", "maxMessages"), lambda rng, value: "lots"),
    ),
    Mistake(
        "partition-key-braces",
        at("realtime", (*_STREAMING, "partitioning", "key"), lambda rng, value: f"{{{{ {value} }}}}"),
    ),
    Mistake(
        "partition-key-misspelt",
        at("realtime", (*_STREAMING, "partitioning", "key"), lambda rng, value: "metdata.lane"),
    ),
    Mistake(
        "redacted-field-misspelt",
        at(
            "realtime",
            (*_STREAMING, "recording", "redactFields"),
            lambda rng, fields: [f"payload.{slip(rng, fields[0][8:])}"],
        ),
    ),
    Mistake("sample-rate-too-large", at("realtime", (*_STREAMING, "recording", "sampleRate"), lambda rng, value: 150)),
    Mistake(
        "rule-for-unknown-step",
        at(
            "realtime",
            (*_STREAMING, "routing", "rules", 0, "target", "steps"),
            lambda rng, steps: [slip(rng, steps[0])],
        ),
    ),
    Mistake(
        "rule-of-story-compares-types",
        at(
            "realtime",
            (*_STREAMING, "routing", "rules", 0, "when"),
            lambda rng, text: "{{ eq packet.metadata.lane true }}",
        ),
    ),
    Mistake(
        "rule-of-story-unclosed",
        at("realtime", (*_STREAMING, "routing", "rules", 0, "when"), lambda rng, text: text.replace("}}", "}")),
    ),
    Mistake(
        "metadata-of-metadata",
        at(
            "transport",
            ("spec", "streaming", "routing", "rules", 0, "when"),
            lambda rng, text: text.replace("packet.metadata.lane", "packet.metadata.lane.name"),
        ),
    ),
]
SECTIONS = [
    Mistake("main-step-reads-finally", _reads("finally")),
    Mistake("main-step-reads-compensation", _reads("compensations")),
    Mistake("finally-ref-misspelt", at("batch", ("spec", "finally", 0, "ref", "name"), slipped)),
    Mistake("compensation-ref-misspelt", at("batch", ("spec", "compensations", 0, "ref", "name"), slipped)),
    Mistake("name-of-finally-twice", at("batch", ("spec", "finally", 0, "name"), lambda rng, value: "approval")),
    Mistake("section-misspelt", member(("spec", "compensations"), lambda rng, key: "compensation", "batch")),
    Mistake("queue-invalid", at("batch", ("spec", "policy", "queue"), lambda rng, value: "Nightly Jobs")),
    Mistake("priority-negative", at("batch", ("spec", "policy", "priority"), lambda rng, value: -3)),
    Mistake("policy-key-misspelt", member(("spec", "policy", "timeouts"), lambda rng, key: "timeout", "batch")),
]
GAPS = [
    Mistake(
        "steps-in-parallel",
        adding(
            {"type": "parallel", "with": {"steps": [{"name": "one", "type": "sleep", "with": {"duration": "1s"}}]}},
            _type("sleep"),
            "batch",
        ),
    ),
    Mistake(
        "timeout-of-story-with-finally", at("batch", ("spec", "policy", "timeouts"), lambda rng, value: {"story": "1h"})
    ),
    Mistake("id-is-not-name", on_step(_other_id, "realtime")),
    Mistake(
        "sleep-in-realtime",
        on_step(
            lambda rng, draft, story, step, path: (
                draft.documents[story]["spec"]["steps"].append(
                    {"name": "nap", "type": "sleep", "with": {"duration": "5s"}}
                )
                is None
            ),
            "realtime",
        ),
    ),
    Mistake(
        "step-off-transport",
        on_step(
            lambda rng, draft, story, step, path: bool(step.get("needs")) and step.pop("transport") is not None,
            "realtime",
        ),
        removes=True,
    ),
]
