"""A realtime story of real engrams: how soon its first packet is out, and what the hub costs beside bare connectors.

    python benchmarks/conversation.py [--steps 8] [--packets 200] [--sandbox process]
    python benchmarks/conversation.py --memory 100000

Eight engrams with the SDK, as local processes unless said otherwise. Aim: the first packet is out within 3 s, and the
story carries at least half as many packets a second as the same engrams, each fed by the one before it without a hub.
With `--memory` so many packets of 1 KiB go through mocks: no more than 32 MiB above what a tenth of them needs.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from validator.findings import Json
from validator.sandbox.model import ImageSource, SourceKind
from validator.sandbox.sandbox import Sandbox, open_sandbox
from validator.sandbox.stream_model import StreamCase
from validator.sources.workspace import load
from validator.stories.hub.live import LiveEvent
from validator.stories.hub.packets import Packet
from validator.suite.realtime.cases import case
from validator.suite.realtime.pods import OpenPod, Pods
from validator.suite.realtime.running import BEAT, run_case

ECHO = Path(__file__).resolve().parent.parent / ".cache" / "fixtures" / "bin" / "stream-echo"
HEAD = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: chain}
spec:
  pattern: realtime
  transports: [{name: live, transportRef: live, settings: {backpressure: {buffer: {maxMessages: 1000000}}}}]
  steps:
"""
TAIL = """\
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: echo}
spec: {mode: deployment, templateRef: {name: echo}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: echo}
spec: {version: 1.0.0, image: "registry.example/echo:1.0.0", supportedModes: [deployment]}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--packets", type=int, default=200)
    parser.add_argument("--sandbox", choices=["process", "docker"], default="process")
    parser.add_argument("--memory", type=int, default=0, metavar="PACKETS")
    options = parser.parse_args()
    if options.memory:
        return _memory(options.memory)
    names = [f"s{number}" for number in range(options.steps)]
    with open_sandbox(options.sandbox, unisolated=True) as sandbox:
        opened = _opened(sandbox, names)
        first, hub = _story(names, opened, options.packets)
        bare = _bare(names, opened, options.packets)
    print(f"first packet out of {options.steps} steps after {first:.2f} s")
    print(f"{options.packets} packets: {hub:.0f} a second through the hub, {bare:.0f} by bare connectors")
    print(f"ratio {hub / bare:.2f} (at least 0.5)")
    return 0 if first < 3 and hub / bare >= 0.5 else 1


def _memory(count: int) -> int:
    """The most memory after a tenth of the packets, and after all."""
    peaks = []
    for times in (count // 10, count):
        with tempfile.TemporaryDirectory() as folder:
            _chain(Path(folder), ["s0", "s1", "s2"])
            workspace = load(Path(folder), ["chain.yaml"])
            (story,) = workspace.stories
            send: list[Json] = [{"from": "s0", "payload": {"text": "x" * 1024}, "times": times}]
            echo: Json = {"answers": [{"payload": {"text": "{{ packet.text }}"}}]}
            document: dict[str, Json] = {"send": send, "steps": {"s1": echo}}
            ran = run_case(workspace, story, case(document, ["s0", "s1", "s2"], Path(folder)), {})
        assert ran.played.account.delivered["s1", "s2"] == times, ran.played.account.delivered
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    print(f"at most {peaks[0]} MiB for {count // 10} packets, {peaks[1]} MiB for {count}")
    return 0 if peaks[1] < peaks[0] + 32 else 1


def _chain(folder: Path, names: list[str]) -> None:
    """A story of steps one behind the other."""
    steps = [f"  - {{name: {names[0]}, ref: {{name: echo}}, transport: live}}\n"]
    for before, name in itertools.pairwise(names):
        block = 'runtime: {text: "{{ packet.text }}"}'
        steps.append(f"  - {{name: {name}, ref: {{name: echo}}, transport: live, needs: [{before}], {block}}}\n")
    (folder / "chain.yaml").write_text(HEAD + "".join(steps) + TAIL, encoding="utf-8")


def _opened(sandbox: Sandbox, names: list[str]) -> dict[str, OpenPod]:
    value = str(ECHO) if sandbox.kind == "process" else "engram-validate-fixture/stream-echo:test"
    kind = SourceKind.PROCESS if sandbox.kind == "process" else SourceKind.IMAGE
    image = sandbox.resolve(ImageSource(kind, value))
    return {name: partial(sandbox.pod, image) for name in names}


def _story(names: list[str], opened: dict[str, OpenPod], count: int) -> tuple[float, float]:
    """When the first packet was out, in seconds since the start, and packets a second after it."""
    send: list[Json] = [
        {"to": names[0], "payload": {"text": "x" * 1024}},
        {"to": names[0], "payload": {"text": "x" * 1024}, "times": count},
    ]
    with tempfile.TemporaryDirectory() as folder:
        _chain(Path(folder), names)
        workspace = load(Path(folder), ["chain.yaml"])
        (story,) = workspace.stories
        ran = run_case(workspace, story, case({"send": send, "timeout": "300s"}, names, Path(folder)), opened)
    out = [one.clock for one in ran.played.emissions if one.source == names[-1]]
    begun = [one.clock for one in ran.played.emissions if one.source == names[0]]
    assert len(out) == count + 1, (len(out), [one.message for one in ran.findings])
    return out[0], count / (out[-1] - begun[1])


def _bare(names: list[str], opened: dict[str, OpenPod], count: int) -> float:
    """Packets a second when what one engram sends is given to the next as it is."""
    pods = Pods(
        {
            name: (opened[name], StreamCase(name, env={"BUBU_GRPC_HEARTBEAT_INTERVAL": BEAT}, time_limit=300.0))
            for name in names
        },
        300.0,
    )
    following = dict(itertools.pairwise(names))
    done, ended = 0, 0.0
    with pods.running():
        assert list(_events(pods)) == []
        begun = time.monotonic()
        for number in range(count):
            pods.deliver(names[0], Packet(str(number), {"text": "x" * 1024}))
        for event in _events(pods):
            if event.action != "sent" or event.packet is None:
                continue
            if event.step in following:
                pods.deliver(following[event.step], event.packet)
            else:
                done += 1
                ended = time.monotonic()
    assert done == count, done
    return count / (ended - begun)


def _events(pods: Pods) -> Iterator[LiveEvent]:
    while (event := pods.happened()) is not None:
        yield event


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
