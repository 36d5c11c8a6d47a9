"""What cases give an engram that its template does not declare: secrets, their keys, and inputs.

Pure: the workspace and the configuration in, findings out, before anything runs. The admission webhook refuses an
Engram with a secret that `secretSchema` does not define (bobrapet, engram_webhook.go).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from validator.findings import Finding, Json, Location, Path, Rule, Subject, Suggestion, dotted
from validator.rules import config as config_rules
from validator.schemas.undeclared import undeclared
from validator.sources.manifests import EngramTemplate
from validator.sources.node import Node
from validator.sources.workspace import Workspace
from validator.suite.cases import Case, Mode
from validator.suite.config import Config
from validator.suite.overrides import unversioned
from validator.suite.targets import engram_of


def undeclared_values(workspace: Workspace, config: Config) -> Iterator[Finding]:
    """What the cases of each engram give it that no version of its template declares."""
    for key, cases in config.cases.items():
        templates = _templates(workspace, unversioned(key))
        if not templates:
            continue
        defaults = config.defaults[key]
        if defaults.node is not None:
            yield from _secrets(key, "defaults", defaults.secrets, defaults.node, templates)
        for case in cases:
            if case.node is not None:
                own = {name: keys for name, keys in case.secrets.items() if case.own("secrets", name)}
                yield from _secrets(key, case.name, own, case.node, templates)
                yield from _inputs(key, case, templates)


def _templates(workspace: Workspace, key: str) -> Sequence[EngramTemplate]:
    engram = engram_of(workspace, key)
    if engram is not None:
        behind = workspace.template_of(engram)
        return [behind] if behind is not None else []
    return [template for template in workspace.templates if template.name == key]


def _secrets(
    key: str,
    case: str,
    secrets: Mapping[str, Mapping[str, str]],
    node: Node,
    templates: Sequence[EngramTemplate],
) -> Iterator[Finding]:
    known = sorted({name for template in templates for name in template.secrets})
    for name, keys in secrets.items():
        at = node.at(("secrets",)).key_location(name)
        if name not in known:
            listed = ", ".join(f"`{each}`" for each in known) or "none"
            anchor: Path = ("cases", key, case, "secrets", name)
            yield _finding(config_rules.UNDECLARED_SECRET, at, anchor, name, known, secret=name, known=listed)
            continue
        expected = sorted(
            {word for each in templates if name in each.secrets for word in each.secrets[name].expected_keys}
        )
        if expected:
            yield from _unexpected_keys(("cases", key, case, "secrets", name), keys, expected, node)


def _unexpected_keys(anchor: Path, keys: Iterable[str], expected: Sequence[str], node: Node) -> Iterator[Finding]:
    name = str(anchor[-1])
    listed = ", ".join(f"`{each}`" for each in expected)
    for word in keys:
        if word not in expected and node.find(("secrets", name, word)) is not None:
            at = node.at(("secrets", name)).key_location(word)
            rule = config_rules.UNEXPECTED_SECRET_KEY
            yield _finding(rule, at, (*anchor, word), word, expected, key=word, secret=name, known=listed)


def _inputs(key: str, case: Case, templates: Sequence[EngramTemplate]) -> Iterator[Finding]:
    """Inputs that an open inputSchema lets pass. Config is among the inputs of a job, too (runtime.md 1.2)."""
    if case.expect.error is not None or any(template.input_schema is None for template in templates):
        return
    given: list[tuple[Path, Json]] = [(("inputs",), dict(case.inputs))] if case.mode is Mode.BATCH else []
    given += [
        (("send", index, "inputs"), packet["inputs"]) for index, packet in enumerate(case.send) if "inputs" in packet
    ]
    for place, inputs in given:
        strange = [set(strangers(template, inputs)) for template in templates]
        for path in sorted(set.intersection(*strange), key=str):
            node = case.written(*place, *path[:-1])
            name = str(path[-1])
            yield _finding(
                config_rules.UNDECLARED_INPUT,
                node.key_location(name) if node is not None else case.location,
                ("cases", key, case.name, *place, *path),
                name,
                _names(templates, path),
                path=dotted(path),
            )


def strangers(template: EngramTemplate, inputs: Json) -> Iterator[Path]:
    """The inputs that neither inputSchema, which the template has, nor configSchema declares."""
    schema = template.input_schema
    assert schema is not None
    config = template.config_schema.get("properties") if template.config_schema is not None else None
    for path in undeclared(schema.value, inputs):
        if isinstance(path[-1], str) and (config is None or config.get(str(path[0])) is None):
            yield path


def _names(templates: Sequence[EngramTemplate], path: Path) -> Collection[str]:
    """Names that inputSchema declares beside this one; none where alternatives or references lead there."""
    steps = [step for name in path[:-1] for step in (("items",) if isinstance(name, int) else ("properties", name))]
    places = [template.input_schema.find(tuple(steps)) for template in templates if template.input_schema is not None]
    properties = [place.get("properties") for place in places if place is not None]
    return [name for each in properties if each is not None for name, _ in each.items()]


def _finding(
    rule: Rule, location: Location, anchor: Path, name: str, known: Collection[str], /, **facts: Any
) -> Finding:
    nearest = next(iter(difflib.get_close_matches(name, known, 1)), None)
    nearest = nearest or next((each for each in known if each.lower().startswith(name.lower())), None)
    suggestion = Suggestion(f"did you mean `{nearest}`?", location, nearest) if nearest else None
    return rule.at(location, Subject("config", location.file), anchor=anchor, suggestion=suggestion, **facts)
