"""What a case expects to come out: exact values or schemas, in any order or in this one (config `expect`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from validator.checks.streaming import blame
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.messages import inputs, kind, payload
from validator.findings import Finding, Json, Unchecked
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Entry, StreamRun
from validator.suite.expectations import Difference, differences

SHOWN = 10
TRANSCRIPT = "of the packets that came out, {} are not in the transcript, or not whole; send less in one case"
"""Why an expectation that no packet meets is no fault: those above 1 MiB, and those of long sessions, are not kept."""


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding | Unchecked]:
    """The case's expectation against the outputs. A packet that the transcript does not have may be the missing one."""
    expect, outputs = run.case.expect, run.outputs
    evidence: dict[str, Json] = {"outputs": [view(entry) for entry in outputs[:SHOWN]]}
    if expect.count is not None and run.emitted != expect.count:
        problem = f"expected {expect.count} packets, found {run.emitted}"
        yield context.say(rules.UNEXPECTED, run, evidence=evidence, problem=problem)
        return
    if not expect.packets:
        return
    found = list((_exact if expect.order == "exact" else _unordered)(context, run, evidence))
    hidden = run.emitted - sum(1 for entry in outputs if not entry.body.get("trimmed"))
    if found and hidden and len(unmatched(expect.packets, [view(entry) for entry in outputs])) <= hidden:
        yield blame.unchecked(context, run, TRANSCRIPT.format(hidden))
    else:
        yield from found


def _unordered(context: StreamContext, run: StreamRun, evidence: Mapping[str, Json]) -> Iterator[Finding]:
    expect, outputs = run.case.expect, run.outputs
    missing = unmatched(expect.packets, [view(entry) for entry in outputs])
    if missing:
        nearest = _nearest(expect.packets[missing[0]], outputs)
        problem = f"no packet is what packet {missing[0] + 1} of the expectation says" + nearest
        expected: Json = [dict(expect.packets[index]) for index in missing]
        yield context.say(rules.UNEXPECTED, run, evidence={**evidence, "expected": expected}, problem=problem)


def _exact(context: StreamContext, run: StreamRun, evidence: Mapping[str, Json]) -> Iterator[Finding]:
    expect, outputs = run.case.expect, run.outputs
    for number, expected in enumerate(expect.packets):
        if number < len(outputs) and matches(expected, view(outputs[number])):
            continue
        if not unmatched(expect.packets, [view(entry) for entry in outputs]):
            problem = f"packet {number + 1} is not the one that is expected there, but all of them came"
            yield context.say(rules.ORDER, run, evidence=evidence, problem=problem)
        elif number >= len(outputs):
            problem = f"expected {len(expect.packets)} packets, found {len(outputs)}"
            yield context.say(rules.UNEXPECTED, run, evidence=evidence, problem=problem)
        else:
            found = next(iter(_differences(expected, view(outputs[number]))))
            problem = f"packet {number + 1} is not what is expected: {_description(found)}"
            at = outputs[number].at
            yield context.say(rules.UNEXPECTED, run, at=at, evidence=evidence, problem=problem)
        return


def view(entry: Entry) -> dict[str, Json]:
    """A packet as an expectation sees it."""
    body = entry.body
    metadata = body.get("metadata")
    head = body.get("head")
    own = (
        {key: value for key, value in metadata.items() if not key.startswith("bubu.")}
        if isinstance(metadata, dict)
        else {}
    )
    shown: dict[str, Json] = {
        "payload": payload(entry),
        "inputs": inputs(entry),
        "metadata": dict(own),
        "kind": kind(entry),
        "frame": body.get("frame"),
        "mime": body.get("mime"),
        "bytes": body.get("bytes"),
        "text": head.get("text") if isinstance(head, dict) else None,
    }
    for name in ("sample_rate_hz", "channels", "codec", "transports"):
        if name in body:
            shown[name] = body[name]
    return {key: value for key, value in shown.items() if value not in (None, {}, "")}


def matches(expected: Mapping[str, Json], found: Mapping[str, Json]) -> bool:
    """Whether a packet is what one expectation says."""
    return not any(True for _ in _differences(expected, found))


def _differences(expected: Mapping[str, Json], found: Mapping[str, Json]) -> Iterator[Difference]:
    for name, value in expected.items():
        partial = name == "metadata"
        yield from differences(value, found.get(name), (name,), partial=partial)


def unmatched(expected: tuple[Mapping[str, Json], ...], found: list[dict[str, Json]]) -> list[int]:
    """Expectations without a packet of their own, with as many of them satisfied as is possible."""
    options = [[index for index, each in enumerate(found) if matches(one, each)] for one in expected]
    taken: dict[int, int] = {}

    def assign(one: int, visited: set[int]) -> bool:
        for index in options[one]:
            if index not in visited:
                visited.add(index)
                if index not in taken or assign(taken[index], visited):
                    taken[index] = one
                    return True
        return False

    return [one for one in range(len(expected)) if not assign(one, set())]


def _nearest(expected: Mapping[str, Json], outputs: tuple[Entry, ...]) -> str:
    """The first difference to the packet that differs in the fewest places."""
    ranked = [list(_differences(expected, view(entry))) for entry in outputs[:100]]
    best = min((each for each in ranked if each), key=len, default=None)
    if not ranked:
        return ": none came"
    if best is None:
        return ": those that are have each been counted for another one"
    return f"; nearest, packet {ranked.index(best) + 1}: {_description(best[0])}"


def _description(found: Difference) -> str:
    return f"{'.'.join(map(str, found.path))}: {found.problem}"
