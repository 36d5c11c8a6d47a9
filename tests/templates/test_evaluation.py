"""The contract's tables (templating.md, sections 1 to 7), row by row."""

from typing import Any

import pytest

from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import Settings, evaluate, evaluate_condition, resolve
from validator.templates.values import from_document, to_document

INPUTS = {"s": "text", "n": 3, "id": 1000000, "num": "42", "flag": False, "nil": None, "m": {"a": 1}, "list": [3, 1, 2]}
CONTEXT: dict[str, Any] = from_document({"inputs": INPUTS, "steps": {"a": {"output": {"x": 1}}}})


def value(text: str, **settings: Any) -> Any:
    return to_document(evaluate(text, CONTEXT, Settings(**settings)).value)


def refusal(text: str) -> str:
    with pytest.raises(TemplateError) as caught:
        evaluate(text, CONTEXT)
    return caught.value.kind if caught.value.kind == caught.value.sub else f"{caught.value.kind}/{caught.value.sub}"


MODES = [
    ("inputs.n", "literal", "inputs.n"),
    ("{{ inputs.n }}", "path", 3.0),
    (" {{ inputs.m }} ", "path", {"a": 1.0}),
    ("{{ inputs.num }}", "path", "42"),
    ("{{ or inputs.num 0 }}", "single", 42.0),
    ('{{ printf "%d" 5 }}', "single", 5.0),
    ('{{ print "01234" }}', "single", "01234"),
    ("{{ inputs.n | default 5 }}", "text", "3"),
    ("{{- inputs.list -}}", "single", "[3 1 2]"),
    ("{{ inputs.n }}{{/* c */}}", "single", 3.0),
    ("n={{ inputs.n }}", "text", "n=3"),
    ("{{ $x := 5 }}", "single", ""),
]


@pytest.mark.parametrize(("text", "mode", "expected"), MODES)
def test_modes(text: str, mode: str, expected: object) -> None:
    outcome = evaluate(text, CONTEXT)
    assert (outcome.mode, to_document(outcome.value)) == (mode, expected)


DIRECT = [
    ("{{ inputs.zz }}", "missing_key"),
    ("{{ packet.x }}", "missing_key"),
    ("{{ inputs.s.x }}", "path_type"),
    ("{{ inputs.nil.x }}", "path_type"),
    ("{{ steps.zz.output }}", "blocked"),
    ("{{ steps.a.output.zz }}", "blocked"),
    ("{{ steps.a.output.x.y }}", "path_type"),
]


@pytest.mark.parametrize(("text", "kind"), DIRECT)
def test_direct_lookup(text: str, kind: str) -> None:
    assert refusal(text) == kind


NOTHING = [
    ("x{{ inputs.zz }}", "x<no value>"),
    ("{{- inputs.zz -}}", "<no value>"),
    ("x{{ inputs.m.zz }}", "x<no value>"),
    ("x{{ (inputs.zz).y.z }}", "x<no value>"),
    ('x{{ (index inputs "zz").y }}', "x<no value>"),
    ("{{ $v := inputs.zz }}{{ $v.y }}", "<no value>"),
    ("x{{ packet }}", "x<no value>"),
    ("x{{ inputs.nil }}", "x<no value>"),
    ("x{{ print inputs.zz }}", "x<nil>"),
    ('x{{ printf "%s" inputs.zz }}', "x%!s(<nil>)"),
    ("x{{ html inputs.zz }}", "x&lt;no value&gt;"),
    ("x{{ toJson inputs.zz }}", "xnull"),
    ("x{{ quote inputs.zz }}", "x"),
    ("x{{ list inputs.zz }}", "x[<nil>]"),
    ("{{ range list nil 1 }}[{{ . }}]{{ end }}", "[<no value>][1]"),
    ("x{{ default 7 inputs.flag }}", "x7"),
    ('x{{ eq inputs.zz "a" }}', "xfalse"),
]


@pytest.mark.parametrize(("text", "expected"), NOTHING)
def test_nothing_is_silent(text: str, expected: str) -> None:
    assert value(text) == expected


LOUD = [
    ("x{{ inputs.zz.y }}", "exec/nil_field"),
    ("x{{ packet.type }}", "exec/nil_field"),
    ("x{{ inputs.s.y }}", "exec/bad_field"),
    ("{{ range list nil }}{{ .y }}{{ end }}", "exec/nil_field"),
    ("{{ range inputs.list }}{{ inputs.n }}{{ end }}", "exec/bad_field"),
    ("{{ upper inputs.zz }}", "exec/arg_type"),
    ("{{ inputs.zz | upper }}", "exec/arg_type"),
    ("{{ upper inputs.n }}", "exec/arg_type"),
    ('{{ index inputs.zz "y" }}', "exec/call_error"),
    ("{{ index inputs.list 0.0 }}", "exec/call_error"),
    ("{{ index inputs.list 3 }}", "exec/call_error"),
    ("{{ eq inputs.n 3 }}", "exec/call_error"),
    ("{{ lt inputs.zz 3.0 }}", "exec/call_error"),
    ("{{ first inputs.zz }}", "exec/call_error"),
    ("{{ upper }}", "exec/arg_count"),
    ("{{ inputs .s }}", "exec/not_function"),
    ("{{ range inputs.s }}{{ end }}", "exec/range_type"),
    ("{{ range inputs.n }}{{ end }}", "exec/range_type"),
    ('{{ fail "no" }}', "exec/call_error"),
    ("{{ nil }}", "exec/other"),
    ("{{ $x := $x }}", "exec/other"),
    ("{{ $x }}", "parse/syntax"),
    ("{{ repeat 3 inputs.s }}", "parse/undefined_function"),
]


@pytest.mark.parametrize(("text", "kind"), LOUD)
def test_errors(text: str, kind: str) -> None:
    assert refusal(text) == kind


def test_the_offending_characters_are_named() -> None:
    text = 'a {{ upper steps["a"].output.x }}'
    with pytest.raises(TemplateError) as caught:
        evaluate(text, CONTEXT)
    assert text[caught.value.start : caught.value.end] == 'steps["a"].output.x'


NUMBERS = [
    ("id={{ inputs.id }}", "id=1e+06"),
    ("{{ toJson inputs.id }}!", "1000000!"),
    ("{{ int inputs.id }}!", "1000000!"),
    ("{{ add 1.9 1.9 }}", "2"),
    ("{{ addf 0.1 0.2 }}", "0.3"),
    ('{{ int "010" }} {{ int " 7 " }} {{ int "4.2" }}', "8 0 4"),
    ("{{ round -2.4 0 }}", "-3"),
    ("{{ add 9223372036854775807 1 }}", "-9223372036854775808"),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_numbers(text: str, expected: str) -> None:
    assert value(text) == expected


CONDITIONS = [
    ("", True),
    ("  ", True),
    (" Yes ", True),
    ("0", False),
    ("{{ add 0 1 }}", True),
    ("{{ 1 }}", None),
    ("{{ inputs.n }}", None),
    ("inputs.flag", None),
    ("{{ inputs.flag }}", False),
    ("{{ and true inputs.s }}", None),
    ("x{{ inputs.zz }}", None),
    ("{{ not inputs.zz }}", True),
]


@pytest.mark.parametrize(("text", "expected"), CONDITIONS)
def test_conditions(text: str, expected: bool | None) -> None:
    if expected is not None:
        assert evaluate_condition(text, CONTEXT) is expected
        return
    with pytest.raises(TemplateError) as caught:
        evaluate_condition(text, CONTEXT)
    assert caught.value.kind == "not_boolean"


STORED: dict[str, Any] = {"steps": {"off": {"output": {"$bubuStorageRef": "r"}}, "in": {"output": {"b": "B"}}}}


def test_data_in_storage_is_selected_but_not_used() -> None:
    assert evaluate("{{ steps.off.output.a.b }}", STORED).value == {"$bubuStorageRef": "r", "$bubuStoragePath": "a.b"}
    assert evaluate("x{{ steps.in.output.b }}", STORED).value == "xB"
    for text in ("x{{ steps.off.output.a }}", '{{ len (get steps "off").output }}'):
        with pytest.raises(TemplateError) as caught:
            evaluate(text, STORED)
        assert caught.value.kind == "offloaded"
    # `dig` is not guarded: it silently sees the wrapper (templating.md, section 7).
    assert evaluate('{{ dig "off" "output" "x" "D" steps }}', STORED).value == "D"


def test_trees() -> None:
    tree = {"a": ["{{ inputs.n }}", "x{{ inputs.s }}", 1], "inputs.n": True}
    assert resolve(tree, CONTEXT) == {"a": [3.0, "xtext", 1], "inputs.n": True}
    wrapper = {"$bubuTemplate": "{{ .x }}-{{ inputs }}", "$bubuTemplateVars": {"x": "{{ inputs.s }}", "inputs": 1.0}}
    assert resolve(wrapper, CONTEXT) == "text-1"
    assert resolve({"$bubuTemplate": "inputs.n"}, CONTEXT) == "inputs.n"


@pytest.mark.parametrize(
    "tree", [{"$bubuTemplate": 1}, {"$bubuTemplate": "{{ 1 }}", "$bubuTemplateVars": "x"}, [{"$bubuTemplate": None}]]
)
def test_the_shape_of_a_wrapper(tree: object) -> None:
    with pytest.raises(TemplateError) as caught:
        resolve(tree, CONTEXT)
    assert caught.value.kind == "shape"


def deep(levels: int) -> Any:
    tree: Any = "{{ inputs.n }}"
    for _ in range(levels):
        tree = [tree]
    return tree


def test_the_depth_limit() -> None:
    assert resolve(deep(128), CONTEXT)
    with pytest.raises(TemplateError) as caught:
        resolve(deep(129), CONTEXT)
    assert caught.value.kind == "depth"


def test_go_may_pick_either_of_two_failures() -> None:
    with pytest.raises(UnsupportedError):
        resolve({"a": "{{ inputs.zz }}", "b": "{{ steps.zz }}"}, CONTEXT)
    with pytest.raises(TemplateError):
        resolve({"a": "{{ inputs.zz }}", "b": "{{ inputs.yy }}"}, CONTEXT)


def test_the_output_limit_holds_for_what_is_rendered() -> None:
    assert value('{{ print "12345678" }}', max_output_bytes=8) == 12345678.0
    assert value("{{ inputs.list }}", max_output_bytes=1) == [3.0, 1.0, 2.0]
    with pytest.raises(TemplateError) as caught:
        value("é{{ inputs.s }}{{ inputs.s }}", max_output_bytes=9)
    assert caught.value.sub == "output_limit"


def test_the_deterministic_switch_takes_functions_away() -> None:
    with pytest.raises(TemplateError, match='function "now" not defined'):
        value("{{ now }}", deterministic=True)


LISTS = "{{ $x := list 1 1 }}" + "{{ $x = list $x $x }}" * 40
MAPS = '{{ $x := dict "a" inputs.n }}' + '{{ $x = dict "a" $x "b" $x }}' * 40
VAGUE = [
    "{{ now }}",
    "{{ randAlpha 5 }}",
    '{{ date "2006" inputs.n }}',
    "{{ keys inputs }}",
    "{{ range $k := keys inputs }}{{ $k }}{{ end }}",
    "{{ first (values inputs) }}",
    "{{ range 100000000 }}{{ end }}",
    '{{ $x := "aaaa" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}',
    '{{ nindent 999999999 "a" }}',
    '{{ indent 9223372036854775807 "a" }}',
    '{{ join (indent 1000000 "") (splitList "" (indent 1000000 "")) }}',
    f"{LISTS}{{{{ $x }}}}",
    f"{LISTS}{{{{ toJson $x }}}}",
    f"{LISTS}{{{{ values (dict 1 $x 2 $x) }}}}",
    f"{LISTS}{{{{ $x | uniq | len }}}}",
    f"{MAPS}{{{{ toJson $x }}}}",
    '{{ $x := splitList "" (indent 5000 "") }}{{ $y := list $x $x }}{{ range 99 }}{{ $y = append $y $x }}{{ end }}'
    "{{ uniq $y }}",
    "{{ slice inputs.list 0 4 }}",
]


@pytest.mark.parametrize("text", VAGUE)
def test_no_answer_is_better_than_a_guess(text: str) -> None:
    with pytest.raises(UnsupportedError):
        evaluate(text, CONTEXT)


def test_what_does_not_depend_on_chance_is_answered() -> None:
    assert value("{{ keys inputs.m | first }}") == "a"
    assert value("{{ keys inputs | sortAlpha | first }}") == "flag"
    assert value("{{ now | empty | not }}") == "true"
