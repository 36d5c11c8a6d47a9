"""The case that explores a streaming engram: sessions of many packets, each fault told once with the fewest of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from validator.checks.isolation import surfaces
from validator.checks.streaming import evidence
from validator.checks.streaming.messages import error_message, kind, payload
from validator.checks.streaming.repeat import Verdicts
from validator.checks.streaming.session_end import session_end
from validator.engine.exploration import budget, causes, command_line, json_text, reaches, shown
from validator.engine.runs import Runs
from validator.explore.chance import random_inputs
from validator.explore.coverage import Coverage, coverage_of
from validator.explore.documents import shape
from validator.explore.lookahead import Lookahead
from validator.explore.search import Exploration, Fault, Observation
from validator.explore.sessions import explore_sessions
from validator.findings import REPRODUCE, Finding, Json
from validator.rules import streaming as rules
from validator.sandbox.model import Image
from validator.sandbox.stream_model import StreamRun
from validator.suite.cases import Case
from validator.suite.plan import Unit

EXHAUSTED = frozenset(
    {
        rules.STOPPED_READING,
        rules.LIMIT,
        rules.NO_RECEIPT,
        rules.DROPPED,
        rules.BACKLOG,
        rules.SIGTERM,
        rules.CLOSED_INPUT,
        rules.NO_HEARTBEAT,
    }
)
"""Faults of engrams that take too long or send too much: no faults where the packets ask for that."""
LEAST = 4
"""Sessions that are played even if they take longer than the search may: the first has most that goes wrong."""
OBJECT: Json = {"type": "object"}
"""What inputs are where no schema says it."""

Run = Runs[tuple[StreamRun, Verdicts]]
"""Plays a case and judges it."""


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search among sessions came to."""

    run: StreamRun | None
    """The last session; None where there was none."""
    findings: tuple[Finding, ...]
    message: str
    has_verdict: bool
    """Whether any session brought out something that was judged."""
    seconds: float
    coverage: tuple[Coverage, ...]
    novel: tuple[Mapping[str, Json], ...]
    """What the next search should begin with."""


def explored(unit: Unit, image: Image, case: Case, play: Run) -> Explored:
    """Search for faults from the packets of a case. Raises SandboxError as `play` does."""
    search, schema = case.search, unit.template.input_schema
    assert search is not None
    seen: dict[tuple[str, str], Finding] = {}
    last: StreamRun | None = None
    taken, emitted = reaches(unit)

    def probe(session: Mapping[str, Json]) -> Observation:
        nonlocal last
        last, verdicts = play(replace(case, send=packets(session)))
        faults = causes((each for each in verdicts if isinstance(each, Finding)), session, EXHAUSTED)
        seen.update({(cause, repr(session)): finding for cause, finding in faults.items()})
        refused = next((error_message(entry) for entry in last.outputs if kind(entry) == "error"), "")
        for packet in packets(session) if not refused else ():
            taken.add(packet.get("inputs"))
        for output in surfaces.payloads(last):
            emitted.add(output)
        silent = evidence.nothing_seen(last)
        return Observation(
            reached=not silent or bool(faults),
            causes=frozenset(faults),
            refusal=refused or (silent if not faults else ""),
            behaviour=_behaviour(last, faults),
            cut=session_end(last) is not None,
        )

    known = schema.value if schema is not None and isinstance(schema.value, dict) else OBJECT
    exploration = explore_sessions(
        known,
        probe,
        written=search.packets,
        corpus=search.corpus,
        chance=lambda: random_inputs(known, search.inputs, search.seed),
        budget=replace(budget(search, search.inputs), least=min(search.least, LEAST)),
        seed=search.seed,
        lookahead=Lookahead(lambda session: play.begin(replace(case, send=packets(session))), play.width),
    )
    findings = tuple(
        shown(seen[fault.cause, repr(fault.inputs)], fault, search, _smallest(fault, unit, image, case))
        for fault in exploration.faults
    )
    message = "" if findings else _message(exploration)
    reached = coverage_of((taken, emitted))
    novel = exploration.to_keep(search.corpus)
    return Explored(last, findings, message, exploration.reached > 0, exploration.seconds, reached, novel)


def _behaviour(run: StreamRun, faults: Iterable[str]) -> str:
    """How the engram dealt with a session: its end, its faults, and the kinds and shapes of what it put out."""
    emitted = sorted({f"{kind(entry)} {shape(payload(entry))}" for entry in run.outputs})
    return json_text([session_end(run) is None, *sorted(faults), *emitted])


def packets(session: Mapping[str, Json]) -> tuple[Mapping[str, Json], ...]:
    """Entries of `send`: the hub sends a step's inputs beside the upstream packet, here as both."""
    listed = session.get("send")
    found = [each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict)]
    return tuple(
        {**each, "payload": each["inputs"]} if "payload" not in each and "inputs" in each else each for each in found
    )


def _smallest(fault: Fault, unit: Unit, image: Image, case: Case) -> dict[str, Json]:
    """The fewest packets that show a fault, and a line to paste."""
    sent: list[Json] = [dict(each) for each in packets(fault.inputs)]
    return {"packets": sent, REPRODUCE: command_line("stream", unit, image, case, ["--send", json_text(sent)])}


def _message(exploration: Exploration) -> str:
    numbers = f"{exploration.reached} of {exploration.tried} sessions gave outputs that were judged"
    reason = next(iter(exploration.refusals), "nothing could be tried")
    return numbers if exploration.reached else f"{numbers}: {reason}"
