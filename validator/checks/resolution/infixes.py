"""EV257: `gt a 1.0 and b`, with `and` or `or` between what they join, as other languages have it."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.resolution.consequences import failure
from validator.checks.resolution.templates import Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.templates import syntax

_JOINING = ("and", "or")


def misplaced(template: Template) -> Finding | None:
    """The first `and` or `or` that stands between two operands: all that follows from it is its business."""
    parsed = template.plan.template if template.plan is not None else None
    for command in _commands(parsed.nodes) if parsed is not None else ():
        for index, argument in enumerate(command.args):
            if (
                0 < index < len(command.args) - 1
                and isinstance(argument, syntax.Function)
                and argument.name in _JOINING
            ):
                return _finding(template, command, argument)
    return None


def _commands(nodes: tuple[syntax.Node, ...]) -> Iterator[syntax.Command]:
    pending: list[syntax.Pipeline] = list(syntax.pipelines(nodes))
    while pending:
        for command in pending.pop(0).commands:
            yield command
            pending += [argument for argument in command.args if isinstance(argument, syntax.Pipeline)]


def _finding(template: Template, command: syntax.Command, joining: syntax.Operand) -> Finding:
    start, end = command.args[0].start, command.args[-1].end
    before = template.text[start : joining.start].strip()
    after = template.text[joining.end : end].strip()
    function = template.text[joining.start : joining.end]
    written = f"{function} {_enclosed(before)} {_enclosed(after)}"
    if template.node.style == '"':
        written = written.replace('"', '\\"')
    location = template.span(start, end)
    return rules.INFIX_FUNCTION.at(
        location,
        template.subject,
        anchor=template.anchor,
        evidence={"expression": template.text[start:end]},
        suggestion=Suggestion(f"write `{written}`", location, written),
        function=function,
        consequence=failure(template.site.field),
    )


def _enclosed(expression: str) -> str:
    return f"({expression})" if " " in expression and not expression.startswith("(") else expression
