"""Abstract evaluation: types, what may be missing, and what tests prove (templating.md, sections 3 to 6)."""

from __future__ import annotations

import pytest

from validator.findings import Json
from validator.templates.evaluation import plan
from validator.templates.inference import Inference, infer_plan
from validator.templates.reach import Access, Oddity, Sink
from validator.templates.types import describe, from_schema

_CONTEXT: Json = {
    "type": "object",
    "properties": {
        "inputs": {
            "type": "object",
            "properties": {
                "s": {"type": "string"},
                "n": {"type": "number"},
                "i": {"type": "integer"},
                "b": {"type": "boolean"},
                "o": {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]},
                "l": {"type": "array", "items": {"type": "integer"}},
                "e": {"enum": ["a", "b"]},
                "maybe": {"type": "string"},
                "part": {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]},
                "null": {"type": ["string", "null"]},
                "any": {},
                "free": {"type": "object"},
            },
            "required": ["s", "n", "i", "b", "o", "l", "e", "null", "any", "free"],
        },
    },
    "required": ["inputs"],
    "additionalProperties": False,
}


def _infer(text: str) -> Inference:
    return infer_plan(plan(text), text, from_schema(_CONTEXT))


def _unsure(text: str) -> list[Access]:
    return [access for access in _infer(text).accesses if access.at >= 0]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("plain", "string"),
        ("{{ inputs.n }}", "number"),
        ("{{ inputs.i }}", "integer"),
        ("{{ inputs.l }}", "array"),
        ("{{ inputs.null }}", "string or null"),
        ("{{ inputs.any }}", "unknown"),
        ("{{ inputs.free.deep.down }}", "unknown"),
        ('{{ inputs["s"] }}', "string"),
        ('{{ (index .inputs "o").x }}', "string"),
        ("x{{ inputs.n }}", "string"),
        ("{{ inputs.i | default 5 }}", "string"),
        ("{{ int inputs.n }}", "string"),
        ("{{ len inputs.l }}", "integer"),
        ('{{ eq inputs.s "a" }}', "boolean"),
        ("{{ and inputs.b true }}", "boolean"),
        ("{{ not inputs.s }}", "boolean"),
        ("{{ print inputs.s }}", "unknown"),
        ('{{ "5" }}', "integer"),
        ('{{ "x" }}', "string"),
        ("{{- inputs.n -}}", "number"),
        ("{{- inputs.o -}}", "string"),
        ("{{ index inputs.l 0 }}", "integer"),
        ("{{ if inputs.b }}1{{ end }}", "string"),
    ],
)
def test_what_a_template_becomes(text: str, type_: str) -> None:
    assert describe(_infer(text).type) == type_


@pytest.mark.parametrize(
    ("text", "sink"),
    [
        ("{{ inputs.zz }}", Sink.WHOLE),
        ("x{{ inputs.zz }}", Sink.PRINTED),
        ("{{- inputs.zz -}}", Sink.PRINTED),
        ("x{{ inputs.zz.y }}", Sink.FIELD),
        ("{{ (inputs.zz).y }}", Sink.PRINTED),
        ('x{{ (index inputs "zz").y }}', Sink.PRINTED),
        ("{{ $v := inputs.zz }}{{ $v.y }}", Sink.PRINTED),
        ("x{{ inputs.s.zz }}", Sink.FIELD),
        ("{{ upper inputs.zz }}", Sink.LOUD),
        ("{{ inputs.zz | upper }}", Sink.LOUD),
        ("{{ inputs.zz | int }}", Sink.SWALLOWED),
        ("{{ toJson inputs.zz }}", Sink.SWALLOWED),
        ('{{ get inputs "zz" }}', Sink.SWALLOWED),
        ('{{ dig "zz" "d" inputs }}', Sink.SWALLOWED),
        ('{{ eq inputs.zz "a" }}', Sink.COMPARED),
        ("{{ lt inputs.zz 3.0 }}", Sink.LOUD),
        ("{{ not inputs.zz }}", Sink.TESTED),
        ("{{ default 1 inputs.zz }}", Sink.TESTED),
        ("{{ if inputs.zz }}x{{ end }}", Sink.TESTED),
        ("{{ $.inputs.zz }}", Sink.PRINTED),
        ("{{ range $x := inputs.l }}{{ $.inputs.zz }}{{ end }}", Sink.PRINTED),
    ],
)
def test_what_becomes_of_a_missing_value(text: str, sink: Sink) -> None:
    (access,) = _unsure(text)
    assert access.never
    assert access.sink is sink


@pytest.mark.parametrize(
    "text",
    [
        "{{ if inputs.maybe }}{{ inputs.maybe }}{{ end }}",
        "{{ with inputs.maybe }}{{ . }}{{ end }}",
        "{{ if not inputs.maybe }}{{ else }}{{ inputs.maybe }}{{ end }}",
        "{{ if empty inputs.maybe }}{{ else }}{{ inputs.maybe }}{{ end }}",
        "{{ if exists inputs.maybe }}{{ inputs.maybe }}{{ end }}",
        '{{ if hasKey inputs "maybe" }}{{ inputs.maybe }}{{ end }}',
        '{{ if eq inputs.maybe "x" }}{{ inputs.maybe }}{{ end }}',
        "{{ if ne inputs.maybe nil }}{{ inputs.maybe }}{{ end }}",
        "{{ if eq inputs.maybe nil }}{{ else }}{{ inputs.maybe }}{{ end }}",
        "{{ if and inputs.b inputs.maybe }}{{ inputs.maybe }}{{ end }}",
        "{{ if inputs.maybe | exists }}{{ inputs.maybe }}{{ end }}",
        "{{ and inputs.maybe (upper inputs.maybe) }}",
        '{{ or (not inputs.maybe) (eq (upper inputs.maybe) "X") }}',
        "{{ $m := inputs.maybe }}{{ if $m }}{{ $m }}{{ end }}",
        '{{ if (index .inputs "maybe") }}{{ inputs.maybe }}{{ end }}',
        '{{ if kindIs "string" inputs.maybe }}{{ inputs.maybe }}{{ end }}',
        "{{ with $p := inputs.part }}{{ $p.x }}{{ end }}",
        "{{ $p := inputs.part }}{{ if $p }}{{ $p.x }}{{ end }}",
        "{{ $p := .inputs.part }}{{ if not $p }}{{ else }}{{ ($p).x }}{{ end }}",
        "{{ with $i := inputs }}{{ with $p := $i.part }}{{ $p.x }}{{ end }}{{ end }}",
        '{{ if ne (default "" inputs.maybe) "" }}{{ inputs.maybe }}{{ end }}',
        '{{ if eq (inputs.maybe | default "y") "x" }}{{ inputs.maybe }}{{ end }}',
        '{{ if eq (default "" inputs.maybe) "" }}{{ else }}{{ inputs.maybe }}{{ end }}',
        '{{ if eq (type_of inputs.part) "object" }}{{ inputs.part.x }}{{ end }}',
        '{{ if ne (kindOf inputs.maybe) "invalid" }}{{ inputs.maybe }}{{ end }}',
    ],
)
def test_a_test_proves_that_a_value_is_there(text: str) -> None:
    assert not [access for access in _unsure(text) if access.sink in (Sink.PRINTED, Sink.LOUD, Sink.WHOLE)]


@pytest.mark.parametrize(
    "text",
    [
        "{{ inputs.maybe }}",
        "{{ if inputs.b }}{{ inputs.maybe }}{{ end }}",
        "{{ if inputs.maybe }}{{ else }}{{ inputs.maybe }}{{ end }}",
        '{{ if ne inputs.maybe "x" }}{{ inputs.maybe }}{{ end }}',
        "{{ if or inputs.b inputs.maybe }}{{ inputs.maybe }}{{ end }}",
        "{{ if inputs.maybe }}{{ end }}{{ inputs.maybe }}",
        "{{ with $p := inputs.part }}{{ end }}{{ $p := inputs.part }}{{ $p.x }}",
        '{{ if eq (default "x" inputs.maybe) "x" }}{{ inputs.maybe }}{{ end }}',
        '{{ if ne (default "" inputs.maybe) "x" }}{{ inputs.maybe }}{{ end }}',
        '{{ if ne (type_of inputs.maybe) "object" }}{{ inputs.maybe }}{{ end }}',
    ],
)
def test_other_tests_do_not(text: str) -> None:
    assert [access for access in _unsure(text) if access.sink in (Sink.PRINTED, Sink.WHOLE)]


@pytest.mark.parametrize(
    ("text", "oddities"),
    [
        ("{{ eq inputs.i 3 }}", {Oddity.COMPARISON}),
        ("{{ eq inputs.i 3.0 }}", set()),
        ("{{ eq (int inputs.i) 3 }}", set()),
        ("{{ eq inputs.null 3 }}", set()),
        ("{{ eq inputs.any 3 }}", set()),
        ("{{ gt (len inputs.l) 0 }}", set()),
        ('{{ eq inputs.b "true" }}', {Oddity.COMPARISON}),
        ("{{ eq inputs.o inputs.o }}", {Oddity.COMPARISON}),
        ('{{ eq inputs.e "c" }}', {Oddity.CONSTANT}),
        ("{{ upper inputs.i }}", {Oddity.ARGUMENT}),
        ("{{ div 1 0 }}", {Oddity.ARGUMENT}),
        ("{{ mod inputs.i 0 }}", {Oddity.ARGUMENT}),
        ("{{ div 0 1 }}", set()),
        ("{{ index inputs.x -1 }}", {Oddity.ARGUMENT}),
        ("{{ index inputs.x 0.5 }}", {Oddity.ARGUMENT}),
        ("{{ index inputs.x 0 }}", set()),
        ("{{ upper inputs.any }}", set()),
        ("{{ indent 2 inputs.s }}", set()),
        ("{{ indent inputs.i inputs.s }}", {Oddity.ARGUMENT}),
        ("{{ contains inputs.s }}", {Oddity.ARITY}),
        ('{{ inputs.s | contains "a" }}', set()),
        ('{{ date "2006" inputs.s }}', {Oddity.DATE}),
        ('{{ date "2006" inputs.any }}', {Oddity.DATE}),
        ('{{ date "2006" (now) }}', set()),
        ('{{ date "2006" (int64 inputs.i) }}', set()),
        ("x{{ inputs.i }}", {Oddity.NUMBER_IN_TEXT}),
        ("{{ inputs.i }}", set()),
        ("x{{ int64 inputs.i }}", set()),
        ("x{{ inputs.o }}", {Oddity.COLLECTION_IN_TEXT}),
        ("x{{ inputs.null }}", {Oddity.NULL_IN_TEXT}),
        ("{{ default true inputs.b }}", {Oddity.DEFAULT_HIDES}),
        ("{{ default false inputs.b }}", set()),
        ("{{ range inputs.s }}{{ end }}", {Oddity.RANGE}),
        ("{{ range inputs.l }}{{ inputs.s }}{{ end }}", {Oddity.RELATIVE}),
        ("{{ range inputs.any }}{{ inputs.s }}{{ end }}", set()),
        ("{{ range (list 1 2) }}{{ . }}{{ end }}", set()),
    ],
)
def test_suspicious_uses(text: str, oddities: set[Oddity]) -> None:
    assert {remark.oddity for remark in _infer(text).remarks} == oddities


@pytest.mark.parametrize("again", ["list $x $x", 'dict "a" $x "b" $x', "list $x $x | reverse"])
def test_what_is_put_together_with_itself_ends_soon(again: str) -> None:
    few, many = ("{{ $x := inputs.l }}" + f"{{{{ $x = {again} }}}}" * times + "{{ $x }}" for times in (3, 40))

    assert {remark.oddity for remark in _infer(few).remarks} == {Oddity.COLLECTION_IN_TEXT}
    assert {remark.oddity for remark in _infer(many).remarks} <= {Oddity.COLLECTION_IN_TEXT}


def test_spans_are_those_of_the_raw_text() -> None:
    text = 'é {{ (index .inputs "o").zz }} {{ inputs["yy"] }}'
    spans = [text[slice(*access.spans[access.at])] for access in _unsure(text)]
    assert spans == ["zz", '"yy"']


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x {{ inputs.l }}", "inputs.l"),
        ("{{ $i := inputs }}{{ $i.l }}", "$i.l"),
        ("{{ $i := inputs }}{{ ($i).l }}", "($i).l"),
        ("{{ $o := inputs.o }}{{ $o }}", "$o"),
        ('x {{ (index inputs "o") }}', '(index inputs "o")'),
    ],
)
def test_what_is_printed_is_underlined_where_it_is_printed(text: str, shown: str) -> None:
    (remark,) = _infer(text).remarks
    assert text[remark.start : remark.end] == shown


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("{{ $i := inputs }}{{ $i.zz }}", "$i.zz"),
        ("{{ (inputs.o).zz }}", "(inputs.o).zz"),
        ("x{{ inputs.zz }}", "inputs.zz"),
    ],
)
def test_an_access_stands_where_it_is_written(text: str, expression: str) -> None:
    (access,) = _unsure(text)
    assert text[access.start : access.end] == expression
