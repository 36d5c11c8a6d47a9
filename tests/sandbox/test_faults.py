"""Every way in which an engram can end, under both sandboxes: none hangs, crashes or confuses the validator."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.sandbox.conftest import Bench
from validator.sandbox.batch import run_batch
from validator.sandbox.model import MEBIBYTE, BatchCase, BatchRun, Limits, SandboxError, StartFault
from validator.sandbox.pods.docker import DockerPod
from validator.sandbox.pods.process import ProcessPod

CASE = BatchCase(id="counts words", inputs={"text": "one two three"}, timeout=20)
SMALL = Limits(memory=128 * MEBIBYTE, log=4096)


def run(bench: Bench, name: str, case: BatchCase = CASE, limits: Limits = SMALL) -> BatchRun:
    sandbox, engram = bench
    with sandbox.pod(engram(name), limits) as pod:
        return run_batch(pod, case)


def test_success(bench: Bench) -> None:
    ran = run(bench, "conforming")
    assert ran.succeeded
    assert ran.output == {"text": "one two three", "words": 3}
    assert (ran.exit.code, ran.exit.signal, ran.exit.killed, ran.timed_out) == (0, None, False, False)
    assert (ran.exit.start_error, ran.unknown, ran.objections) == (None, (), ())
    assert [request.method for request in ran.requests][-1] == "PATCH"
    assert ran.requests[0].path == "/api?timeout=30s"


def test_a_null_member_vanishes_and_the_difference_is_known(bench: Bench) -> None:
    ran = run(bench, "nulls")
    assert isinstance(ran.sent_output, dict)
    assert isinstance(ran.output, dict)
    lost = {name for name in ran.sent_output if name not in ran.output}
    assert lost
    assert all(ran.sent_output[name] is None for name in lost)


def test_a_scalar_output_is_refused(bench: Bench) -> None:
    ran = run(bench, "scalar")
    assert (ran.phase, ran.output, ran.exit.code) == ("", None, 1)
    assert isinstance(ran.sent_output, str)
    assert [objection.partition(": ")[0] for objection in ran.objections] == ["status.output"]


def test_a_clean_refusal(bench: Bench) -> None:
    ran = run(bench, "picky")
    assert ran.phase == "Failed"
    assert ran.error["message"]
    assert ran.exit.code == 1


def test_panic(bench: Bench) -> None:
    ran = run(bench, "panics")
    assert ran.phase == "Failed"
    assert "panic" in ran.error["message"]
    assert "panic" in ran.exit.stderr.text


@pytest.mark.parametrize(("name", "code"), [("silent", 0), ("dies", 3)])
def test_an_exit_without_a_word_to_the_api(bench: Bench, name: str, code: int) -> None:
    ran = run(bench, name)
    assert ran.result_patch is None
    assert ran.status == {"phase": "Running", "retries": 0}
    assert (ran.exit.code, ran.exit.killed) == (code, False)


def test_a_hang_ends_with_the_kill_timer(bench: Bench) -> None:
    ran = run(bench, "hangs", replace(CASE, timeout=1.5))
    assert ran.timed_out
    assert ran.exit.signal == 9
    assert ran.exit.killed
    assert ran.result_patch is None
    assert ran.seconds < 10


def test_out_of_memory(bench: Bench) -> None:
    ran = run(bench, "hungry")
    assert ran.exit.oom
    assert not ran.timed_out
    assert not ran.succeeded


def test_a_flood_of_logs_is_read_to_its_end_and_bounded(bench: Bench) -> None:
    ran = run(bench, "floods", replace(CASE, timeout=60))
    assert ran.exit.stdout.total + ran.exit.stderr.total > 200 * MEBIBYTE
    assert len(ran.exit.stdout.text) <= SMALL.log
    assert ran.exit.stdout.truncated or ran.exit.stderr.truncated
    assert ran.phase


def test_an_output_over_the_inline_limit(bench: Bench) -> None:
    ran = run(bench, "big")
    assert ran.phase == "Failed"
    assert ran.error["type"] == "storage_error"
    assert "exceeds inline limit" in ran.error["message"]


def test_with_storage_the_same_output_is_offloaded(bench: Bench) -> None:
    ran = run(bench, "big", replace(CASE, storage=True))
    assert ran.succeeded
    assert any(len(str(document)) > MEBIBYTE for document in ran.files.values())


def test_inputs_beyond_the_environment_travel_by_storage(bench: Bench) -> None:
    text = "word " * 60_000
    ran = run(bench, "conforming", replace(CASE, inputs={"text": text}, storage=True))
    assert isinstance(ran.output, dict), ran.exit.stderr
    assert ran.output["words"] == 60_000


def test_wrong_architecture(bench: Bench) -> None:
    ran = run(bench, "wrongarch")
    assert ran.exit.start_error is not None
    assert ran.exit.start_error.fault is StartFault.WRONG_ARCHITECTURE
    assert ran.result_patch is None


@pytest.mark.docker
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("noentrypoint", StartFault.MISSING_ENTRYPOINT),
        ("badentrypoint", StartFault.MISSING_ENTRYPOINT),
        ("foreignplatform", StartFault.WRONG_ARCHITECTURE),
    ],
)
def test_images_that_cannot_start(bench: Bench, name: str, fault: StartFault) -> None:
    if bench[0].kind != "docker":
        pytest.skip("a local binary has no entrypoint to miss")
    ran = run(bench, name)
    assert ran.exit.start_error is not None
    assert ran.exit.start_error.fault is fault


def test_a_binary_that_only_streams(bench: Bench) -> None:
    ran = run(bench, "streamonly")
    assert ran.result_patch is None
    assert "BUBU_TRANSPORT_BINDING" in ran.exit.stderr.text


def test_twenty_cases_at_once_keep_apart(bench: Bench) -> None:
    sandbox, engram = bench
    cases = [BatchCase(id="same", inputs={"text": "w " * number}, timeout=60) for number in range(20)]
    with sandbox.pod(engram("conforming")) as pod, ThreadPoolExecutor(6) as workers:
        runs = list(workers.map(lambda case: run_batch(pod, case), cases))
    assert [ran.output["words"] for ran in runs if isinstance(ran.output, dict)] == list(range(20))
    assert len({ran.steprun for ran in runs}) > 1
    assert {sum(request.method == "PATCH" for request in ran.requests) for ran in runs} == {1}


def test_a_lost_harness_is_the_fault_of_the_sandbox(bench: Bench) -> None:
    sandbox, engram = bench
    with sandbox.pod(engram("conforming")) as pod:
        assert run_batch(pod, CASE).succeeded
        if isinstance(pod, DockerPod):
            pod._daemon.client.kill(pod._harness_id)
        else:
            assert isinstance(pod, ProcessPod)
            os.kill(pod._harness_pid, signal.SIGKILL)
        with pod.harness.subscribed("any") as events:
            assert events.get(timeout=20)[0] == "lost"
        with pytest.raises(SandboxError, match="harness failed") as raised:
            run_batch(pod, CASE)
    assert raised.value.rule.code == "EV915"


def test_a_frozen_harness_is_given_up(bench: Bench) -> None:
    """Its pod closes anyway, which a harness that holds the pipe open must not prevent."""
    sandbox, engram = bench
    with sandbox.pod(engram("conforming")) as pod:
        if isinstance(pod, DockerPod):
            pod._daemon.client.pause(pod._harness_id)
        else:
            assert isinstance(pod, ProcessPod)
            os.kill(pod._harness_pid, signal.SIGSTOP)
        with pytest.raises(SandboxError, match=r"no answer to memory after 0\.5 s"):
            pod.harness.call("memory", timeout=0.5)
        with pytest.raises(SandboxError, match="no answer to memory"):  # and at once
            run_batch(pod, CASE)
