"""Schema against code: the program cannot decode a value that its own template declares.

Pure: the error that a run reported in, the members that could not be decoded out. The SDK decodes config before Init
and inputs before Process, by mapstructure and weakly typed (contract/runtime.md 1.1 and 5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import Path
from validator.sources.node import Node

_CONFIG = "failed to unmarshal config: "
_STAGES = {
    _CONFIG: "config",
    "failed to unmarshal inputs into the target type: ": "input",
}
_BEFORE_INPUTS = ("failed to hydrate config: ", _CONFIG, "engram initialization failed: ")
_POINT = re.compile(r"^(?:\* )?([^']*'([^']+)'.*)$")
"""One line of the decoder's list; what it quotes first is the member."""
_MISTYPED = re.compile(
    r"expected (?:a map|type)|source data must be an array|needs a map|must be strings|cannot parse (?!.*overflows)"
)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A member whose type in the code is not the one in the schema."""

    what: str
    """`config` or `input`."""
    member: str
    """As the decoder names it: `audio.sampleRate`."""
    problem: str


def undecodable(message: str) -> Iterator[Undecodable]:
    """The members that the decoder refused for their type; one of a right type and a wrong value is none of them."""
    for stage, what in _STAGES.items():
        lines = message.removeprefix(stage).splitlines() if message.startswith(stage) else ()
        for point in filter(None, map(_POINT.match, lines)):
            if _MISTYPED.search(point[1]):
                yield Undecodable(what, point[2], point[1].strip())


def of_config(logs: str) -> Iterator[Undecodable]:
    """The same from what a program logged when its config was refused; as JSON, where it logs that."""
    start = logs.find(_CONFIG)
    return undecodable(logs[start:].replace("\\n", "\n")) if start >= 0 else iter(())


def before_inputs(message: str) -> bool:
    """Whether the run ended with its config or in Init, before any input was looked at."""
    return message.startswith(_BEFORE_INPUTS)


def declaration(schema: Node, member: str) -> tuple[Node, Path]:
    """The deepest node of a schema that declares a member, by names in any case, and its path below the schema."""
    node, path = schema, ()
    for name in re.findall(r"[^.\[\]]+", member):
        steps = ("items",) if name.isdigit() else ("properties", _spelt(node, name))
        inner = node.find(steps)
        if inner is None:
            break
        node, path = inner, (*path, *steps)
    return node, path


def _spelt(schema: Node, name: str) -> str:
    """The name as the schema has it: the decoder takes names in any case."""
    properties = schema.get("properties")
    names = [key for key, _ in properties.items()] if properties is not None else []
    return next((key for key in names if key.lower() == name.lower()), name)
