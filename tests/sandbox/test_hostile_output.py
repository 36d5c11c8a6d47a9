"""What an engram sends may be huge, deep, endless or no text at all: it gets its finding, and the next case is served.

The fixtures `raw` (no SDK) and `excessive` (with the SDK) send what SENDS says (tests/fixtures/engrams/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.sandbox.conftest import Bench as Sandboxes
from validator.checks import conformance
from validator.findings import Location, Subject
from validator.sandbox.batch import run_batch
from validator.sandbox.harness import jsontext
from validator.sandbox.model import MEBIBYTE, BatchCase, BatchRun, Limits
from validator.sandbox.pods import Pod
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.cases import Case, Mode

MEMORY = 160 * MEBIBYTE
"""The most that a harness may ever hold, whatever came (measured: 22 MiB before, 141 after `patches`, the worst)."""
SMALL = Limits(memory=128 * MEBIBYTE)
TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: hostile}
spec: {version: 1.0.0, image: acme/hostile, supportedModes: [job], outputSchema: {type: object, required: [words]}}
"""
REFUSED = "the API server refuses what the engram wrote to its StepRun: "


@dataclass(frozen=True)
class Sent:
    """What is sent, and what is said about it."""

    what: str
    codes: tuple[str, ...] = ()
    says: str = ""
    timeout: float = 30.0
    limits: Limits = SMALL
    only: str = ""
    """The one sandbox that tells enough, where each takes seconds: it is all in what was sent."""


RAW = [
    Sent("huge 1073741824", ("EV425",), REFUSED + "413 Request entity too large: limit is 3145728"),
    Sent("keys 120000"),
    Sent("nested 100", ("EV426",), "the output is nested more than 64 levels deep"),
    Sent("nested 9990", ("EV426",), "the output is nested more than 64 levels deep"),
    Sent("nested 20000", ("EV425",), REFUSED + "400 error decoding patch: it is nested more than 10000 levels deep"),
    Sent("nested 1000000", ("EV425",), REFUSED + "413"),
    Sent("not-utf8"),
    Sent("not-json", ("EV425",), REFUSED + "400 error decoding patch: "),
    Sent("half", ("EV413",), "still running after 1 s", timeout=1),
    Sent("half-head", ("EV413",), "still running after 1 s", timeout=1),
    Sent("longer", ("EV410",), "exited with status 1 and reported no result"),
    Sent("shorter", ("EV425",), REFUSED + "400"),
    Sent("asks", ("EV413",), "still running", timeout=2),
    Sent("patches", ("EV425",), REFUSED + "413 etcdserver: request is too large"),
]
EXCESSIVE = [
    Sent("text 1073741824", ("EV414",), "killed for using more than 128 MiB of memory"),
    Sent("line 1073741824", ("EV415",), "the engram wrote more than 10 MiB of logs"),
    Sent("nested 100", ("EV426",), "the output is nested more than 64 levels deep"),
    Sent("nested 20000", ("EV410",), "reported no result", only="process"),
    Sent("keys 1000000", ("EV418",), "larger than the inline limit of 1 MiB", limits=Limits(), only="docker"),
    Sent("keys 60000", limits=Limits()),
    Sent("not-utf8"),
    Sent("not-utf8-error", ("EV405",), "a\ufffd", only="process"),
    Sent("log", ("EV413", "EV415"), "still running", timeout=2),
    Sent("signals", ("EV420",), "the step ended in phase Timeout", timeout=5, only="process"),
    Sent("effects", ("EV420",), "the step ended in phase Timeout", timeout=5, only="process"),
]


@pytest.fixture(scope="module")
def pods(bench: Sandboxes) -> Iterator[Callable[[str], Pod]]:
    """From the name of an engram to the one pod for all that it sends: whatever came before, it serves."""
    sandbox, engram = bench
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(sandbox.pod(engram(name), SMALL)))


def run(pod: Pod, sent: Sent) -> BatchRun:
    case = BatchCase(id="hostile", inputs={"text": "one"}, env={"SENDS": sent.what}, timeout=sent.timeout)
    return run_batch(pod, case, sent.limits)


def judge(ran: BatchRun, sent: Sent) -> conformance.Judgement:
    template = view(read(SourceText("Engram.yaml", TEMPLATE)).documents[0].root)
    bench = conformance.BatchContext(
        template, Subject("template", "hostile"), Location("engram-validate.yaml"), "linux/amd64",
        sent.limits, max_logs=10 * MEBIBYTE, max_output=MEBIBYTE, timeout=sent.timeout,
    )  # fmt: skip
    return conformance.judge(bench, Case("hostile", Mode.BATCH, Location("engram-validate.yaml")), ran)


@pytest.mark.docker_by_day(
    "raw-huge 1073741824", "raw-not-json", "raw-half", "raw-longer",
    "excessive-text 1073741824", "excessive-line 1073741824", "excessive-keys 1000000", "excessive-log",
)  # fmt: skip
@pytest.mark.parametrize(
    ("name", "sent"),
    [*(("raw", sent) for sent in RAW), *(("excessive", sent) for sent in EXCESSIVE)],
    ids=lambda value: value if isinstance(value, str) else value.what,
)
def test_it_gets_its_finding_and_the_next_case_is_served(pods: Callable[[str], Pod], name: str, sent: Sent) -> None:
    pod = pods(name)
    if sent.only not in {"", pod.image.kind}:
        pytest.skip(f"the sandbox {sent.only} tells enough")
    ran = run(pod, sent)
    found = judge(ran, sent).findings
    assert tuple(finding.rule.code for finding in found) == sent.codes, (ran.exit, found)
    assert not found or sent.says in found[0].message
    assert run(pod, Sent("result")).succeeded
    assert pod.harness.call("memory") < MEMORY


@pytest.mark.parametrize("name", ["raw", "excessive"])
def test_bytes_that_are_no_text_arrive_as_go_reads_them(pods: Callable[[str], Pod], name: str) -> None:
    output = run(pods(name), Sent("not-utf8")).output
    assert isinstance(output, dict)
    assert output["more"].startswith("a\ufffd")
    assert all(jsontext.read(json.dumps(text).encode()) == text for text in (*output, output["more"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a":"\xffb"}', {"a": "\ufffdb"}),
        (b'{"\\ud800":"\\udc00x","b":"\\ud83d\\ude00"}', {"\ufffd": "\ufffdx", "b": "\U0001f600"}),
        (b'["]]]]","\\"[[["]', ["]]]]", '"[[[']),
        (b"[" * 3 + b"1" + b"]" * 3, [[[1]]]),
    ],
)
def test_json_is_read_as_go_reads_it(text: bytes, expected: Any) -> None:
    assert jsontext.read(text) == expected


@pytest.mark.parametrize("levels", [jsontext.LEVELS, jsontext.LEVELS + 1, jsontext.DEEPEST])
def test_of_what_is_deep_the_upper_levels_are_kept(levels: int) -> None:
    document = jsontext.read(b'{"a":[' * (levels // 2) + b'"x"' + b"]}" * (levels // 2))
    assert conformance.depth(document) == min(levels, jsontext.LEVELS)


@pytest.mark.parametrize("text", [b"[" * 10_001 + b"]" * 10_001, b"[" * 200, b"[NaN]", b"[1e400]", b"", b'"\xff'])
def test_what_go_refuses_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        jsontext.read(text)
