"""What the admission webhook says of a template: the roots and functions a scope allows, and some banned words.

The webhook follows neither dot nor variables (templating.md, sections 2.1, 8 and 10): what it lets through is not
proven right, but what it refuses never gets into a cluster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from validator.templates import syntax
from validator.templates.catalogue import ALL_FUNCTIONS, SIGNATURES
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import TEMPLATE_KEY
from validator.templates.jsontext import decode
from validator.templates.normalise import ROOTS, normalise
from validator.templates.parser import parse
from validator.templates.values import Value

MAX_JSON_BYTES = 1 << 20
"""Longer JSON is refused without a look at it."""

_RANDOM = frozenset(name for name, signature in SIGNATURES.items() if not signature.deterministic and name != "now")
_BANNED = re.compile(r"\b(env|expandenv|getHostByName)\b", re.ASCII)
_ACCESSORS = ("index", "get")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a field of a Story may use."""

    name: str
    roots: frozenset[str]
    now: bool = True
    random: bool = True
    range: bool = True

    @property
    def functions(self) -> frozenset[str]:
        """The names that exist here."""
        return ALL_FUNCTIONS - (frozenset() if self.now else {"now"}) - (frozenset() if self.random else _RANDOM)


SCOPES = {
    scope.name: scope
    for scope in (
        Scope("batch-runtime", frozenset({"inputs", "steps"})),
        Scope("realtime-static", frozenset({"inputs"}), now=False, random=False),
        Scope("realtime-runtime", frozenset({"inputs", "steps", "packet"})),
        Scope("no-range", frozenset({"inputs", "steps"}), range=False),
    )
}
"""The scopes by name: three real ones (templating.md, section 8) and one that shows the ban on ranges."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why the webhook refuses a template. `start` and `end` are offsets into the raw text, or -1."""

    message: str
    start: int = -1
    end: int = -1
    path: str = "$"
    """Where in a JSON document the template stands, as the webhook writes it: `$.a.b[1]`."""


def check(text: str, scope: Scope) -> tuple[Refusal, ...]:
    """Everything that the webhook says against a template string; empty when it is accepted.

    Raises UnsupportedError beyond our limits.
    """
    refusals = list(_check_string(text, scope, "$"))
    banned = banned_word(text)
    if banned:
        refusals.append(_ban(banned))
    return tuple(refusals)


def check_parsed(text: str, template: syntax.Template, scope: Scope) -> tuple[Refusal, ...]:
    """As `check`, for a text that somebody has parsed already with functions that may not all exist in the scope."""
    if not template.functions <= scope.functions:
        return check(text, scope)
    refusals = [Refusal(message, node.start, node.end) for message, node in _check_nodes(template.nodes, scope)]
    banned = banned_word(text)
    if banned:
        refusals.append(_ban(banned))
    return tuple(refusals)


def check_json(text: str, scope: Scope) -> tuple[Refusal, ...]:
    """The same for the raw JSON of a `with`: every string in it, and the word ban on the text as a whole."""
    if not text:
        return ()
    refusals: list[Refusal] = []
    if len(text.encode("utf-8", "surrogatepass")) > MAX_JSON_BYTES:
        message = f"template JSON exceeds max validation size of {MAX_JSON_BYTES} bytes"
        refusals.append(Refusal(message))
    else:
        try:
            refusals.extend(_check_value(decode(text), scope, "$"))
        except json.JSONDecodeError as error:
            refusals.append(Refusal(f"invalid JSON: {error}", error.pos, error.pos + 1))
        except ValueError as error:
            refusals.append(Refusal(f"invalid JSON: {error}"))
        except RecursionError:
            raise UnsupportedError("deeply nested JSON") from None
    banned = banned_word(text)
    if banned:
        refusals.append(_ban(banned))
    return tuple(refusals)


def banned_word(text: str) -> re.Match[str] | None:
    """The first of the words `env`, `expandenv`, `getHostByName` between `{{` and the next `}}`, even in a string."""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        end = text.find("}}", start + 2)
        if end < 0:
            return None
        # A span of its own, so that a word's boundary is seen at the braces.
        match = _BANNED.search(text, start + 2, end)
        if match:
            return match
        at = end + 2
    return None


def _ban(match: re.Match[str]) -> Refusal:
    return Refusal(f"template expression uses disallowed function '{match[1]}'", match.start(), match.end())


def _check_value(value: Value, scope: Scope, path: str) -> Iterator[Refusal]:
    if isinstance(value, str):
        yield from _check_string(value, scope, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_value(item, scope, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == TEMPLATE_KEY and not isinstance(item, str):
                yield Refusal("must be a string", path=f"{path}.{key}")
            else:
                yield from _check_value(item, scope, f"{path}.{key}")


def _check_string(text: str, scope: Scope, path: str) -> Iterator[Refusal]:
    if "{{" not in text:
        return
    normalised = normalise(text)
    try:
        template = parse(normalised.text, scope.functions, "validate", normalised.offsets)
    except TemplateError as error:
        yield Refusal(error.message, error.start, error.end, path)
        return
    for message, node in _check_nodes(template.nodes, scope):
        yield Refusal(message, node.start, node.end, path)


_Complaint: TypeAlias = tuple[str, syntax.Node | syntax.Operand | syntax.Command]
_DOT = "."
"""Stands for dot where the name of a root is asked."""


def _check_nodes(nodes: tuple[syntax.Node, ...], scope: Scope) -> Iterator[_Complaint]:
    for node in nodes:
        match node:
            case syntax.Action(pipe=pipe):
                yield from _check_pipe(pipe, scope)
            case syntax.If() | syntax.With() | syntax.Range():
                if isinstance(node, syntax.Range) and not scope.range:
                    yield f"range is not allowed for {scope.name} templates", node.pipe
                yield from _check_pipe(node.pipe, scope)
                yield from _check_nodes(node.body, scope)
                yield from _check_nodes(node.orelse, scope)
            case syntax.Include(name=name):
                yield f"template inclusion is not supported ({name})", node


def _check_pipe(pipe: syntax.Pipeline, scope: Scope) -> Iterator[_Complaint]:
    for command in pipe.commands:
        match command.args:
            case (syntax.Function(name="index" | "get" | "dig"), *_):
                root = _root_of_call(command.args)
                if root is not None:
                    yield from _check_root(root, scope, command)
        for arg in command.args:
            match arg:
                case syntax.Field(path=path):
                    yield from _check_root(path[0], scope, arg)
                case syntax.Chain():
                    root = None if isinstance(arg.operand, syntax.Variable) else _root(arg.operand)
                    if root is not None:
                        yield from _check_root(arg.path[0] if root in ("", _DOT) else root, scope, arg)
                case syntax.Pipeline():
                    yield from _check_pipe(arg, scope)


def _check_root(root: str, scope: Scope, node: syntax.Operand | syntax.Command) -> Iterator[_Complaint]:
    if root not in ROOTS:
        yield f"unknown context '{root}' is not allowed for {scope.name} templates", node
    elif root not in scope.roots:
        yield f"context '{root}' is not allowed for {scope.name} templates", node


def _root_of_call(args: tuple[syntax.Operand, ...]) -> str | None:
    """The root that `index ROOT …`, `get ROOT …` or `dig … ROOT` reads, None when it cannot be told."""
    function, *rest = args
    if not rest or not isinstance(function, syntax.Function):
        return None
    root = _root(rest[0] if function.name in _ACCESSORS else rest[-1])
    if root != _DOT:
        return root or None
    match rest[1:2] if function.name in _ACCESSORS else rest[:1]:
        case [syntax.String(value=value)]:
            return value
    return None


def _root(node: syntax.Operand) -> str | None:
    """The root that an operand starts from, None when it cannot be told."""
    match node:
        case syntax.Field(path=path):
            return path[0]
        case syntax.Dot():
            return _DOT
        case syntax.Chain(operand=syntax.Pipeline() as inner):
            return _root(inner)
        case syntax.Pipeline(commands=(command, *_)):
            match command.args:
                case (syntax.Function(name="index" | "get" | "dig"), *_):
                    return _root_of_call(command.args)
                case (first, *_):
                    return _root(first)
    return None
