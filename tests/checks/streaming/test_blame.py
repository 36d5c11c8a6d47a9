"""What of ours explains a failure of a streaming run, and what it never excuses: the table of jobs, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.checks.streaming.run_maker import BENCH, codes, raw, run
from validator.checks.stand_in import TABLE
from validator.checks.streaming import verdict
from validator.checks.streaming.blame import reason_in
from validator.sandbox.model import Exit, Request
from validator.sandbox.service_model import Connections, ServiceLog
from validator.sandbox.stream_model import LogLine, Sent, StreamCase, StreamRun
from validator.suite.invented_values import Invented

API = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/"
TRIGGER = Request("POST", API + "storytriggers", 201)
JSON_PATCH = Request("PATCH", API + "stepruns/x/status", 415, "application/json-patch+json")
CROWDED = ServiceLog(connections=Connections(idle=100, busy=1, refused=3, limit=100))
FULL = ServiceLog(connections=Connections(busy=20, crowded=1, limit=100, size=64 << 20))
LARGE = ServiceLog(connections=Connections(busy=1, oversized=1, limit=100, largest=4 << 20))
NO_HOST = "Get https://api.example.com/v1: dial tcp: lookup api.example.com on 127.0.0.1:53: no such host"
LOOKUP = "output schema resolution failed: fetch engram: no kind is registered"
NETLINK = "route ip+net: netlinkrib: address family not supported by protocol"
OPEN = (Sent("packet 1", 0.5, 1, 1, True),)
INVENTED = Invented("config and secrets", ("made-up-service-TOKEN-secret",))


def ended(words: str = "context canceled", **more: Any) -> StreamRun:
    """The engram ended its session, and said why."""
    facts = {"signalled": False, "exit": Exit(1), "logs": (LogLine(-1.0, "stderr", words),), **more}
    return run(sent=OPEN, **facts)


def unconnected(words: str, **more: Any) -> StreamRun:
    """It went before it had a session."""
    return replace(ended(words, **more), transcript=())


BITES = [
    ("other stories", ended(requests=(TRIGGER,)), "runs no other stories"),
    ("types of patches", ended("415", requests=(JSON_PATCH,)), "takes merge patches only"),
    ("the SDK's look at schemas", ended(LOOKUP), "could not read the schemas"),
    ("limits of the API", ended("413", limits=("the API holds no more than 1024 objects",)), "no more than 1024"),
    ("connections to stub services", ended("EOF", services=CROWDED), "more than 100 connections"),
    ("connections to stub services", run(
        case=StreamCase("burst", probe="burst"), sent=OPEN, services=CROWDED), "more than 100 connections"),
    ("connections to stub services", ended("413", services=LARGE), "bodies of 4 MiB at most"),
    ("connections to stub services", ended("EOF", services=FULL), "took more than 64 MiB"),
    ("other APIs", ended("404", unknown=("GET /apis/batch/v1/namespaces/sandbox/jobs",)), "does not serve"),
    ("the network", ended(NO_HOST), "`api.example.com`; give the case a stub service"),
    ("the network", unconnected("streaming engram initialization failed: " + NO_HOST), "`api.example.com`"),
    ("the network", run(sent=OPEN, logs=(LogLine(0.9, "stderr", "retrying: " + NO_HOST),), counts={"silent": 1}),
     "`api.example.com`"),
    ("kinds of sockets", ended(NETLINK), "AF_NETLINK"),
    ("invented values", unconnected('no secret has the key "example"'), 'config and secrets: no secret has the key'),
    ("invented values", unconnected("", logs=(LogLine(-1.0, "stdout", "the key is none of ours"),)), "none of ours"),
    ("invented values", ended("401: made-up-service-TOKEN-secret is unknown"), "is unknown; write a case"),
]  # fmt: skip


def test_every_row_bites_streaming_engrams_too() -> None:
    assert {row.name for row in TABLE} == {name for name, *_ in BITES}


@pytest.mark.parametrize(("name", "seen", "reason"), BITES, ids=[f"{n} {i}" for i, (n, *_) in enumerate(BITES)])
def test_what_is_ours_is_not_checked(name: str, seen: StreamRun, reason: str) -> None:
    judged = verdict.judge(replace(BENCH, invented=INVENTED), seen)
    assert codes(judged) in ([], ["EV513"]), judged
    assert reason in reason_in(judged)


STAYS = [
    ("a decoder that refuses what the schema allows", unconnected("'prefix' expected type 'string'", logs=(
        LogLine(-1.0, "stderr", "failed to unmarshal config: decoding failed due to the following error(s):"),
        LogLine(-1.0, "stderr", "'prefix' expected type 'string', got unconvertible type 'int'"))), ["EV601"]),
    ("a panic", unconnected("panic: no flags", exit=Exit(2)), ["EV601"]),
    ("not a word", unconnected("", logs=()), ["EV601"]),
    ("a remark of its log", unconnected("", logs=(LogLine(0.1, "stdout", '{"level":"INFO","msg":"starting"}'),)),
     ["EV601"]),
    ("an end without a fault", unconnected("done", exit=Exit(0)), ["EV601"]),
    ("out of memory", unconnected("no", exit=Exit(None, signal=9, oom=True)), ["EV601"]),
    ("too late", unconnected("waiting", signalled=True), ["EV601"]),
    ("a packet that it refuses", ended("text is empty"), ["EV603"]),
    ("a panic beside another story", ended("panic: nil", exit=Exit(2), requests=(TRIGGER,)), ["EV604"]),
    ("what it put out beside another story", run(
        raw('{"text": "hello"}', "text/plain"), requests=(TRIGGER,)), ["EV612"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "seen", "expected"), STAYS, ids=[what for what, *_ in STAYS])
def test_a_fault_stays_one(what: str, seen: StreamRun, expected: list[str]) -> None:
    judged = verdict.judge(replace(BENCH, invented=INVENTED), seen)
    assert codes(judged) == expected
    assert not reason_in(judged)
