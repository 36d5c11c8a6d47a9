"""What the driver and the harness say to each other: JSON objects, one a line, over standard input and output.

A call is `{"id": 7, "op": "batch.open", "args": {…}}`; its answer `{"id": 7, "result": …}` or `{"id": 7, "error":
{"type": "KeyError", "message": …}}`. Unasked, the harness says `{"event": "ready", "key": "", "data": {…}}`; the key
is the case an event belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from validator.sandbox.harness.outward import Outward

LINE_LIMIT = 256 << 20
"""Bytes that a line may have: above what a case can carry, below what would hurt."""

TRUST = "trust"
"""Below the home of a pod: certificates of stub services, for every engram to read."""

FAMILIES: Mapping[str, str] = {
    "batch": "validator.sandbox.harness.batch",
    "stream": "validator.sandbox.harness.connector",
    "service": "validator.sandbox.harness.services",
}
"""Which module answers the ops `<family>.…`. It is imported at the first call: batch never pays for grpc."""

Handler: TypeAlias = Callable[..., Awaitable[Any]]
"""An op: called with the args of the call as keywords; what it returns must be JSON."""


class Host(Protocol):
    """What the harness offers to a family."""

    address: str
    """The loopback address that servers listen on."""
    store: str
    """Where the storage of engrams is, seen under the same path by both."""
    home: str
    """Where the homes of engrams are, which only the harness can write to."""
    outward: Outward
    """What engrams wanted of the world; never anything where the harness shares a real network."""

    def emit(self, event: str, key: str, data: Any) -> None:
        """Tell the driver something unasked. Call it on the event loop."""


class Family(Protocol):
    """A group of ops that share a state. Its module has `async def open_family(host: Host) -> Family`."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The ops by their names without the family: `open` for `batch.open`."""

    async def close(self) -> None:
        """Stop what it serves."""

    def turned_away(self) -> int:
        """How often clients were turned away for want of room, ever since it was opened."""


def encode(message: Mapping[str, Any]) -> bytes:
    """One line, newline included. Lone surrogates survive because everything beyond ASCII is escaped."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes | str) -> dict[str, Any]:
    """The object of a line. Raises ValueError when it is none."""
    try:
        message = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - a malformed line, whatever is wrong with it
    return message
