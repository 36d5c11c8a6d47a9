"""Go's grammar: what parses into what, where each node stands in the raw text, and what is refused with which words."""

import pytest

from validator.templates import syntax
from validator.templates.catalogue import ALL_FUNCTIONS
from validator.templates.errors import LIMITS, TemplateError, UnsupportedError
from validator.templates.normalise import normalise
from validator.templates.parser import parse


def parsed(text: str) -> tuple[syntax.Node, ...]:
    normalised = normalise(text)
    return parse(normalised.text, ALL_FUNCTIONS, "bubu", normalised.offsets).nodes


def first_argument(text: str) -> syntax.Operand:
    node = parsed(text)[0]
    assert isinstance(node, syntax.Action)
    return node.pipe.commands[0].args[-1]


def pieces(text: str) -> list[str]:
    """The raw text under each operand, outermost first."""
    found: list[str] = []

    def visit(node: syntax.Operand | syntax.Pipeline) -> None:
        found.append(text[node.start : node.end])
        match node:
            case syntax.Pipeline():
                for command in node.commands:
                    for arg in command.args:
                        visit(arg)
            case syntax.Chain(operand=operand):
                visit(operand)

    for pipe in syntax.pipelines(parsed(text)):
        visit(pipe)
    return found


def test_operands_are_underlined_as_written() -> None:
    text = 'a {{ steps["x"].output.y | default (upper inputs.z) }}'
    assert pieces(text) == [
        'steps["x"].output.y | default (upper inputs.z)',
        'steps["x"].output.y',
        'steps["x"]',
        "s",  # `index` itself was put in: it stands where the subscript begins
        "steps",
        '"x"',
        "default",
        "(upper inputs.z)",
        "upper",
        "inputs.z",
    ]


def test_each_name_of_a_path_has_its_place() -> None:
    text = "{{ inputs.user.nmae }}"
    field = first_argument(text)
    assert isinstance(field, syntax.Field)
    assert field.path == ("inputs", "user", "nmae")
    assert [text[start:end] for start, end in field.spans] == ["inputs", "user", "nmae"]


def test_control_structures() -> None:
    text = "{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}"
    (node,) = parsed(text)
    assert isinstance(node, syntax.If)
    (inner,) = node.orelse
    assert isinstance(inner, syntax.If)
    assert [part.text for part in (*node.body, *inner.body, *inner.orelse) if isinstance(part, syntax.Text)] == [*"123"]
    assert (node.start, node.end) == (0, len(text))


def test_trim_markers_take_the_blanks() -> None:
    texts = [node.text for node in parsed("a \n{{- 1 -}}\t b{{/* c */ -}}  d") if isinstance(node, syntax.Text)]
    assert texts == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("1", (1, 1, 1.0, None)),
        ("-1", (-1, None, -1.0, None)),
        ("0x1F", (31, 31, 31.0, None)),
        ("010", (8, 8, 8.0, None)),
        ("1_000", (1000, 1000, 1000.0, None)),
        ("1e3", (1000, 1000, 1000.0, None)),
        ("1.5", (None, None, 1.5, None)),
        ("'a'", (97, 97, 97.0, None)),
        ("0x1p-2", (None, None, 0.25, None)),
        ("18446744073709551615", (None, 2**64 - 1, 2.0**64, None)),
        ("2i", (None, None, None, 2j)),
        ("1+2i", (None, None, None, 1 + 2j)),
    ],
)
def test_numbers_are_every_type_that_holds_them(literal: str, expected: tuple[object, ...]) -> None:
    number = first_argument("{{ print " + literal + " }}")
    assert isinstance(number, syntax.Number)
    assert (number.int_value, number.uint_value, number.float_value, number.complex_value) == expected


@pytest.mark.parametrize(
    ("text", "message", "underlined"),
    [
        ("{{ }}", "missing value for command", "}}"),
        ("{{ inputs.a == 1 }}", 'unexpected "=" in operand', "="),
        ("{{ inputs.list[0] }}", "bad character U+005B '['", ".list["),
        ("{{ .my-step }}", "bad character U+002D '-'", ".my-"),
        ("{{ uper inputs.s }}", 'function "uper" not defined', "uper"),
        ("{{ step.id }}", 'function "step" not defined', "step"),
        ("{{ $x }}", 'undefined variable "$x"', "$x"),
        ('{{ "a }}', "unterminated quoted string", '"a }}'),
        ("{{ (1 }}", "unclosed left paren", "(1 }}"),
        ("{{ 1) }}", "unexpected right paren", ")"),
        ("{{ if true }}x", "unexpected EOF", ""),
        ("{{ end }}", "unexpected {{end}}", "{{ end }}"),
        ("{{ break }}", "{{break}} outside {{range}}", "break"),
        ("{{ 1 | 2 }}", "non executable command in pipeline stage 2", "}}"),
        ("{{ 1a }}", 'bad number syntax: "1a"', "1a"),
        ("{{ 99999999999999999999 }}", 'integer overflow: "99999999999999999999"', "99999999999999999999"),
        ("{{/* a", "unclosed comment", "/* a"),
        ('{{ "\\q" }}', "invalid syntax", '"\\q"'),
        ("{{ range $a, $b, $c := inputs.l }}{{ end }}", "too many declarations in range", ","),
        ('{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}', 'multiple definition of template "a"', '"a"'),
    ],
)
def test_refusals(text: str, message: str, underlined: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parsed(text)
    assert caught.value.kind == "parse"
    assert caught.value.message.endswith(message)
    assert text[caught.value.start : caught.value.end] == underlined


def test_lines_are_counted_in_the_message() -> None:
    with pytest.raises(TemplateError, match="template: bubu:3: function"):
        parsed("a\nb {{\n nosuch }}")


def test_a_path_of_more_names_than_ours_is_refused_an_answer() -> None:
    with pytest.raises(UnsupportedError, match=f"more than {LIMITS.fields} names"):
        parsed("{{ .inputs" + ".x" * (LIMITS.fields + 1) + " }}")


@pytest.mark.parametrize(
    "around", [("{{ " + "(" * 5000, ")" * 5000 + " }}"), ("{{ if 1 }}" * 5000, "{{ end }}" * 5000)]
)
def test_nesting_beyond_ours_is_refused_an_answer(around: tuple[str, str]) -> None:
    with pytest.raises(UnsupportedError, match=f"deeper than {LIMITS.nesting}"):
        parsed("1".join(around))
