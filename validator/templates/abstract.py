"""The walk of abstract evaluation: the evaluator's (`execution.py`), with types for values.

Every branch is taken, loops turn once, and a test narrows what follows it. Source: templating.md, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from validator.findings import Json
from validator.templates import syntax
from validator.templates.call_remarks import remarks_on
from validator.templates.catalogue import SIGNATURES, OnMissing
from validator.templates.constants import only_value
from validator.templates.inferred_calls import CONSUMERS, call_type
from validator.templates.lookups import Lookup, Presence, item_type, look_up
from validator.templates.lookups import established as confirmed
from validator.templates.narrowing import Paths, established, path_of
from validator.templates.normalise import ROOTS
from validator.templates.operands import Call, Operand, constant
from validator.templates.reach import Access, Oddity, Remark, Sink
from validator.templates.types import NOTHING, STRING, Alternative, Type, scalar, union
from validator.templates.variables import Variables, assigned

_NO_OWNER = Type()
_HARMLESS = (Sink.DROPPED, Sink.TESTED, Sink.COMPARED)


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found on the way through a template."""

    printed: tuple[Type, ...]
    """What each printing action prints, in order; branches that exclude each other one after the other."""
    accesses: tuple[Access, ...]
    remarks: tuple[Remark, ...]


def walk(nodes: Sequence[syntax.Node], text: str, context: Type, known: Paths, mode: str) -> Walk:
    """Walk over a template's nodes; `text` is the raw text, `mode` the one in which the platform evaluates it."""
    walker = _Walker(text, context, known, mode)
    walker.walk(nodes, walker.root)
    return Walk(tuple(value.type for value in walker.printed), walker.finished(), tuple(walker.remarks))


@dataclass(slots=True)
class _Walked:
    """Where names lead from a value; the fields are those of `Access`."""

    type: Type
    at: int = -1
    lookup: Lookup | None = None
    owner: Type = _NO_OWNER
    spelling: str = "dotted"
    sink: Sink = Sink.DROPPED

    @property
    def is_lost(self) -> bool:
        """Whether a name on the way leads to nothing for sure."""
        return self.at >= 0 and self.lookup is not None and self.lookup.never


class _Walker:
    """One walk over a template: variables, what tests have established, and what was found."""

    def __init__(self, text: str, context: Type, known: Paths, mode: str) -> None:
        self.text = text
        self.mode = mode
        self.root = Operand(context, path=(), varies=True)
        self.known = known
        self.variables = Variables(self.root)
        self.accesses: list[Access] = []
        self.extended: set[int] = set()
        """Accesses that a longer one has taken in."""
        self.remarks: list[Remark] = []
        self.printed: list[Operand] = []
        self.depth = 0

    def finished(self) -> tuple[Access, ...]:
        return tuple(
            access
            for index, access in enumerate(self.accesses)
            if index not in self.extended or access.sink is not Sink.DROPPED
        )

    @contextmanager
    def assuming(self, paths: Paths) -> Iterator[None]:
        known = self.known
        self.known = known | paths
        self.depth += 1
        with self.variables.scope():
            yield
        self.depth -= 1
        self.known = known

    # Nodes.

    def walk(self, nodes: Sequence[syntax.Node], dot: Operand) -> None:
        for index, node in enumerate(nodes):
            match node:
                case syntax.Action(pipe=pipe):
                    value = self.pipeline(pipe, dot)
                    if not pipe.variables:
                        self.show(value)
                case syntax.If():
                    self.sink(self.pipeline(node.pipe, dot), Sink.TESTED, "if")
                    otherwise = self.branches(node, dot, dot)
                    if node.body and isinstance(node.body[-1], syntax.Break | syntax.Continue):
                        with self.assuming(otherwise):  # the rest of this turn of the loop
                            self.walk(nodes[index + 1 :], dot)
                        return
                case syntax.With():
                    value = self.pipeline(node.pipe, dot)
                    self.sink(value, Sink.TESTED, "with")
                    inner = replace(value, type=value.type.present.without("null"), access=-1, nil=False)
                    self.branches(node, inner, dot)
                case syntax.Range():
                    self.loop(node, dot)
                case _:
                    pass

    def branches(self, node: syntax.If | syntax.With, inner: Operand, dot: Operand) -> Paths:
        """Both branches, and what the second one may rely on."""
        then = established(node.pipe, truth=True, resolve=self.way)
        otherwise = established(node.pipe, truth=False, resolve=self.way)
        before = self.variables.state()
        with self.assuming(then):
            self.walk(node.body, inner)
        after = self.variables.state()
        self.variables.restore(before)
        with self.assuming(otherwise):
            self.walk(node.orelse, dot)
        self.variables.join(after)
        return otherwise

    def loop(self, node: syntax.Range, dot: Operand) -> None:
        pipe = node.pipe
        value = self.commands(pipe, dot)
        self.sink(value, Sink.TESTED, "range")
        if value.type.only("string", "number", "boolean") and not _counts(value.type):
            self.remark(Oddity.RANGE, pipe, type=_named(value.type))
        place = (f"element {pipe.start}",)
        element = Operand(
            item_type(value.type),
            from_context=value.from_context,
            varies=value.varies,
            start=pipe.start,
            end=pipe.end,
            place=place,
        )
        self.variables.change([*assigned((node,))])
        with self.assuming(frozenset()):
            if pipe.variables and not pipe.assigns:
                key = Operand(scalar("number", "int") if not value.type.only("object") else STRING)
                named = (element,) if len(pipe.variables) == 1 else (key, element)
                for name, each in zip(pipe.variables, named, strict=True):
                    self.variables.declare(name, each)
            self.walk(node.body, element)
        with self.assuming(frozenset()):
            self.walk(node.orelse, dot)

    def show(self, value: Operand) -> None:
        """A value is printed, or is the result of a direct path."""
        self.printed.append(value)
        if self.mode == "path":
            self.sink(value, Sink.WHOLE)
            return
        self.sink(value, Sink.PRINTED)
        if self.mode == "text" or value.type.only("object") or value.type.only("array", "object"):
            self.note_printing(value)

    def note_printing(self, value: Operand) -> None:
        if value.type.unknown:
            return
        for alternative in value.type.alternatives:
            kind = alternative.kind
            if kind == "number" and alternative.go == "float64" and value.from_context:
                self.remark(Oddity.NUMBER_IN_TEXT, value, schema=_bounds(alternative))
            elif kind in ("array", "object"):
                self.remark(Oddity.COLLECTION_IN_TEXT, value, kind=kind, certain=value.type.only("array", "object"))
            elif kind == "null":
                self.remark(Oddity.NULL_IN_TEXT, value)

    # Values.

    def pipeline(self, pipe: syntax.Pipeline, dot: Operand) -> Operand:
        value = self.commands(pipe, dot)
        if not pipe.variables:
            return value
        named = replace(value, nil=False, place=value.place or (f"value {pipe.start}",))
        for name in pipe.variables:
            if not pipe.assigns:
                self.variables.declare(name, named)
            elif not self.variables.assign(name, named):
                self.remarks.append(Remark(Oddity.UNDECLARED, pipe.start, pipe.start + len(name), {"name": name}))
        return value

    def commands(self, pipe: syntax.Pipeline, dot: Operand) -> Operand:
        value: Operand | None = None
        for command in pipe.commands:
            value = self.command(command, dot, value)
        assert value is not None
        if len(pipe.commands) > 1:
            value = replace(value, nil=False)
        return value

    def command(self, command: syntax.Command, dot: Operand, piped: Operand | None) -> Operand:
        first, *rest = command.args
        if isinstance(first, syntax.Function):
            return self.call(first, rest, dot, piped, command)
        value = self.operand(first, dot)
        for extra in rest:
            self.operand(extra, dot)
        if piped is not None or rest:
            return Operand(Type(unknown="the result of a method"), start=command.start, end=command.end)
        return value

    def operand(self, node: syntax.Operand, dot: Operand) -> Operand:
        match node:
            case syntax.Field():
                if self.depth and dot is not self.root:
                    return self.relative(node, dot)
                return self.reach(dot, node.path, node.spans, node)
            case syntax.Variable():
                base = self.variables.get(node.name)
                never = base.access >= 0 and self.accesses[base.access].never
                if base.way and base.way in self.known and not (node.path and never):
                    base = replace(base, type=base.type.present.without("null"), access=-1, nil=True)
                here = replace(base, start=node.start, end=node.end)
                return self.reach(here, node.path, node.spans, node) if node.path else here
            case syntax.Chain():
                inner = self.operand(node.operand, dot)
                return self.reach(replace(inner, nil=False), node.path, node.spans, node)
            case syntax.Pipeline():
                value = self.pipeline(node, dot)
                return replace(value, nil=False, start=node.start, end=node.end)
            case syntax.Dot():
                return replace(dot, start=node.start, end=node.end)
            case syntax.Function():
                return self.call(node, [], dot, None, node)
            case _:
                return constant(node)

    def relative(self, node: syntax.Field, dot: Operand) -> Operand:
        """A field within `range` or `with`: of dot, whatever the author thinks (templating.md, section 3.2)."""
        rooted = node.path[0] in ROOTS and self.text[node.start : node.start + 1] != "."
        if rooted:
            lookup = look_up(dot.type, node.path[0])
            if not dot.type.unknown and lookup.never:
                self.remark(Oddity.RELATIVE, node, root=node.path[0])
                return Operand(Type(unknown="dot is another value here"), start=node.start, end=node.end)
            if dot.type.unknown:
                return Operand(Type(unknown="dot is another value here"), start=node.start, end=node.end)
        return self.reach(dot, node.path, node.spans, node)

    def reach(
        self,
        base: Operand,
        names: Sequence[str],
        spans: Sequence[tuple[int, int]],
        node: syntax.Operand | syntax.Command,
        spelling: str = "dotted",
    ) -> Operand:
        """Follow names from a value: one access, which takes in the one that led to the value."""
        path = None if base.path is None else (*base.path, *names)
        place = None if base.place is None else (*base.place, *names)
        before = self.accesses[base.access] if base.access >= 0 else None
        earlier_names: tuple[str, ...] = before.names if before else ()
        earlier_spans = before.spans if before else ()
        if path is None or (before is None and base.path):
            earlier_names = base.path or ()
            earlier_spans = tuple((node.start, node.start) for _ in earlier_names)
        walked = self.follow(base, names, before, len(earlier_names), spelling)
        access = Access(
            names=(*earlier_names, *names),
            spans=(*earlier_spans, *spans),
            start=min(base.start, node.start) if before else node.start,
            end=node.end,
            at=walked.at,
            lookup=walked.lookup,
            owner=walked.owner,
            type=walked.type,
            sink=Sink.DROPPED if self.mode == "path" else walked.sink,
            rooted=path is not None,
            spelling=walked.spelling,
        )
        if path is None and walked.at < 0:
            return replace(
                base, type=walked.type, path=None, access=-1, start=node.start, end=node.end, nil=True, place=place
            )
        if base.access >= 0:
            self.extended.add(base.access)
        self.accesses.append(access)
        return Operand(
            walked.type,
            path=path,
            access=len(self.accesses) - 1,
            from_context=base.path is not None or base.from_context,
            varies=base.varies,
            start=access.start,
            end=access.end,
            nil=spelling == "dotted",
            place=place,
        )

    def follow(
        self, base: Operand, names: Sequence[str], before: Access | None, earlier: int, spelling: str
    ) -> _Walked:
        """Look each name up in what the one before it gives; `earlier` names led to the value."""
        walked = _Walked(base.type, spelling=spelling)
        if before is not None:
            spelled = before.spelling if before.at >= 0 else spelling
            walked = _Walked(base.type, before.at, before.lookup, before.owner, spelled)
        # Asked of nothing: an error within one chain, nothing again across parentheses and variables. `dig` gives its
        # default where a key on the way is missing.
        lenient = spelling == "dig" or (before is not None and before.at >= 0 and not base.nil)
        for index, name in enumerate(names):
            if walked.at >= 0 and not lenient:
                walked.sink = Sink.FIELD
            if walked.is_lost:
                walked.type = NOTHING
                continue
            owner = walked.type.present
            found = self.look_up(owner, name, base.way, names[: index + 1])
            if found.never or (walked.at < 0 and found.sometimes):
                sink = Sink.FIELD if found.never and Presence.NO_OBJECT in found.presences else walked.sink
                walked = _Walked(found.type, earlier + index, found, owner, spelling, sink)
            walked.type = found.type
        if walked.at >= 0:
            walked.type = replace(walked.type, missing=True)
        return walked

    def look_up(self, owner: Type, name: str, way: tuple[str, ...] | None, names: Sequence[str]) -> Lookup:
        """A field, which is there for sure where a test has established its way."""
        found = look_up(owner, name)
        is_known = way is not None and (*way, *names) in self.known
        return confirmed(found) if is_known and not found.never else found

    def sink(self, value: Operand, sink: Sink, consumer: str = "") -> None:
        """Tell what becomes of a value: the first consumer counts, and one that it harms more than a test does."""
        if value.access < 0:
            return
        access = self.accesses[value.access]
        if access.sink is Sink.DROPPED or (access.sink in _HARMLESS and sink not in _HARMLESS):
            self.accesses[value.access] = replace(access, sink=sink, consumer=consumer)

    def way(self, node: syntax.Operand) -> tuple[str, ...] | None:
        """The canonical way that an operand takes into the context; None when it takes none."""
        return path_of(node, self.variables.ways())

    def remark(self, oddity: Oddity, node: object, **facts: object) -> None:
        start, end = getattr(node, "start", -1), getattr(node, "end", -1)
        self.remarks.append(Remark(oddity, start, end, dict(facts)))  # type: ignore[arg-type]

    # Calls.

    def call(
        self,
        function: syntax.Function,
        rest: Sequence[syntax.Operand],
        dot: Operand,
        piped: Operand | None,
        node: syntax.Command | syntax.Function,
    ) -> Operand:
        name = function.name
        arguments: list[Operand] = []
        known = self.known
        for argument in rest:
            arguments.append(self.operand(argument, dot))
            if name in ("and", "or"):
                self.known = self.known | established(argument, truth=name == "and", resolve=self.way)
        self.known = known
        if piped is not None:
            arguments.append(piped)
        if name in ("index", "get", "hasKey") and (reached := self.subscript(name, rest, arguments, node)) is not None:
            return reached
        if name == "dig" and (reached := self.dug(rest, arguments, node)) is not None:
            return reached
        if name in ("pick", "omit"):
            self.picked(name, rest, arguments[0] if arguments else None, node)
        call = Call(name, tuple(arguments), tuple(rest), piped is not None, node.start, node.end)
        for index, value in enumerate(arguments):
            self.sink(value, *self.consumption(call, index))
        self.remarks += remarks_on(call, function)
        if name in CONSUMERS["printing"]:
            for value in arguments:
                self.note_printing(value)
        varies = any(argument.varies for argument in arguments)
        place = self.element(name, rest, arguments)
        return Operand(call_type(call), varies=varies, start=node.start, end=node.end, place=place)

    @staticmethod
    def element(name: str, rest: Sequence[syntax.Operand], arguments: Sequence[Operand]) -> tuple[str, ...] | None:
        """What tests of `index list 0` are known by: the same element wherever it is written."""
        numbers = [node.text for node in rest[1:] if isinstance(node, syntax.Number)]
        if name != "index" or not numbers or len(numbers) != len(rest) - 1 or len(rest) != len(arguments):
            return None
        way = arguments[0].way
        return None if way is None else (*way, *numbers)

    def subscript(
        self,
        name: str,
        rest: Sequence[syntax.Operand],
        arguments: Sequence[Operand],
        node: syntax.Command | syntax.Function,
    ) -> Operand | None:
        """`index x "key"`, `get x "key"` and `hasKey x "key"` reach for a field, however the key is put together."""
        names = [key for key in map(only_value, arguments[1:]) if isinstance(key, str)]
        if (
            len(rest) != len(arguments)
            or not names
            or len(names) != len(rest) - 1
            or (name != "index" and len(names) != 1)
        ):
            return None
        base = arguments[0]
        if base.type.only("array", "string", "number", "boolean") and name == "index":
            return None
        spans = [(key.start, key.end) for key in rest[1:]]
        reached = self.reach(base, names, spans, node, name)
        if name == "index":
            return reached
        if name == "hasKey":
            self.sink(reached, Sink.TESTED, name)
            return Operand(scalar("boolean"), varies=base.varies, start=node.start, end=node.end)
        self.sink(reached, Sink.SWALLOWED, name)
        type_ = union((reached.type.present, STRING)) if reached.type.missing else reached.type
        return replace(reached, type=type_, access=-1, path=None, from_context=True)

    def picked(
        self,
        name: str,
        rest: Sequence[syntax.Operand],
        base: Operand | None,
        node: syntax.Command | syntax.Function,
    ) -> None:
        """`pick x "key"` leaves out what is missing, and `omit` too: worth a word where nothing declares the key."""
        for key in rest[1:]:
            if base is not None and isinstance(key, syntax.String):
                found = look_up(base.type.present, key.value)
                if found.never and found.presences <= {Presence.CLOSED, Presence.UNDECLARED, Presence.NULL}:
                    reached = self.reach(base, [key.value], [(key.start, key.end)], node, "get")
                    self.sink(reached, Sink.SWALLOWED, name)

    def dug(
        self, rest: Sequence[syntax.Operand], arguments: Sequence[Operand], node: syntax.Command | syntax.Function
    ) -> Operand | None:
        """`dig "a" "b" default x` reaches for a field in depth, and has a default for what is missing."""
        keys = rest[: len(arguments) - 2]
        names = [key.value for key in keys if isinstance(key, syntax.String)]
        if len(arguments) < 3 or len(names) != len(keys):
            return None
        reached = self.reach(arguments[-1], names, [(key.start, key.end) for key in keys], node, "dig")
        never = reached.access >= 0 and self.accesses[reached.access].never
        self.sink(reached, Sink.SWALLOWED if never else Sink.TESTED, "dig")
        type_ = union((reached.type.present, arguments[-2].type)) if reached.type.missing else reached.type
        return replace(reached, type=type_, access=-1, path=None)

    def consumption(self, call: Call, index: int) -> tuple[Sink, str]:
        """What a function does with a missing argument."""
        name = call.name
        if name == "default" and index == 0 and len(call.arguments) == 2:
            return Sink.TESTED, "fallback"
        if name in CONSUMERS["testing"] or (name == "ternary" and index < 2):
            return Sink.TESTED, name
        if name in CONSUMERS["comparing"]:
            return Sink.COMPARED, name
        signature = SIGNATURES.get(name)
        if signature is None or not signature.on_missing:
            return Sink.SWALLOWED, name
        is_piped = call.piped and index == len(call.arguments) - 1
        on_missing = (
            signature.on_missing_piped if is_piped else signature.on_missing[min(index, len(signature.on_missing) - 1)]
        )
        return (Sink.LOUD if on_missing is OnMissing.LOUD else Sink.SWALLOWED), name


def _counts(type_: Type) -> bool:
    return any(alternative.go != "float64" and alternative.kind == "number" for alternative in type_.alternatives)


def _named(type_: Type) -> str:
    return " or ".join(sorted(type_.kinds))


def _bounds(alternative: Alternative) -> dict[str, Json]:
    """What is known of how large a number can be."""
    bounds: dict[str, Json] = {
        keyword: part[keyword]
        for part in alternative.parts
        for keyword in ("minimum", "maximum", "exclusiveMaximum")
        if keyword in part
    }
    if alternative.values is not None:
        bounds["values"] = list(alternative.values)
    bounds["integer"] = alternative.integer
    return bounds
