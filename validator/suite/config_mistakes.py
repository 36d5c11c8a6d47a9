"""What is wrong in `engram-validate.yaml`, as findings at the place, in words of the file and not of JSON Schema."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from validator.findings import Finding, Related, Subject, Suggestion, dotted
from validator.rules import config as config_rules
from validator.rules.manifests import DUPLICATE_KEY
from validator.schemas.profile import LITERAL
from validator.schemas.validation import is_instance
from validator.suite.quantities import LONGEST_CASE, seconds

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from validator.sources.node import Node
    from validator.sources.reading import Document
    from validator.suite.cases import Case
    from validator.suite.story_cases import StoryCase

_LONGEST = f"{LONGEST_CASE / 3600:g}h"


def found_wrong(node: Node, schema: dict[str, Any]) -> Iterator[Finding]:
    """Every value that the schema of the file does not take."""
    if is_instance(schema, node.value, profile=LITERAL):
        return  # jsonschema is slow to import, and only says what is wrong
    from jsonschema import Draft202012Validator

    errors = [_cause(error) for error in Draft202012Validator(schema).iter_errors(node.value)]
    # Of a value of the wrong type, other keywords only say what follows from it.
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    subject = Subject("config", node.location.file)
    for error in errors:
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            yield from _unknown_keys(error, node, subject)
        elif error.validator == "type" or path not in mistyped:
            place = node.at(path)
            trap = f": YAML reads an unquoted `{place.misread}` as a boolean" if place.misread else ""
            yield config_rules.INVALID_VALUE.at(
                place.location,
                subject,
                anchor=path,
                suggestion=_edit(error, place),
                where=_where(path),
                problem=_problem(error) + trap,
            )


def misread_keys(node: Node) -> Iterator[Finding]:
    """Every unquoted key that YAML reads as a boolean: `{x: 1, y: 2}` has the names `x` and `true`."""
    for path, inner in node.walk():
        for _, written, location in inner.misread_keys():
            quoted = json.dumps(written)
            yield config_rules.INVALID_VALUE.at(
                location,
                Subject("config", node.location.file),
                anchor=(*path, written),
                suggestion=Suggestion(f"write `{quoted}`", location, quoted),
                where=_where(path),
                problem=f"YAML reads an unquoted `{written}` as a boolean, so this key is not named `{written}`",
            )


def endless_timeouts(node: Node) -> Iterator[Finding]:
    """Every `timeout` of the file or a case that lets a case wait beyond the end of any job."""
    for path, inner in node.walk():
        if path[-1:] != ("timeout",) or not _is_of_a_case(path) or isinstance(inner.value, bool):
            continue
        try:
            length = seconds(inner.value)
        except ValueError:
            continue  # which the schema of the file says
        if length > LONGEST_CASE:
            yield config_rules.INVALID_VALUE.at(
                inner.location,
                Subject("config", node.location.file),
                anchor=path,
                suggestion=Suggestion(f"write {_LONGEST} or less"),
                where=_where(path),
                problem=f"a case may take {_LONGEST} at most, found {inner.text or inner.value}",
            )


def _is_of_a_case(path: Sequence[str | int]) -> bool:
    """Whether `timeout` stands in the file itself, or in a case of an engram or of a story."""
    match path:
        case ["timeout"] | ["cases" | "stories", _, int(), "timeout"] | ["cases", _, "cases", int(), "timeout"]:
            return True
    return False


def repeated_keys(document: Document) -> Iterator[Finding]:
    """Every key that stands twice in one mapping: what stands first would be lost without a word."""
    source = document.root.source
    for duplicate in document.duplicates:
        yield DUPLICATE_KEY.at(
            source.location(*duplicate.second),
            Subject("config", source.path),
            anchor=(duplicate.key,),
            key=duplicate.key,
            suggestion=Suggestion("remove one of them"),
            related=[Related(source.location(*duplicate.first), "the key stands here first")],
        )


def written_cases(value: Any) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every case of the file, and the defaults of each engram, with its place; what is no mapping left out."""
    cases = value.get("cases") if isinstance(value, dict) else None
    for key, entries in cases.items() if isinstance(cases, dict) else ():
        place: tuple[str | int, ...] = ("cases", key)
        if isinstance(entries, dict):
            if isinstance(entries.get("defaults"), dict):
                yield (*place, "defaults"), entries["defaults"]
            place = (*place, "cases")
        written = entries.get("cases") if isinstance(entries, dict) else entries
        for index, case in enumerate(written if isinstance(written, list) else ()):
            if isinstance(case, dict):
                yield (*place, index), case


def repeated_cases(cases: Mapping[str, Sequence[Case]], file: str) -> Iterator[Finding]:
    """Every case that is named as another one of its engram and mode: in reports nobody could tell them apart."""
    for key, written in cases.items():
        yield from _twins(("cases", key), [(case.mode, case) for case in written], file)


def repeated_story_cases(cases: Mapping[str, Sequence[StoryCase]], file: str) -> Iterator[Finding]:
    """Every case that is named as another one of its story."""
    for key, written in cases.items():
        yield from _twins(("stories", key), [("", case) for case in written], file)


def _twins(
    place: tuple[str, str], written: Sequence[tuple[str, Case]] | Sequence[tuple[str, StoryCase]], file: str
) -> Iterator[Finding]:
    first: dict[tuple[str, str], Case | StoryCase] = {}
    for kind, case in written:
        known = first.setdefault((kind, case.name), case)
        if known is not case:
            yield config_rules.INVALID_VALUE.at(
                case.place("name"),
                Subject("config", file),
                anchor=(*place, case.name),
                suggestion=Suggestion("give each case a name of its own"),
                related=[Related(known.place("name"), "the name stands here first")],
                where=f"`{'.'.join(place)}`",
                problem=f"two cases are named `{case.name}`",
            )


def _cause(error: ValidationError) -> ValidationError:
    """The mistake inside, where one of several alternatives was plainly meant."""
    from jsonschema.exceptions import best_match

    deepest = best_match(error.context) if error.context and error.validator in {"anyOf", "oneOf"} else None
    return deepest if deepest is not None and len(deepest.absolute_path) > len(error.absolute_path) else error


def _edit(error: ValidationError, place: Node) -> Suggestion | None:
    """The form of an image that is written as a mere text; quotes, where a number or boolean stands for a text."""
    path = tuple(error.absolute_path)
    if error.validator == "type" and len(path) == 2 and path[0] == "images" and place.text:
        written = place.source.text[place.start : place.end]
        kind, _, rest = place.text.partition(":")
        form = f"{{{kind}: {json.dumps(rest)}}}" if kind in {"build", "load", "process"} else f"{{image: {written}}}"
        return Suggestion(f"write `{form}`", place.location, form)
    scalar = isinstance(error.instance, bool | int | float) and not place.style
    if error.validator != "type" or error.validator_value != "string" or not scalar:
        return None
    quoted = json.dumps(place.source.text[place.start : place.end])
    return Suggestion(f"write `{quoted}`", place.location, quoted)


def _unknown_keys(error: ValidationError, node: Node, subject: Subject) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    instance, properties = error.instance, error.schema["properties"]  # type: ignore[index]
    known = sorted(properties)
    free = "|".join(error.schema.get("patternProperties", ())) or "(?!)"  # type: ignore[union-attr]
    for key in sorted(instance.keys() - properties.keys()):  # type: ignore[union-attr]
        if re.search(free, str(key)):
            continue
        nearest = next(iter(difflib.get_close_matches(str(key), known, 1)), None)
        location = node.at(path).key_location(key)
        yield config_rules.UNKNOWN_KEY.at(
            location,
            subject,
            anchor=(*path, key),
            suggestion=Suggestion(f"did you mean `{nearest}`?", location, nearest) if nearest else None,
            key=key,
            where=_where(path),
            known=", ".join(f"`{name}`" for name in known),
        )


_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}
"""What JSON Schema's types are called in YAML."""


def invalid_value(node: Node, path: tuple[str | int, ...], problem: str) -> Finding:
    """A value below the root node `node` of the file that cannot be used, and why."""
    return config_rules.INVALID_VALUE.at(
        node.at(path).location,
        Subject("config", node.location.file),
        anchor=path,
        where=_where(path),
        problem=problem,
    )


def _where(path: tuple[str | int, ...]) -> str:
    text = dotted(path).removeprefix(".")
    return f"`{text}`" if text else "the file"


def _problem(error: Any) -> str:
    """What is wrong in words of the file, not of JSON Schema."""
    found = json.dumps(error.instance)
    match error.validator:
        case "enum":
            known = [str(value) for value in error.validator_value if value is not False]  # what YAML makes of `off`
            return f"found {found}, expected one of {', '.join(known)}"
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            return f"found {found}, expected {' or '.join(_KINDS.get(str(kind), str(kind)) for kind in kinds)}"
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"{', '.join(f'`{name}`' for name in missing)} is missing"
        case "anyOf" if "examples" in error.schema:
            return f"found {found}, expected something like {error.schema['examples'][0]}"
        case "anyOf" if all(option.keys() == {"required"} for option in error.validator_value):
            *names, last = (f"`{option['required'][0]}`" for option in error.validator_value)
            return f"one of {', '.join(names)} or {last} is missing"
        case "not":
            return f"{' and '.join(f'`{name}`' for name in error.validator_value['required'])} exclude each other"
    return str(error.message)
