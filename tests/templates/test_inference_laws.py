"""Laws of abstract evaluation, tried on generated templates, schemas and values.

What the inference calls sure evaluates without a failure and without `<no value>`; what an evaluation yields is an
instance of the inferred type; what is called never there is not there.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.findings import Json
from validator.schemas.validation import is_instance
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate, plan
from validator.templates.inference import Inference, infer_plan
from validator.templates.reach import Oddity, Sink
from validator.templates.types import from_schema, to_schema
from validator.templates.values import from_document, to_document

_LEAVES: dict[str, Json] = {
    "s": {"type": "string"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "u": {"type": ["string", "null"]},
    "e": {"enum": ["x", "y"]},
    "l": {"type": "array", "items": {"type": "string"}, "minItems": 1},
}
_VALUES: dict[str, st.SearchStrategy[Json]] = {
    "s": st.sampled_from(["", "a", "true", "7", "{}"]),
    "n": st.sampled_from([0, 1, 3.5, 1000000]),
    "b": st.booleans(),
    "u": st.sampled_from([None, "", "u"]),
    "e": st.sampled_from(["x", "y"]),
    "l": st.just(["p", "q"]),
}
_FATAL = {Oddity.COMPARISON, Oddity.ARGUMENT, Oddity.ARITY, Oddity.RANGE, Oddity.RELATIVE, Oddity.NULL_IN_TEXT}
_HANDING_ON = ("and ", "coalesce", "default", "or ")
"""Functions that test a value and may hand on a missing one anyway."""
_GUARDED = {Sink.TESTED, Sink.COMPARED, Sink.SWALLOWED}


@st.composite
def _contexts(draw: st.DrawFn) -> tuple[Json, Json]:
    """A schema of `inputs`, two levels deep, and an instance."""

    def level(below: bool) -> tuple[dict[str, Json], dict[str, Json]]:
        schema: dict[str, Json] = {}
        value: dict[str, Json] = {}
        required: list[Json] = []
        for name in draw(st.lists(st.sampled_from("snbuel"), unique=True, max_size=4)):
            schema[name] = _LEAVES[name]
            if draw(st.booleans()):
                required.append(name)
                value[name] = draw(_VALUES[name])
            elif draw(st.booleans()):
                value[name] = draw(_VALUES[name])
        if below and draw(st.booleans()):
            inner, inner_value = level(False)
            schema["o"] = inner
            if draw(st.booleans()):
                required.append("o")
                value["o"] = inner_value
            elif draw(st.booleans()):
                value["o"] = inner_value
        closed: dict[str, Json] = {"additionalProperties": False}
        return {"type": "object", "properties": schema, "required": required, **closed}, value

    schema, value = level(True)
    context: Json = {
        "type": "object",
        "properties": {"inputs": schema},
        "required": ["inputs"],
        "additionalProperties": False,
    }
    return context, {"inputs": value}


_names = st.sampled_from("snbuelz")
_paths = st.one_of(
    _names.map(lambda name: f"inputs.{name}"),
    _names.map(lambda name: f"inputs.o.{name}"),
    _names.map(lambda name: f'(index inputs "{name}")'),
    _names.map(lambda name: f"(inputs.o).{name}"),
)
_literals = st.sampled_from(['"a"', '"x"', "3", "3.5", "true"])
_calls = st.recursive(
    st.one_of(_paths, _literals),
    lambda inner: st.one_of(
        st.builds(
            "({} {})".format, st.sampled_from(["upper", "not", "empty", "exists", "len", "int", "toJson"]), inner
        ),
        st.builds(
            "({} {} {})".format,
            st.sampled_from(["eq", "ne", "gt", "default", "and", "or", "print", "coalesce"]),
            inner,
            inner,
        ),
    ),
    max_leaves=4,
)
_templates = st.recursive(
    st.one_of(_calls.map(lambda call: f"{{{{ {call} }}}}"), st.just("text")),
    lambda inner: st.one_of(
        st.builds("{{{{ if {} }}}}{}{{{{ else }}}}{}{{{{ end }}}}".format, _calls, inner, inner),
        st.builds("{{{{ $v := {} }}}}{{{{ if $v }}}}{}{{{{ $v }}}}{{{{ end }}}}".format, _paths, inner),
        st.builds("{{{{ with {} }}}}{{{{ . }}}}{{{{ end }}}}{}".format, _calls, inner),
        st.builds("{{{{ range $i, $x := {} }}}}{{{{ $x }}}}{{{{ end }}}}{}".format, _paths, inner),
        st.builds("{}{}".format, inner, inner),
        st.builds(
            "{{{{ $v := {} }}}}{{{{ if {} }}}}{{{{ $v = {} }}}}{{{{ end }}}}{}{{{{ $v }}}}".format,
            _calls,
            _calls,
            _calls,
            inner,
        ),
        st.builds(
            "{{{{ $v := {} }}}}{{{{ range inputs.l }}}}{{{{ $v = {} }}}}{{{{ end }}}}{{{{ upper $v }}}}".format,
            _calls,
            _calls,
        ),
    ),
    max_leaves=4,
)


def _inferred(text: str, context: Json) -> Inference | None:
    try:
        return infer_plan(plan(text), text, from_schema(context))
    except (TemplateError, UnsupportedError):
        return None


def _is_sure(inference: Inference) -> bool:
    """Whether nothing that may be missing goes anywhere where that would matter, and nothing else is odd."""
    return all(access.at < 0 or access.sink in _GUARDED for access in inference.accesses) and not any(
        remark.oddity in _FATAL for remark in inference.remarks
    )


@settings(max_examples=examples(200), deadline=None)
@given(_contexts(), _templates)
def test_laws(case: tuple[Json, Json], text: str) -> None:
    context, value = case
    inference = _inferred(text, context)
    if inference is None:
        return
    failure: TemplateError | None = None
    result: Json = None
    try:
        result = to_document(evaluate(text, from_document(value)).value)
    except UnsupportedError:
        return
    except TemplateError as error:
        failure = error
    if failure is not None:
        # A type of several kinds may still be refused: only what may be missing is followed to the end.
        assert not _is_sure(inference) or failure.sub not in ("missing_key", "nil_field"), failure.message
        return
    schema = to_schema(inference.type)
    if not inference.type.missing or result is not None:
        assert is_instance(schema, result, profile="literal"), (schema, result)
    if isinstance(result, str) and "<no value>" in result and not any(name in text for name in _HANDING_ON):
        assert not _is_sure(inference)


@pytest.mark.parametrize("text", ["{{ inputs.z }}", "x{{ inputs.z }}", '{{ default "x" inputs.z }}'])
def test_what_is_never_there_is_said(text: str) -> None:
    context: Json = {
        "type": "object",
        "properties": {"inputs": {"type": "object", "properties": {}, "additionalProperties": False}},
        "required": ["inputs"],
    }
    inference = _inferred(text, context)
    assert inference is not None
    assert inference.accesses[0].never
