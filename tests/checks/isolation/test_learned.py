"""What outputs teach: a proposal is applied and the finding is gone, in whatever style the schema is written."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.isolation_samples import SUBJECT, TEMPLATE, case, output, template, terms
from tests.depth import examples
from validator.checks.isolation.judging import judge
from validator.checks.isolation.learned import infer, insertion_for, never_seen, proposed, unseen
from validator.schemas.undeclared import undeclared
from validator.schemas.validation import is_instance
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText

HEAD = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: counter}
spec:
"""

API = "catalog.bubustack.io/v1alpha1"

STYLES = [
    (
        "a block",
        "  outputSchema:\n    type: object\n    properties:\n      text:\n        type: string\n  image: a\n",
        {"debug": 1},
        "  outputSchema:\n    type: object\n    properties:\n      text:\n        type: string\n"
        "      debug:\n        type: integer\n  image: a\n",
    ),
    (
        "a block with comments and blank lines after it",
        "  outputSchema:\n    properties:\n      text: {type: string}  # said\n\n    # the end\n\n  image: a\n",
        {"debug": True},
        "  outputSchema:\n    properties:\n      text: {type: string}  # said\n      debug:\n        type: boolean\n"
        "\n    # the end\n\n  image: a\n",
    ),
    (
        "a block scalar at its end",
        "  outputSchema:\n    properties:\n      text:\n        description: |\n          what\n\n          it is\n\n"
        "  image: a\n",
        {"debug": "x"},
        "  outputSchema:\n    properties:\n      text:\n        description: |\n          what\n\n          it is\n"
        "      debug:\n        type: string\n\n  image: a\n",
    ),
    (
        "flow",
        "  outputSchema: {type: object, properties: {text: {type: string} } }\n",
        {"debug": [1, 2.5]},
        '  outputSchema: {type: object, properties: {text: {type: string}, "debug": '
        '{"type": "array", "items": {"type": "number"}} } }\n',
    ),
    (
        "nothing declared yet",
        "  outputSchema:\n    type: object\n    patternProperties: {^x-: {type: string}}\n",
        {"debug": None},
        "  outputSchema:\n    type: object\n    patternProperties: {^x-: {type: string}}\n"
        "    properties:\n      debug: {}\n",
    ),
    (
        "in the items of an array",
        "  outputSchema:\n    properties:\n      items:\n        items:\n          properties:\n            id: {}\n",
        {"items": [{"id": 1, "raw": {"a": "b"}}]},
        "  outputSchema:\n    properties:\n      items:\n        items:\n          properties:\n            id: {}\n"
        "            raw:\n              type: object\n              properties:\n                a:\n"
        "                  type: string\n",
    ),
    (
        "behind a reference",
        "  outputSchema:\n    $defs:\n      one:\n        properties:\n          id: {}\n"
        "    properties:\n      it: {$ref: '#/$defs/one'}\n",
        {"it": {"id": 1, "raw": 2}},
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "document", "after"), [row[1:] for row in STYLES], ids=[row[0] for row in STYLES])
def test_the_lines_fit_in(text, document, after):
    subject = template(HEAD + text)
    schema = subject.output_schema.value
    (path,) = undeclared(schema, document)
    insertion = insertion_for(subject, path, [document])

    assert insertion is not None
    if after is not None:
        assert insertion.after == HEAD + after
    assert undeclared(template(insertion.after).output_schema.value, document) == ()
    assert insertion.diff().startswith("--- Engram.yaml\n+++ Engram.yaml\n@@")


def test_windows_line_breaks_stay():
    text = (HEAD + STYLES[0][1]).replace("\n", "\r\n")
    insertion = insertion_for(template(text), ("debug",), [{"debug": 1}])

    assert "\n" not in insertion.after.replace("\r\n", "")


def test_a_finding_brings_its_edit():
    outputs = [{"debug": {"bytes": 1}}, {"debug": {"bytes": "many", "more": 1}}]
    findings = list(judge(terms(), case(), output(outputs[0])))
    (finding,) = proposed(template(), findings, outputs)
    edit = finding.suggestion
    lines = TEMPLATE.splitlines(keepends=True)
    line = lines[edit.location.line - 1]
    lines[edit.location.line - 1] = (
        line[: edit.location.column - 1] + edit.replacement + line[edit.location.column - 1 :]
    )

    assert edit.location.line == edit.location.end_line
    assert list(judge(terms(text="".join(lines)), case(), output(outputs[0]))) == []
    assert "+        type: object" in finding.evidence["patch"]
    assert "[integer, string]" in yaml.safe_dump(infer(outputs), default_flow_style=None)


def test_fields_of_an_object_that_lists_none_are_declared_by_one_edit():
    text = HEAD + "  outputSchema:\n    type: object\n    patternProperties: {^x-: {type: string}}\n"
    outputs = [{"b": 1, "a": None}, {"b": 2, "c": "x"}]
    subject = terms(text=text)
    findings = [finding for each in outputs for finding in judge(subject, case(), output(each))]
    told = list(proposed(subject.template, findings, outputs))
    edits = {each.suggestion.replacement for each in told if each.suggestion.location is not None}

    assert edits == {"\n    properties:\n      a: {}\n      b:\n        type: integer\n      c:\n        type: string"}
    assert {each.anchor[2:] for each in told if each.suggestion.location is None} == {("b",), ("c",)}
    assert all("the edit for `.a`" in each.suggestion.text for each in told if each.suggestion.location is None)


NAMES = st.sampled_from(["a", "b", "c", "id", "on", "1", "x y", "é", "#", "- a", "true"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


def written(schema, style):
    document = {
        "apiVersion": API,
        "kind": "EngramTemplate",
        "spec": {"image": "a", "outputSchema": schema, "version": "1"},
    }
    if style == "json":
        return json.dumps(document, indent=2)
    return yaml.safe_dump(document, default_flow_style={"block": False, "flow": True, "mixed": None}[style])


@settings(max_examples=examples(250), deadline=None)
@given(OBJECTS, OBJECTS, st.sampled_from(["block", "flow", "mixed", "json"]))
def test_applied_proposals_leave_nothing_undeclared(known, document, style):
    schema = infer([known])
    text = written(schema, style)
    for _ in range(20):
        subject = template(text)
        strangers = undeclared(subject.output_schema.value, document)
        if not strangers:
            break
        insertion = insertion_for(subject, strangers[0], [document])
        assert insertion is not None
        text = insertion.after
    else:
        pytest.fail("proposals without end")
    for name, value in (yaml.safe_load(text)["spec"]).items():
        assert name == "outputSchema" or value == {"image": "a", "version": "1"}[name]


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_what_is_inferred_accepts_what_it_was_inferred_from(values):
    schema = infer(values)

    assert all(is_instance(schema, value) for value in values)


UNSEEN = [
    ("all seen", [{"text": "a", "words": 1, "items": [{"id": "x"}], "model": "m", "about": {}}], []),
    ("seen once is seen", [{"text": "a", "words": 1, "model": "", "about": {}, "items": []}, {"text": "b"}], []),
    ("never", [{"text": "a", "items": [{}], "model": "m"}], [("words",), ("items", 0, "id"), ("about",)]),
    ("not asked below what is never seen", [{"text": "a", "words": 1, "model": "", "about": {}}], [("items",)]),
    ("kept elsewhere", [{"$bubuStorageRef": "outputs/a.json"}], []),
]


@pytest.mark.parametrize(("outputs", "paths"), [row[1:] for row in UNSEEN], ids=[row[0] for row in UNSEEN])
def test_fields_that_nobody_puts_out(outputs, paths):
    assert sorted(map(str, never_seen(template().output_schema, outputs))) == sorted(map(str, paths))


@pytest.mark.parametrize(("cases", "count"), [(2, 0), (3, 1), (9, 1)])
def test_it_takes_three_cases_to_say_so_and_it_is_said_once(cases, count):
    found = list(unseen(template(), SUBJECT, {"batch": [[{"text": "a"}]] * cases}))

    assert len(found) == count
    if found:
        assert found[0].message == (
            "outputSchema declares `.words`, `.items`, `.model`, `.about`, which no successful case produced"
        )
        assert found[0].location.line == 21


A, B = [{"text": "a"}], [{"debug": {}, "count": 1}]
BOTH = """
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: both}
spec:
  outputSchema:
    type: object
    properties: {text: {}, count: {}, never: {}}
"""


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({"batch": [A] * 3}, ["`count`, `never` of "]),
        ({"batch": [A] * 3, "streaming": [A] * 3}, ["`count`, `never` of "]),
        ({"batch": [A] * 3, "streaming": [B] * 3}, ["`never` of ", "`count` of batch", "`text` of streaming"]),
        ({"batch": [A] * 3, "streaming": [B] * 2}, ["`count`, `never` of batch"]),
        ({"batch": [A] * 2, "streaming": [B] * 2}, []),
        ({"batch": [A + B] * 3, "streaming": [A] * 3}, ["`never` of ", "`count` of streaming"]),
    ],
)
def test_what_one_mode_puts_out_is_missed_in_the_other(outputs, told):
    def words(finding):
        fields = finding.message.split("declares ")[1].split(", which")[0].replace("`.", "`")
        return f"{fields} of {finding.message.partition(' in mode ')[2].partition(' produced')[0]}"

    document = read(SourceText("Engram.yaml", BOTH)).documents[0]
    assert sorted(map(words, unseen(view(document.root), SUBJECT, outputs))) == sorted(told)
