"""Judging a batch run: the cases that an engram built with the SDK cannot bring about, and who is told what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from validator.checks.conformance import BatchContext, judge, null_members, show
from validator.engine.facts import once
from validator.findings import Location, Severity, Subject
from validator.sandbox.harness.step_run import STATUS
from validator.sandbox.model import BatchRun, Exit, Limits, Log, Request, StartError, StartFault
from validator.sandbox.service_model import Connections, ServiceLog
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.stories.engine.phases import TERMINAL
from validator.suite.cases import Case, Expectation, Mode, Origin
from validator.suite.evidence import Evidence
from validator.suite.results import Outcome

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: counter}
spec:
  version: 1.0.0
  image: acme/counter:1.0.0
  supportedModes: [job]
  outputSchema:
    type: object
    required: [words]
    properties:
      words: {type: integer}
"""
SUBJECT = Subject("template", "counter", case="two words")
PLACE = Location("engram-validate.yaml", 3, 5, 3, 9)
DONE = {"phase": "Succeeded", "output": {"words": 2}}


def bench(text=TEMPLATE):
    document = read(SourceText("Engram.yaml", text)).documents[0]
    return BatchContext(view(document.root), SUBJECT, PLACE, "linux/amd64", Limits(), 1000, 2000, 30.0)


def case(**more):
    return Case("two words", Mode.BATCH, Location("engram-validate.yaml", 7, 7, 9, 1), **more)


def ran(status=None, *, timed_out=False, objections=(), **exit_facts):
    status = dict(status or {})
    facts = {"code": 0, **exit_facts}
    return BatchRun(
        exit=Exit(**facts),
        timed_out=timed_out,
        status=status,
        patches=(status,),
        objections=objections,
        result_patch=status or None,
    )


PHASES = STATUS["properties"]["phase"]["enum"]
assert set(PHASES) >= TERMINAL


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("code", "rule"), [(0, "EV411"), (1, "EV410")])
def test_a_step_whose_phase_is_no_end_stays_running(phase: str, code: int, rule: str) -> None:
    found = [finding.rule.code for finding in judge(bench(), case(), ran({**DONE, "phase": phase}, code=code)).findings]
    assert (rule in found) == (phase not in TERMINAL)


def test_all_that_was_refused_is_told() -> None:
    wrong = ("status.exitClass: Unsupported value", "status.finishedAt: Invalid value")
    judgement = judge(bench(), case(), ran(objections=wrong, code=1))
    assert [finding.rule.code for finding in judgement.findings] == ["EV425", "EV425"]


def test_a_result_in_the_wrong_place_is_told_unless_one_came() -> None:
    lost = ("PATCH /stepruns/x: a change of `status` is ignored here",)
    (finding,) = judge(bench(), case(), replace(ran(code=0), ignored=lost)).findings
    assert finding.rule.code == "EV425"
    assert lost[0] in finding.message
    assert not judge(bench(), case(), replace(ran(DONE), ignored=lost)).findings


TRIGGER = Request("POST", "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/storytriggers?timeout=30s", 201)
JSON_PATCH = Request("PATCH", "/apis/runs.bubustack.io/v1alpha1/x", 415, "application/json-patch+json")
NO_NETLINK = Log("panic: route ip+net: netlinkrib: address family not supported by protocol", 72)
CANCELED = {"phase": "Failed", "error": {"type": "unknown", "message": "context canceled"}}


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ({"requests": (TRIGGER,)}, "runs no other stories"),
        ({"requests": (JSON_PATCH,), "objections": ("415 only merge patches",)}, "takes merge patches only"),
        ({"unknown": ("GET /apis/batch/v1/namespaces/sandbox/jobs",)}, "does not serve `GET /apis/batch/v1"),
        ({"exit": ran(code=1, stderr=NO_NETLINK).exit}, "sockets of AF_UNIX, AF_INET and AF_INET6 only"),
        ({"limits": ("the sandbox's API has room for 128 connections",)}, "has room for 128 connections"),
        ({"services": ServiceLog(connections=Connections(refused=1, limit=100))}, "more than 100 connections"),
        ({"services": ServiceLog(connections=Connections(crowded=1, size=64 << 20))}, "took more than 64 MiB"),
        ({"services": ServiceLog(connections=Connections(oversized=1, largest=4 << 20))}, "bodies of 4 MiB at most"),
    ],
    ids=["other stories", "JSON patch", "jobs", "netlink", "room of the API", "connections", "memory", "a large body"],
)
def test_what_the_sandbox_lacks_is_not_the_engrams_fault(seen: dict, reason: str) -> None:
    for status in (CANCELED, None):
        judgement = judge(bench(), case(), replace(ran(status, code=1), **seen))
        assert (judgement.outcome, judgement.findings) == (Outcome.NOT_CHECKED, ())
        assert reason in judgement.message


def test_what_the_sandbox_lacks_excuses_nothing_else() -> None:
    wrong = {"phase": "Succeeded", "output": {"words": "two"}}
    assert judge(bench(), case(), replace(ran(wrong), requests=(TRIGGER,))).outcome is Outcome.FAILED
    lost = ("PATCH /apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/steprun/x/status",)
    assert judge(bench(), case(), replace(ran(code=0), unknown=lost)).outcome is Outcome.FAILED


def told(run, **more):
    judgement = judge(bench(), case(**more), run)
    return judgement.outcome, [finding.rule.code for finding in judgement.findings]


VERDICTS = [
    ("it keeps its promises", ran(DONE), {}, Outcome.PASSED, []),
    ("no output at all", ran({"phase": "Succeeded"}), {}, Outcome.FAILED, ["EV403"]),
    ("an exit that contradicts", ran(DONE, code=1), {}, Outcome.WARNED, ["EV421"]),
    ("a signal, and no word", ran(code=None, signal=11), {}, Outcome.FAILED, ["EV410"]),
    ("a panic before the SDK", ran(code=2, stderr=Log("panic: no flags\n\ngoroutine 1")), {},
     Outcome.FAILED, ["EV412"]),
    ("out of memory, whatever it said", ran(DONE, code=None, signal=9, oom=True), {}, Outcome.FAILED, ["EV414"]),
    ("killed at its limit of processes", ran(code=None, signal=9, crowded=True, timed_out=True), {},
     Outcome.FAILED, ["EV422"]),
    *((f"no thread in {language}", ran(code=2, stderr=Log(f"first\n{words}\n\nand more")), {},
       Outcome.FAILED, ["EV422"])
      for language, words in {
          "Go": "runtime: failed to create new OS thread (have 9 already; errno=11)\nfatal error: newosproc",
          "Python": "RuntimeError: can't start new thread",
          "Java": "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory",
          "C++": "pthread_create failed: Resource temporarily unavailable",
      }.items()),
    ("no thread, and a result", ran(DONE, stderr=Log("fatal error: newosproc")), {}, Outcome.PASSED, []),
    ("killed below its limit of processes", ran(code=None, signal=9, timed_out=True), {}, Outcome.FAILED, ["EV413"]),
    ("no room", ran({"phase": "Failed", "error": {"message": "write /tmp/a: no space left on device"}}, code=1), {},
     Outcome.FAILED, ["EV423"]),
    ("no room for a generated input", ran({"phase": "Failed", "error": {"message": "OSError: [Errno 28] ENOSPC"}}),
     {"origin": Origin.GENERATED}, Outcome.FAILED, ["EV423"]),
    ("no room, as the case said", ran({"phase": "Failed", "error": {"message": "no space left on device"}}),
     {"expect": Expectation(error="no space")}, Outcome.PASSED, []),
    ("not executable", ran(start_error=StartError(StartFault.NOT_EXECUTABLE, "permission denied")), {},
     Outcome.FAILED, ["EV417"]),
    ("many logs, and still right", ran(DONE, stdout=Log("…", 1001)), {}, Outcome.WARNED, ["EV415"]),
    ("a generated input is refused", ran({"phase": "Failed", "error": {"message": "text is empty"}}, code=1),
     {"origin": Origin.GENERATED}, Outcome.NOT_CHECKED, []),
    ("a phase that there is none of", ran({"phase": "succeeded"}, objections=("status.phase must be one of …",)),
     {"origin": Origin.GENERATED}, Outcome.FAILED, ["EV425"]),
    ("an error as expected, and one that nobody takes",
     ran({"phase": "Failed", "error": {"message": "empty"}}, objections=("status.exitClass must be one of …",)),
     {"expect": Expectation(error="empty")}, Outcome.FAILED, ["EV425"]),
    ("a written input is refused", ran({"phase": "Failed", "error": {"message": "text is empty"}}, code=1),
     {}, Outcome.FAILED, ["EV405"]),
    ("as the case said", ran({"phase": "Failed", "error": {"message": "text is empty", "type": "validation_error"}}),
     {"expect": Expectation(error={"type": "validation_error"})}, Outcome.PASSED, []),
    ("another error than the case said", ran({"phase": "Failed", "error": {"message": "text is empty"}}),
     {"expect": Expectation(error="too long")}, Outcome.FAILED, ["EV406"]),
    ("no error where one was expected", ran(DONE), {"expect": Expectation(error=True)}, Outcome.FAILED, ["EV406"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("run", "more", "outcome", "codes"), [row[1:] for row in VERDICTS], ids=[r[0] for r in VERDICTS]
)
def test_verdict(run, more, outcome, codes):
    assert told(run, **more) == (outcome, codes)


def test_a_violation_is_shown_at_the_line_that_declares_it():
    run = ran({"phase": "Succeeded", "output": {"words": "2"}})
    (finding,) = judge(bench(), case(), run).findings
    assert (finding.location.file, finding.location.line) == ("Engram.yaml", 12)
    assert finding.evidence["value"] == "2"
    assert finding.evidence["schema path"] == "spec/outputSchema/properties/words/type"
    assert finding.message == 'output `.words` violates outputSchema: expected an integer, found the string "2"'


NO_BINDING = Log("error: BUBU_TRANSPORT_BINDING not set")


def test_a_mode_that_does_not_work_is_one_finding_at_the_entry_that_claims_it() -> None:
    template = bench(TEMPLATE.replace("[job]", "[deployment, job]"))
    found = [
        finding
        for name in ("one", "two")
        for finding in judge(
            replace(template, subject=replace(SUBJECT, case=name)), case(), ran(code=1, stderr=NO_BINDING)
        ).findings
    ]
    (finding,) = once(found)
    assert (finding.rule.code, finding.cases) == ("EV419", ("one", "two"))
    line = TEMPLATE.replace("[job]", "[deployment, job]").splitlines()[finding.location.line - 1]
    assert line[finding.location.column - 1 : finding.location.end_column - 1] == "job"


@pytest.mark.parametrize(("code", "rule"), [(0, "EV411"), (3, "EV410")])
def test_a_program_that_reports_nothing_is_shown_at_its_image(code: int, rule: str) -> None:
    (finding,) = judge(bench(), case(), ran(code=code)).findings
    assert finding.rule.code == rule
    line = TEMPLATE.splitlines()[finding.location.line - 1]
    assert line[finding.location.column - 1 : finding.location.end_column - 1] == "acme/counter:1.0.0"
    assert [each.location for each in finding.related] == [case().location]


def test_a_template_without_a_schema_is_not_judged():
    text = TEMPLATE[: TEMPLATE.index("  outputSchema")]
    judgement = judge(bench(text), case(), ran({"phase": "Succeeded", "output": {"any": 1}}))
    assert (judgement.outcome, judgement.findings) == (Outcome.NOT_CHECKED, ())
    (unchecked,) = judgement.unchecked
    assert unchecked.reason.startswith("the template declares no outputSchema; ")


def test_without_a_schema_an_expectation_judges():
    text = TEMPLATE[: TEMPLATE.index("  outputSchema")]
    expected = case(expect=Expectation(output={"any": 1}, has_output=True))
    judgement = judge(bench(text), expected, ran({"phase": "Succeeded", "output": {"any": 1}}))
    assert (judgement.outcome, judgement.evidence) == (Outcome.PASSED, Evidence(outputs=1, bytes=9, expectations=1))


def test_evidence_is_what_came_out_and_by_what_it_was_judged():
    assert judge(bench(), case(), ran(DONE)).evidence == Evidence(outputs=1, bytes=11, by_schema=1)
    refused = ran({"phase": "Failed", "error": {"message": "text is empty"}}, code=1)
    assert judge(bench(), case(origin=Origin.GENERATED), refused).evidence == Evidence()
    assert judge(bench(), case(expect=Expectation(error="empty")), refused).evidence == Evidence(expectations=1)


def test_a_schema_that_the_platform_refuses_is_not_judged():
    judgement = judge(bench(TEMPLATE.replace("integer", "numeral")), case(), ran(DONE))
    assert (judgement.outcome, judgement.findings) == (Outcome.NOT_CHECKED, ())
    assert [unchecked.reason for unchecked in judgement.unchecked] == ["the platform refuses its outputSchema"]


def test_a_null_that_vanishes_is_a_note_and_its_absence_an_error():
    run = BatchRun(Exit(0), False, {"phase": "Succeeded", "output": {}}, (), DONE | {"output": {"words": None}})
    found = judge(bench(), case(), run).findings
    assert [(finding.rule.code, finding.severity) for finding in found] == [
        ("EV404", Severity.NOTE),
        ("EV401", Severity.ERROR),
    ]


def test_nulls_in_arrays_stay():
    assert list(null_members({"a": [None, {"b": None}], "c": {"d": None}, "e": None})) == [("c", "d"), ("e",)]


def test_paths_read_as_people_write_them():
    assert (show(()), show(("a", 0, "b"))) == ("`.`", "`.a[0].b`")


WRITABLE = "spec:\n  execution: {security: {requiresReadOnlyRoot: false}}\n"
REFUSED = "OSError: [Errno 30] Read-only file system: '/app/x'"


def test_what_fails_for_want_of_a_writable_root_that_it_may_ask_for_is_not_judged():
    failed = ran(code=1, stderr=Log(REFUSED, len(REFUSED)))
    asks = bench(TEMPLATE.replace("spec:\n", WRITABLE, 1))
    judgement = judge(asks, case(), failed)
    assert (judgement.outcome, judgement.findings) == (Outcome.NOT_CHECKED, ())
    assert "writable root" in judgement.unchecked[0].reason
    assert [finding.rule.code for finding in judge(bench(), case(), failed).findings] == ["EV410"]
    assert [finding.rule.code for finding in judge(asks, case(), ran(code=1)).findings] == ["EV410"]
    assert judge(asks, case(), ran(DONE)).outcome is Outcome.PASSED


USERS = [("1000", 1000), ("0", 0), ("-1", 0), ("true", 0), ("'1000'", 0), ("99999999999", 0)]


@pytest.mark.parametrize(("written", "user"), USERS)
def test_a_user_is_one_that_a_template_may_ask_for(written, user):
    asked = f"spec:\n  execution: {{security: {{recommendedRunAsUser: {written}}}}}\n"
    assert bench(TEMPLATE.replace("spec:\n", asked, 1)).template.run_as_user == user


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("engram initialization failed: secret `a` has no key `b`", "config"),
        ("failed to hydrate config: secret not found", "config"),
        ("text is empty", "input"),
    ],
)
def test_what_was_made_up_and_refused_says_at_which_stage_and_what_to_do(message: str, refused: str) -> None:
    run = ran({"phase": "Failed", "error": {"message": message}}, code=1)
    judgement = judge(bench(), case(origin=Origin.GENERATED), run)
    assert judgement.outcome is Outcome.NOT_CHECKED
    assert judgement.message == f"the engram refused the generated {refused}: {message}; write a case that it takes"
