"""Everything that leaves an engram is looked at, each thing at its own place."""

from __future__ import annotations

from validator.checks.isolation.surfaces import Place, of_batch, of_stream, payloads
from validator.sandbox.model import BatchRun, Exit, Log, Request
from validator.sandbox.stream_model import Entry, StreamCase, StreamRun


def batch(status, stdout="", stderr="", **more):
    return BatchRun(
        Exit(0, stdout=Log(stdout), stderr=Log(stderr)), timed_out=False, status=status, patches=(), result_patch=None,
        **more,
    )  # fmt: skip


def places(surfaces):
    return {surface.place: surface.value for surface in surfaces}


def test_a_batch_run_leaves_its_status_its_requests_and_its_logs():
    status = {
        "output": {"text": "a"}, "signals": {"k": 1}, "signalEvents": [{"key": "k"}], "effects": [{"key": "e"}],
        "error": {"message": "no key sk"}, "phase": "Failed",
    }  # fmt: skip
    requests = (
        Request("PATCH", "/apis/runs/v1/namespaces/n/stepruns/s/status?timeout=30s", 200, body={"status": status}),
        Request("POST", "/apis/runs/v1/namespaces/n/effectclaims", 201, body={"claim": 1}),
        Request("POST", "/apis/runs/v1/namespaces/n/storytriggers", 201, body={"trigger": 1}),
        Request("GET", "/api", 200, body={"kind": "APIVersions"}),
    )
    files = {"cache/a": {"big": 1}}
    run = batch(status, stderr="started\nfailed: no key sk\n", requests=requests, files=files)
    found = [(surface.place, surface.value) for surface in of_batch(run)]

    assert found == [
        (Place.OUTPUT, {"text": "a"}),
        (Place.STORED, {"big": 1}),
        (Place.SIGNAL, {"signals": {"k": 1}, "signalEvents": [{"key": "k"}]}),
        (Place.EFFECT, [{"key": "e"}]),
        (Place.EFFECT, {"claim": 1}),
        (Place.REQUEST, {"trigger": 1}),
        (Place.ERROR, {"error": {"message": "no key sk"}}),
        (Place.LOG, ["started"]),  # the line that repeats the error message is no second place
    ]


def test_what_was_offloaded_is_a_part_of_the_output_again():
    files = {
        "outputs/s/text.json": {"contentType": "raw", "data": "long"},
        "logs/s/1.log": {"unreadable": "Extra data"},
    }
    output = {"text": {"$bubuStorageRef": "outputs/s/text.json"}, "given": {"$bubuStorageRef": "inputs/sandbox/0.json"}}
    found = [(surface.place, surface.value) for surface in of_batch(batch({"output": output}, files=files))]
    assert found == [
        (Place.OUTPUT, {"text": "long", "given": {"$bubuStorageRef": "inputs/sandbox/0.json"}}),
        (Place.STORED, {"unreadable": "Extra data"}),
    ]


def message(**body):
    return Entry(0.1, "engram", "data", "message", 1, body=body)


def test_a_stream_leaves_packets_and_metadata():
    own = {"trace": "1", "bubu.envelope.kind": "data"}
    packet = {"kind": "data", "payload": {"a": 1}, "inputs": {"b": 2}, "metadata": {"deep": "x"}}
    error = {"kind": "error", "payload": {"message": "no"}}
    run = StreamRun(
        StreamCase("one"),
        (
            message(frame="binary", packet=packet, metadata=own),
            message(frame="binary", packet=error),
            message(frame="binary", mime="text/plain", head={"text": "raw"}),
            message(frame="binary", mime="text/plain", json={"leak": 1}, head={"text": '{"leak": 1}'}),
            Entry(0.2, "engram", "control", "message", 1, label="custom", body={"metadata": {"note": "c"}}),
            Entry(0.2, "connector", "data", "message", 1, body={"packet": {"payload": {"theirs": 1}}}),
        ),
        exit=Exit(0, stdout=Log("said\n\n")),
    )

    assert [(surface.place, surface.value) for surface in of_stream(run)] == [
        (Place.OUTPUT, {"a": 1}),
        (Place.INPUTS, {"b": 2}),
        (Place.METADATA, {"trace": "1", "deep": "x"}),
        (Place.ERROR, {"message": "no"}),
        (Place.PACKET, {"head": {"text": "raw"}}),
        (Place.OUTPUT, {"leak": 1}),
        (Place.PACKET, {"metadata": {"note": "c"}}),
        (Place.LOG, ["said"]),
    ]
    assert payloads(run) == ({"a": 1}, {"b": 2}, {"leak": 1})
