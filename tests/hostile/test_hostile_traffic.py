"""Traffic that wants the stub services or the connector of a case dead: they bear it, and serve the next case.

What they may hold is bounded whatever a client does; how often somebody was turned away is told of the case.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import typing_extensions

from tests.hostile.conftest import opened_with
from validator.findings import Location, Subject
from validator.sandbox import services
from validator.sandbox.model import Exit, Image
from validator.sandbox.pods import Pod
from validator.sandbox.sandbox import Sandbox
from validator.sandbox.service_model import Service
from validator.suite import overload

Hostile = tuple[Sandbox, Image]
MEMORY = 400 << 20
"""The most that a harness may ever hold, of the 512 MiB that it has."""

SERVICES = r"""
import os, socket
host, port = os.environ["TO"].split(":")
head = b"%s HTTP/1.1\r\nHost: s\r\n%s\r\n"

def crowd(count, text):
    crowd = []
    for _ in range(count):
        one = socket.create_connection((host, int(port)))
        one.settimeout(3)
        crowd.append(one)
        try:
            one.sendall(text)
        except OSError:
            pass
    return crowd

def ask():
    [one] = crowd(1, head % (b"GET /small", b"Connection: close\r\n"))
    with one:
        assert one.recv(100).startswith(b"HTTP/1.1 200")

def uploads():
    return crowd(90, head % (b"POST /small", b"Content-Length: 4000000\r\n") + b"x" * 3999999)

def chunks():
    text = head % (b"POST /small", b"Transfer-Encoding: chunked\r\n")
    return crowd(90, text + b"200000\r\n" + b"x" * (2 << 20) + b"\r\n1\r\n")

def unread():
    return crowd(90, head % (b"GET /large", b"") * 100)

def halves():
    return crowd(300, b"GET / HTTP/1.1\r\nX: ")

def lists():
    for _ in range(20):
        crowd(1, head % (b"POST /small", b"Content-Length: 4000000\r\n") + b"[" + b"[]," * 1333332 + b"[]]")

def polite():
    for _ in range(20):
        ask()

kept = globals()[os.environ["ATTACK"]]()
print("over")
"""
CONNECTOR = r"""
import os, socket, threading
import grpc

SERVICE = "/transport.v1.TransportConnectorService/"
GOOD = [("bubu-transport-protocol", "1.0.0")]

def channel(**options):
    return grpc.insecure_channel(os.environ["TO"], options=[("grpc.use_local_subchannel_pool", 1), *options.items()])

def stream(on, name, messages, metadata=()):
    return on.stream_stream(SERVICE + name)(messages, metadata=[*GOOD, *metadata], timeout=20)

def field(number, value):
    size, out = len(value), bytearray([number << 3 | 2])
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes(out) + bytes([size]) + value

def ended(call):
    try:
        for _ in call:
            pass
    except grpc.RpcError as error:
        return error.code()

def streams():
    refused, open_, done = threading.Semaphore(0), threading.Event(), threading.Event()
    def large():
        open_.wait()
        while not done.wait(0.01):
            yield field(5, b"x" * (4 << 20))
    channels = [channel() for _ in range(4)]
    calls = [stream(channels[number % 4], "Data", large()) for number in range(24)]
    for call in calls: call.add_callback(refused.release)
    for _ in range(8): refused.acquire(timeout=20)
    open_.set()
    done.wait(6)
    done.set()
    for call in calls: call.cancel()

def verbs():
    on = channel()
    ended(stream(on, "Control", iter([field(4, b"%d" % n) for n in range(20000)])))
    acks = (b"\x08\x01" + field(2, field(1, b"type") + field(2, b"%d" % n + b"x" * 200000)) for n in range(2000))
    ended(stream(on, "Control", acks))

def openings():
    on = channel()
    for number in range(3000):
        ended(stream(on, "Data", iter(()), [(f"x-{n}", "y" * 200) for n in range(30)]))

def headers():
    for _ in range(12):
        on = channel()
        calls = [stream(on, "Data", iter(()), [("x-padding", "y" * 900_000)]) for _ in range(8)]
        for call in calls: ended(call)

def sockets():
    host, port = os.environ["TO"].split(":")
    crowd = []
    for _ in range(900):
        one = socket.create_connection((host, int(port)))
        one.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        crowd.append(one)
    return crowd

def polite():
    for _ in range(5):
        ended(stream(channel(), "Data", iter([field(5, b"x")])))

kept = globals()[os.environ["ATTACK"]]()
print("over")
"""


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with opened_with(request.param, tmp_path_factory.mktemp("client"), SERVICES) as pair:
        yield pair


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def engram(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    folder = tmp_path_factory.mktemp("engram")
    if request.param == "process":
        # A confined program sees no packages of this environment but those beside it.
        shutil.copytree(Path(grpc.__file__).parent, folder / "grpc")
        shutil.copy(typing_extensions.__file__, folder)
    with opened_with(request.param, folder, CONNECTOR) as pair:
        yield pair


EXCHANGES: tuple[dict[str, Any], ...] = (
    {"request": {"path": "/small", "json": {"a": 1}}, "responses": [{"status": 400}]},
    {"request": {"path": "/small"}, "responses": [{"text": "hello"}]},
    {"request": {"path": "/large"}, "responses": [{"text": "x" * (4 << 20)}]},
)


@pytest.mark.slow
@pytest.mark.docker_by_day("unread-True", "polite-False")
@pytest.mark.parametrize(
    ("attack", "turned_away"),
    [("uploads", True), ("chunks", True), ("unread", True), ("halves", True), ("lists", False), ("polite", False)],
)
def test_stub_services_bear_it(client: Hostile, attack: str, turned_away: bool) -> None:
    sandbox, image = client
    with sandbox.pod(image) as pod:
        for each in (attack, "polite"):
            with services.serving(pod, each, [Service("s", EXCHANGES)]) as served:
                address = served.addresses["s"]
                ended = _said(pod, each, f"{address.host}:{address.port}")
            assert ended.stdout.text == "over\n", ended
            told = {finding.rule.code for finding in overload.findings(pod, Location("x"), Subject("template", "x"))}
            assert told == ({"EV928"} if turned_away and each == attack else set())
            assert bool(served.log.connections.overrun) is bool(told)
        assert pod.harness.call("memory") < MEMORY
        assert pod.renew(image)


@pytest.mark.slow
@pytest.mark.docker_by_day("openings-False")
@pytest.mark.parametrize(
    ("attack", "turned_away"),
    [("streams", True), ("verbs", False), ("openings", False), ("headers", False), ("sockets", False)],
)
def test_a_connector_bears_it(engram: Hostile, attack: str, turned_away: bool) -> None:
    sandbox, image = engram
    with sandbox.pod(image) as pod:
        for each in (attack, "polite"):
            with _connector(pod) as (to, record):
                ended = _said(pod, each, to)
            assert ended.stdout.text == "over\n", ended
            told = {finding.rule.code for finding in overload.findings(pod, Location("x"), Subject("template", "x"))}
            assert told == ({"EV929"} if turned_away and each == attack else set())
            assert len(str(record["transcript"])) < 32 << 20
        assert record["counts"]["outputs"] == 5
        assert pod.harness.call("memory") < MEMORY
        assert pod.renew(image)


@contextmanager
def _connector(pod: Pod) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where a connector listens; its record is there when the block has ended."""
    key, record = uuid.uuid4().hex, dict[str, Any]()
    opened = pod.harness.call("stream.open", key=key, script={"steps": [], "time_limit": 60})
    try:
        yield opened["endpoint"], record
    finally:
        record |= pod.harness.call("stream.close", key=key)


def _said(pod: Pod, attack: str, to: str) -> Exit:
    engram = pod.spawn({"HOME": pod.home, "ATTACK": attack, "TO": to})
    ended = engram.wait(90)
    engram.kill()
    assert ended is not None, "it goes on"
    return ended


def test_what_is_told_names_the_limits() -> None:
    for family, (rule, limits) in overload.RULES.items():
        found = rule.at(Location("x"), Subject("template", "x"), anchor=(family,), **limits)
        assert all(str(value) in found.message for value in limits.values())
