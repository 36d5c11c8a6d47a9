"""The two copies of structured data: in the packet envelope, and as a Struct beside it (runtime.md 2.7)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.streaming.context import StreamContext
from validator.findings import Finding, Json, Path, dotted
from validator.rules import streaming as rules
from validator.sandbox.stream_model import Entry, StreamRun

SAFE = 1 << 53


def judge(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """Copies that differ by more than a float does, and integers that a float rounds; once a place."""
    seen: set[tuple[str, str]] = set()
    for entry in run.outputs:
        for member, envelope, struct in _copies(entry):
            for path, exact, copy in differences(envelope, struct):
                rounded = type(exact) is int and type(copy) in {int, float} and copy == _float(exact)
                key = ("rounded", f"{member}{dotted(path)}") if rounded else ("differs", member)
                if key in seen:
                    continue
                seen.add(key)
                if rounded:
                    yield context.say(
                        rules.ROUNDED,
                        run,
                        at=entry.at,
                        advice="Emit it as a string, or keep it below 2^53.",
                        evidence={"sent": exact, "arrives as": int(float(exact))},  # type: ignore[arg-type]  # an int
                        member=member,
                        path=dotted(path),
                    )
                else:
                    yield context.say(
                        rules.COPIES_DISAGREE,
                        run,
                        at=entry.at,
                        member=member,
                        path=dotted(path) or "its root",
                        envelope=_shown(exact),
                        struct=_shown(copy),
                    )


def _copies(entry: Entry) -> Iterator[tuple[str, Json, Json]]:
    """Each member that a message holds twice: in its packet envelope and beside it."""
    packet = entry.body.get("packet")
    if not isinstance(packet, dict):
        return
    for member in ("payload", "inputs"):
        if isinstance(packet.get(member), dict) and entry.body.get(member) is not None:
            yield member, packet[member], entry.body[member]


def _is_rounded(exact: int, copy: float) -> bool:
    """Whether a number arrives as another one, be it only by what a float holds."""
    return _float(exact) != copy or (abs(exact) > SAFE and int(copy) != exact)


def differences(exact: Json, copy: Json, path: Path = ()) -> Iterator[tuple[Path, Json, Json]]:
    """Places where the copy is not what the envelope says; numbers that only a float rounds are told too."""
    if isinstance(exact, dict) and isinstance(copy, dict):
        for name in sorted(exact.keys() | copy.keys()):
            if name in exact and name in copy:
                yield from differences(exact[name], copy[name], (*path, name))
            else:
                yield (*path, name), exact.get(name), copy.get(name)
    elif isinstance(exact, list) and isinstance(copy, list) and len(exact) == len(copy):
        for index, (one, other) in enumerate(zip(exact, copy, strict=True)):
            yield from differences(one, other, (*path, index))
    elif type(exact) is int and type(copy) in {int, float}:
        if _is_rounded(exact, copy):  # type: ignore[arg-type]  # numbers, as their types say
            yield path, exact, copy
    elif isinstance(exact, bool) != isinstance(copy, bool) or exact != copy:
        yield path, exact, copy


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _shown(value: Json) -> str:
    return "nothing" if value is None else repr(value)[:80]
