"""The harness as a program: reads calls, runs them side by side, ends when its standard input does."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import IO, Any

from validator.sandbox.harness import kubeconfig, names, protocol, reaping
from validator.sandbox.harness.outward import Outward


class Harness:
    """Families by name, opened when they are first asked for."""

    def __init__(
        self, out: IO[bytes], home: str, store: str, groups: Path | None = None, *, alone: bool = False
    ) -> None:
        self.address = "127.0.0.1"
        self.home = home
        self.store = store
        self.names = names.Names()
        self.outward = Outward(self.names.lookups, alone=alone)
        self.guarded: set[int] = set()
        self.groups = groups
        self._out = out
        self._families: dict[str, asyncio.Task[protocol.Family]] = {}
        self._turned_away: dict[str, int] = {}
        """By family, what was told of that before."""

    def emit(self, event: str, key: str, data: Any) -> None:
        """Tell the driver something unasked."""
        self._send({"event": event, "key": key, "data": data})

    async def family(self, name: str) -> protocol.Family:
        """The family of this name. Raises LookupError when there is none."""
        if name not in protocol.FAMILIES:
            raise LookupError(f"no family {name!r}; there are {', '.join(sorted(protocol.FAMILIES))}")
        if name not in self._families:
            module = importlib.import_module(protocol.FAMILIES[name])
            self._families[name] = asyncio.ensure_future(module.open_family(self))
        return await asyncio.shield(self._families[name])

    async def answer(self, line: bytes) -> None:
        """Run one call and send its answer. Nothing a call does can end the harness."""
        number: Any = None
        try:
            message = protocol.decode(line)
            number = message.get("id")
            result = await self._run(str(message.get("op", "")), message.get("args") or {})
            reply = protocol.encode({"id": number, "result": result})
        except Exception as error:  # noqa: BLE001 - whatever it is, the driver must hear of it
            reply = protocol.encode({"id": number, "error": {"type": type(error).__name__, "message": str(error)}})
        self._write(reply)

    async def close(self) -> None:
        """Stop every family, and what the driver left under guard."""
        self.kill_guarded()
        self.names.close()
        for task in self._families.values():
            with contextlib.suppress(Exception):
                await (await task).close()

    def kill_guarded(self) -> None:
        """End the processes of engrams whose driver is gone."""
        for group in self.guarded:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        self.guarded.clear()
        if self.groups is not None:
            reaping.end(self.groups)

    async def _run(self, op: str, args: dict[str, Any]) -> Any:
        name, _, rest = op.partition(".")
        if name == "guard":
            self.guarded.add(int(args["group"]))
            return None
        if name == "unguard":
            self.guarded.discard(int(args["group"]))
            return None
        if name == "memory":
            return peak_memory()
        if name == "idle":
            return self._is_idle()
        if name == "turned-away":
            return await self._newly_turned_away()
        handlers = (await self.family(name)).handlers
        if rest not in handlers:
            raise LookupError(f"no op {op!r}; {name} has {', '.join(sorted(handlers))}")
        return await handlers[rest](**args)

    async def _newly_turned_away(self) -> dict[str, int]:
        """How often each family has turned clients away for want of room since this was last asked."""
        ever = {name: (await task).turned_away() for name, task in self._families.items()}
        new = {name: count - self._turned_away.get(name, 0) for name, count in ever.items()}
        self._turned_away = ever
        return {name: count for name, count in new.items() if count}

    def _is_idle(self) -> bool:
        """Whether no case has left a file behind: one that an engram made so that it cannot be removed stays."""
        homes = {path.name for path in Path(self.home).iterdir()}
        trusted = Path(self.home, protocol.TRUST)
        left = [*Path(self.store).iterdir(), *(trusted.iterdir() if trusted.is_dir() else ())]
        return not left and homes <= {kubeconfig.FOLDER, protocol.TRUST}

    def _send(self, message: dict[str, Any]) -> None:
        self._write(protocol.encode(message))

    def _write(self, line: bytes) -> None:
        self._out.write(line)
        self._out.flush()


def peak_memory() -> int:
    """The most memory that this process has held since it was started, in bytes (0 where there is no /proc)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


async def _serve(out: IO[bytes], home: str, store: str, groups: Path | None, *, alone: bool) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=protocol.LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    harness = Harness(out, home, store, groups, alone=alone)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    batch: Any = await harness.family("batch")
    kubeconfig.write(home, batch.server)
    named = alone and await harness.names.listen(harness.address)
    ready = {"api": batch.server, "pid": os.getpid(), "home": home, "store": store, "names": named}
    harness.emit("ready", "", ready)
    running: set[asyncio.Task[None]] = set()

    async def read() -> None:
        while line := await reader.readline():
            task = asyncio.ensure_future(harness.answer(line))
            running.add(task)
            task.add_done_callback(running.discard)

    reading = asyncio.ensure_future(read())
    stopping = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (reading, stopping, *running):
            task.cancel()
        await harness.close()


def main(arguments: list[str] | None = None) -> None:
    """Run until standard input ends. What is printed by mistake goes to standard error, never between the lines."""
    parser = argparse.ArgumentParser(prog="python -m validator.sandbox.harness")
    parser.add_argument("--home", required=True, help="folder that gets .kube/config")
    parser.add_argument("--store", required=True, help="folder for the files of cases with storage")
    parser.add_argument("--groups", type=Path, help="folder of the control groups that engrams are in")
    parser.add_argument("--alone", action="store_true", help="the network is its own: answer for names, too")
    options = parser.parse_args(arguments)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(_serve(out, options.home, options.store, options.groups, alone=options.alone))
    # A family may have left threads of a C library behind; they must not hold up the end.
    os._exit(0)
