"""Placeholders of a case that nothing fills in: they would reach the engram as text, or become an invented secret.

Pure: the file in, findings out. Text that only looks like a placeholder, as of a workflow (`${{ github.sha }}`), is the
author's, except among secrets.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from validator.findings import Finding, Path, Subject, Suggestion
from validator.rules import config as config_rules
from validator.sandbox.addresses import PARTS
from validator.sources.node import Node
from validator.suite.config_mistakes import written_cases
from validator.suite.environment import PLACEHOLDER
from validator.suite.services import GIVEN

MADE_UP = "secret"
"""What stands for an invented secret."""
FAMILIES = ("services", MADE_UP, "env")
_VARIABLE = re.compile(r"env\.[A-Za-z_][A-Za-z0-9_]*")
_NOTHING = "names nothing"
_SLIPS = ("service", "secrets", "environment", "environ")
_HEAD = re.compile(r"\w*")


def faults(root: Node) -> Iterator[Finding]:
    """Every placeholder in a case or in defaults that is none of ours where it stands."""
    whole = root.value if isinstance(root.value, dict) else {}
    for place, case in written_cases(whole):
        services = {*_services(case), *_services(_defaults(whole, place))}
        for part in (*GIVEN, "expect"):
            for path, text in _texts(case.get(part), (*place, part)):
                for match in PLACEHOLDER.finditer(text):
                    problem = _problem(part, match[1].strip(), services)
                    if problem:
                        yield _finding(root, path, match, problem, services, part)


def _problem(part: str, source: str, services: Collection[str]) -> str:
    """What is wrong with a placeholder in this part of a case; empty where nothing is."""
    if part == "secrets":
        known = source == MADE_UP or _VARIABLE.fullmatch(source) or source.startswith("services.")
        return "" if known else _NOTHING
    head = _HEAD.match(source)
    name = head[0] if head is not None else ""
    if name in FAMILIES and part == "expect":
        return "is not filled in within `expect`; describe the value by a schema, as {type: string}"
    if source == MADE_UP or (name == "env" and "." in source):
        return "is filled in within `secrets` alone"
    if name in services or (name not in FAMILIES and difflib.get_close_matches(name, (*FAMILIES, *_SLIPS), 1, 0.8)):
        return f"{_NOTHING}, so the engram would get it as text"
    return ""


def _finding(
    root: Node, path: Path, match: re.Match[str], problem: str, services: Collection[str], part: str
) -> Finding:
    location = root.at(path).span(match.start(), match.end())
    options = [f"services.{name}.{each}" for name in sorted(services) for each in PARTS]
    options += [MADE_UP] if part == "secrets" else []
    source = match[1].strip()
    spelt = source if source.startswith("services.") else re.sub(r"^\w+(?=\.)", "services", source)
    close = (*difflib.get_close_matches(source, options, 1), *difflib.get_close_matches(spelt, options, 1))
    nearest = f"${{{{ {close[0]} }}}}" if close and problem.startswith(_NOTHING) else ""
    return config_rules.UNKNOWN_PLACEHOLDER.at(
        location,
        Subject("config", root.location.file),
        anchor=(*path, match[0]),
        suggestion=Suggestion(f"did you mean `{nearest}`?", location, nearest) if nearest else None,
        placeholder=match[0],
        problem=problem,
        known=", ".join(f"`{each}`" for each in _known(part, services)),
    )


def _known(part: str, services: Collection[str]) -> Iterator[str]:
    for name in sorted(services) or ["NAME"]:
        yield f"services.{name}.url"
    if part == "secrets":
        yield from (MADE_UP, "env.NAME")


def _services(case: Mapping[str, Any]) -> Iterator[str]:
    services = case.get("services")
    yield from map(str, services if isinstance(services, dict) else ())


def _defaults(whole: Mapping[str, Any], place: Path) -> Mapping[str, Any]:
    """The defaults of the engram of the case at a place."""
    entries = whole["cases"][place[1]]
    defaults = entries.get("defaults") if isinstance(entries, dict) else None
    return defaults if isinstance(defaults, dict) else {}


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, (*path, str(name)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
