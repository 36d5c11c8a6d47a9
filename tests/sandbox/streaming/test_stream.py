"""One streaming case in a pod: sessions, deliveries, media, and what the run knows afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sandbox.conftest import Bench as Sandboxes
from validator.checks.streaming import mime, probing
from validator.checks.streaming.context import StreamContext as Judges
from validator.checks.streaming.expectations import view
from validator.checks.streaming.sample import Sample
from validator.findings import Location, Subject
from validator.sandbox.stream import Talk, run_stream
from validator.sandbox.stream_model import (
    Audio,
    Await,
    Binary,
    Control,
    Entry,
    Expectation,
    Handshake,
    Packet,
    Send,
    StreamCase,
    StreamRun,
)

pytestmark = pytest.mark.docker_by_day()


def play(bench: Sandboxes, case: StreamCase, name: str = "stream-echo", talk: Talk | None = None) -> StreamRun:
    sandbox, engram = bench
    with sandbox.pod(engram(name)) as pod:
        return run_stream(pod, case, talk=talk)


def case(*packets: Packet, count: int | None = None, **more) -> StreamCase:
    return StreamCase("case", steps=tuple(map(Send, packets)), expect=Expectation(count=count), **more)


def views(run: StreamRun) -> list[dict]:
    return [view(entry) for entry in run.outputs]


@pytest.mark.docker_by_day("docker")
def test_packets_come_back_with_their_receipts(bench: Sandboxes) -> None:
    run = play(bench, case(Packet(payload={"n": 1}), Packet(payload={"n": 2}), count=2))
    assert [shown["payload"] for shown in views(run)] == [{"n": 1}, {"n": 2}]
    assert (run.settled, run.missing(), run.signalled, run.sessions) == ("finished", (), True, 1)
    assert [sent.label for sent in run.sent] == ["packet 1", "packet 2"]
    assert run.sdk_version == "v0.1.5"
    assert {"spawn", "control_open", "ready_ack", "first_output", "settled", "stop"} <= set(run.phases)
    assert any("Initializing" in log.text and log.at >= 0 for log in run.logs)


def test_the_same_case_under_required_capabilities(bench: Sandboxes) -> None:
    run = play(bench, case(Packet(payload={"n": 1}), count=1, handshake=Handshake(capabilities="required")))
    acks = [entry.body["metadata"]["type"] for entry in run.transcript if entry.by == "engram" and entry.label == "ack"]
    assert acks == ["connector.ready", "connector.capabilities"]


@pytest.mark.parametrize(("delivery", "seen"), [("evaluated", {"text": "x"}), ("forwarded", {"text": "x"})])
def test_both_deliveries(bench: Sandboxes, delivery: str, seen: dict) -> None:
    run = play(bench, case(Packet(payload={"text": "x"}, inputs={"with": 1}), count=1, delivery=delivery))
    assert views(run)[0]["payload"] == seen


def test_media_and_opaque_bytes(bench: Sandboxes) -> None:
    packets = (Packet(audio=Audio(b"\0" * 320, 8000)), Packet(binary=Binary(b"\1\2\3", "image/png")))
    run = play(bench, case(*packets, count=2))
    audio, image = views(run)
    assert (audio["frame"], audio["bytes"], audio["sample_rate_hz"]) == ("audio", 320, 8000)
    assert (image["frame"], image["bytes"], image["mime"]) == ("binary", 3, "image/png")


def test_several_sessions(bench: Sandboxes) -> None:
    sessions = ((Packet(payload={"n": 1}),), (Packet(payload={"n": 2}), Packet(payload={"n": 3})))
    run = play(bench, StreamCase.from_sessions("case", sessions))
    assert (run.settled, run.sessions, run.missing()) == ("finished", 2, ())
    assert {sent.session for sent in run.sent} == {1, 2}


def test_an_engram_that_emits_nothing_is_known_to_be_done(bench: Sandboxes) -> None:
    run = play(bench, case(Packet(payload={"n": 1})), "stream-silent")
    assert (run.outputs, run.missing(), run.settled) == ((), (), "finished")


def test_signals_are_seen_in_the_status_of_the_step(bench: Sandboxes) -> None:
    run = play(bench, case(Packet(payload={"n": 1}), count=1), "stream-signals")
    assert run.status["signals"] == {"progress": {"meta": {}, "sample": {"text": "hello"}}}
    assert [event["key"] for event in run.status["signalEvents"]] == ["progress"]
    assert (run.objections, run.missing()) == ((), ())
    assert {request.method for request in run.requests} == {"GET", "PATCH"}


def test_control_verbs_are_answered(bench: Sandboxes) -> None:
    steps = (
        Control("my.verb"),
        Await("control", name="ack my.verb", within=3),
        Control("stop"),
        Send(Packet(payload={})),
    )
    run = play(bench, StreamCase("case", steps=steps))
    answers = {
        entry.body["metadata"]["type"]: entry.body["metadata"]["handled"]
        for entry in run.transcript
        if entry.by == "engram" and entry.label == "ack"
    }
    assert answers == {"connector.ready": "true", "my.verb": "false", "stop": "false"}
    assert run.missing() == ()


def test_a_case_ends_at_its_time_limit(bench: Sandboxes) -> None:
    steps = (Await("outputs", count=5, within=60),)
    run = play(bench, StreamCase("case", steps=steps, time_limit=1.5))
    assert run.settled == "time-limit"
    assert run.where == "step 1 (await)"


@pytest.mark.docker_by_day("docker")
def test_an_engram_that_never_starts(bench: Sandboxes) -> None:
    run = play(bench, replace(case(Packet(payload={})), startup=5.0), "stream-init-fails")
    assert (run.settled, run.signalled, run.exit.code, run.transcript[:-1]) == ("exited", False, 1, ())


def test_a_conversation(bench: Sandboxes) -> None:
    shown: list[Entry] = []
    packets = iter([Packet(payload={"n": 1}), Packet(payload={"n": 2})])
    run = play(bench, StreamCase("case"), talk=Talk(packets, shown.append))
    assert [view(entry)["payload"] for entry in shown] == [{"n": 1}, {"n": 2}]
    assert run.missing() == ()


@pytest.mark.parametrize("size", [400, 60_000])
def test_a_session_event_in_a_raw_frame_is_read_whole(bench: Sandboxes, size: int) -> None:
    env = {"SIZE": str(size), "MIME": "text/plain"}
    run = play(bench, replace(case(Packet(payload={"n": 1}), count=1), env=env), "stream-session-event")
    (output,) = run.outputs
    document = output.body["json"]
    assert isinstance(document, dict)
    assert (output.body["bytes"], document["type"]) == (size, "turn.completed")
    assert mime.is_trap(output)


def test_an_engram_for_audio_alone_is_sent_no_chunks_and_passes_every_other_row(bench: Sandboxes) -> None:
    sandbox, engram = bench
    sample = Sample(packet=Packet(audio=Audio(b"\0" * 320)))
    judged = Judges(Subject("image", "audio"), Location("Engram.yaml"))
    with sandbox.pod(engram("stream-audio-only")) as pod:
        only = ["chunks", "chunk-counts", "unknown-kind"]
        tried = list(probing.run_probes(lambda case: run_stream(pod, case), judged, sample, only))
    told = {each.case.probe: (each.skipped, each.verdicts) for each in tried}
    assert told["plain"] == told["unknown-kind"] == ("", ())
    assert "carries audio" in told["chunks"][0]
    assert "carries audio" in told["chunk-counts"][0]


@pytest.mark.docker_by_day("docker")
def test_a_streaming_case_with_storage_runs_beside_its_folder(bench: Sandboxes) -> None:
    run = play(bench, case(Packet(payload={"n": 1}), count=1, storage=True))
    assert (run.settled, run.emitted, run.files) == ("finished", 1, {})
