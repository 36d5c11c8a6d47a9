"""Tokens into a syntax tree, as Go's text/template parses, with positions in the raw text.

Source: Go 1.26 text/template/parse. Functions must be known when a template is parsed: an unknown name is a parse
error, and so fails admission (templating.md, section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import TypeAlias

from validator.templates import syntax
from validator.templates.errors import CACHED_LENGTH, LIMITS, TemplateError, UnsupportedError
from validator.templates.gonumbers import OutOfRangeError, float_to_int64, parse_float, parse_int, parse_uint
from validator.templates.gostrings import SPACES, quote, unquote, unquote_char
from validator.templates.lexer import Token, tokens

_OPERANDS = frozenset(
    {"bool", "char", "complex", "dot", "field", "word", "number", "nil", "raw", "string", "variable", "open"}
)
_VALUES = (syntax.Bool, syntax.Dot, syntax.Nil, syntax.Number, syntax.String)
_PUNCTUATION = frozenset({"end", "else", "break", "continue", "if", "range", "with", "template", "block", "define"})

_Body: TypeAlias = tuple[list[syntax.Node], Token]


def parse(
    text: str, functions: frozenset[str], name: str = "bubu", offsets: tuple[int, ...] | None = None
) -> syntax.Template:
    """Parse a (normalised) text.

    `functions` are the names that exist; `offsets[i]` is the raw offset of the character `text[i]` (None: the text is
    raw). Raises TemplateError of class `parse`, and UnsupportedError beyond LIMITS.
    """
    if len(text) > CACHED_LENGTH:
        return _parse(text, functions, name, offsets)
    return _parse_once(text, functions, name, offsets)


def _parse(text: str, functions: frozenset[str], name: str, offsets: tuple[int, ...] | None) -> syntax.Template:
    return _Parser(text, functions, name, offsets).template()


_parse_once = lru_cache(maxsize=1024)(_parse)


class _Parser:
    """One pass over the tokens, with Go's lookahead of three."""

    def __init__(self, text: str, functions: Collection[str], name: str, offsets: Sequence[int] | None) -> None:
        self.text = text
        self.functions = functions
        self.name = name
        self.offsets = offsets
        self.stream = tokens(text)
        self.pending: list[Token] = []
        self.read = 0
        self.last = Token("eof", 0, 0, "")
        self.variables = ["$"]
        self.ranges = 0
        self.depth = 0
        self.definitions: dict[str, tuple[syntax.Node, ...]] = {}
        self.used: set[str] = set()
        self.controls: dict[str, Callable[[Token], syntax.Node]] = {
            "block": self.block,
            "break": self.leave,
            "continue": self.leave,
            "if": lambda t: syntax.If(*self.control(t, "if")),
            "range": lambda t: syntax.Range(*self.control(t, "range")),
            "template": self.include,
            "with": lambda t: syntax.With(*self.control(t, "with")),
        }

    # Tokens.

    def next(self) -> Token:
        if self.pending:
            self.last = self.pending.pop()
            return self.last
        self.read += 1
        if self.read > LIMITS.tokens:
            raise UnsupportedError(f"longer than {LIMITS.tokens} tokens")
        self.last = next(self.stream, self.last)
        return self.last

    def back(self, token: Token) -> None:
        """Put a token back, the one read last first."""
        self.pending.append(token)

    def next_solid(self) -> Token:
        token = self.next()
        while token.kind == "space":
            token = self.next()
        return token

    def peek_solid(self) -> Token:
        token = self.next_solid()
        self.back(token)
        return token

    def peek(self) -> Token:
        token = self.next()
        self.back(token)
        return token

    # Places and errors.

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw span of a span of the text."""
        if self.offsets is None:
            return start, end
        if start >= len(self.offsets):
            last = self.offsets[-1] + 1 if self.offsets else 0
            return last, last
        first = self.offsets[start]
        return first, max(self.offsets[end - 1] + 1, first) if end > start else first

    def error(self, message: str, token: Token, sub: str = "syntax") -> TemplateError:
        line = self.text.count("\n", 0, token.start) + 1
        return TemplateError(
            "parse", sub, f"template: {self.name}:{line}: {message}", *self.raw(token.start, token.end)
        )

    def unexpected(self, token: Token, context: str) -> TemplateError:
        if token.kind == "error":
            return self.error(token.value, token)
        match token.kind:
            case "eof":
                shown = "EOF"
            case kind if kind in _PUNCTUATION or kind in ("nil", "dot"):
                shown = f"<{token.value}>"
            case _:
                shown = quote(token.value[:10]) + "..." if len(token.value) > 10 else quote(token.value)
        return self.error(f"unexpected {shown} in {context}", token)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > LIMITS.nesting:
            raise UnsupportedError(f"nested deeper than {LIMITS.nesting} levels")

    # Lists of nodes.

    def template(self) -> syntax.Template:
        """`parse` and `add` of Go: everything up to the end, with the definitions on the way."""
        nodes: list[syntax.Node] = []
        while (token := self.next()).kind != "eof":
            if token.kind == "left":
                following = self.next_solid()
                if following.kind == "define":
                    self.definition()
                    continue
                self.back(following)
            self.back(token)
            node = self.text_or_action()
            if isinstance(node, Token):
                raise self.error(f"unexpected {{{{{node.kind}}}}}", node)
            nodes.append(node)
        return syntax.Template(self.define(self.name, nodes, self.last), self.definitions, frozenset(self.used))

    def define(self, name: str, nodes: list[syntax.Node], token: Token) -> tuple[syntax.Node, ...]:
        """Add a template to the set; a second one of the same name must be empty. Returns what the name now means."""
        known = self.definitions.get(name)
        if known is None or _is_empty(known):
            self.definitions[name] = tuple(nodes)
        elif not _is_empty(nodes):
            raise self.error(f"template: multiple definition of template {quote(name)}", token)
        return self.definitions[name]

    def definition(self) -> None:
        token = self.next_solid()
        name = self.template_name(token, "define clause")
        self.expect("right", "define clause")
        nodes, end = self.apart(self.items)
        if end.kind != "end":
            raise self.error("unexpected {{else}} in define clause", end)
        self.define(name, nodes, token)

    def apart(self, read: Callable[[], _Body]) -> _Body:
        """Read a body that sees neither the variables nor the ranges around it."""
        outer = self.variables, self.ranges
        self.variables, self.ranges = ["$"], 0
        self.deeper()
        body = read()
        self.depth -= 1
        self.variables, self.ranges = outer
        return body

    def items(self) -> _Body:
        """Nodes up to `{{end}}` or `{{else}}`, which is returned too."""
        nodes: list[syntax.Node] = []
        while self.peek_solid().kind != "eof":
            node = self.text_or_action()
            if isinstance(node, Token):
                return nodes, node
            nodes.append(node)
        raise self.error("unexpected EOF", self.peek_solid())

    def text_or_action(self) -> syntax.Node | Token:
        token = self.next_solid()
        if token.kind == "text":
            return syntax.Text(*self.raw(token.start, token.end), token.value)
        if token.kind != "left":
            raise self.unexpected(token, "input")
        left, token = token, self.next_solid()
        if token.kind in self.controls:
            return self.controls[token.kind](left)
        if token.kind == "end":
            return Token("end", left.start, self.expect("right", "end").end, "end")
        if token.kind == "else":
            if self.peek_solid().kind not in ("if", "with"):
                self.expect("right", "else")
            return Token("else", left.start, token.end, "else")
        self.back(token)
        pipe = self.pipeline("command", "right")
        return syntax.Action(*self.raw(left.start, self.last.end), pipe)

    def expect(self, kind: str, context: str) -> Token:
        token = self.next_solid()
        if token.kind != kind:
            raise self.unexpected(token, context)
        return token

    # Control structures.

    def control(
        self, left: Token, context: str
    ) -> tuple[int, int, syntax.Pipeline, tuple[syntax.Node, ...], tuple[syntax.Node, ...]]:
        self.deeper()
        mark = len(self.variables)
        pipe = self.pipeline(context, "right")
        self.ranges += context == "range"
        body, end = self.items()
        self.ranges -= context == "range"
        orelse: list[syntax.Node] = []
        if end.kind == "else":
            token = self.peek()
            if token.kind == context and context in ("if", "with"):
                self.next()
                orelse.append(self.controls[context](token))
            else:
                orelse, end = self.items()
                if end.kind != "end":
                    raise self.error(f"expected end; found {{{{{end.kind}}}}}", end)
        del self.variables[mark:]
        self.depth -= 1
        return (*self.raw(left.start, self.last.end), pipe, tuple(body), tuple(orelse))

    def leave(self, left: Token) -> syntax.Node:
        keyword = self.last
        token = self.next_solid()
        if token.kind != "right":
            raise self.unexpected(token, f"{{{{{keyword.kind}}}}}")
        if not self.ranges:
            raise self.error(f"{{{{{keyword.kind}}}}} outside {{{{range}}}}", keyword)
        make = syntax.Break if keyword.kind == "break" else syntax.Continue
        return make(*self.raw(left.start, token.end))

    def block(self, left: Token) -> syntax.Node:
        token = self.next_solid()
        name = self.template_name(token, "block clause")
        pipe = self.pipeline("block clause", "right")
        span = self.raw(left.start, self.last.end)
        nodes, end = self.apart(self.items)
        if end.kind != "end":
            raise self.error("unexpected {{else}} in block clause", end)
        self.define(name, nodes, token)
        return syntax.Include(*span, name, pipe)

    def include(self, left: Token) -> syntax.Node:
        name = self.template_name(self.next_solid(), "template clause")
        pipe = None
        token = self.next_solid()
        if token.kind != "right":
            self.back(token)
            pipe = self.pipeline("template clause", "right")
        return syntax.Include(*self.raw(left.start, self.last.end), name, pipe)

    def template_name(self, token: Token, context: str) -> str:
        if token.kind not in ("string", "raw"):
            raise self.unexpected(token, context)
        return self.unquoted(token)

    def unquoted(self, token: Token) -> str:
        try:
            return unquote(token.value)
        except ValueError:
            raise self.error("invalid syntax", token) from None

    # Pipelines.

    def pipeline(self, context: str, closing: str) -> syntax.Pipeline:
        first = self.peek_solid()
        variables, assigns = self.declarations(context)
        commands: list[syntax.Command] = []
        while (token := self.next_solid()).kind != closing:
            if token.kind not in _OPERANDS:
                raise self.unexpected(token, context)
            self.back(token)
            commands.append(self.command())
        if not commands:
            raise self.error(f"missing value for {context}", token)
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.args[0], _VALUES):
                raise self.error(f"non executable command in pipeline stage {stage}", token)
        end = commands[-1].end
        start = self.raw(first.start, first.end)[0]
        return syntax.Pipeline(start, end, tuple(variables), assigns, tuple(commands))

    def declarations(self, context: str) -> tuple[list[str], bool]:
        """`$x :=`, `$x =` and, for a range, `$i, $x :=`."""
        names: list[str] = []
        while (variable := self.peek_solid()).kind == "variable":
            self.next_solid()
            after = self.next()
            following = after if after.kind != "space" else self.next_solid()
            if following.kind in ("assign", "declare"):
                names.append(variable.value)
                self.variables.append(variable.value)
                return names, following.kind == "assign"
            if following.kind == "other" and following.value == ",":
                names.append(variable.value)
                self.variables.append(variable.value)
                if context != "range" or len(names) > 1:
                    raise self.error(f"too many declarations in {context}", following)
                if self.peek_solid().kind not in ("variable", "right", "close"):
                    raise self.error("range can only initialize variables", following)
                continue
            self.back(following)
            if after is not following:
                self.back(after)
            self.back(variable)
            break
        return names, False

    def command(self) -> syntax.Command:
        args: list[syntax.Operand] = []
        start = self.peek_solid()
        while True:
            self.peek_solid()
            operand = self.operand()
            if operand is not None:
                args.append(operand)
            token = self.next()
            if token.kind == "space":
                continue
            if token.kind in ("right", "close"):
                self.back(token)
            elif token.kind != "pipe":
                raise self.unexpected(token, "operand")
            break
        if not args:
            raise self.error("empty command", start)
        return syntax.Command(args[0].start, args[-1].end, tuple(args))

    def operand(self) -> syntax.Operand | None:
        first = self.peek_solid()
        node = self.term()
        if node is None or self.peek().kind != "field":
            return node
        names: list[str] = []
        spans: list[tuple[int, int]] = []
        while self.peek().kind == "field":
            token = self.next()
            names.append(token.value[1:])
            spans.append(self.raw(token.start + 1, token.end))
            if len(names) > LIMITS.fields:
                raise UnsupportedError(f"more than {LIMITS.fields} names in one path")
        end = spans[-1][1]
        match node:
            case syntax.Field():
                return syntax.Field(node.start, end, (*node.path, *names), (*node.spans, *spans))
            case syntax.Variable():
                return syntax.Variable(node.start, end, node.name, tuple(names), tuple(spans))
            case syntax.Bool() | syntax.String() | syntax.Number() | syntax.Nil() | syntax.Dot():
                raise self.error(f"unexpected . after term {quote(first.value)}", first)
            case _:
                return syntax.Chain(node.start, end, node, tuple(names), tuple(spans))

    def term(self) -> syntax.Operand | None:
        token = self.next_solid()
        span = self.raw(token.start, token.end)
        match token.kind:
            case "word":
                if token.value not in self.functions:
                    raise self.error(f"function {quote(token.value)} not defined", token, "undefined_function")
                self.used.add(token.value)
                return syntax.Function(*span, token.value)
            case "dot":
                return syntax.Dot(*span)
            case "nil":
                return syntax.Nil(*span)
            case "variable":
                if token.value not in self.variables:
                    raise self.error(f"undefined variable {quote(token.value)}", token)
                return syntax.Variable(*span, token.value, (), ())
            case "field":
                return syntax.Field(*span, (token.value[1:],), (self.raw(token.start + 1, token.end),))
            case "bool":
                return syntax.Bool(*span, token.value == "true")
            case "char" | "complex" | "number":
                return self.number(token)
            case "open":
                self.deeper()
                pipe = self.pipeline("parenthesized pipeline", "close")
                self.depth -= 1
                end = self.raw(self.last.start, self.last.end)[1]
                return syntax.Pipeline(span[0], end, pipe.variables, pipe.assigns, pipe.commands)
            case "string" | "raw":
                return syntax.String(*span, self.unquoted(token), token.value)
        self.back(token)
        return None

    def number(self, token: Token) -> syntax.Number:
        try:
            signed, unsigned, real, imaginary = _number_values(token.value, token.kind)
        except ValueError as error:
            raise self.error(str(error), token) from None
        return syntax.Number(*self.raw(token.start, token.end), token.value, signed, unsigned, real, imaginary)


def _is_empty(nodes: Sequence[syntax.Node]) -> bool:
    return all(isinstance(node, syntax.Text) and not node.text.strip(SPACES) for node in nodes)


_Values: TypeAlias = tuple[int | None, int | None, float | None, complex | None]


def _number_values(text: str, kind: str) -> _Values:
    """Every Go type that can hold a literal. Raises ValueError with Go's message when none can."""
    if kind == "char":
        char, after = unquote_char(text, 1, "'")
        if text[after:] != "'":
            raise ValueError(f"malformed character constant: {text}")
        code = ord(char) - 0xDC00 if "\udc80" <= char <= "\udcff" else ord(char)
        return code, code, float(code), None
    if kind == "complex":
        return _complex_values(text)
    if text[-1:] == "i":
        try:
            return _simplified(complex(0, parse_float(text[:-1])))
        except ValueError:
            pass
    signed, unsigned = _or_none(parse_int, text), _or_none(parse_uint, text)
    if signed == 0:
        unsigned = unsigned or 0
    if signed is not None or unsigned is not None:
        whole = signed if signed is not None else unsigned
        assert whole is not None
        return signed, unsigned, float(whole), None
    try:
        value = parse_float(text)
    except ValueError:
        raise ValueError(f"illegal number syntax: {quote(text)}") from None
    if not any(c in text for c in ".eEpP"):
        raise ValueError(f"integer overflow: {quote(text)}")
    return *_whole(value), value, None


def _or_none(read: Callable[[str, int], int], text: str) -> int | None:
    try:
        return read(text, 0)
    except (ValueError, OutOfRangeError):
        return None


def _whole(value: float) -> tuple[int | None, int | None]:
    """The integers that a float literal equals, by the conversions of amd64."""
    signed = float_to_int64(value)
    unsigned = int(value) if 0 <= value < 2.0**64 else None
    return (
        signed if float(signed) == value else None,
        unsigned if unsigned is not None and float(unsigned) == value else None,
    )


def _simplified(value: complex) -> _Values:
    if value.imag != 0:
        return None, None, None, value
    return *_whole(value.real), value.real, value


def _complex_values(text: str) -> _Values:
    split = max(text.rfind("+"), text.rfind("-"))
    if text[split - 1] in "eEpP":
        split = max(text.rfind("+", 0, split), text.rfind("-", 0, split))
    try:
        return _simplified(complex(parse_float(text[:split]), parse_float(text[split:-1])))
    except ValueError:
        # Go reads these with fmt.Sscan, whose errors and prefixes differ; nobody writes them in a story.
        raise UnsupportedError(f"the complex literal {text}") from None
