"""The examples on the pages of the streaming rules, played side by side in two pods: most of their time is waiting."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import yaml

from tests.page_examples import Example
from validator.checks.streaming import battery, trial, verdict
from validator.checks.streaming.bench import Bench
from validator.checks.streaming.sample import Sample
from validator.findings import Finding, Location, Subject
from validator.sandbox.pods import Pod
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Expectation, Packet, Send, StreamCase
from validator.schemas.validation import validate

WORKERS = 4
"""Rows at a time: as many cases as `run` would have on a larger machine."""
SAMPLE = Sample(packet=Packet(payload={"text": "hello"}), patience=3.0, grace=4.0)


class Rows:
    """Plays examples, each with fresh processes, in the pod of the Go fixtures or that of the engram without an SDK."""

    def __init__(self, fixtures: Pod, wired: Pod) -> None:
        self._fixtures, self._wired = fixtures, wired
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="row")
        self._found: dict[str, Future[list[Finding]]] = {}

    def start(self, chosen: Iterable[Example]) -> None:
        """Play them; `found` waits for each."""
        for example in chosen:
            self._found[example.name] = self._workers.submit(self._play, yaml.safe_load(example.text))

    def found(self, example: Example) -> list[Finding]:
        """What was found in the example."""
        return self._found[example.name].result()

    def close(self) -> None:
        """Play no more; wait for those that are being played."""
        self._workers.shutdown(cancel_futures=True)

    def _play(self, example: dict[str, Any]) -> list[Finding]:
        if "fixture" in example:
            pod, env = self._fixtures, {"BEHAVIOUR": example["fixture"]}
        else:
            pod, env = self._wired, {"FAULTS": " ".join(example["wire"])}
        judged = Bench(
            Subject("image", "example"),
            Location("Engram.yaml"),
            output_schema=example.get("schema"),
            validate=lambda schema, packet: validate(schema, packet, profile="hub"),
        )
        if "send" in example:
            found = list(verdict.judge(judged, run_stream(pod, _written(example, env))))
        else:
            only = (example.get("probe", "plain"),)
            sample = replace(SAMPLE, env=env)
            if "chunk_seconds" in example:
                env["CHUNK_TTL"] = f"{example['chunk_seconds']}s"
                sample = replace(sample, chunk_seconds=example["chunk_seconds"])
            tried = trial.trial(lambda case: run_stream(pod, case), judged, sample, only)
            found = [each for one in tried for each in one.verdicts]
        return [each for each in found if isinstance(each, Finding)]


def _written(example: dict[str, Any], env: dict[str, str]) -> StreamCase:
    sends = example["send"]
    many = any("padding" in send for send in sends)
    expect = example.get("expect", {})
    return StreamCase(
        "written",
        steps=tuple(Send(_packet(send), times=send.get("times", 1)) for send in sends),
        expect=Expectation(tuple(expect.get("packets", ())), expect.get("order", "any"), expect.get("count")),
        env=env,
        time_limit=8.0,
        patience=3.0,
        window=1000 if many else 16,
        buffer=1024 if many else 16,
    )


def _packet(send: dict[str, Any]) -> Packet:
    packet = Packet(payload=send["payload"])
    return battery.padded(packet, send["padding"]) if "padding" in send else packet
