"""Which steps a text refers to: as the webhook sees it, and as two regular expressions of the controllers do.

Source: templating.md, sections 9 and 10, README of the vectors (`refs.jsonl`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from validator.templates import syntax
from validator.templates.catalogue import ALL_FUNCTIONS
from validator.templates.gostrings import trim_space
from validator.templates.jsontext import decode
from validator.templates.parser import parse
from validator.templates.values import Value

_DEPENDENCY = re.compile(
    r"""steps\.([a-zA-Z0-9_\-]+)\.|steps[\t\n\f\r ]*\[[\t\n\f\r ]*['"]([a-zA-Z0-9_\-]+)['"][\t\n\f\r ]*\]"""
    r"""|\(index[\t\n\f\r ]+\.steps[\t\n\f\r ]+["']([a-zA-Z0-9_\-]+)["']\)"""
)
_OFFLOADED = re.compile(
    r"""steps[\t\n\f\r ]*\.[\t\n\f\r ]*([a-zA-Z0-9_\-]+)[\t\n\f\r ]*\.(?:output|outputs)\b"""
    r"""|steps[\t\n\f\r ]*\[[\t\n\f\r ]*['"]([a-zA-Z0-9_\-]+)['"][\t\n\f\r ]*\][\t\n\f\r ]*\.(?:output|outputs)\b"""
    r"""|\(index[\t\n\f\r ]+\.steps[\t\n\f\r ]+["']([a-zA-Z0-9_\-]+)["']\)[\t\n\f\r ]*\.(?:output|outputs)\b""",
    re.ASCII,
)
_SANITISED = re.compile(r"[^A-Za-z0-9_]")


def step_references(text: str) -> tuple[str, ...]:
    """Step names that the parsed text refers to by `.steps.NAME` or `index .steps "NAME"`, sorted.

    The text is parsed as it is: bare `steps.x` is known only after normalisation. Raises TemplateError when it does not
    parse, UnsupportedError beyond our limits.
    """
    if "{{" not in text:
        return ()
    return references_of(parse(text, ALL_FUNCTIONS, "refs").nodes)


def references_of(nodes: tuple[syntax.Node, ...]) -> tuple[str, ...]:
    """The same for parsed nodes."""
    found: set[str] = set()
    for pipe in syntax.pipelines(nodes, includes=False):
        found.update(_in_pipeline(pipe))
    return tuple(sorted(found))


def _in_pipeline(pipe: syntax.Pipeline) -> Iterator[str]:
    for command in pipe.commands:
        match command.args:
            case (syntax.Function(name="index"), syntax.Field(path=("steps", *_)), syntax.String(value=name), *_):
                yield name
        for arg in command.args:
            match arg:
                case syntax.Field(path=("steps", name, *_)):
                    yield name
                case syntax.Chain(operand=syntax.Pipeline() as inner) | (syntax.Pipeline() as inner):
                    yield from _in_pipeline(inner)


def dependency_names(text: str, steps: Iterable[str]) -> tuple[str, ...]:
    """Step names that the DAG controller depends on because of this text, sorted; `steps` gives the aliases back."""
    if "steps" not in text:
        return ()
    names = {next(filter(None, match)) for match in _DEPENDENCY.findall(text)}
    if not names:
        return ()
    aliases = {other: name for name in steps if (other := alias(name)) != name}
    return tuple(sorted({aliases.get(name, name) for name in names}))


def offload_names(text: str) -> tuple[str, ...]:
    """Step names whose outputs the offload policy looks for in this text, their aliases included, sorted.

    JSON is looked through string by string first, so that escaped quotes do not hide a name.
    """
    trimmed = trim_space(text)
    names: set[str] = set()
    if trimmed[:1] in ("{", "["):
        try:
            names = {name for part in _template_strings(decode(trimmed)) for name in _offloaded_in(part)}
        except ValueError:
            names = set()
    names = names or _offloaded_in(trimmed)
    return tuple(sorted(names | {alias(name) for name in names}))


def _offloaded_in(text: str) -> set[str]:
    return {next(filter(None, match)) for match in _OFFLOADED.findall(text)}


def _template_strings(value: Value) -> Iterator[str]:
    if isinstance(value, str) and "{{" in value:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _template_strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _template_strings(item)


@lru_cache(maxsize=4096)
def alias(name: str) -> str:
    """The name with every other character than letters, digits and `_` as `_` (templating.md, section 9)."""
    return _SANITISED.sub("_", name)
