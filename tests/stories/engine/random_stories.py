"""Random stories with scripts, sound ones and broken ones, from a seed."""

from __future__ import annotations

import copy
import random
from typing import Any

NAMES = ("a", "b", "load-db", "fetch-feed", "m", "q", "step-2", "x-1")
CONDITIONS = (
    "true",
    "{{ false }}",
    '{{ eq inputs.name "bo" }}',
    "{{ inputs.absent }}",
    "{{ 0 }}",
    "soon",
    '{{ env "A" }}',
    "{{ eq steps.%s.output.x 1.0 }}",
)
TEXTS = (
    "plain",
    "{{ inputs.q }}",
    "{{ inputs.absent }}",
    "{{ steps.%s.output.x }}",
    '{{ default "d" steps.%s.output.y }}',
    "v={{ steps.%s.output.s }}",
    "{{ steps['%s'].output.x }}",
    '{{ (index .steps "%s").output }}',
    "{{ steps.%s.",
    "{{ nosuch 1 }}",
)
DURATIONS = ("1s", "1h", "2m30s", "soon", "0s", "-5s", "", "{{ inputs.q }}")
OUTPUTS: tuple[Any, ...] = ({"x": 1, "s": "ok"}, {}, None, [1, 2], "text", 3, {"x": None, "deep": {"k": [1]}})
JUNK: tuple[Any, ...] = (None, 7, -1, 1.5, "", "x", [], {}, True, [None], {"name": None}, {"steps": [[]]})


def question(seed: int, steps: int = 8) -> dict[str, Any]:
    """A question for `story simulate`; every fourth is broken somewhere."""
    chance = random.Random(seed)
    asked = _sound(chance, chance.randint(1, steps))
    if seed % 4 == 3:
        for _ in range(chance.randint(1, 3)):
            _break(chance, asked)
    return {"id": seed, "kind": "batch"} | asked


def _sound(chance: random.Random, count: int) -> dict[str, Any]:
    names = chance.sample(NAMES, count)
    steps = [_step(chance, name, names) for name in names]
    cut = chance.randint(1, count)
    story: dict[str, Any] = {"steps": steps[:cut]}
    if cut < count and chance.random() < 0.5:
        story["compensations" if chance.random() < 0.5 else "finally"] = steps[cut:]
    if chance.random() < 0.3:
        story["output"] = {"o": _text(chance, names)}
    policy: dict[str, Any] = {}
    if chance.random() < 0.2:
        policy["concurrency"] = chance.randint(0, 3)
    if chance.random() < 0.2:
        policy["timeouts"] = {"story": chance.choice(DURATIONS)}
    if chance.random() < 0.2:
        policy["retries"] = {"continueOnStepFailure": chance.random() < 0.8}
    if policy:
        story["policy"] = policy
    return {
        "story": story,
        "engrams": {"e": {"with": {"base": "fromEngram"}}, "plain": {}, "bare": {"templateMissing": True}},
        "stories": {"child": {"policy": {"with": {"a": 1}}}},
        "inputs": {"q": chance.randint(0, 9), "name": chance.choice(["bo", ""])},
        "script": {name: _end(chance) for name in (*names, "left", "right")},
    }


def _step(chance: random.Random, name: str, names: list[str]) -> dict[str, Any]:
    step: dict[str, Any] = {"name": name}
    kind = chance.choices(
        ["", "condition", "sleep", "wait", "gate", "stop", "parallel", "executeStory"], [9, 1, 1, 1, 1, 1, 1, 2]
    )[0]
    if kind:
        step |= {"type": kind, "with": _with(chance, kind, names)}
    else:
        step["ref"] = {"name": chance.choice(["e", "e", "plain", "plain", "bare", "nosuch"])}
        if chance.random() < 0.5:
            step["with"] = {"v": _text(chance, names), "w": [_text(chance, names)]}
        if chance.random() < 0.2:
            retry = {"maxRetries": chance.randint(0, 4), "delay": chance.choice(DURATIONS), "backoff": "linear"}
            step["execution"] = {"retry": retry}
        if chance.random() < 0.1:
            step["idempotencyKeyTemplate"] = _text(chance, names)
        if chance.random() < 0.1:
            step["requires"] = [f"steps.{chance.choice(names)}.output.x"]
    if chance.random() < 0.5:
        step["needs"] = chance.sample(names, chance.randint(0, min(2, len(names))))
    if chance.random() < 0.3:
        step["if"] = _filled(chance, chance.choice(CONDITIONS), names)
    if chance.random() < 0.2:
        step["allowFailure"] = True
    return step


def _with(chance: random.Random, kind: str, names: list[str]) -> Any:
    match kind:
        case "sleep":
            return {"duration": chance.choice(DURATIONS)}
        case "wait":
            return {"until": _filled(chance, chance.choice(CONDITIONS), names)} | _waiting(chance)
        case "gate":
            return _waiting(chance)
        case "stop":
            return {"phase": chance.choice(["Succeeded", "Failed", "Canceled"])}
        case "parallel":
            return {
                "steps": [{"name": one, "ref": {"name": chance.choice(["e", "plain"])}} for one in ("left", "right")]
            }
        case "executeStory":
            given: dict[str, Any] = {"storyRef": {"name": chance.choice(["child", "child", "none"])}}
            if chance.random() < 0.8:
                given["waitForCompletion"] = chance.random() < 0.7
            return given | {"with": {"a": _text(chance, names)}}
        case _:
            return None


def _waiting(chance: random.Random) -> dict[str, Any]:
    keys = {"timeout": "1m", "pollInterval": "5s", "onTimeout": "skip"}
    return {key: chance.choice([value, "soon"]) for key, value in keys.items() if chance.random() < 0.6}


def _text(chance: random.Random, names: list[str]) -> str:
    return _filled(chance, chance.choice(TEXTS), names)


def _filled(chance: random.Random, text: str, names: list[str]) -> str:
    return text.replace("%s", chance.choice([chance.choice(names), chance.choice(names).replace("-", "_"), "left"]))


def _end(chance: random.Random) -> Any:
    after = chance.randint(0, 40)
    ends: list[Any] = [
        {"after": after, "phase": "Succeeded", "output": copy.deepcopy(chance.choice(OUTPUTS))},
        {"after": after, "phase": "Succeeded", "output": {"x": 1, "s": "ok"}},
        {"after": after, "phase": "Failed", "exitClass": "retry", "error": "boom"},
        [{"after": after, "exit": chance.choice([0, 1, 124, 137, 255])}, {"after": 1, "exit": 0, "output": {"x": 1}}],
        {"after": after, "lost": True},
        {"never": True},
        {"gate": chance.choice(["Approved", "Rejected"]), "at": after, "after": after, "phase": "Succeeded"},
    ]
    return chance.choices(ends, [2, 6, 1, 2, 1, 1, 2])[0]


def _break(chance: random.Random, value: Any) -> None:
    """Put something where it does not belong."""
    while isinstance(value, (dict, list)) and value:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = chance.choice(list(keys))
        inner = value[key]
        if not isinstance(inner, (dict, list)) or not inner or chance.random() < 0.25:
            value[key] = copy.deepcopy(chance.choice(JUNK))
            return
        value = inner
