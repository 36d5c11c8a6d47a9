"""Probes in a row: the plain case decides how long an engram is waited for, and what may be counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.checks.streaming.run_maker import BENCH, codes, packet, run
from validator.checks.streaming import battery, control, evidence, scripts
from validator.checks.streaming.probes import backpressure
from validator.checks.streaming.probing import pace, run_probes
from validator.checks.streaming.sample import PATIENCE, Sample
from validator.findings import Finding, Unchecked
from validator.sandbox.service_model import Connections, ServiceLog
from validator.sandbox.stream_model import Audio, Binary, Entry, Mark, Packet, Send, Sent, StreamCase, StreamRun
from validator.schemas.validation import Violation, validate

SAMPLE = Sample(packet=Packet(payload={"text": "hello"}), patience=15.0)


def player(outputs: Callable[[int, StreamCase], int], seconds: float = 0.01) -> Callable[[StreamCase], StreamRun]:
    """Plays an engram that takes so long for each packet, and brings so many outputs for the n-th of a case."""

    def play(case: StreamCase) -> StreamRun:
        at, number = 1.0, 0
        entries: list[Entry] = []
        sent: list[Sent] = []
        for step in case.steps:
            if isinstance(step, Mark):
                entries.append(Entry(at, "driver", "", "mark", 1, label=step.name))
            for _ in range(step.times if isinstance(step, Send) else 0):
                number += 1
                came = at
                at += seconds
                sent.append(Sent(f"packet {number}", came, 1, number, True, (at,)))
                entries += [packet(at - seconds / 2, payload={"text": "hello"})] * outputs(number, case)
        return run(*entries, case=case, sent=tuple(sent), counts={"silent": 1})

    return play


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (lambda number, _: int(number <= 5), False),
        (lambda number, _: [0, 1, 1, 1, 0][number % 5], False),
        (lambda _, case: int(case.name == "plain"), False),
        (lambda number, case: int(case.probe != "slow-reader" or number < 100), True),
        (lambda *_: 1, None),
    ],
    ids=[
        "a quota",
        "an uneven one",
        "what the probe's own packets bring",
        "one that drops when it is slow",
        "a good one",
    ],
)
def test_outputs_are_only_missed_of_an_engram_that_answers_evenly_when_nothing_disturbs_it(
    outputs: Callable[[int, StreamCase], int], expected: bool | None
) -> None:
    *_, tried = run_probes(player(outputs), BENCH, SAMPLE, ["slow-reader"])
    assert codes(tried.verdicts) == (["EV630"] if expected else [])
    told = [each.what for each in tried.verdicts if isinstance(each, Unchecked)]
    assert told == (["the row `slow-reader`, as far as it counts outputs"] if expected is False else [])


def test_a_control_sends_what_the_probe_sends_and_nothing_else() -> None:
    sample = Sample(packet=Packet(payload={"text": "hello"}), answers=2)
    for probe in battery.cases(sample):
        if not scripts.plain_sends(probe):
            continue
        made = control.control(sample, probe)
        sends = [step for step in made.steps if isinstance(step, Send)]
        assert sum(step.times for step in sends) == max(control.ALONE, scripts.answered(probe))
        assert all(not step.packet.chunks for step in sends)
        assert made.expect.count == 2 * scripts.answered(made)


@pytest.mark.parametrize(("seconds", "patience"), [(0.01, PATIENCE), (2.0, 8.0), (10.0, 15.0)])
def test_who_is_seen_to_take_its_time_is_waited_for(seconds: float, patience: float) -> None:
    _, tried = run_probes(player(lambda *_: 1, seconds), BENCH, SAMPLE, ["unknown-kind"])
    assert tried.case.patience == pytest.approx(patience, rel=0.01)


@pytest.mark.parametrize(("size", "many"), [(0, scripts.MANY), (300, scripts.MANY), (1 << 20, 32), (1 << 30, 1)])
def test_a_burst_has_as_many_packets_as_answers_to_them_fit_into_the_queue_that_it_needs(size: int, many: int) -> None:
    (burst,) = (each for each in battery.cases(Sample(answer_bytes=size)) if each.probe == "burst")
    assert (scripts.answered(burst), burst.window) == (many, many)


def rows_of(play: Callable[[StreamCase], StreamRun], sample: Sample = SAMPLE) -> dict[str, str]:
    """Row -> `passed`, its codes, or why nothing is known of it."""
    bench = replace(BENCH, output_schema={"required": ["word"]}, validate=refuse_all)
    found = {}
    for tried in run_probes(play, bench, sample):
        wrong = [code for code in codes(tried.verdicts) if code != "EV690"]
        found[tried.case.probe] = tried.skipped or " ".join(wrong) or "passed"
    return found


def refuse_all(schema: object, packet: object) -> list[Violation]:
    """A schema that no packet keeps."""
    return [] if schema is None else list(validate({"required": ["word"]}, packet))  # type: ignore[arg-type]


@pytest.mark.parametrize("sample", [SAMPLE, Sample(packet=Packet(payload={})), Sample(packet=Packet(inputs={"a": 1}))])
def test_an_engram_that_puts_nothing_out_has_no_row_about_packets_that_passed(sample: Sample) -> None:
    rows = rows_of(player(lambda *_: 0, 0.001), sample)
    judged = {name for name, outcome in rows.items() if outcome == "passed"}
    assert judged <= evidence.BY_SESSION
    assert "put out no packet" in rows["plain"]
    assert "put out no packet" in rows["burst"]


def test_a_broken_schema_hides_no_row_that_does_not_depend_on_it() -> None:
    rows = rows_of(player(lambda *_: 1, 0.001))
    assert rows["plain"] == "EV620"
    assert {"hooks", "burst", "reconnect", "give-up", "large", "unknown-kind"} <= set(rows)
    assert rows["hooks"] == rows["unknown-kind"] == "passed"


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (Packet(audio=Audio(b"pcm")), "carries audio"),
        (Packet(binary=Binary(b"")), "a binary frame of 0 bytes"),
        (Packet(binary=Binary(b"xy")), "a binary frame of 2 bytes"),
    ],
    ids=["audio", "empty", "short"],
)
def test_what_cannot_be_sent_in_chunks_is_not_sent_in_chunks(packet: Packet, reason: str) -> None:
    rows = rows_of(player(lambda *_: 1), Sample(packet=packet))
    assert reason in rows["chunks"]
    assert len(packet.binary.content if packet.binary else b"") >= 2 or reason in rows["chunk-counts"]


def test_a_limit_of_ours_that_bit_is_nobodys_fault() -> None:
    plain = player(lambda number, _: int(number < 3))

    def limited(case: StreamCase) -> StreamRun:
        log = ServiceLog(connections=Connections(idle=100, busy=1, refused=3, limit=100))
        return replace(plain(case), services=log, sent=tuple(replace(each, receipts=()) for each in plain(case).sent))

    # No other row is run: it would show only what follows from that.
    (tried,) = run_probes(limited, BENCH, SAMPLE)
    assert [each.rule.code for each in tried.verdicts if isinstance(each, Finding)] == ["EV513"]
    assert any("more than 100 connections" in each.reason for each in tried.verdicts if isinstance(each, Unchecked))


def test_the_pace_of_an_engram_is_its_best_and_not_that_of_a_busy_machine() -> None:
    sent = [Sent(f"packet {number}", 0.1, 1, number, True, (at,)) for number, at in ((1, 0.2), (2, 3.2), (3, 3.201))]
    assert pace(run(sent=tuple(sent))) == pytest.approx(0.001)
    assert pace(run(sent=tuple(sent[:1]))) == 0.0


@pytest.mark.parametrize(("late", "runs"), [(0, 1), (1, 2), (9, 2)])
def test_a_pause_that_seems_to_be_heeded_is_tried_once_more(late: int, runs: int) -> None:
    played = []

    def play(case: StreamCase) -> StreamRun:
        played.append(case)
        at = 3.0 if len(played) <= late else 2.0
        marks = [
            Entry(moment, "driver", "", "mark", 1, label=name) for moment, name in ((1.5, "paused"), (2.5, "resumed"))
        ]
        return run(*marks, packet(at, payload={"text": "hello"}), case=case)

    found = list(backpressure.pause(BENCH, backpressure.unheeded(play)(StreamCase("pause", probe="pause"))))
    assert (len(played), codes(found)) == (runs, [] if late > 1 else ["EV690"])


@pytest.mark.parametrize(("heeds", "runs"), [(True, 2), (False, 1)])
def test_the_row_of_a_pause_is_run_again_where_nothing_came_meanwhile(heeds: bool, runs: int) -> None:
    played = []

    def play(case: StreamCase) -> StreamRun:
        played.append(case.probe)
        ran = player(lambda *_: 1)(case)
        at_once = tuple(replace(each, at=1.0) if each.label == "resumed" else each for each in ran.transcript)
        return replace(ran, transcript=at_once) if heeds else ran

    *_, tried = run_probes(play, BENCH, SAMPLE, ["pause"])
    assert (tried.case.probe, played.count("pause")) == ("pause", runs)


@pytest.mark.parametrize("name", ["plain", "unknown-kind"])
@pytest.mark.parametrize(("late", "expected"), [(0, []), (1, []), (2, ["EV625"])])
def test_what_did_not_come_in_time_is_a_fault_only_when_it_shows_twice(
    name: str, late: int, expected: list[str]
) -> None:
    plain = player(lambda *_: 1, 0.001)
    played = []

    def hurried(case: StreamCase) -> StreamRun:
        done = plain(case)
        if case.name != name:
            return done
        played.append(case)
        return (
            done if len(played) > late else replace(done, sent=(*done.sent[:-1], replace(done.sent[-1], receipts=())))
        )

    tried = {each.case.name: each for each in run_probes(hurried, BENCH, SAMPLE, ["unknown-kind"])}
    assert codes(tried[name].verdicts) == expected
    told = [each.reason for each in tried[name].verdicts if isinstance(each, Unchecked) and "EV625" in each.what]
    assert len(played) == (2 if late else 1)
    assert len(told) == (late == 1)
    assert tried[name].skipped == ("".join(told))


@pytest.mark.parametrize(("seconds", "later", "skipped"), [(0.001, 1.0, False), (0.5, 0.001, False), (0.5, 0.5, True)])
def test_a_burst_is_only_spared_an_engram_that_is_slow_again(seconds: float, later: float, skipped: bool) -> None:
    """The few packets of the plain case may meet with a busy machine; its best of many hardly does."""
    played = []

    def play(case: StreamCase) -> StreamRun:
        played.append(case.name)
        return player(lambda *_: 1, {"plain": seconds, "pace": later}.get(case.name, 0.001))(case)

    _, burst = run_probes(play, BENCH, SAMPLE, ["burst"])
    assert bool(burst.skipped) is skipped
    assert played.count("pace") == (seconds > 0.01)
