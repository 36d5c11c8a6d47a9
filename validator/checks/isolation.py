"""The promise `isolation`: an output contains what its schema declares, and nothing of config or secrets.

Pure: a case and its output in, findings out (contract/runtime.md 5, "Ways an engram leaks").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from validator.checks.conformance import Bench, declaration, show
from validator.findings import Finding, Json, Path, Rule
from validator.rules import isolation as rules
from validator.schemas.undeclared import undeclared
from validator.suite.cases import Case

TELLING = 8
"""A shorter value proves nothing: it may be in an output by coincidence."""


def judge(bench: Bench, case: Case, output: Json) -> Iterator[Finding]:
    """Judge what one case put out. The same place is reported once, by its gravest rule."""
    schema = bench.template.output_schema
    strangers = tuple(undeclared(schema.value, output)) if schema is not None and isinstance(schema.value, dict) else ()
    seen: set[Path] = set()
    for path in strangers:
        for origin in _copied(case, _value(output, path), path):
            seen.add(path)
            yield _finding(bench, case, rules.CONFIG_IN_OUTPUT, path, origin)
            break
    for path, text in strings(output):
        for rule, origin, value in _trusted(case):
            if value in text and not _passed_on(case, value):
                place = next((stranger for stranger in strangers if path[: len(stranger)] == stranger), path)
                if place in seen:
                    continue
                seen.add(place)
                yield _finding(bench, case, rule, path, origin)
    for path in strangers:
        if path not in seen:
            yield rules.UNDECLARED_FIELD.at(
                declaration(bench.template, path),
                bench.subject,
                anchor=("spec", "outputSchema", *path),
                evidence={
                    "path": show(path).strip("`"),
                    "value": _value(output, path),
                    "case": case.name,
                    "inputs": dict(case.inputs),
                },
                path=show(path),
            )


def _finding(bench: Bench, case: Case, rule: Rule, path: Path, origin: str) -> Finding:
    return rule.at(
        declaration(bench.template, path),
        bench.subject,
        anchor=("spec", "outputSchema", *path),
        evidence={"path": show(path).strip("`"), "from": origin, "case": case.name},
        path=show(path),
        origin=f"`{origin}`",
    )


def _copied(case: Case, value: Json, path: Path) -> Iterator[str]:
    """Members of the config that stand in an undeclared field under their own name, however short they are."""
    given = dict(case.config)
    for name, member in given.items():
        inside = value.get(name) if isinstance(value, Mapping) else None
        if (inside == member or (path[-1] == name and value == member)) and member not in case.inputs.values():
            yield name


def _trusted(case: Case) -> Iterator[tuple[Rule, str, str]]:
    """What the engram must keep to itself: rule, where it came from, the text."""
    for name, values in case.secrets.items():
        for key, value in values.items():
            if len(value) >= TELLING:
                yield rules.SECRET_IN_OUTPUT, f"{name}.{key}", value
    for path, text in strings(dict(case.config)):
        if len(text) >= TELLING:
            yield rules.CONFIG_IN_OUTPUT, ".".join(map(str, path)), text


def _passed_on(case: Case, value: str) -> bool:
    """The value was an input as well: passing it on is no leak."""
    return any(value in text for _, text in strings(dict(case.inputs)))


def strings(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every string in a document, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from strings(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings(item, (*path, index))


def _value(document: Json, path: Path) -> Json:
    for step in path:
        document = document[step]  # type: ignore[index]  # the path was read off this document
    return document
