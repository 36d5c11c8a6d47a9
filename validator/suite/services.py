"""The stub services of a case: as they are written, as the sandbox takes them, and what can be wrong with them."""

from __future__ import annotations

import base64
import binascii
import difflib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from validator.findings import Finding, Json, Subject, dotted
from validator.findings import Path as Place
from validator.rules import config as config_rules
from validator.sandbox.addresses import PARTS, PLACEHOLDER, Address, filled
from validator.sandbox.harness import shapes
from validator.sandbox.harness.exchanges import path_pattern
from validator.sandbox.service_model import Service
from validator.schemas.patterns import PatternError, compile_pattern
from validator.suite.cases import Case
from validator.suite.quantities import seconds

ANY = re.compile(r"\$\{\{\s*services\.((?:(?!\$\{\{).)*?)\}\}")
GIVEN = ("inputs", "config", "secrets", "context", "env", "send", "sessions")
"""Parts of a case in which `${{ services.NAME.url }}` becomes the address."""
_TIMES = ("delay", "interval")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the schema of the file cannot see."""

    path: Place
    """Below the case."""
    text: str


def services(case: Case, base: Path) -> tuple[Service, ...]:
    """What the sandbox serves; files are read relative to `base`. Raises OSError when one cannot be read."""
    return tuple(
        Service(name, tuple(_exchange(each, base) for each in written["https" if tls else "http"]), tls)
        for name, written in _written(case)
        for tls in ("https" in written,)
    )


def exemplified(case: Case) -> Case:
    """The case with addresses as they could be, to be judged before anything is served."""
    if not case.services:
        return case
    addresses = {name: Address("127.0.0.1", 8080, "https" in written) for name, written in _written(case)}
    return replace(case, inputs=filled(dict(case.inputs), addresses), config=filled(dict(case.config), addresses))


def mistakes(case: Case, base: Path) -> Iterator[Finding]:
    """What is wrong with the services of a case, and with the places that name one."""
    for problem in (*_unknown_names(case), *_unusable(case, base)):
        where = dotted(problem.path)
        common = problem.path[0] == "services" and not case.own(*problem.path[:2])
        yield config_rules.INVALID_VALUE.at(
            case.place(*problem.path),
            Subject("config", case.location.file),
            anchor=("cases", "defaults" if common else case.name, *problem.path),
            where=f"`{where.removeprefix('.')}` of {'the defaults' if common else f'case `{case.name}`'}",
            problem=problem.text,
        )


def _unknown_names(case: Case) -> Iterator[Problem]:
    texts = [((part, *path), text) for part in GIVEN for path, text in _texts(getattr(case, part))]
    for place, match in ((place, match) for place, text in texts for match in ANY.finditer(text)):
        known = PLACEHOLDER.fullmatch(match[0])
        if known and known[1] in case.services and known[2] in PARTS:
            continue
        options = [f"services.{name}.{each}" for name in case.services for each in PARTS]
        nearest = next(iter(difflib.get_close_matches(f"services.{match[1].strip()}", options, 1)), None)
        hint = f"; did you mean `{nearest}`?" if nearest else ""
        names = ", ".join(f"`{name}`" for name in case.services) or "no services"
        yield Problem(place, f"`{match[0]}` names none: the case has {names}, each with {', '.join(PARTS)}{hint}")


def _unusable(case: Case, base: Path) -> Iterator[Problem]:
    for place, exchange in _exchanges(case):
        yield from _unusable_request(exchange.get("request", {}), (*place, "request"))
        for path, response in _responses(exchange):
            yield from _unreadable(response, (*place, *path), base)


def _exchanges(case: Case) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for name, written in _written(case):
        for kind in ("http", "https"):
            for index, exchange in enumerate(written.get(kind, ())):
                yield ("services", name, kind, index), exchange


def _unusable_request(request: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    yield from _unmatchable(request, place)
    for part in ("json", "text"):
        yield from _unknown_keywords(request.get(part), (*place, part))
    for group in ("query", "headers"):
        for key, value in request.get(group, {}).items():
            yield from _unknown_keywords(value, (*place, group, key))


def _unmatchable(request: Mapping[str, Any], path: Place) -> Iterator[Problem]:
    """A path that is none, such as one that names two parts alike."""
    if "path" in request:
        try:
            path_pattern(str(request["path"]))
        except ValueError:
            yield Problem((*path, "path"), "expected a path, with another ASCII name for each `{name}` in it")


def _unknown_keywords(node: Any, path: Place) -> Iterator[Problem]:
    """Schemas of requests are judged beside the engram, where only some keywords are understood."""
    if shapes.is_schema(node):
        for word in sorted(set(node) & shapes.BEYOND):
            known = ", ".join(sorted(shapes.KEYWORDS))
            yield Problem((*path, word), f"a request cannot be matched by `{word}`; known are {known}")
        if "pattern" in node:
            try:
                compile_pattern(node["pattern"])
            except (PatternError, TypeError) as error:
                yield Problem((*path, "pattern"), f"no regular expression of RE2: {error}")
    if isinstance(node, dict):
        for name, member in node.items():
            yield from _unknown_keywords(member, (*path, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _unknown_keywords(item, (*path, index))


def _unreadable(response: Mapping[str, Any], path: Place, base: Path) -> Iterator[Problem]:
    if "file" in response and not Path(base, response["file"]).is_file():
        yield Problem((*path, "file"), f"there is no file {response['file']} beside the configuration")
    if "base64" in response:
        try:
            base64.b64decode(response["base64"], validate=True)
        except (binascii.Error, ValueError) as error:
            yield Problem((*path, "base64"), str(error))


def _written(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The services by name; their shape is that of the schema of the file."""
    for name, written in case.services.items():
        assert isinstance(written, dict)
        yield name, written


def _responses(exchange: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    if "response" in exchange:
        yield ("response",), exchange["response"]
    for index, response in enumerate(exchange.get("responses", ())):
        yield ("responses", index), response


def _exchange(written: Mapping[str, Any], base: Path) -> dict[str, Json]:
    return {
        "request": dict(written.get("request", {})),
        "responses": [_response(response, base) for _, response in _responses(written)],
    }


def _response(written: Mapping[str, Any], base: Path) -> dict[str, Json]:
    """A response as the harness takes it: times in seconds, and files as what is in them."""
    response = {key: value for key, value in written.items() if key != "file"}
    response |= {key: seconds(written[key]) for key in _TIMES if key in written}
    if "file" in written:
        content = Path(base, written["file"]).read_bytes()
        mime = mimetypes.guess_type(written["file"])[0] or "application/octet-stream"
        if written.get("template"):
            response |= {"text": content.decode("utf-8", "replace")}
            response["headers"] = {"Content-Type": mime, **written.get("headers", {})}
        else:
            response |= {"base64": base64.b64encode(content).decode(), "mime": mime}
    return response


def _texts(value: Any, path: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts(member, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
