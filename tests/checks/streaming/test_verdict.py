"""One reason for one run: no consequences, nothing that we caused ourselves, and no finding where nothing is known."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.checks.streaming.run_maker import BENCH, codes, opened, packet, run
from validator.checks.streaming import chunks as sent_chunks
from validator.checks.streaming import expectations, verdict
from validator.checks.streaming.excerpt import excerpt
from validator.checks.streaming.probes import chunks
from validator.checks.streaming.session_end import back, explained
from validator.findings import Finding, Unchecked
from validator.sandbox.model import Exit
from validator.sandbox.stream_model import Disconnect, Entry, Expectation, LogLine, Sent, StreamCase
from validator.sandbox.transcript import lines
from validator.sources.reader import read
from validator.sources.text import SourceText

DONE = Sent("packet 1", 0.2, 1, 1, True, (0.3,))
DROPPED = Entry(0.5, "driver", "", "mark", 1, label="dropped")
OPEN = Sent("packet 2", 0.2, 1, 2, True)


def died(words: str, code: int = 1) -> dict:
    log = json.dumps({"msg": "Transport connector session ended; retrying", "error": words})
    return {"signalled": False, "settled": "exited", "exit": Exit(code), "logs": (LogLine(1.0, "stdout", log),)}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("stream message missing audio, video, or binary payload", "EV610"),
        ("invalid stream message: error messages must not carry media frames", "EV611"),
        ("invalid stream message: payload and binary payload must match when both are set", "EV614"),
        ("payload decode failed: json: cannot unmarshal array into Go value of type map[string]interface {}", "EV615"),
        ("envelope marshal failed: envelope payload is not valid JSON", "EV615"),
        (
            'transport publish request invalid: validation error: metadata["t"]: must be at most 1024 characters',
            "EV618",
        ),
        ("data stream send failed: trying to send message larger than max (18000116 vs. 10485760)", "EV618"),
        ("invalid stream message: stream message kind must not have surrounding whitespace", "EV619"),
        ("streaming engram Stream panicked: boom", "EV604"),
        ("stream failed on purpose", "EV603"),
        ("data receive failed: rpc error: code = Canceled desc = context canceled", "EV641"),
    ],
)
def test_the_last_words_of_a_session_name_the_rule(words: str, code: str) -> None:
    assert codes(verdict.judge(BENCH, run(sent=(DONE, OPEN), **died(words)))) == [code]


REFUSED = "stream failed: failed to unmarshal config: failed to decode map into target struct: 1 error(s) decoding:"


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        ([REFUSED, "", "* 'audio.rate' expected a map, got 'float64'"], ["EV427"]),
        ([json.dumps({"error": f"{REFUSED}\n\n* 'audio.rate' expected a map, got 'float64'"})], ["EV427"]),
        ([REFUSED, "", "* error decoding 'audio.rate': time: invalid duration"], ["EV601"]),
        (["* 'audio.rate' expected a map, got 'float64'"], ["EV601"]),
    ],
    ids=["lines", "JSON", "a wrong value", "its own words"],
)
def test_a_config_that_the_code_cannot_decode_is_told_at_its_schema(logs: list[str], expected: list[str]) -> None:
    schema = read(SourceText("Engram.yaml", "properties:\n  audio:\n    properties:\n      rate: {type: number}\n"))
    said = tuple(LogLine(0.1, "stderr", each) for each in logs)
    never = replace(run(signalled=False, exit=Exit(1), logs=said), transcript=())
    bench = replace(BENCH, config_schema=schema.documents[0].root)
    found = [each for each in verdict.judge(bench, never) if isinstance(each, Finding)]
    assert codes(found) == expected
    assert codes(verdict.judge(BENCH, never)) == ["EV601"]
    if expected == ["EV427"]:
        assert found[0].location.line == 4


def test_after_a_signal_exit_codes_mean_nothing() -> None:
    for code in (0, 1, 2, 143):
        assert codes(verdict.judge(BENCH, run(sent=(DONE,), exit=Exit(code)))) == []
    assert codes(verdict.judge(BENCH, run(sent=(DONE,), exit=Exit(None, 15)))) == []


def test_a_missing_receipt_is_named_unless_the_time_was_too_short() -> None:
    found = verdict.judge(BENCH, run(sent=(DONE, OPEN)))
    assert codes(found) == ["EV625"]
    assert isinstance(found[0], Finding)
    assert "packet 2" in found[0].message
    busy = verdict.judge(BENCH, run(sent=(DONE, OPEN), settled="time-limit"))
    assert codes(busy) == []
    assert any(isinstance(each, Unchecked) for each in busy)


def test_blame_names_the_sdk_only_where_there_is_one() -> None:
    half = run().transcript[:1]
    for sdk, fault in (("v0.1.5", "sdk"), ("", "engram")):
        built = run(sdk_version=sdk)
        alone = type(built)(built.case, half, sdk_version=sdk, signalled=True)
        (found,) = verdict.judge(BENCH, alone)
        assert isinstance(found, Finding)
        assert (found.rule.code, found.evidence["fault"]) == ("EV602", fault)


def expecting(*outputs: Entry, **expect) -> list[str]:
    case = StreamCase("by hand", expect=Expectation(**expect))
    return codes(expectations.judge(BENCH, run(*outputs, case=case)))


def test_expectations() -> None:
    one, two = packet(payload={"n": 1}), packet(payload={"n": 2})
    first, second = {"payload": {"n": 1}}, {"payload": {"n": 2}}
    anything = {"payload": {"n": {"type": "integer"}}}
    assert expecting(one, two, packets=(second, first)) == []
    assert expecting(one, two, packets=(second, first), order="exact") == ["EV624"]
    assert expecting(one, two, packets=(first, second), order="exact", count=2) == []
    assert expecting(one, packets=(first, second)) == ["EV623"]
    assert expecting(one, two, packets=(anything, first)) == []
    assert expecting(one, packets=(anything, first)) == ["EV623"]
    assert expecting(one, count=2) == ["EV623"]
    assert expecting(one, two, count=2) == []
    assert expecting(packets=(), count=0) == []


def chunk(**envelope) -> Entry:
    body = {"frame": "binary", "mime": "a/b", "bytes": 10, "envelope": {"stream_id": "s", "chunk_id": "c", **envelope}}
    return Entry(1.0, "engram", "data", "message", 1, body=body)


@pytest.mark.parametrize(
    ("parts", "broken"),
    [
        ([chunk(chunk_index=1, chunk_count=2), chunk(chunk_count=2)], False),
        ([chunk(chunk_count=2)], True),
        ([chunk(chunk_count=0, chunk_bytes=10)], True),
        ([chunk(chunk_index=2, chunk_count=2)], True),
        ([chunk(chunk_count=1, stream_id="")], True),
        ([chunk(chunk_count=1, chunk_bytes=9)], True),
        ([chunk(chunk_count=2), chunk(chunk_index=1, chunk_count=3)], True),
        ([chunk(chunk_count=1, total_bytes=11)], True),
        ([chunk(chunk_count=1, total_bytes=10)], False),
    ],
)
def test_chunks_that_an_engram_sends(parts, broken) -> None:
    assert codes(sent_chunks.outbound(BENCH, run(*parts)))[:1] == (["EV622"] if broken else [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["EV633"]),
        ({"signalled": False, "exit": Exit(0)}, []),
        ({"signalled": False, "exit": Exit(0), "sdk_version": ""}, ["EV633"]),
        ({"signalled": False, "exit": Exit(2)}, ["EV633"]),
    ],
    ids=["deaf", "the SDK's race", "without an SDK", "crashed"],
)
def test_who_is_deaf_after_wrong_chunks(more: dict, expected: list[str]) -> None:
    marks = [Entry(0.1, "driver", "", "mark", label=label) for label in (*chunks.WRONG, chunks.OVER)]
    marks = [replace(mark, at=float(number)) for number, mark in enumerate(marks)]
    ran = run(*marks, sent=(replace(OPEN, at=1.5),), **more)
    assert codes(chunks.wrong_counts(BENCH, ran)) == expected


def test_a_packet_that_is_never_done_ends_no_session() -> None:
    hook = replace(OPEN, label="the hook steprun.ready")
    found = verdict.judge(BENCH, run(case=StreamCase("hooks", probe="hooks"), sent=(hook, DONE)))
    assert codes(found) == ["EV625"]
    assert "the hook steprun.ready" in found[0].message


@pytest.mark.parametrize(("probe", "code"), [("burst", "EV641"), ("unknown-kind", "EV683")])
def test_whose_stream_returns_in_a_burst_of_usual_packets_returns_in_any_case(probe: str, code: str) -> None:
    ran = run(case=StreamCase(probe, probe=probe), sent=(DONE, OPEN), **died("context canceled", 0))
    assert codes(verdict.judge(BENCH, ran)) == [code]


def test_who_is_killed_for_its_memory_in_a_burst_is_told_so() -> None:
    ended = run(settled="exited", signalled=False, exit=Exit(137, oom=True), case=StreamCase("burst", probe="burst"))
    (found,) = verdict.judge(BENCH, ended)
    assert isinstance(found, Finding)
    assert (found.rule.code, "more memory than it may" in found.message) == ("EV685", True)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ["panic: send on closed channel", "goroutine 1 [running]:", "\tmain.go:3 +0x1"],
            "panic: send on closed channel",
        ),
        (["main.main()", "\tmain.go:117 +0x29"], "it crashed, and dumped more goroutines than are kept of a log"),
    ],
)
def test_a_crash_is_told_in_its_own_words(lines: list[str], words: str) -> None:
    said = tuple(LogLine(1.0, "stderr", line) for line in lines)
    ended = run(settled="exited", signalled=False, exit=Exit(2), logs=said, case=StreamCase("replay", probe="replay"))
    (found,) = verdict.judge(BENCH, ended)
    assert isinstance(found, Finding)
    assert (found.rule.code, found.message.endswith(words)) == ("EV670", True)


def test_a_session_that_is_dropped_is_told_although_the_program_stays() -> None:
    dropped = Entry(1.0, "engram", "data", "end", 1)
    settled = Entry(2.0, "driver", "", "mark", label="settled")
    after = Entry(3.0, "engram", "data", "end", 1)
    assert codes(verdict.judge(BENCH, run(dropped, settled, sent=(OPEN,), settled="time-limit"))) == ["EV603"]
    assert codes(verdict.judge(BENCH, run(settled, after, sent=(DONE,)))) == []


@pytest.mark.parametrize(("packets", "signals", "expected"), [(3, 3, ["EV636"]), (3, 2, []), (1, 1, []), (3, 0, [])])
def test_a_signal_for_each_packet_is_noted(packets: int, signals: int, expected: list[str]) -> None:
    events = [{"seq": number, "key": "progress"} for number in range(signals)]
    ran = run(sent=(DONE,) * packets, status={"signalEvents": events})
    assert codes(verdict.judge(BENCH, ran)) == expected


def test_an_excerpt_joins_wire_and_log() -> None:
    ran = run(packet(payload={"n": 1}), logs=(LogLine(0.5, "stderr", "thinking"),))
    text = [str(row) for row in excerpt(ran)]
    assert [row.split()[1] for row in text] == ["engram", "engram", "log", "engram"]
    assert len(excerpt(ran, at=0.5, lines=2)) == 2


def test_a_transcript_is_strict_json_lines() -> None:
    rows = [json.loads(line) for line in lines(run(packet(payload={"n": 1}), sent=(DONE,)))]
    assert [row["event"] for row in rows] == ["run", "open", "open", "message", "packet"]
    assert rows[-1]["receipts"] == [0.3]


def test_the_message_of_a_finding_does_not_vary_by_run() -> None:
    first, second = (
        verdict.judge(BENCH, run(sent=(DONE,), **died(f"dial tcp 127.0.0.1:{port}: refused at 0xc000{port}")))
        for port in (40001, 50002)
    )
    assert isinstance(first[0], Finding)
    assert isinstance(second[0], Finding)
    assert first[0].fingerprint == second[0].fingerprint


CANCELLED = "data receive failed: rpc error: code = Canceled desc = context canceled"
EMPTY = "stream message missing audio, video, or binary payload"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ((EMPTY,), "EV610"),
        ((CANCELLED, EMPTY), "EV610"),
        (("", EMPTY), "EV610"),
        ((CANCELLED, CANCELLED), "EV641"),
        ((CANCELLED, None), "EV641"),
    ],
    ids=["told at once", "told the second time", "silent at first", "never told", "not there the second time"],
)
def test_an_end_that_hides_its_reason_is_asked_once_more(said: tuple[str | None, ...], code: str) -> None:
    runs = iter([run(sent=(DONE,)) if words is None else run(sent=(DONE,), **died(words)) for words in said])
    heard = explained(lambda _: next(runs))(StreamCase("plain"))
    assert codes(verdict.judge(BENCH, heard)) == [code]
    assert next(runs, None) is None


@pytest.mark.parametrize(
    ("gone", "code"),
    [((False,), None), ((True, False), None), ((True, True), "EV670")],
    ids=["back at once", "back the second time", "never back"],
)
def test_an_engram_whose_sdk_took_a_drop_for_an_end_gets_another_try(gone: tuple[bool, ...], code: str | None) -> None:
    case = StreamCase("reconnect", probe="reconnect", steps=(Disconnect("UNAVAILABLE"),))
    lost = run(DROPPED, case=case, sent=(DONE,), **died(""))
    returned = run(DROPPED, *(replace(each, at=0.9, session=2) for each in opened()), case=case, sent=(DONE,))
    runs = iter([lost if each else returned for each in gone])
    judged = verdict.judge(BENCH, back(lambda _: next(runs))(case))
    assert codes(judged) == ([code] if code else [])
    assert next(runs, None) is None
