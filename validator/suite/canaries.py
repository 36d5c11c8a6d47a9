"""Canaries: made-up values in place of what an engram is trusted with, which tell what leaks from what may pass.

A canary has the shape of the value that it stands for and keeps the schema. What cannot vary without another meaning
(words of an enum, booleans, durations, templates, short codes) is left alone. The same case gives the same canaries.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from validator.findings import Json, Path, dotted
from validator.schemas.profile import LITERAL
from validator.schemas.validation import is_instance
from validator.suite.cases import Case, Expectation, Mode, Origin

VARIABLE = "SANDBOX_CANARY"
"""The environment variable that a canary sits in."""
METADATA_KEY = "sandbox-canary"
PAYLOAD_KEY = "sandboxCanary"
INPUT_KEY = "sandboxInput"
"""The member that each object among the inputs of a packet gets, to see whether it is carried on as a whole."""
TELLING = 8
"""Characters from which on a value proves something by itself: a shorter one may be anywhere by coincidence."""

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"(localhost|([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}|\d+(\.\d+){3})(:\d{1,5})?")
_SETTING = re.compile(r"\d{1,5}|(?i:true|false)")
"""A port or a switch that is kept among secrets: with another one, an engram would only fail."""
_WORD = r"([A-Z]?[a-z]+|[A-Z]+)"
_WORDS = re.compile(rf"(?=.{{0,15}}\Z){_WORD}([-_. ]{_WORD})*(-\d{{1,2}})?")
"""A user, a database, a region: kept among secrets, and in many a text that has nothing to do with them."""
_PREFIX = re.compile(r"[A-Za-z]{1,6}[-_]")
_FIXED = re.compile(
    r"|".join((
        r".{0,3}",  # a code: it means what it says
        r"[-+]?[0-9][0-9_.,eE+-]*",
        r"(?i:true|false|yes|no|on|off|null|none|auto|default)",
        r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|[kKmMgGtT]i?[bB]?))+",  # durations and sizes
        r"\d{4}-\d\d-\d\d([Tt ].*)?",
        r"[a-z]+/[a-z0-9.+*-]+(;.*)?",  # media types
        r"[\s\S]*\{\{[\s\S]*",  # templates
        r"\$\{[\s\S]*",
        r"[\s\S]*\n[\s\S]*",  # keys in PEM, scripts, prompts: their form matters
        r"\s*[\[{][\s\S]*",  # JSON in a string
    ))
)  # fmt: skip


class Trust(StrEnum):
    """What an engram is given that is nobody else's business."""

    SECRET = "secret"  # noqa: S105 - the word itself
    CONFIG = "config"
    ENVIRONMENT = "environment"
    METADATA = "metadata"
    PAYLOAD = "payload"
    INPUTS = "inputs"


@dataclass(frozen=True, slots=True)
class Canary:
    """One value to look for, and what it stands for."""

    trust: Trust
    path: Path
    """In `config` or `secrets` of the case; the name alone for the others."""
    value: str | int | float
    """What is looked for: the part that tells."""

    @property
    def origin(self) -> str:
        """How messages call where it came from: `openai.API_KEY`, `model`."""
        return dotted(self.path).removeprefix(".")

    @property
    def tells(self) -> bool:
        """Whether it proves something wherever it is seen."""
        return isinstance(self.value, str) and len(self.value) >= TELLING


@dataclass(frozen=True, slots=True)
class Planted:
    """A case with canaries in it."""

    case: Case
    canaries: tuple[Canary, ...]


def cases(cases: Iterable[Case]) -> Iterator[Case]:
    """For each mode the case that trusts the engram with most, to be run once more with canaries."""
    every = list(cases)
    for mode in Mode:
        choices = [case for case in every if case.mode is mode and not case.contract]
        choices = [case for case in choices if case.expect.error is None] or choices
        choices = [case for case in choices if (_packets(case) if mode is Mode.STREAMING else _trusted(case))]
        if choices:
            base = max(choices, key=_trusted)
            name = f"{base.name}, with canaries"
            yield replace(base, name=name, canary=True, origin=Origin.GENERATED, expect=Expectation(), node=None)


def given(case: Case) -> Iterator[Canary]:
    """The secrets of a case as they are, where they prove something and nothing else of the case holds them.

    Words may be anywhere by coincidence: whether they leak, only runs with canaries can tell.
    """
    elsewhere = [*_texts(dict(case.inputs)), *_texts(dict(case.config)), *_texts(dict(case.context))]
    elsewhere += [text for packet in _packets(case) for text in _texts(dict(packet))]
    for name, values in case.secrets.items():
        for key, value in values.items():
            ordinary = len(value) < TELLING or _WORDS.fullmatch(value) or _is_address(value)
            if not ordinary and not any(value in text for text in elsewhere):
                yield Canary(Trust.SECRET, (name, key), value)


def plant(case: Case, schema: Json, salt: str, *, vary_config: bool = True, inputs: Json = None) -> Planted:
    """A case with canaries instead of its own values.

    `schema` is the configSchema, `inputs` the inputSchema, None when there is none; another `salt` gives other
    canaries. Without `vary_config` only secrets and the surroundings vary.
    """
    maker = _Maker(case.name, salt, addressed=bool(case.services))
    config, found = maker.config(dict(case.config), schema) if vary_config else (dict(case.config), [])
    secrets: dict[str, dict[str, str]] = {}
    for name, values in case.secrets.items():
        secrets[name] = {}
        for key, value in values.items():
            secret = maker.secret(value, (name, key))
            secrets[name][key] = secret.whole
            if len(secret.telling) >= TELLING and not _is_address(secret.telling):
                found.append(Canary(Trust.SECRET, (name, key), secret.telling))
    variable = maker.token(Trust.ENVIRONMENT, (VARIABLE,))
    found.append(Canary(Trust.ENVIRONMENT, (VARIABLE,), variable))
    planted = replace(case, config=config, secrets=secrets, env={**case.env, VARIABLE: variable})
    if case.mode is Mode.STREAMING:
        metadata = maker.token(Trust.METADATA, (METADATA_KEY,))
        payload = maker.token(Trust.PAYLOAD, (PAYLOAD_KEY,))
        found.append(Canary(Trust.METADATA, (METADATA_KEY,), metadata))
        found.append(Canary(Trust.PAYLOAD, (PAYLOAD_KEY,), payload))
        planted = replace(
            planted,
            send=tuple(_packet(entry, metadata, payload) for entry in case.send),
            sessions=tuple(tuple(_packet(entry, metadata, payload) for entry in each) for each in case.sessions),
        )
        if vary_config:
            planted, more = maker.inputs(planted, inputs)
            found += more
    return Planted(planted, tuple(found))


@dataclass(frozen=True, slots=True)
class _Secret:
    """A made-up value, and the part of it that tells."""

    whole: str
    telling: str


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes values that depend on nothing but the case, the salt and the place."""

    case: str
    salt: str
    addressed: bool = False
    """Addresses mean something: stub services listen there."""

    def digest(self, trust: Trust, path: Path) -> int:
        text = "\0".join((self.case, self.salt, trust, *map(str, path)))
        return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")

    def token(self, trust: Trust, path: Path) -> str:
        """Letters and digits that stand nowhere else, and that every encoding leaves whole."""
        number, letters = self.digest(trust, path), []
        for _ in range(12):
            number, index = divmod(number, 36)
            letters.append((string.ascii_lowercase + string.digits)[index])
        return "cn" + "".join(letters)

    def secret(self, value: str, path: Path) -> _Secret:
        form_matters = "\n" in value or value.lstrip().startswith(("{", "[", "${"))
        if form_matters or _URL.match(value) or _HOST.fullmatch(value) or _SETTING.fullmatch(value):
            return _Secret(value, value)
        token = self.token(Trust.SECRET, path)
        prefix = _PREFIX.match(value)
        return _Secret((prefix[0] if prefix else "") + token, token)

    def config(self, config: dict[str, Json], schema: Json) -> tuple[dict[str, Json], list[Canary]]:
        """The config with every value changed that can change, one by one, as long as the schema agrees."""
        holds = isinstance(schema, dict) and is_instance(schema, config, profile=LITERAL)
        changed, found = config, []
        for path, leaf in list(_leaves(config)):
            for whole, telling in self.others(leaf, path, schema if holds else None):
                attempt = _with(changed, path, whole)
                assert isinstance(attempt, dict)
                if not holds or is_instance(schema, attempt, profile=LITERAL):
                    changed = attempt
                    found.append(Canary(Trust.CONFIG, path, telling))
                    break
        return changed, found

    def inputs(self, case: Case, schema: Json) -> tuple[Case, list[Canary]]:
        """The case with one member more in each object among the inputs of its packets, where the schema agrees."""
        found: dict[str, Canary] = {}

        def planted(entry: Mapping[str, Json]) -> dict[str, Json]:
            own = entry.get("inputs")
            if not isinstance(own, dict):
                return dict(entry)
            for name, member in list(own.items()):
                if not (isinstance(member, dict) and member):
                    continue
                token = self.token(Trust.INPUTS, (name, INPUT_KEY))
                attempt: dict[str, Json] = {**own, name: {**member, INPUT_KEY: token}}
                if schema is None or is_instance(schema, attempt, profile=LITERAL):
                    own = attempt
                    found[name] = Canary(Trust.INPUTS, (name, INPUT_KEY), token)
            return {**entry, "inputs": own}

        send = tuple(map(planted, case.send))
        sessions = tuple(tuple(map(planted, each)) for each in case.sessions)
        return replace(case, send=send, sessions=sessions), list(found.values())

    def others(self, leaf: Json, path: Path, schema: Json) -> Iterator[tuple[Json, str | int | float]]:
        """Other values for one leaf, the most telling first, each with what to look for."""
        if isinstance(leaf, int | float) and not isinstance(leaf, bool):
            yield from self.numbers(leaf, path, schema)
        elif isinstance(leaf, str) and not _FIXED.fullmatch(leaf):
            token = self.token(Trust.CONFIG, path)
            if _URL.match(leaf) or leaf.startswith("/"):
                if self.addressed:
                    return
                yield f"{leaf.rstrip('/')}/{token}", token
                return
            if re.fullmatch(r"[^@\s]+@[^@\s]+", leaf):
                yield f"{token}@example.com", token
                return
            prefix = _PREFIX.match(leaf)
            if prefix:
                yield prefix[0] + token, token
            yield token, token
            short = token[: max(TELLING, min(len(leaf), len(token)))]
            yield short, short
            alike = self.alike(leaf, path)
            yield alike, alike

    def alike(self, text: str, path: Path) -> str:
        """A text of the same letters-and-digits shape."""
        number, out = self.digest(Trust.CONFIG, path), []
        for character in text:
            kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
            kind = next((kind for kind in kinds if character in kind), character)
            number, index = divmod(number, len(kind))
            out.append(kind[index])
        return "".join(out)

    def numbers(self, number: float, path: Path, schema: Json) -> Iterator[tuple[Json, str | int | float]]:
        """Others in a range that the schema declares: only there a number is as good as its neighbour."""
        node = _declared(schema, path)
        low, high = node.get("minimum"), node.get("maximum")
        if not isinstance(low, int | float) or not isinstance(high, int | float) or "multipleOf" in node:
            return
        chance = self.digest(Trust.CONFIG, path)
        if isinstance(number, int):
            step = 1 + chance % 7
            yield from ((other, other) for other in (number + step, number - step, number + 1, number - 1))
        else:
            other = round(low + (high - low) * (chance % 997 + 1) / 1000, 6)
            yield other, other


def _trusted(case: Case) -> int:
    """How much a case trusts the engram with."""
    return sum(1 for _ in _leaves(dict(case.config))) + sum(map(len, case.secrets.values()))


def _is_address(text: str) -> bool:
    """A plain address, which is kept in secrets for convenience: errors of the network name it, and rightly."""
    if _HOST.fullmatch(text):
        return True
    return _URL.match(text) is not None and not re.search(r"[@?#\s]", text)


def _packets(case: Case) -> tuple[Mapping[str, Json], ...]:
    return (*case.send, *(packet for session in case.sessions for packet in session))


def _packet(entry: Mapping[str, Json], metadata: str, payload: str) -> dict[str, Json]:
    """A packet with canaries where an engram that copies all of it would carry them on."""
    if "hook" in entry:
        return dict(entry)
    own, body = entry.get("metadata"), entry.get("payload")
    planted: dict[str, Json] = {**entry, "metadata": {**(own if isinstance(own, dict) else {}), METADATA_KEY: metadata}}
    if isinstance(body, dict):
        planted["payload"] = {**body, PAYLOAD_KEY: payload}
    return planted


def _leaves(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _texts(value: Json) -> Iterator[str]:
    return (leaf for _, leaf in _leaves(value) if isinstance(leaf, str))


def _with(document: Json, path: Path, leaf: Json) -> Json:
    """A copy of a document with one leaf changed."""
    if not path:
        return leaf
    step, *rest = path
    if isinstance(document, dict) and isinstance(step, str):
        return {**document, step: _with(document[step], tuple(rest), leaf)}
    if isinstance(document, list) and isinstance(step, int):
        return [*document[:step], _with(document[step], tuple(rest), leaf), *document[step + 1 :]]
    return document


def _declared(schema: Json, path: Path) -> dict[str, Json]:
    """What `properties` and `items` say of a place; empty when they say nothing."""
    node = schema
    for step in path:
        if not isinstance(node, dict):
            return {}
        properties = node.get("properties")
        node = properties.get(step) if isinstance(step, str) and isinstance(properties, dict) else node.get("items")
    return node if isinstance(node, dict) else {}
