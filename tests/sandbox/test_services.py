"""Stub services in real pods: an engram that calls out gets what the case says, over HTTP and HTTPS."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from validator.sandbox import services
from validator.sandbox.addresses import Address
from validator.sandbox.batch import run_batch
from validator.sandbox.harness.outward import Outward
from validator.sandbox.harness.services import Services
from validator.sandbox.harness.stub import BODY_LIMIT
from validator.sandbox.model import BatchCase, Secret
from validator.sandbox.service_model import Connections, Service
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Await, Packet, Send, StreamCase

WORD = {
    "request": {"method": "GET", "path": "/words/{word}"},
    "responses": [{"template": True, "json": {"meaning": "it is ${request.params.word}"}}],
}
URL = "${{ services.dictionary.url }}"


@pytest.fixture(scope="module")
def pod(bench):
    sandbox, engram = bench
    with sandbox.pod(engram("caller")) as pod:
        yield pod


def case(name="c", tls=False, exchanges=(WORD,), **more):
    given = {"inputs": {"word": "one"}, "config": {"url": URL}, **more}
    return BatchCase(name, services=(Service("dictionary", tuple(exchanges), tls),), **given)


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    "told",
    [
        {"config": {"url": URL}},
        {"config": {}, "env": {"DICTIONARY_URL": URL}},
        {"config": {}, "secrets": {"dictionary": Secret({"BASE_URL": URL, "API_KEY": "k"}, "DICTIONARY_")}},
        {
            "config": {"url": "${{services.dictionary.url}}/v1"},
            "exchanges": [WORD | {"request": {"path": "/v1/words/{word}"}}],
        },
    ],
    ids=["config", "environment", "secret", "below a path"],
)
def test_an_engram_finds_its_service(pod, tls, told):
    run = run_batch(pod, case(tls=tls, **told))
    assert run.output == {"meaning": "it is one"}, run.error
    (call,) = run.services.calls
    assert (call.service, call.method, call.status, call.unforeseen) == ("dictionary", "GET", 200, "")
    assert "authorization" in call.headers
    assert run.services.counts == {"dictionary": 1}
    assert run.lookups == ()


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ({"status": 503, "text": "later"}, "status 503"),
        ({"fail": "close"}, "EOF"),
        ({"fail": "reset"}, "connection reset by peer"),
        ({"fail": "cut", "text": "half of this"}, "unexpected EOF"),
        ({"text": "<html>"}, "invalid character '<'"),
    ],
    ids=["status", "close", "reset", "cut", "html"],
)
def test_a_service_can_fail(pod, response, message):
    run = run_batch(pod, case(exchanges=[{"request": {"path": "/words/one"}, "responses": [response]}]))
    assert run.phase == "Failed"
    assert message in run.error["message"]


def test_a_service_can_keep_its_client_waiting(pod):
    slow = [{"responses": [{"fail": "timeout"}]}]
    run = run_batch(pod, case(exchanges=slow, timeout=2, step_timeout=0.3))
    assert run.phase in {"Failed", "Timeout"}
    assert run.services.calls[0].status == 0


def test_answers_can_be_streamed_and_late(pod):
    streamed = [{"responses": [{"events": ["a", {"b": 1}], "interval": 0.01, "delay": 0.05}]}]
    run = run_batch(pod, case(exchanges=streamed))
    assert "invalid character 'd'" in run.error["message"], "the client got the text of the events"


def test_what_was_not_foreseen_is_on_record(pod):
    run = run_batch(pod, case(inputs={"prompt": "hi"}))
    (call,) = run.services.calls
    assert (call.method, call.path, call.status) == ("POST", "/chat/completions", 404)
    assert call.body["messages"] == [{"role": "user", "content": "hi"}]
    assert call.unforeseen == "it expects GET /words/{word}"


def test_cases_beside_each_other_have_services_of_their_own(pod):
    def run(number):
        told = [{"responses": [{"json": {"meaning": str(number)}}]}]
        return run_batch(pod, case("the same name", exchanges=told, tls=number % 2 == 0))

    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(run, range(8)))
    assert [run.output["meaning"] for run in runs] == [str(number) for number in range(8)]


def test_a_port_is_the_same_in_every_run(pod):
    ports = {run_batch(pod, case("steady")).services.addresses["dictionary"] for _ in range(2)}
    assert ports == {f"127.0.0.1:{services.port_of('steady', 'dictionary')}"}


def test_a_name_beyond_the_pod_is_seen(bench, pod):
    if not pod.isolation:
        pytest.skip("a process without bubblewrap uses the name server of its machine")
    run = run_batch(pod, case(config={"url": "https://dictionary.example.com/v1"}))
    assert run.lookups == ("dictionary.example.com",)
    assert "dictionary.example.com" in run.error["message"]
    again = run_batch(pod, case())
    assert again.lookups == (), "what was asked before is none of its business"


def test_a_case_without_services_starts_none(pod):
    assert run_batch(pod, replace(case(), services=(), config={})).services is None


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_streaming_engram_finds_its_service(bench, tls):
    sandbox, engram = bench
    served = Service("api", ({"request": {"path": "/a"}, "responses": [{"json": {"text": "hello"}}]},), tls)
    asks = StreamCase("s", (Send(Packet(payload={"url": "${{ services.api.url }}/a"})), Await("receipts")))
    with sandbox.pod(engram("stream-calls")) as pod:
        run = run_stream(pod, replace(asks, services=(served,)))
        silent = run_stream(pod, StreamCase("n", (Send(Packet(payload={"url": "http://nowhere.example.com"})),)))
        isolated = bool(pod.isolation)
    (output,) = run.outputs
    assert output.body["payload"] == {"text": "hello"}
    assert [(call.path, call.status) for call in run.services.calls] == [("/a", 200)]
    assert silent.services is None
    assert silent.lookups == (("nowhere.example.com",) if isolated else ())


def test_a_streaming_case_is_told_as_well():
    served = services.Serving({"a": Address("127.0.0.1", 7, tls=True)}, "/pod/home/ca.pem")
    url = "${{ services.a.url }}/x"
    told = served.stream(
        StreamCase(
            "s",
            (Send(Packet(payload={"url": [url]}, inputs=url)),),
            config={"port": "${{ services.a.port }}"},
            secrets={"s": Secret({"K": url})},
            env={"HOST": "${{ services.a.host }}", "OTHER": "${{ services.b.url }}"},
        )
    )
    (step,) = told.steps
    assert (step.packet.payload, step.packet.inputs) == ({"url": ["https://127.0.0.1:7/x"]}, "https://127.0.0.1:7/x")
    assert (told.config, told.secrets["s"].values) == ({"port": "7"}, {"K": "https://127.0.0.1:7/x"})
    own = served.stream(StreamCase("s", (), env={"SSL_CERT_FILE": "/mine.pem"}))
    assert own.env == {"SSL_CERT_FILE": "/mine.pem"}, "what the case says wins"
    assert told.env == {"SSL_CERT_FILE": "/pod/home/ca.pem", "HOST": "127.0.0.1", "OTHER": "${{ services.b.url }}"}


class Host:
    address = "127.0.0.1"
    store = ""
    outward = Outward([])

    def __init__(self, home):
        self.home = str(home)

    def emit(self, event, key, data):
        raise AssertionError(event)


def talked(tmp_path, sent, exchanges, tls=False):
    """What comes back for these bytes, and the record."""

    async def talk():
        family = Services(Host(tmp_path))
        authority, certificate = services.certified() if tls else ("", "")
        opened = await family.open_case(
            key="k",
            authority=authority,
            services=[{"name": "s", "port": 0, "exchanges": exchanges, "certificate": certificate}],
        )
        trust = ssl.create_default_context(cafile=opened["authority"]) if tls else None
        reader, writer = await asyncio.open_connection("127.0.0.1", opened["ports"]["s"], ssl=trust)
        writer.write(sent)
        await writer.drain()
        try:
            answer = await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()
            record = await family.close_case("k")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == [], "nothing is left behind"
        return answer, record

    return asyncio.run(talk())


LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "statuses", "bodies"),
    [
        (b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi" + LAST, [200, 200], ["hi", ""]),
        (b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\nh\r\n1\r\ni\r\n0\r\nT: 1\r\n\r\n" + LAST,
         [200, 200], ["hi", ""]),
        (b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx" + LAST, [100, 200, 200], ["x", ""]),
        (b"nonsense\r\n\r\n", [400], []),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", [400], []),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", [413], []),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", [400], []),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", [400], []),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * (70 << 10) + b"\r\n\r\n", [431], []),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", [400], []),
        (b"GET //[ HTTP/1.1\r\n\r\n", [400], []),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a" * (70 << 10), [431], []),
    ],
    ids=["length", "chunks", "expect", "no request", "wrong length", "too long", "wrong chunk", "chunk below 0",
         "large head", "no length", "no address", "large trailer"],
)  # fmt: skip
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_the_wire(tmp_path, sent, statuses, bodies, tls):
    answer, record = talked(tmp_path, sent, [{"responses": [{"text": "ok"}]}], tls)
    heads = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ") or b"HTTP/1.1 " in line]
    assert [int(head.partition(b"HTTP/1.1 ")[2][:3]) for head in heads] == statuses
    assert [call["body"] for call in record["calls"]] == bodies


def test_server_sent_events_come_in_chunks(tmp_path):
    answer, _ = talked(tmp_path, LAST, [{"responses": [{"events": [{"a": 1}, "[DONE]"]}]}])
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: text/event-stream" in head
    assert b"Transfer-Encoding: chunked" in head
    assert body == b'10\r\ndata: {"a": 1}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n'


def test_the_record_is_bounded(tmp_path):
    many = b"GET /a HTTP/1.1\r\nAuthorization: Bearer secret\r\n\r\n" * 300 + LAST
    _, record = talked(tmp_path, many, [{"responses": [{}]}])
    assert (len(record["calls"]), record["counts"]) == (200, {"s": 301})
    assert "secret" not in json.dumps(record)
    assert threading.active_count() < 50


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: %d\r\n\r\n" % (BODY_LIMIT + 1), b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (BODY_LIMIT + 1)],
    ids=["length", "chunks"],
)
def test_a_body_that_is_too_large_for_a_stub_is_our_limit_and_on_record(tmp_path, framing):
    answer, record = talked(tmp_path, b"POST /a HTTP/1.1\r\n" + framing, [{"responses": [{}]}])
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert "bodies of 4 MiB at most" in Connections(**record["connections"]).overrun
    _, record = talked(tmp_path, b"nonsense\r\n\r\n", [{"responses": [{}]}])
    assert not Connections(**record["connections"]).overrun


def test_more_connections_than_there_is_room_for_are_our_limit_and_on_record(tmp_path, monkeypatch):
    # The SDK's clients keep connections: the one that has been idle for longest makes room, as at any busy server.
    monkeypatch.setattr("validator.sandbox.harness.services.SERVICE_CONNECTIONS", 3)

    async def talk():
        family = Services(Host(tmp_path))
        exchange = {"request": {"path": "/"}, "responses": [{"text": "hello"}]}
        opened = await family.open_case(key="k", services=[{"name": "s", "port": 0, "exchanges": [exchange]}])

        async def connected():
            return await asyncio.open_connection("127.0.0.1", opened["ports"]["s"])

        async def asked(reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: s\r\n\r\n")
            await reader.readuntil(b"hello")

        idle = [await connected() for _ in range(3)]
        for each in idle:
            await asked(*each)
        fourth = await connected()
        await asked(*fourth)
        assert await idle[0][0].read() == b"", "the oldest"
        for each in (*idle[1:], fourth):
            await asked(*each)
        silent = [await connected() for _ in range(4)]
        assert await silent[-1][0].read() == b"", "all others wait for their first request, or have just been made"
        record = await family.close_case("k")
        for _, writer in (*idle, fourth, *silent):
            writer.close()
        return record["connections"]

    found = asyncio.run(talk())
    assert {name: found[name] for name in ("idle", "busy", "retired", "refused", "limit", "crowded", "oversized")} == {
        "idle": 3, "busy": 1, "retired": 4, "refused": 1, "limit": 3, "crowded": 0, "oversized": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "overrun", "hoarded"),
    [
        (Connections(idle=2, busy=1, limit=100), False, False),
        (Connections(idle=50, busy=50, limit=100), False, False),
        (Connections(idle=30, busy=1, limit=100), False, True),
        (Connections(idle=100, busy=1, retired=1, limit=100), True, True),
        (Connections(idle=0, busy=100, refused=1, limit=100), True, False),
        (Connections(idle=0, busy=20, crowded=1, limit=100, size=64 << 20), True, False),
        (Connections(idle=0, busy=1, oversized=1, limit=100, largest=4 << 20), True, False),
    ],
    ids=["a pool of two", "as many as requests", "one a request", "ended by us", "all at work", "full", "large"],
)
def test_what_connections_say(found, overrun, hoarded):
    assert (bool(found.overrun), found.hoarded) == (overrun, hoarded)


def test_a_streaming_engram_that_hoards_connections_is_blamed_for_no_limit_of_ours(bench):
    exchange = {"request": {"path": "/"}, "responses": [{"text": "hello"}]}
    service = (Service("api", (exchange,)),)
    steps = (Send(Packet(payload={"url": "${{ services.api.url }}/"}), times=150), Await("receipts"))
    sandbox, engram = bench
    with sandbox.pod(engram("stream-hoards")) as pod:
        run = run_stream(pod, StreamCase("hoards", steps, services=service))
    assert (run.emitted, run.missing()) == (150, ())
    assert run.services.connections.retired >= 50
    assert run.services.connections.hoarded
