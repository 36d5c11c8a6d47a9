"""The answer of `story simulate` to a question of kind topology: who sends to whom, and how."""

from __future__ import annotations

from validator.findings import Json
from validator.stories.simulation import MalformedError, Question
from validator.stories.topology import Route, topology


def answer(question: Question) -> dict[str, Json]:
    """`story` is a Story's spec, `transports` has the specs of Transports by name.

    Raises MalformedError when either is no object.
    """
    story, transports = question.get("story"), question.get("transports", {})
    if not isinstance(story, dict) or not isinstance(transports, dict):
        raise MalformedError("`story` and `transports` are objects: a Story's spec, and specs of Transports by name")
    found = topology(story, {name: spec for name, spec in transports.items() if isinstance(spec, dict)})
    return {
        "final": {"steps": {name: _step(route) for name, route in found.routes.items()}},
        "edges": [[edge.source, edge.target, edge.mode] for edge in found.edges],
    }


def _step(route: Route) -> dict[str, Json]:
    entry: dict[str, Json] = {"analyzed": route.analyzed, "downstream": list(route.downstream)}
    if route.is_engram:
        entry |= {"mode": route.mode, "sendsTo": route.peer or "hub", "p2pUpstream": route.has_direct_upstream}
        entry["transport"] = route.transport.reference if route.transport is not None else None
    return entry
