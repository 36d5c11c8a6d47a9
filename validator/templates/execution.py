"""Running a parsed template: Go's text/template with `missingkey=zero`, output limit included.

Two kinds of "nothing" are kept apart (templating.md, section 3.2): None, a nil that a chain of fields still holds, on
which a further field is an error; and NOTHING, what a nil becomes after a pipeline, on which a further field is
nothing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from validator.templates import methods, syntax
from validator.templates.catalogue import SIGNATURES, Signature
from validator.templates.clock import Month, Time, Weekday
from validator.templates.errors import LIMITS, CallError, OffloadedError, TemplateError, UnsupportedError
from validator.templates.functions import FUNCTIONS
from validator.templates.gostrings import byte_length, canonical, quote
from validator.templates.printing import text_of
from validator.templates.values import (
    NOTHING,
    Int64,
    JsonNumber,
    StringMap,
    Value,
    is_integer,
    is_true,
    is_vague,
    type_name,
)
from validator.templates.versions import Version
from validator.templates.weights import Weights

_GO_TYPES = {"map[string]any": "map[string]interface {}", "any": "interface {}"}
_EXACT = {"string": str, "bool": bool, "int": int, "float64": float, "map[string]any": dict, "time.Time": Time}
_ORDER_FREE = frozenset(
    {
        *("all", "any", "coalesce", "default", "empty", "exists", "has", "kindIs", "kindOf", "len", "mustHas", "not"),
        *("sample", "sortAlpha", "ternary", "typeIs", "typeIsLike", "typeOf", "type_of"),
    }
)
"""Functions whose result does not depend on the order of a list, or that hand it on as it is."""
_SHALLOW = frozenset({"dig", "get", "hasKey", "index", "len", "mustSlice", "slice"})
"""Functions that look at nothing within the elements: of a large context they cost little."""

_MAX_INCLUDES = 20


class _MissingType:
    """No argument was piped in."""


_MISSING = _MissingType()


class _BreakSignal(Exception):  # noqa: N818 - no error, a way out of a loop
    pass


class _ContinueSignal(Exception):  # noqa: N818 - no error, a way out of a turn
    pass


def execute(
    template: syntax.Template, context: Mapping[str, Value], functions: frozenset[str], max_output_bytes: int = 0
) -> str:
    """The rendered text.

    `functions` are those that exist; a `max_output_bytes` of 0 sets no limit. Raises TemplateError of class `exec` (or
    `offloaded`), and UnsupportedError.
    """
    run = _Execution(template, functions, max_output_bytes)
    try:
        run.render(template.nodes, context)
    except RecursionError:
        raise UnsupportedError("nesting beyond this machine's stack") from None
    return canonical("".join(run.output))


class _Execution:
    """The state of one run: variables, output and what it has cost."""

    def __init__(self, template: syntax.Template, functions: frozenset[str], max_output_bytes: int) -> None:
        self.template = template
        self.functions = functions
        self.max_output_bytes = max_output_bytes
        self.output: list[str] = []
        self.size = 0
        self.steps = 0
        self.weights = Weights()
        self.includes = 0
        self.variables: list[tuple[str, Value]] = []

    def render(self, nodes: tuple[syntax.Node, ...], dot: Value) -> None:
        self.variables = [("$", dot)]
        self.walk(nodes, dot)

    def charge(self, cost: int = 1) -> None:
        self.steps += cost
        if self.steps > LIMITS.steps:
            raise UnsupportedError(f"more than {LIMITS.steps} steps of evaluation")

    def write(self, text: str) -> None:
        length = byte_length(text)
        if self.max_output_bytes and self.size + length > self.max_output_bytes:
            message = (
                f"template output exceeds max bytes "
                f"(current={self.size}, writing={length}, max={self.max_output_bytes})"
            )
            raise TemplateError("exec", "output_limit", message)
        self.size += length
        if self.size > LIMITS.rendered:
            raise UnsupportedError("an output of several megabytes")
        self.output.append(text)

    # Nodes.

    def walk(self, nodes: tuple[syntax.Node, ...], dot: Value) -> None:
        for node in nodes:
            self.charge()
            match node:
                case syntax.Text(text=text):
                    self.write(text)
                case syntax.Action(pipe=pipe):
                    value = self.pipeline(pipe, dot)
                    if not pipe.variables:
                        self.print(value)
                case syntax.If() | syntax.With():
                    self.branch(node, dot)
                case syntax.Range():
                    self.loop(node, dot)
                case syntax.Include():
                    self.include(node, dot)
                case syntax.Break():
                    raise _BreakSignal
                case syntax.Continue():
                    raise _ContinueSignal

    def print(self, value: Value) -> None:
        if is_vague(value):
            raise UnsupportedError(_vague(value))
        self.charge(self.weights.of(value) >> 5)
        self.write("<no value>" if value is NOTHING or value is None else text_of(value))

    def branch(self, node: syntax.If | syntax.With, dot: Value) -> None:
        mark = len(self.variables)
        value = self.pipeline(node.pipe, dot)
        if is_true(value):
            self.walk(node.body, value if isinstance(node, syntax.With) else dot)
        else:
            self.walk(node.orelse, dot)
        del self.variables[mark:]

    def loop(self, node: syntax.Range, dot: Value) -> None:
        mark = len(self.variables)
        value = self.pipeline(node.pipe, dot)
        turned = False
        try:
            for index, element in self.elements(node, value):
                turned = True
                self.charge()
                self.turn(node, index, element)
        except _BreakSignal:
            pass
        if not turned:
            self.walk(node.orelse, dot)
        del self.variables[mark:]

    def elements(self, node: syntax.Range, value: Value) -> Iterator[tuple[Value, Value]]:
        """Index (or key) and element of each turn."""
        if is_vague(value):
            raise UnsupportedError(_vague(value))
        if value is NOTHING or value is None:
            return
        if isinstance(value, dict):
            for key in sorted(value):
                yield key, value[key]
        elif isinstance(value, list):
            yield from enumerate(list(value))
        elif is_integer(value):
            if len(node.pipe.variables) > 1:
                raise self.error(
                    "range_type", f"can't use {text_of(value)} to iterate over more than one variable", node.pipe
                )
            for number in range(value):
                yield NOTHING, type(value)(number)
        else:
            raise self.error("range_type", f"range can't iterate over {text_of(value)}", node.pipe)

    def turn(self, node: syntax.Range, index: Value, element: Value) -> None:
        pipe = node.pipe
        names = pipe.variables
        if pipe.assigns:
            for name, value in zip(names, (element,) if len(names) == 1 else (index, element), strict=True):
                self.assign(name, value, pipe)
        elif names:
            self.variables[-1] = (names[-1], element)
            if len(names) > 1:
                self.variables[-2] = (names[0], index)
        mark = len(self.variables)
        with suppress(_ContinueSignal):
            self.walk(node.body, element)
        del self.variables[mark:]

    def include(self, node: syntax.Include, dot: Value) -> None:
        nodes = self.template.definitions.get(node.name)
        if nodes is None:
            raise self.error("other", f"template {quote(node.name)} not defined", node)
        self.includes += 1
        if self.includes > _MAX_INCLUDES:
            raise UnsupportedError(f"templates within each other, {_MAX_INCLUDES} deep")
        value = self.pipeline(node.pipe, dot) if node.pipe else NOTHING
        outer = self.variables
        self.render(nodes, value)
        self.variables = outer
        self.includes -= 1

    # Pipelines.

    def error(self, sub: str, message: str, node: Any) -> TemplateError:
        return TemplateError("exec", sub, message, node.start, node.end)

    def assign(self, name: str, value: Value, node: Any) -> None:
        for at in range(len(self.variables) - 1, -1, -1):
            if self.variables[at][0] == name:
                self.variables[at] = (name, value)
                return
        raise self.error("other", f"undefined variable: {name}", node)

    def variable(self, name: str, node: Any) -> Value:
        for known, value in reversed(self.variables):
            if known == name:
                return value
        raise self.error("other", f"undefined variable: {name}", node)

    def pipeline(self, pipe: syntax.Pipeline, dot: Value) -> Value:
        value: Value = _MISSING
        for command in pipe.commands:
            value = self.command(command, dot, value)
            if value is None:
                value = NOTHING
        for name in pipe.variables:
            if pipe.assigns:
                self.assign(name, value, pipe)
            else:
                self.variables.append((name, value))
        return value

    def command(self, command: syntax.Command, dot: Value, final: Value) -> Value:
        self.charge()
        first, *args = command.args
        match first:
            case syntax.Function():
                return self.function(first, command, args, dot, final)
            case syntax.Field() | syntax.Chain() | syntax.Variable(path=(_, *_)):
                return self.operand(first, dot, args, final)
        if args or final is not _MISSING:
            raise self.error("not_function", f"can't give argument to non-function {_shown(first)}", first)
        if isinstance(first, syntax.Nil):
            raise self.error("other", "nil is not a command", first)
        return self.operand(first, dot)

    def operand(self, node: syntax.Operand, dot: Value, args: Any = (), final: Value = _MISSING) -> Value:
        """The value of an operand; a path may end in a method that takes arguments."""
        match node:
            case syntax.Field(path=path):
                return self.fields(dot, path, node, dot, args, final)
            case syntax.Variable(name=name, path=path):
                value = self.variable(name, node)
                return self.fields(value, path, node, dot, args, final) if path else value
            case syntax.Chain(operand=inner, path=path):
                if isinstance(inner, syntax.Nil):
                    raise self.error("other", "indirection through explicit nil", node)
                return self.fields(self.operand(inner, dot), path, node, dot, args, final)
            case syntax.Pipeline():
                return self.pipeline(node, dot)
            case syntax.Function():
                return self.function(node, node, (), dot, _MISSING)
            case syntax.Dot():
                return dot
            case syntax.Bool(value=value) | syntax.String(value=value):
                return value
            case syntax.Number():
                return self.constant(node)
            case syntax.Nil():
                return None

    def constant(self, node: syntax.Number) -> Value:
        """A literal where no type is asked for: its spelling tells."""
        text = node.text
        if node.complex_value is not None:
            return node.complex_value
        is_hex_int = text[:2] in ("0x", "0X") and len(text) > 2 and not any(c in text for c in "pP")
        if node.float_value is not None and not is_hex_int and text[0] != "'" and any(c in text for c in ".eEpP"):
            return node.float_value
        if node.int_value is not None:
            return node.int_value
        raise self.error("other", f"{text} overflows int", node)

    def fields(
        self, value: Value, path: tuple[str, ...], node: Any, dot: Value, args: Any = (), final: Value = _MISSING
    ) -> Value:
        for name in path[:-1]:
            value = self.field(value, name, node, dot, (), _MISSING)
        return self.field(value, path[-1], node, dot, args, final)

    def field(self, value: Value, name: str, node: Any, dot: Value, args: Any, final: Value) -> Value:
        if value is NOTHING:
            return NOTHING
        if value is None:
            raise self.error("nil_field", f"nil pointer evaluating interface {{}}.{name}", node)
        if isinstance(value, dict):
            if args or final is not _MISSING:
                raise self.error("not_function", f"{name} is not a method but has arguments", node)
            return value.get(name, "" if isinstance(value, StringMap) else None)
        if isinstance(value, (Time, Version, Month, Weekday, JsonNumber)):
            return self.method(value, name, node, dot, args, final)
        raise self.error("bad_field", f"can't evaluate field {name} in type {type_name(value)}", node)

    def method(self, value: Any, name: str, node: Any, dot: Value, args: Any, final: Value) -> Value:
        """A method of one of Go's own types; what it has and we do not know is unsupported."""
        if is_vague(value):
            raise UnsupportedError(_vague(value))
        found = methods.find(value, name)
        if found is None:
            if methods.is_hidden_field(value, name):
                message = f"{name} is an unexported field of struct type {type_name(value)}"
                raise self.error("other", message, node)
            raise self.error("bad_field", f"can't evaluate field {name} in type {type_name(value)}", node)
        params, body = found
        count = len(args) + (final is not _MISSING)
        if count != len(params):
            raise self.error("arg_count", f"wrong number of args for {name}: want {len(params)} got {count}", node)
        values = [self.argument(arg, param, dot) for arg, param in zip(args, params, strict=False)]
        if final is not _MISSING:
            values.append(self.checked(final, params[-1], node))
        return body(value, *values)

    # Functions.

    def function(self, name: syntax.Function, node: Any, args: Any, dot: Value, final: Value) -> Value:
        signature = SIGNATURES[name.name]
        count = len(args) + (final is not _MISSING)
        fixed = len(signature.params) - signature.variadic
        if count < fixed or (count > fixed and not signature.variadic):
            least = "at least " if signature.variadic else ""
            got = len(args) if signature.variadic else count
            message = f"wrong number of args for {name.name}: want {least}{fixed} got {got}"
            raise self.error("arg_count", message, name)
        if name.name in ("and", "or"):
            return self.short_circuit(name.name == "or", args, dot, final)
        values = [self.argument(arg, signature.param(index), dot) for index, arg in enumerate(args)]
        if final is not _MISSING:
            values.append(self.checked(final, signature.param(len(args)), node))
        return self.call(signature, values, node)

    def call(self, signature: Signature, values: list[Value], node: Any) -> Value:
        name = signature.name
        body = FUNCTIONS.get(name)
        if body is None:
            raise UnsupportedError(f"{name} depends on chance or on the clock")
        for value in values:
            if isinstance(value, (list, dict, str)):
                self.charge((len(value) if name in _SHALLOW else self.weights.of(value)) >> 5)
            if is_vague(value) and name not in _ORDER_FREE:
                raise UnsupportedError(f"{name} of {_vague(value)}")
        try:
            result = body(*values)
        except CallError as error:
            raise self.error("call_error", f"error calling {name}: {error}", node) from None
        except OffloadedError as error:
            message = f"error calling {name}: offloaded data usage detected: {error}"
            raise TemplateError("offloaded", "offloaded", message, node.start, node.end) from None
        if type(result) is str:
            if len(result) > LIMITS.rendered:
                raise UnsupportedError("a text of several megabytes")
            return canonical(result)
        self.weights.of(result)
        # One word of Go's, one of Python's: what is declared int64 but counted by Python.
        return Int64(result) if signature.returns == "int64" and type(result) is int else result

    def short_circuit(self, stop: bool, args: Any, dot: Value, final: Value) -> Value:
        value: Value = NOTHING
        for arg in args:
            value = self.argument(arg, "any", dot)
            if is_true(value) == stop:
                return value
        return value if final is _MISSING else final

    def argument(self, node: syntax.Operand, wanted: str, dot: Value) -> Value:
        """An argument, checked against the parameter's Go type; nil of every kind comes out as None."""
        if wanted == "any":
            value = self.operand(node, dot)
            return None if value is NOTHING else value
        match node:
            case syntax.Nil():
                if wanted == "map[string]any":
                    return None
                raise self.error("other", f"cannot assign nil to {_go_type(wanted)}", node)
            case syntax.Bool() | syntax.Number() | syntax.String():
                return self.literal(node, wanted)
        return self.checked(self.operand(node, dot), wanted, node)

    def literal(self, node: syntax.Bool | syntax.Number | syntax.String, wanted: str) -> Value:
        match wanted, node:
            case "string", syntax.String(value=text):
                return text
            case "bool", syntax.Bool(value=truth):
                return truth
            case "int", syntax.Number(int_value=int() as number):
                return number
            case "float64", syntax.Number(float_value=float() as number):
                return number
        if wanted in ("map[string]any", "time.Time"):
            raise self.error("other", f"can't handle {_shown(node)} for arg of type {_go_type(wanted)}", node)
        expected = {"int": "integer", "float64": "float"}.get(wanted, wanted)
        raise self.error("arg_type", f"expected {expected}; found {_shown(node)}", node)

    def checked(self, value: Value, wanted: str, node: Any) -> Value:
        if wanted == "any":
            return None if value is NOTHING else value
        if type(value) is _EXACT[wanted] or (wanted == "time.Time" and isinstance(value, Time)):
            return value
        if value is NOTHING:
            if wanted == "map[string]any":
                return None
            raise self.error("arg_type", f"invalid value; expected {_go_type(wanted)}", node)
        got = "interface {}" if value is None else type_name(value)
        raise self.error("arg_type", f"wrong type for value; expected {_go_type(wanted)}; got {got}", node)


def _vague(value: Value) -> str:
    return "the current time" if isinstance(value, Time) else "a map's keys or values, whose order Go shuffles"


def _go_type(name: str) -> str:
    return _GO_TYPES.get(name, name)


def _shown(node: syntax.Operand) -> str:
    match node:
        case syntax.String(source=source):
            return source
        case syntax.Number(text=text):
            return text
        case syntax.Bool(value=value):
            return "true" if value else "false"
        case syntax.Dot():
            return "."
        case syntax.Variable(name=name):
            return name
        case _:
            return "value"
