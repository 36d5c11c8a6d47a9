"""Inputs that no schema declares and that change what comes out: seen by taking each of them away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from validator.checks.conformance import show
from validator.findings import Finding, Json, Location, Subject, Suggestion, Unchecked
from validator.rules.conformance import UNDECLARED_INPUT_MATTERS
from validator.schemas.undeclared import undeclared
from validator.sources.manifests import EngramTemplate
from validator.suite.cases import Case

MOST = 3
"""Undeclared inputs of one case that are taken away, one at a time."""
Outputs = Sequence[Json]


def undeclared_inputs(template: EngramTemplate, case: Case) -> tuple[str, ...]:
    """Names among the inputs of a streaming case's packets that inputSchema does not declare; none without a schema."""
    schema = template.input_schema
    if schema is None:
        return ()
    packets = (*case.send, *(packet for session in case.sessions for packet in session))
    names = (
        str(path[0]) for packet in packets for path in undeclared(schema.value, packet.get("inputs")) if path[1:] == ()
    )
    return tuple(dict.fromkeys(names))[:MOST]


def judge(
    template: EngramTemplate, subject: Subject, case: Case, play: Callable[[Case], Outputs]
) -> Iterator[Finding | Unchecked]:
    """What the undeclared inputs of a case do: it is played twice as it is, and once without each of them."""
    names = undeclared_inputs(template, case)
    if not names:
        return
    with_all = play(case)
    if _alike(with_all) != _alike(play(case)):
        reason = "two runs with the same inputs put out different things"
        yield Unchecked("whether undeclared inputs change the output", reason, subject)
        return
    for name in names:
        outputs = play(without(case, name))
        if _alike(outputs) != _alike(with_all):
            yield UNDECLARED_INPUT_MATTERS.at(
                place(case, name),
                subject,
                anchor=("spec", "inputSchema", name),
                evidence={"output": list(with_all), "output without it": list(outputs)},
                suggestion=Suggestion("Declare it in inputSchema, or take no notice of it."),
                path=show((name,)),
            )


def place(case: Case, name: str) -> Location:
    """Where a case gives this input, else where the case is written."""
    for index in range(len(case.send)):
        node = case.written("send", index, "inputs")
        if node is not None and node.get(name) is not None:
            return node.key_location(name)
    return case.location


def without(case: Case, name: str) -> Case:
    """The case with packets that do not have this input."""

    def less(packet: Mapping[str, Json]) -> dict[str, Json]:
        own = packet.get("inputs")
        if not isinstance(own, dict):
            return dict(packet)
        return {**packet, "inputs": {key: value for key, value in own.items() if key != name}}

    return replace(
        case, send=tuple(map(less, case.send)), sessions=tuple(tuple(map(less, each)) for each in case.sessions)
    )


def _alike(outputs: Outputs) -> list[str]:
    """Outputs to be compared: packets travel in an order of their own."""
    return sorted(json.dumps(each, sort_keys=True) for each in outputs)
