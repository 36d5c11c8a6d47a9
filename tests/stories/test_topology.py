"""Who sends to whom, as the platform's own analyser says (story-run.md, section B2, vectors H43 to H54)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validator.sources.workspace import load
from validator.stories.topology import peers

_E = {"ref": {"name": "e"}}


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


def _step(text: str) -> dict[str, object]:
    """`name:needs:what`."""
    name, needs, what = (*text.split(":"), "", "")[:3]
    step: dict[str, object] = {"name": name, **({"needs": needs.split(",")} if needs else {})}
    if what == "runtime":
        return {**step, **_E, "runtime": {"x": 1}}
    if what == "if":
        return {**step, **_E, "if": "true"}
    return {**step, "type": what} if what else {**step, **_E}
