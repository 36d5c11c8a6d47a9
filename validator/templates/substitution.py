"""Variables that a template declares and never changes, written out where they are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from validator.templates import syntax
from validator.templates.variables import assigned


def written_out(name: str, value: syntax.Pipeline, nodes: Sequence[syntax.Node]) -> tuple[syntax.Node, ...] | None:
    """The nodes with a variable's value in its place.

    None where they assign or declare it again, or have a `range` or `with`, in which fields mean something else.
    """
    if name in assigned(nodes):
        return None
    found: list[syntax.Node] = []
    for node in nodes:
        match node:
            case syntax.Text():
                found.append(node)
            case syntax.Action(pipe=pipe) if name not in pipe.variables:
                found.append(replace(node, pipe=_in_pipeline(name, value, pipe)))
            case syntax.If(pipe=pipe, body=body, orelse=orelse) if name not in pipe.variables:
                then, other = written_out(name, value, body), written_out(name, value, orelse)
                if then is None or other is None:
                    return None
                found.append(replace(node, pipe=_in_pipeline(name, value, pipe), body=then, orelse=other))
            case _:
                return None
    return tuple(found)


def _in_pipeline(name: str, value: syntax.Pipeline, pipe: syntax.Pipeline) -> syntax.Pipeline:
    commands = tuple(
        replace(command, args=tuple(_in_operand(name, value, argument) for argument in command.args))
        for command in pipe.commands
    )
    return replace(pipe, commands=commands)


def _in_operand(name: str, value: syntax.Pipeline, node: syntax.Operand) -> syntax.Operand:
    match node:
        case syntax.Variable(name=found, path=path, spans=spans) if found == name:
            plain = replace(value, variables=())
            return syntax.Chain(node.start, node.end, plain, path, spans) if path else plain
        case syntax.Chain(operand=inner):
            return replace(node, operand=_in_operand(name, value, inner))
        case syntax.Pipeline():
            return _in_pipeline(name, value, node)
    return node
