"""What an engram called, judged: each line of a log that names an address, and nothing that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from validator.checks.services import DIALLED, MOST, Seen, judge
from validator.findings import Location, Subject
from validator.sandbox.service_model import Call, ServiceLog
from validator.suite.cases import Case, Mode, Origin

IMAGE = Location("engram-validate.yaml", 3, 3)
WRITTEN = Case("a case", Mode.BATCH, Location("engram-validate.yaml", 9, 5))
SUBJECT = Subject("template", "caller", case="a case")


def judged(services=None, lookups=(), texts=(), beside=(), unrouted=0):
    seen = Seen(services, tuple(lookups), tuple(texts), unrouted)
    return list(judge(SUBJECT, IMAGE, WRITTEN, (WRITTEN, *beside), seen))


def told(**seen):
    return [(finding.rule.code, finding.evidence.get("address")) for finding in judged(**seen)]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('Get "https://a.example.com": dial tcp: lookup a.example.com on 127.0.0.1:53: no such host', "a.example.com"),
        ("dial tcp: lookup api.openai.com: no such host", "api.openai.com"),
        ("dial tcp 203.0.113.7:443: connect: network is unreachable", "203.0.113.7:443"),
        ("dial udp [2001:db8::1]:53: connect: network is unreachable", "[2001:db8::1]:53"),
        ("Error: getaddrinfo ENOTFOUND api.example.com", "api.example.com"),
        ("Error: connect ENETUNREACH 203.0.113.7:443 - Local (0.0.0.0:0)", "203.0.113.7:443"),
        ("curl: (6) Could not resolve host: api.example.com", "api.example.com"),
        ("NameResolutionError: Failed to resolve 'api.example.com' ([Errno -2])", "api.example.com"),
        ("dial tcp 127.0.0.1:8080: connect: connection refused", None),
        ("dial tcp [::1]:8080: connect: network is unreachable", None),
        ("lookup table api.openai.com: found", None),
        ("lookup localhost: no such host", None),
        ("calling https://api.openai.com", None),
    ],
)  # fmt: skip
def test_a_line_names_an_address(line, address):
    assert told(texts=(f"starting\n{line}\ndone",)) == ([("EV511", address)] if address else [])


def test_an_address_is_told_once_with_the_line_that_names_it_and_belongs_to_the_image():
    line = "lookup api.openai.com: no such host"
    (finding,) = judged(lookups=("api.openai.com", "api.openai.com"), texts=(line, line))
    assert finding.evidence == {"address": "api.openai.com", "log": line}
    assert (finding.subject, finding.location) == (replace(SUBJECT, case=""), IMAGE)


def test_a_name_that_nobody_logs_is_seen_by_the_name_server():
    assert told(lookups=("telemetry.example.com",)) == [("EV511", "telemetry.example.com")]


def test_what_we_made_up_is_no_wish_of_the_engram():
    made = replace(WRITTEN, origin=Origin.GENERATED, inputs={"url": "https://a.example.org/x"})
    canary = replace(WRITTEN, origin=Origin.GENERATED, canary=True, inputs={"url": "https://b.example.org"})
    secret = replace(made, inputs={}, secrets={"api": {"URL": "https://s.example.org"}})
    lookups = ("a.example.org", "b.example.org", "s.example.org", "cnabc123def456", "x.cnabc123def456.example.com")
    assert told(lookups=lookups, beside=(made, canary, secret)) == [("EV511", "b.example.org")]


@pytest.mark.parametrize(
    ("seen", "addresses"),
    [
        ({}, [DIALLED]),
        ({"lookups": ("api.openai.com",)}, [DIALLED, "api.openai.com"]),
        ({"texts": ("dial tcp 203.0.113.7:443: connect: network is unreachable",)}, ["203.0.113.7:443"]),
        ({"texts": ("it is version 1.2.3.4",)}, [DIALLED]),
        ({"beside": (replace(WRITTEN, inputs={"host": "203.0.113.7"}),)}, [DIALLED]),
        ({"beside": (replace(WRITTEN, origin=Origin.GENERATED, inputs={"host": "no number"}),)}, [DIALLED]),
        ({"beside": (replace(WRITTEN, origin=Origin.GENERATED, inputs={"host": "203.0.113.7"}),)}, []),
    ],
)
def test_an_address_that_is_dialled_in_silence_is_seen_where_we_did_not_make_it_up(seen, addresses):
    assert told(unrouted=2, **seen) == [("EV511", address) for address in addresses]


def test_stubs_tell_what_was_not_foreseen_and_what_was_never_asked():
    calls = (
        Call("api", "GET", "/a?key=1", 200),
        Call("api", "POST", "/b?x", 404, ("accept",), "application/json", {"a": 1}, "it expects GET /a"),
    )
    first, second = judged(services=ServiceLog(calls=calls, counts={"api": 2, "other": 0}))
    assert first.rule.code == "EV510"
    assert first.message == (
        "the engram requested POST /b from the stub service `api`, but the case does not expect it: it expects GET /a"
    )
    assert first.evidence["request"]["body"] == {"a": 1}
    assert (second.rule.code, second.message.count("`other`")) == ("EV512", 1)


def test_an_engram_that_asks_for_everything_is_told_apart_by_less():
    calls = tuple(Call("api", "GET", f"/{number}", 404, unforeseen="it expects nothing") for number in range(200))
    assert len(judged(services=ServiceLog(calls=calls, counts={"api": 200}))) == MOST
    assert len(judged(lookups=[f"{number}.example.com" for number in range(1000)])) == MOST
