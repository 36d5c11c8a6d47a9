"""The examples on the pages of the streaming rules, played side by side in few pods: most of their time is waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from tests.page_examples import Example
from validator.checks.streaming import probing, scripts, verdict
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.sample import Sample
from validator.findings import Finding, Location, Subject, Unchecked
from validator.sandbox.pods import Pod
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase
from validator.schemas.validation import validate

WORKERS = 4
"""Rows at a time: as many cases as `run` would have on a larger machine."""
PATIENT = 12.0
"""Seconds without a sign of life, for what 3 s left undecided: pods on a busy machine can be as slow as that."""
SAMPLE = Sample(packet=Packet(payload={"text": "hello"}), patience=3.0, grace=4.0)


class Rows:
    """Plays examples, each with fresh processes, in the first pod whose key they have: `page` for the code that a page
    shows, `wire` for the engram without an SDK, `fixture` for the Go fixtures."""

    def __init__(self, pods: Mapping[str, Pod]) -> None:
        self._pods = pods
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="row")
        self._found: dict[str, Future[list[Finding]]] = {}

    def start(self, chosen: Iterable[Example]) -> None:
        """Play them; `found` waits for each."""
        for example in chosen:
            self._found[example.name] = self._workers.submit(self._decided, example)

    def found(self, example: Example) -> list[Finding]:
        """What was found in the example."""
        return self._found[example.name].result()

    def close(self) -> None:
        """Play no more; wait for those that are being played."""
        self._workers.shutdown(cancel_futures=True)

    def _decided(self, example: Example) -> list[Finding]:
        """What is found; once more, with more patience, where the expected is neither found nor ruled out."""
        verdicts = self._play(example.entry, SAMPLE)
        unsure = any(isinstance(each, Unchecked) for each in verdicts)
        found = [each for each in verdicts if isinstance(each, Finding)]
        if unsure and not example.expected <= {each.rule.code for each in found}:
            again = self._play(example.entry, replace(SAMPLE, patience=PATIENT))
            return [each for each in again if isinstance(each, Finding)]
        return found

    def _play(self, example: Mapping[str, Any], sample: Sample) -> list[Finding | Unchecked]:
        origin = next(each for each in self._pods if each in example)
        env = {"FAULTS": " ".join(example["wire"])} if origin == "wire" else {"BEHAVIOUR": example[origin]}
        pod = self._pods[origin]
        judged = StreamContext(
            Subject("image", "example"),
            Location("Engram.yaml"),
            output_schema=example.get("schema"),
            validate=lambda schema, packet: validate(schema, packet, profile="hub"),
        )
        written = example["cases"][0] if "cases" in example else example
        if "send" in written:
            return list(verdict.judge(judged, run_stream(pod, _written(written, env, sample.patience))))
        only = (example.get("probe", "plain"),)
        sample = replace(sample, env=env)
        if "chunk_seconds" in example:
            env["CHUNK_TTL"] = f"{example['chunk_seconds']}s"
            sample = replace(sample, chunk_seconds=example["chunk_seconds"])
        tried = probing.run_probes(lambda case: run_stream(pod, case), judged, sample, only)
        return [each for one in tried for each in one.verdicts]


def _written(example: Mapping[str, Any], env: dict[str, str], patience: float) -> StreamCase:
    sends = example["send"]
    many = any("padding" in send for send in sends)
    expect = example.get("expect", {})
    return StreamCase(
        "written",
        steps=tuple(Send(_packet(send), times=send.get("times", 1)) for send in sends),
        expect=Expectation(tuple(expect.get("packets", ())), expect.get("order", "any"), expect.get("count")),
        env=env,
        time_limit=8.0,
        patience=patience,
        window=1000 if many else 16,
        buffer=1024 if many else 16,
    )


def _packet(send: dict[str, Any]) -> Packet:
    packet = Packet(payload=send["payload"])
    return scripts.padded(packet, send["padding"]) if "padding" in send else packet
