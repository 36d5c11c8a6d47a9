"""Reports as real runs give them, and as a hostile engram would like them."""

from __future__ import annotations

from collections.abc import Sequence

from validator.explore.coverage import Coverage
from validator.findings import Finding, Json, Location, Related, Rule, Severity, Subject, Suggestion, Unchecked
from validator.suite.evidence import Evidence
from validator.suite.results import (
    CaseResult,
    Misfit,
    Outcome,
    PairVerdict,
    Report,
    StoryEdge,
    StoryGraph,
    StoryStep,
    TestedImage,
    Verdict,
)
from validator.suite.suppression import Suppressed

UNKNOWN_FIELD = Rule(
    "EV201",
    "unknown-field",
    Severity.ERROR,
    "`{step}` declares no output `{field}`; it declares {names}",
    "A template reads only what the step before it declares.",
)
WRONG_OUTPUT = Rule("EV401", "wrong-output", Severity.ERROR, "{message}", "An output keeps its schema.")
MAY_BE_MISSING = Rule("EV302", "may-be-missing", Severity.WARNING, "{message}", "What is required is always there.")
OPEN_OBJECT = Rule("EV110", "open-object", Severity.NOTE, "{message}", "Objects say what they hold.")

SOURCES = {
    "stories/triage.yaml": """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  steps:
    - name: list
      ref: {name: slack}
    - name: notify
      ref: {name: slack}
      with:
        channel: "{{ steps.list.output.chanels }}"
        text: |
          Heute: {{ inputs.text }}
          Grüße,
          die 日本語 Abteilung {{ steps.list.output.total }}
""",
    "catalog/slack.yaml": """\
kind: EngramTemplate
metadata: {name: slack}
spec:
  outputSchema:
    type: object
    properties:
      channels: {type: array}
      total: {type: integer}
""",
    "tabs.yaml": "a:\tb\t'日本語 value'\n" + "x" * 300 + "NEEDLE" + "y" * 300 + "\n",
}


def lines(file: str) -> Sequence[str]:
    return SOURCES[file].split("\n") if file in SOURCES else ()


def at(file: str, line: int, text: str) -> Location:
    """Where the text stands on that line of a sample source."""
    column = SOURCES[file].split("\n")[line - 1].index(text) + 1
    return Location(file, line, column, line, column + len(text))


NOTIFY = Subject("story", "triage", step="notify")
PICKS = Subject("engram", "slack", case="picks the channel id")

CHANELS = UNKNOWN_FIELD.at(
    at("stories/triage.yaml", 11, "chanels"),
    NOTIFY,
    anchor=("spec", "steps", "notify", "with", "channel"),
    step="list",
    field="chanels",
    names="channels, total",
    evidence={"template": "{{ steps.list.output.chanels }}", "evaluates to": None},
    suggestion=Suggestion("read `channels`, the nearest name", at("stories/triage.yaml", 11, "chanels"), "channels"),
    related=[Related(at("catalog/slack.yaml", 4, "outputSchema"), "the outputs that `list` declares")],
)
TOTAL = WRONG_OUTPUT.at(
    at("catalog/slack.yaml", 8, "{type: integer}"),
    PICKS,
    anchor=("spec", "outputSchema", "properties", "total"),
    message="output `total` is a string where an integer is declared",
    evidence={
        "output path": "total",
        "value": "3",
        "stderr": 'level=INFO msg="listing"\nlevel=INFO msg="got 3"\n\x1b[31mpanic\x1b[0m: no\n',
    },
    suggestion=Suggestion("emit a number, or declare `type: string`"),
)
MAYBE = MAY_BE_MISSING.at(
    Location("stories/triage.yaml", 12, 9, 15, 59),
    NOTIFY,
    anchor=("spec", "steps", "notify", "with", "text"),
    message="`text` can be empty: `total` is not required by the schema of `list`",
    evidence={"witness": {"channels": [{"id": "C1", "name": "général"}] * 40}},
)
OPEN = OPEN_OBJECT.at(
    at("catalog/slack.yaml", 7, "channels"),
    Subject("template", "slack"),
    anchor=("spec", "outputSchema", "properties", "channels"),
    message="`channels` does not say what its items are",
)

IMAGE = TestedImage(
    template="slack",
    template_file="catalog/slack.yaml",
    reference="ghcr.io/acme/slack:pr-12",
    digest="sha256:" + "0123456789abcdef" * 4,
    source="--image",
    sandbox="docker",
    properties={"platform": "linux/amd64", "size": "12 MB"},
)

TRIAGE = StoryGraph(
    "triage",
    "stories/triage.yaml",
    (
        StoryStep("list", "slack", Verdict.PASSED),
        StoryStep("pick", "jq", Verdict.UNKNOWN),
        StoryStep("end", "stop", Verdict.PASSED),
        StoryStep("notify", "slack", Verdict.ERROR),
    ),
    (
        StoryEdge("list", "pick", Verdict.UNKNOWN),
        StoryEdge("list", "notify", Verdict.ERROR),
        StoryEdge("pick", "notify", Verdict.WARNING),
        StoryEdge("notify", "end", Verdict.PASSED, data=False),
    ),
)

PAIRS = (
    PairVerdict("http", "http", "unknown", unknown=("outputSchema of `http` is not declared",)),
    PairVerdict("http", "slack", "unknown", unknown=("outputSchema of `http` is not declared",)),
    PairVerdict("slack", "http", "accepted"),
    PairVerdict(
        "slack",
        "slack",
        "never",
        (
            Misfit(
                ".text",
                "is required and never there",
                {"channels": [], "total": 0},
                "catalog/slack.yaml:4:3",
                "catalog/slack.yaml:9:3",
            ),
        ),
    ),
)
WIRE = """\
   0.004 engram    data open
   0.011 connector data message [first] {"kind": "data", "payload": {"text": "hi"}}
   0.019 engram    data message {"kind": "data", "payload": {"text": "HI"}}
   0.020 log       INFO said text=HI
   1.020 engram    data end"""


SEEN = Evidence(outputs=1, bytes=1_024, by_schema=1)
REACHED = (
    Coverage("inputSchema", (5, 6), (2, 3), (0, 0), ("`channel`", '`kind` = "<b>large</b>"')),
    Coverage("outputSchema", (2, 2), (0, 0), (1, 2), ("`total` as null",)),
)


def case(name: str, outcome: Outcome, message: str = "", **more: Json | Evidence | tuple[Coverage, ...]) -> CaseResult:
    return CaseResult(
        subject=Subject("engram", "slack", case=name),
        check="conformance",
        outcome=outcome,
        seconds=0.13,
        mode="job",
        origin="written",
        message=message,
        **more,  # type: ignore[arg-type]
    )


MIXED = Report(
    findings=(TOTAL, OPEN, CHANELS, MAYBE),
    unchecked=(
        Unchecked("outputSchema of http", "the template declares none", Subject("template", "http")),
        Unchecked("outputSchema of jq", "the template declares none", Subject("template", "jq")),
        Unchecked("`{{ sha1 x }}`", "the function is unknown", NOTIFY, at("stories/triage.yaml", 11, "{{")),
    ),
    cases=(
        case("picks the channel id", Outcome.FAILED, "output `total` is a string", stderr="panic: no\n", evidence=SEEN),
        case("lists", Outcome.PASSED, stdout="ok\n", evidence=SEEN, coverage=REACHED),
        case("generated, minimal", Outcome.NOT_CHECKED, "the engram refused it: token is required"),
        case("streams", Outcome.PASSED, transcript=WIRE),
        case("full", Outcome.ERROR, "the daemon went away", stderr="one\ntwo\n"),
    ),
    images=(IMAGE,),
    stories=(TRIAGE,),
    pairs=PAIRS,
    suppressed=(
        Suppressed(
            OPEN_OBJECT.at(
                Location("catalog/slack.yaml", 8, 7, 8, 12), Subject("template", "slack"), message="`total`"
            ),
            by="comment",
            reason="counted elsewhere",
            location=Location("catalog/slack.yaml", 8, 30, 8, 60),
        ),
    ),
    sandbox="docker 27.1 through /var/run/docker.sock (the strongest that works here)",
    seconds=4.217,
    checked=5,
)

GOOD = Report(cases=(case("lists", Outcome.PASSED),), images=(IMAGE,), checked=2, seconds=0.91)

HOSTILE_TEXT = (
    "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u202c\r\n::error file=a.go,line=1::owned\n  ::add-mask::secret\n"
    "##[add-mask]x ]]> <script>alert(1)</script> | `code` ```\n# heading @octocat #1 %0A::set-output name=x::y "
    "\x00\ud800"
)


def hostile(count: int = 1, text: str = HOSTILE_TEXT) -> Report:
    """A report in which everything that others write is meant to do harm."""
    rule = WRONG_OUTPUT
    findings = tuple(
        rule.at(
            Location(f"evil,a:b%\n::error::{text}.yaml", 1, 1 + number, 1, 5 + number),
            Subject("engram", text, step=text, case=f"{text} {number}"),
            anchor=(text, number),
            message=text,
            evidence={text: text, "value": {text: [text, 1.5, None]}},
            suggestion=Suggestion(text, Location("evil.yaml", 1, 1, 1, 3), text),
            related=[Related(Location("evil.yaml", 1, 1, 1, 3), text)],
        )
        for number in range(count)
    )
    image = TestedImage(text, text, text, text, text, text, {text: text})
    subject = Subject("engram", text, case=text)
    result = CaseResult(subject, text, Outcome.FAILED, 1.0, text, text, text, text, text, [text], {text: text}, text)
    return Report(
        findings=findings,
        unchecked=(Unchecked(text, text, subject, Location(text)),),
        cases=(result, CaseResult(subject, text, Outcome.ERROR, 1.0, text, text, text, text, text)),
        images=(image,),
        stories=(
            StoryGraph(
                text,
                text,
                (StoryStep(text, text, Verdict.ERROR), StoryStep("b", "b", Verdict.PASSED)),
                (StoryEdge(text, "b", Verdict.NOTE),),
            ),
        ),
        pairs=(PairVerdict(text, text, "never", (Misfit(text, text, {text: text}, text, text),), (text,)),),
        suppressed=tuple(Suppressed(finding, "comment", text, Location(text)) for finding in findings[:1]),
        no_pairs=text,
        sandbox=text,
        checked=1,
    )


def hostile_lines(file: str) -> Sequence[str]:
    return [HOSTILE_TEXT.replace("\n", " "), "x"]


def many(count: int) -> Report:
    """A report of a large catalogue."""
    findings: list[Finding] = []
    cases: list[CaseResult] = []
    for number in range(count):
        subject = Subject("engram", f"engram-{number % 200:03}", case=f"case {number}")
        severity = (Severity.ERROR, Severity.WARNING, Severity.NOTE)[number % 3]
        findings.append(
            WRONG_OUTPUT.at(
                Location(f"catalog/{number % 200:03}.yaml", number + 1, 3, number + 1, 9),
                subject,
                anchor=("spec", number),
                message=f"output `field{number}` is wrong",
                evidence={"value": number},
                severity=severity,
            )
        )
        cases.append(CaseResult(subject, "conformance", Outcome.FAILED, 0.001, mode="job", origin="generated"))
    return Report(findings=tuple(findings), cases=tuple(cases), checked=200, seconds=60 * 12 + 5.2)
