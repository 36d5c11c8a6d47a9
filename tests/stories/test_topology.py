"""Who sends to whom, as the platform's own analyser says (story-run.md, section B2, vectors H43 to H54)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from validator.sources.workspace import load
from validator.stories.simulation import answer
from validator.stories.topology import peers, topology
from validator.stories.transports import declared_transports

_E = {"ref": {"name": "e"}}
_VECTORS = Path(__file__).parents[1] / "vectors" / "topology.jsonl"


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=json.loads(line)["id"]) for line in _VECTORS.read_text(encoding="utf-8").splitlines()],
)
def test_vector(line: str) -> None:
    vector = json.loads(line)
    expected = {"final": vector["final"], "edges": vector["edges"]}
    found = answer({key: vector[key] for key in ("kind", "story", "transports")})
    assert {**found, "edges": sorted(found["edges"])} == {**expected, "edges": sorted(expected["edges"])}  # type: ignore[type-var, arg-type]


@pytest.mark.parametrize("wrong", [{}, {"story": []}, {"story": {}, "transports": 1}])
def test_a_question_without_its_parts_is_refused(wrong: dict[str, Any]) -> None:
    assert "`story` and `transports` are objects" in str(answer({"kind": "topology", **wrong})["error"])


@pytest.mark.parametrize(
    "story",
    [{"steps": 1}, {"steps": [1, {}]}, {"transports": {}}, {"steps": [{"name": "a", "needs": "a"}], "transports": [1]}],
)
def test_a_story_of_another_shape_has_no_edges(story: dict[str, Any]) -> None:
    assert answer({"kind": "topology", "story": story})["edges"] == []


@pytest.mark.parametrize(
    ("steps", "modes"),
    [
        pytest.param("a b:a c:b", "p2p p2p hub", id="H43"),
        pytest.param("a b:a:runtime c:b", "hub hub hub", id="H44"),
        pytest.param("a b:a c:b:if", "p2p hub hub", id="H45"),
        pytest.param("a b:a c:a", "hub hub hub", id="H46"),
        pytest.param("a b c:a,b", "p2p p2p hub", id="H47"),
        pytest.param("a b:a c:a,b", "hub hub hub", id="H48"),
        pytest.param("a b c", "hub hub hub", id="H49"),
        pytest.param("a p:a:sleep b:p", "p2p p2p hub", id="H50"),
        pytest.param("a b::runtime", "hub hub", id="H51"),
        pytest.param("a p:a:stop-if b:a", "hub hub hub", id="H52"),
        pytest.param("a:@one b:a:@two", "p2p hub", id="H53"),
        pytest.param("a p:a:executeStory", "p2p hub", id="H54"),
    ],
)
def test_modes(steps: str, modes: str) -> None:
    transports: list[Any] = [{"name": name, "transportRef": "tr"} for name in ("one", "two")]
    routes = topology({"transports": transports, "steps": [_step(text) for text in steps.split()]}, {"tr": {}}).routes
    assert " ".join(route.analyzed for route in routes.values()) == modes


def test_a_long_chain_and_a_cycle_have_a_topology() -> None:
    chain = [{"name": f"s{i}", **({"needs": [f"s{i - 1}"]} if i else {}), **_E} for i in range(5000)]
    cycle = [{"name": "a", "needs": ["b"], **_E}, {"name": "b", "needs": ["a"], **_E}]
    routes = topology({"steps": [*chain, *cycle]}, {}).routes
    assert [name for name, route in routes.items() if route.mode == "hub"] == ["s4999", "a", "b"]


@pytest.mark.parametrize(
    ("transport", "story", "mode", "most"),
    [
        pytest.param({}, {}, "", 32, id="nothing"),
        pytest.param({"defaultSettings": {"routing": {"mode": " HUB "}}}, {}, "hub", 32, id="default"),
        pytest.param(
            {"defaultSettings": {"routing": {"mode": "p2p"}}, "streaming": {"routing": {"mode": "hub"}}},
            {},
            "hub",
            32,
            id="streaming-over-default",
        ),
        pytest.param(
            {"streaming": {"routing": {"mode": "hub"}}},
            {"settings": {"routing": {"mode": "auto"}}},
            "",
            32,
            id="story-over-transport",
        ),
        pytest.param(
            {"streaming": {"routing": {"mode": "hub"}}},
            {"settings": {"routing": "p2p"}},
            "hub",
            32,
            id="defaults-replace-what-is-no-object",
        ),
        pytest.param(
            {"streaming": {"routing": {"mode": "hub"}}}, {"streaming": {"routing": {"mode": ""}}}, "hub", 32, id="empty"
        ),
        pytest.param(
            {"streaming": {"routing": {"maxDownstreams": 1}}},
            {},
            "",
            32,
            id="defaults-of-the-story-cover-the-transport",
        ),
        pytest.param({}, {"streaming": {"routing": {"maxDownstreams": 1}}}, "", 1, id="limit-of-the-story"),
    ],
)
def test_settings_of_a_transport(transport: Any, story: Any, mode: str, most: int) -> None:
    (found,) = declared_transports({"transports": [{"name": "one", "transportRef": "t", **story}]}, {"t": transport})
    assert found.routing_mode == mode
    routing = found.settings["routing"]
    assert isinstance(routing, dict)
    assert routing["maxDownstreams"] == most


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param("a b:a c:b", "a>b b>c", id="H43"),
        pytest.param("a b:a:runtime c:b", "", id="H44"),
        pytest.param("a b:a c:b:if", "a>b", id="H45"),
        pytest.param("a b:a c:a", "", id="H46"),
        pytest.param("a b c:a,b", "a>c b>c", id="H47"),
        pytest.param("a b:a c:a,b", "", id="H48"),
        pytest.param("a b c", "", id="H49"),
        pytest.param("a p:a:sleep b:p", "a>p p>b", id="H50"),
        pytest.param("a p:a:executeStory", "a>p", id="H54"),
    ],
)
def test_peers(steps: str, expected: str, tmp_path: Path) -> None:
    assert _peers(steps, {}, tmp_path) == expected


@pytest.mark.parametrize(
    "settings", [{"settings": {"routing": {"mode": "hub"}}}, {"streaming": {"routing": {"mode": "hub"}}}]
)
def test_a_transport_sends_all_through_the_hub(settings: dict[str, object], tmp_path: Path) -> None:
    assert _peers("a b:a", settings, tmp_path) == ""


def _peers(steps: str, settings: dict[str, object], folder: Path) -> str:
    transports = [{"name": "one", "transportRef": "one", **settings}]
    spec = {"pattern": "realtime", "transports": transports, "steps": [_step(text) for text in steps.split()]}
    story = {"apiVersion": "bubustack.io/v1alpha1", "kind": "Story", "metadata": {"name": "s"}, "spec": spec}
    (folder / "story.json").write_text(json.dumps(story))
    found = peers(load(folder, ["story.json"]).stories[0])
    return " ".join(f"{name}>{peer.name}" for name, peer in sorted(found.items()))


def _step(text: str) -> dict[str, Any]:
    """`name:needs:what@transport`."""
    text, _, transport = text.partition("@")
    name, needs, what = (*text.split(":"), "", "")[:3]
    step: dict[str, Any] = {"name": name, **({"needs": needs.split(",")} if needs else {})}
    if transport:
        step["transport"] = transport
    if what == "stop-if":
        return {**step, "type": "stop", "if": "true"}
    if what == "runtime":
        return {**step, **_E, "runtime": {"x": 1}}
    if what == "if":
        return {**step, **_E, "if": "true"}
    return {**step, "type": what} if what else {**step, **_E}
