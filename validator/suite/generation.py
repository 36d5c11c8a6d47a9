"""Cases from schemas, for engrams that nobody wrote cases for: the least that a schema asks for, and all it offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from validator.findings import Json
from validator.schemas.samples import full, minimal, other
from validator.schemas.wording import address_for
from validator.sources.manifests import EngramTemplate
from validator.sources.node import Node
from validator.suite.cases import Case, Mode, Origin

Inputs: TypeAlias = tuple[dict[str, Json], dict[str, Json]]
"""The inputs and the config of a case."""
OTHERS = 3
"""How many more full cases are made, so that each value of a short enum and each alternative comes up."""


def cases(template: EngramTemplate, mode: Mode, settings: Mapping[str, Json]) -> tuple[list[Case], str]:
    """A minimal and a full case for a mode, for jobs with others of each choice; or the reason why there is none.

    `settings` is the config (`Engram.spec.with`); without it the least that configSchema asks for is taken.
    """
    samples: dict[str, Inputs] = {}
    for name, make in (("minimal", minimal), ("full", full)):
        config, reason = (dict(settings), "") if settings else _sample(template.config_schema, make)
        if reason:
            return [], f"no config could be made from configSchema: {reason}"
        inputs, reason = _sample(template.input_schema, make)
        if reason:
            return [], f"no input could be made from inputSchema: {reason}"
        if (inputs, config) not in samples.values():
            samples[name] = inputs, config
    if mode is Mode.BATCH:
        samples |= _others(template, samples)
    schema = template.input_schema
    location = schema.location if schema is not None else template.name_location
    secrets = _secrets(template)
    return [
        Case(
            name=f"generated {name}",
            mode=mode,
            location=location,
            origin=Origin.GENERATED,
            inputs=inputs if mode is Mode.BATCH else {},
            send=({"inputs": inputs, "payload": inputs},) if mode is Mode.STREAMING else (),
            config=config,
            secrets=secrets,
        )
        for name, (inputs, config) in samples.items()
    ], ""


def _others(template: EngramTemplate, samples: Mapping[str, Inputs]) -> dict[str, Inputs]:
    """Further inputs with the least config, where the schema names values or alternatives that no sample has yet.

    All keys of a configuration at once are tried by one case: they may exclude each other.
    """
    schema = template.input_schema
    if schema is None or not isinstance(schema.value, dict):
        return {}
    (_, config), *_ = samples.values()
    found: dict[str, Inputs] = {}
    for number in range(1, OTHERS + 1):
        inputs = other(schema.value, number)
        if isinstance(inputs, dict) and all(inputs != known for known, _ in (*samples.values(), *found.values())):
            found[f"other {len(found) + 1}"] = inputs, config
    return found


def _sample(schema: Node | None, make: object) -> tuple[dict[str, Json], str]:
    if schema is None or not isinstance(schema.value, dict):
        return {}, ""
    assert callable(make)
    sample = make(schema.value)
    if sample is None:
        return {}, "its constraints are too tight for a sample; write a case"
    if not isinstance(sample, dict):
        return {}, "it does not describe an object"
    return sample, ""


def _secrets(template: EngramTemplate) -> dict[str, dict[str, str]]:
    """A made-up value for every key that secretSchema expects, each its own, so that one that leaks has a name."""
    return {
        name: {key: _secret(name, key) for key in secret.expected_keys or ("value",)}
        for name, secret in template.secrets.items()
    }


def _secret(name: str, key: str) -> str:
    """What may stand under a key: no engram begins with an address or a port that is none."""
    return address_for(key) or f"made-up-{name}-{key}-secret"
