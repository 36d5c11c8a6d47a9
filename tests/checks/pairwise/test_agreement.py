"""`schema compare`, `compat` and `check` on the same random pairs: one question, one answer."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from validator.checks.pairwise import check
from validator.checks.pairwise.direct import compare
from validator.checks.pairwise.pairs import Outcome, Pairs
from validator.findings import Finding
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.dialect import PLATFORM
from validator.schemas.containment.verdict import Answer
from validator.sources.manifests import EngramTemplate
from validator.sources.workspace import load

NAMES = ("text", "audio", "video", "binary", "doc")
LEAVES: tuple[dict[str, Any], ...] = (
    {"type": "string"},
    {"type": "integer"},
    {"type": "number", "minimum": 3},
    {"type": "boolean"},
    {"enum": ["a", "b"]},
    {"type": "string", "contentEncoding": "base64"},
    {"type": "string", "contentMediaType": "image/png"},
    {"type": "string", "format": "byte"},
    {"type": "string", "maxLength": 4},
    {"type": "array", "items": {"type": "string"}},
    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "integer"}}},
)
FAILS = (Outcome.CAN_FAIL, Outcome.NEVER)


def _documents(name: str, emitted: dict[str, Any], taken: dict[str, Any]) -> list[dict[str, Any]]:
    def schema(member: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "properties": {name: member}, "required": [name]}

    def manifest(kind: str, called: str, spec: dict[str, Any], group: str = "bubustack.io") -> dict[str, Any]:
        return {"apiVersion": f"{group}/v1alpha1", "kind": kind, "metadata": {"name": called}, "spec": spec}

    common = {"version": "1.0.0", "supportedModes": ["job"]}
    catalogue = "catalog.bubustack.io"
    return [
        manifest("EngramTemplate", "giver", {**common, "outputSchema": schema(emitted)}, catalogue),
        manifest("EngramTemplate", "receiver", {**common, "inputSchema": schema(taken)}, catalogue),
        manifest("Engram", "giver", {"templateRef": {"name": "giver"}}),
        manifest("Engram", "receiver", {"templateRef": {"name": "receiver"}}),
        manifest(
            "Story",
            "pair",
            {
                "steps": [
                    {"name": "give", "ref": {"name": "giver"}},
                    {
                        "name": "take",
                        "ref": {"name": "receiver"},
                        "needs": ["give"],
                        "with": {name: f"{{{{ steps.give.output.{name} }}}}"},
                    },
                ]
            },
        ),
    ]


@pytest.mark.slow
def test_three_ways_to_ask_give_one_answer(tmp_path: Path) -> None:
    choose, comparer, pairs = random.Random(7), Comparer(PLATFORM), Pairs()
    seen: set[Outcome] = set()
    for number in range(120):
        name, emitted, taken = choose.choice(NAMES), choose.choice(LEAVES), choose.choice(LEAVES)
        file = tmp_path / f"{number}.yaml"
        documents = _documents(name, emitted, taken)
        file.write_text("---\n".join(json.dumps(each) + "\n" for each in documents), encoding="utf-8")
        workspace = load(tmp_path, [file.name])
        giver, receiver = (workspace.find(EngramTemplate, each) for each in ("giver", "receiver"))
        assert giver is not None
        assert receiver is not None
        outcome = compare(giver, receiver, pairs).outcome
        given, asked = documents[0]["spec"]["outputSchema"], documents[1]["spec"]["inputSchema"]
        answer = comparer.compare(given, asked, declared=True).answer
        told = [one.rule.code for one in check(workspace) if isinstance(one, Finding)]
        about = f"{name}: {emitted} -> {taken}"
        assert (outcome is Outcome.ACCEPTED) == (answer is Answer.SUBTYPE), about
        assert (outcome in FAILS) == (answer is Answer.NOT), about
        assert (outcome in FAILS) == bool(told), about
        assert (outcome is Outcome.NEVER) == ("EV302" in told), about
        seen.add(outcome)
    assert seen == {Outcome.ACCEPTED, *FAILS}
