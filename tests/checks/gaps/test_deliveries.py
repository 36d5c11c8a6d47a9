"""EV751 to EV756 on small stories: what is told of each, and what is not (story-run.md, sections B2, B5 and B6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from validator.checks import resolution
from validator.findings import Finding
from validator.rules import deliveries
from validator.sources.workspace import load
from validator.templates.errors import TemplateError
from validator.templates.evaluation import evaluate_condition

_CODES = {rule.code for rule in vars(deliveries).values() if hasattr(rule, "code")}
_PACKET = {"runtime": {"line": "{{ packet.line }}"}}
_BRANCHES = "mic | left:mic:packet | right:mic:packet"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param("mic | tts:mic:packet | cam | screen:cam", "EV751 cam", id="source-after-a-sender"),
        pytest.param("cam | screen:cam | mic:cam | tts:mic:packet", "", id="source-first"),
        pytest.param("mic | show:mic | cam | screen:cam", "", id="nobody-needs-the-sender"),
        pytest.param("mic | tts:mic:packet | cam | screen:cam:packet", "", id="source-with-a-stream"),
        pytest.param("mic:@unknown | tts:mic:packet@unknown | cam:@unknown | screen:cam:@unknown", "", id="unknown"),
        pytest.param("mic:@ruled | tts:mic:packet@ruled | cam:@ruled | screen:cam:@ruled", "", id="rules-decide"),
        pytest.param("mic:@routed | tts:mic:packet@routed | cam:@routed | screen:cam:@routed", "", id="all-by-hub"),
        pytest.param("show:mic:packet | mic", "EV752 show", id="listed-earlier"),
        pytest.param("show:mic | mic", "", id="listed-earlier-but-direct"),
        pytest.param("mic | show:mic:@routed", "EV753 show", id="not-told"),
        pytest.param("mic:@routed | show:mic:@routed", "", id="both-by-hub"),
        pytest.param(f"{_BRANCHES} | both:left,right:steps", "EV754 both", id="join-that-reads"),
        pytest.param(f"{_BRANCHES} | both:left,right:packet", "", id="join-that-reads-the-packet"),
        pytest.param(f"{_BRANCHES} | one:left:steps", "", id="no-join"),
        pytest.param(f"{_BRANCHES} | both:left,right:if-eq", "EV755 both", id="if-compares"),
        pytest.param(f"{_BRANCHES} | both:left,right:if-path", "EV755 both", id="if-is-a-path"),
        pytest.param(f"{_BRANCHES} | both:left,right:if-dig", "", id="if-digs"),
        pytest.param(f"{_BRANCHES} | both:left,right:if-packet", "", id="if-reads-the-packet"),
        pytest.param(f"{_BRANCHES} | one:left:if-eq", "", id="if-without-a-join"),
        pytest.param("mic | nap:mic:sleep | show:mic:packet", "", id="primitive"),
        pytest.param("mic:@none | show:mic:ready@none", "EV756 show", id="ready-without-transports"),
        pytest.param("mic | show:mic:ready@none", "", id="ready-with-one-transport"),
        pytest.param("mic:@none | show:mic:packet@none", "", id="no-transport-and-no-hook"),
    ],
)
def test_what_is_told(steps: str, expected: str, tmp_path: Path) -> None:
    routing: dict[str, Any] = {"routed": {"mode": "hub"}, "ruled": {"rules": [{"action": "deny"}]}, "live": {}}
    documents = [
        _manifest("transport.bubustack.io/v1alpha1", "Transport", name, {"streaming": {"routing": settings}})
        for name, settings in routing.items()
    ]
    declared = [{"name": name, "transportRef": name} for name in ("live", "routed", "ruled", "unknown")]
    spec = {"pattern": "realtime", "transports": declared, "steps": [_step(text.strip()) for text in steps.split("|")]}
    documents.append(_manifest("bubustack.io/v1alpha1", "Story", "room", spec))
    (tmp_path / "all.yaml").write_text("\n---\n".join(json.dumps(document) for document in documents))
    found = [one for one in resolution.check(load(tmp_path, ["all.yaml"])) if isinstance(one, Finding)]
    assert [f"{one.rule.code} {one.subject.step}" for one in found if one.rule.code in _CODES] == expected.split(", ")[
        : bool(expected)
    ]


@pytest.mark.parametrize("text", ['{{ eq steps.left.line "x" }}', "{{ steps.left.ok }}"])
def test_such_a_condition_has_no_value(text: str) -> None:
    """What EV755 says of an `if`: for a packet of the other step it fails."""
    with pytest.raises(TemplateError):
        evaluate_condition(text, {"steps": {"right": {"line": "x"}}, "packet": {"line": "x"}, "inputs": {}})


def _manifest(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _step(text: str) -> dict[str, Any]:
    """`name:needs:what@transport`."""
    text, _, transport = text.partition("@")
    name, needs, what = (*text.split(":"), "", "")[:3]
    step: dict[str, Any] = {"name": name, "transport": transport or "live", "ref": {"name": name}}
    if transport == "none":
        del step["transport"]
    if needs:
        step["needs"] = needs.split(",")
    match what:
        case "packet":
            step |= _PACKET
        case "ready":
            step |= {"if": '{{ eq packet.type "storyrun.ready" }}', "runtime": {"line": "x"}}
        case "steps":
            step["runtime"] = {"line": "{{ steps.left.line }}"}
        case "sleep":
            step = {"name": name, "type": "sleep", "needs": [needs], "with": {"duration": "1s"}}
        case "if-eq":
            step["if"] = '{{ eq steps.left.line "x" }}'
        case "if-path":
            step["if"] = "{{ steps.left.ok }}"
        case "if-dig":
            step["if"] = '{{ eq (dig "left" "line" "" steps) "x" }}'
        case "if-packet":
            step["if"] = '{{ eq packet.line "x" }}'
        case _:
            assert not what
    return step
