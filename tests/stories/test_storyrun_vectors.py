"""Batch stories run as the platform's own controllers ran them: `tests/vectors/storyruns.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from validator.stories.simulation import answer

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "vectors" / "storyruns.jsonl").read_text("utf-8").splitlines()
]
UNKNOWN = {"several members fail in different ways", "the current time", "depends on chance"}
"""Beginnings and parts of reasons why a vector may have no answer."""


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["question"]["id"])
def test_a_story_runs_as_the_controllers_run_it(vector: dict[str, Any]) -> None:
    got: Any = answer(vector["question"])
    if "unsupported" in got:
        assert any(part in got["unsupported"] for part in UNKNOWN)
        return

    want = vector["final"]
    final = got["final"]
    assert {key: final[key] for key in ("phase", "output", "quiescent")} == {
        key: want[key] for key in ("phase", "output", "quiescent")
    }
    assert says(want, final["message"])
    assert final["steps"].keys() == want["steps"].keys()
    for name, step in want["steps"].items():
        assert (name, final["steps"][name]["phase"]) == (name, step["phase"])
        assert says(step, final["steps"][name].get("message", "")), name
    if "stepRuns" in want:
        assert final["stepRuns"] == want["stepRuns"]
    assert_launched(vector, got["launched"])


def assert_launched(vector: dict[str, Any], got: list[dict[str, Any]]) -> None:
    wanted = {key(launch): launch for launch in vector["launched"]}
    assert sorted(map(key, got)) == sorted(wanted)
    for launch in got:
        want = wanted[key(launch)]
        assert {name: launch.get(name) for name in want if name != "idempotencyKey"} == {
            name: value for name, value in want.items() if name != "idempotencyKey"
        }
        assert (launch.get("idempotencyKey") or "") == (want.get("idempotencyKey") or "")
    group = {name: index for index, names in enumerate(vector["order"]) for name in names}
    order = [group["/".join(filter(None, (launch.get("parent"), launch["step"])))] for launch in got]
    assert order == sorted(order)


def key(launch: Mapping[str, str]) -> tuple[str, str]:
    return launch["step"], launch.get("parent", "")


def says(want: dict[str, Any], message: str) -> bool:
    """A `*` at the end stands for any text; of `messageOneOf` each is right."""
    texts = want.get("messageOneOf") or [want.get("message") or ""]
    return any(message == text or (text.endswith("*") and message.startswith(text[:-1])) for text in texts)


def test_almost_every_vector_has_an_answer() -> None:
    unknown = [vector["question"]["id"] for vector in VECTORS if "unsupported" in answer(vector["question"])]

    assert len(VECTORS) > 380
    assert len(unknown) <= 4, unknown
