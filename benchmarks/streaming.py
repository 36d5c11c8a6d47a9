"""What a streaming case costs: whole cases against a bare spawn, and packets through one session.

    python benchmarks/streaming.py                       the process sandbox and the Go fixture `stream-echo`
    python benchmarks/streaming.py --packets 1000000     memory over a long session
    python benchmarks/streaming.py --sandbox docker
    python benchmarks/streaming.py --only rows           all rows of the contract, one at a time and side by side

The bare spawn is the same engram with the smallest connector that serves it: no script, no record, no receipts kept.
What it manages is what gRPC for Python and the engram take by themselves on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc  # noqa: E402

from validator.checks.streaming.context import StreamContext  # noqa: E402
from validator.checks.streaming.probing import run_probes  # noqa: E402
from validator.checks.streaming.sample import Sample  # noqa: E402
from validator.findings import Json, Location, Subject  # noqa: E402
from validator.sandbox.harness.wire import transport_pb2 as wire  # noqa: E402
from validator.sandbox.model import ImageSource, SourceKind  # noqa: E402
from validator.sandbox.sandbox import open_sandbox  # noqa: E402
from validator.sandbox.stream import run_stream  # noqa: E402
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase  # noqa: E402
from validator.suite.scheduler import workers_that_pay_off  # noqa: E402

BINARY = ROOT / ".cache" / "fixtures" / "bin" / "stream-echo"
IMAGE = f"engram-validate-fixture/stream-echo:{os.environ.get('ENGRAM_VALIDATE_FIXTURE_TAG') or 'test'}"
SHOWN = 5
"""Rows that are named as the longest."""
# The stubs of grpcio lack it.
END: Any = grpc.aio.EOF  # type: ignore[attr-defined]
PAYLOAD: Json = {"text": "hello", "number": 1}


@dataclass
class Bare:
    """The smallest connector: delivers `count` packets, no more than `window` at a time, and takes what comes back."""

    count: int
    window: int
    echoed: int = 0
    receipts: int = 0
    first: float = 0.0
    room: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def data(self, _: Any, context: Any) -> None:
        """Write all, read all."""
        body = wire.DataResponse()
        body.binary.mime_type = "application/vnd.bubu.packet+json"
        body.binary.payload = json.dumps({"version": "v1", "kind": "data", "payload": PAYLOAD}).encode()
        head = body.SerializeToString()
        reader = asyncio.ensure_future(self.echoes(context))
        for number in range(1, self.count + 1):
            while number - self.receipts > self.window:
                self.room.clear()
                await self.room.wait()
            envelope = wire.StreamEnvelope(stream_id="st-1", partition="p0", sequence=number)
            await context.write(head + wire.DataResponse(envelope=envelope).SerializeToString())
        await reader

    async def echoes(self, context: Any) -> None:
        """Count what comes back."""
        while await context.read() is not END:
            self.first = self.first or time.perf_counter()
            self.echoed += 1
            self.look()

    async def control(self, _: Any, context: Any) -> None:
        """Say that it is ready, and count receipts."""
        ready = wire.ControlResponse(
            action=wire.CONTROL_ACTION_CONNECTOR_READY, metadata={"startup.capabilities": "none"}
        )
        await context.write(ready.SerializeToString())
        while (raw := await context.read()) is not END:
            self.receipts += b"downstream.delivered" in raw
            if self.receipts % (self.window // 4 or 1) == 0:
                self.room.set()
            self.look()

    def look(self) -> None:
        """Whether all is back."""
        if self.echoed >= self.count and self.receipts >= self.count:
            self.done.set()


async def bare(count: int = 1, window: int = 16) -> tuple[float, float]:
    """Seconds for one spawn, packets echoed and the end; and of these, from the first echo to the last receipt."""
    began = time.perf_counter()
    connector = Bare(count, window)
    server = grpc.aio.server()
    stream = grpc.stream_stream_rpc_method_handler
    methods = {"Data": stream(connector.data), "Control": stream(connector.control)}
    service = grpc.method_handlers_generic_handler("transport.v1.TransportConnectorService", methods)
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    binding = {"driver": "grpc", "endpoint": f"127.0.0.1:{port}", "protocolVersion": "1.0.0"}
    env = {
        "BUBU_EXECUTION_MODE": "realtime",
        "BUBU_TRANSPORT_BINDING": json.dumps({"name": "b", "binding": binding}),
        "BUBU_GRPC_RECONNECT_MAX_RETRIES": "0",
        "BUBU_GRPC_CHANNEL_BUFFER_SIZE": str(window),
    }
    engram = await asyncio.create_subprocess_exec(
        str(BINARY), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await connector.done.wait()
    flowed = time.perf_counter() - connector.first
    engram.terminate()
    await engram.wait()
    await server.stop(0)
    return time.perf_counter() - began, flowed


def cases(sandbox: str, count: int) -> None:
    """Interleaved, so that both see the same machine."""
    case = StreamCase("bench", steps=(Send(Packet(payload=PAYLOAD)),), expect=Expectation(count=1))
    ours, theirs, phases = [], [], []
    with open_sandbox(sandbox) as box, box.pod(box.resolve(source(sandbox))) as pod:
        print(f"sandbox: {box.reason}")
        run_stream(pod, case)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(bare())
        for _ in range(count):
            began = time.perf_counter()
            run = run_stream(pod, case)
            ours.append(time.perf_counter() - began)
            phases.append(run.phases)
            theirs.append(loop.run_until_complete(bare())[0])
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"cases: {1 / statistics.median(ours):.1f} a second, one at a time ({count} cases)")
    print(
        f"median {statistics.median(ours) * 1000:.1f} ms, bare {statistics.median(theirs) * 1000:.1f} ms: {ratio:.2f} x"
    )
    for phase in ("spawn", "control_open", "ready_ack", "first_output", "settled", "stop"):
        values = [each[phase] for each in phases if phase in each]
        if values:
            print(f"  {phase:<13} {statistics.median(values) * 1000:7.1f} ms")


def packets(sandbox: str, count: int, window: int) -> None:
    """Small packets through one session, echoed, each with its receipt."""
    with open_sandbox(sandbox) as box, box.pod(box.resolve(source(sandbox))) as pod:
        for times in sorted({min(count, 20_000), count}):
            case = StreamCase(
                "bench",
                steps=(Send(Packet(payload=PAYLOAD), times=times),),
                expect=Expectation(count=times),
                window=window,
                buffer=window,
                time_limit=600,
            )
            run = run_stream(pod, case)
            first = next(entry.at for entry in run.transcript if entry.by == "engram" and entry.stream == "data")
            rate = times / (run.phases["settled"] - run.phases.get("first_output", first))
            bare_rate = times / asyncio.run(bare(times, window))[1]
            done = run.counts.get("receipts", 0)
            print(
                f"packets: {times} sent, {run.counts['outputs']} echoed, {done} receipts, "
                f"{rate:.0f} a second, bare {bare_rate:.0f}: {rate / bare_rate:.2f} x; "
                f"harness at most {harness_memory(pod)} ({run.settled})"
            )


def rows(sandbox: str) -> None:
    """All rows of the contract for one good engram, in a pod that is there already; and which of them take longest."""
    bench = StreamContext(Subject("image", "stream-echo"), Location("Engram.yaml"))
    sample = Sample(packet=Packet(payload=PAYLOAD))
    with open_sandbox(sandbox) as box, box.pod(box.resolve(source(sandbox))) as pod:
        for workers in (1, workers_that_pay_off()):
            began = time.perf_counter()
            tried = list(run_probes(lambda case: run_stream(pod, case), bench, sample, workers=workers))
            taken = time.perf_counter() - began
            longest = sorted((one.run.seconds, one.case.name) for one in tried)[: -SHOWN - 1 : -1]
            shown = ", ".join(f"{name} {seconds:.2f}" for seconds, name in longest)
            print(f"rows: {len(tried)} in {taken:.1f} s, {workers} at a time; longest {shown}")


def harness_memory(pod: Any) -> str:
    """Peak resident memory of the harness so far."""
    return f"{pod.harness.call('memory') / 2**20:.0f} MiB"


def source(sandbox: str) -> ImageSource:
    if sandbox == "docker":
        return ImageSource(SourceKind.IMAGE, IMAGE)
    return ImageSource(SourceKind.PROCESS, str(BINARY))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sandbox", choices=["process", "docker"], default="process")
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--window", type=int, default=1024)
    parser.add_argument("--only", choices=["cases", "packets", "rows"])
    options = parser.parse_args()
    if not BINARY.exists():
        subprocess.run([sys.executable, ROOT / "scripts" / "fixtures.py", "binaries"], check=True)
    if options.only in {None, "rows"}:
        rows(options.sandbox)
    if options.only in {None, "cases"}:
        cases(options.sandbox, options.cases)
    if options.only in {None, "packets"}:
        packets(options.sandbox, options.packets, options.window)


if __name__ == "__main__":
    main()
