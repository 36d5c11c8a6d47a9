"""All kinds of single mistakes; here those of engrams, their templates and schemas, and of the text."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.mutation.drafts import Draft, Path
from tests.mutation.in_structure import STRUCTURE, at, member, slipped, without
from tests.mutation.in_surroundings import GAPS, IMPULSES, KEYS, PRIMITIVES, REQUIREMENTS, SECTIONS, TRANSPORTS
from tests.mutation.in_templates import TEMPLATES
from tests.mutation.in_values import VALUES
from tests.mutation.mistake import Apply, Mistake, Rewrite, slip


def _property(path: Path, value: Callable[[random.Random, Any], Any]) -> Apply:
    """Another value at a path of one property of a schema."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        key = f"template {rng.choice(draft.templates())}"
        schema = draft.documents[key]["spec"][rng.choice(["inputSchema", "outputSchema"])]["properties"]
        places = [name for name, one in schema.items() if path[0] in one]
        if not places:
            return False
        holder = schema[rng.choice(places)]
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = value(rng, holder[path[-1]])
        return True

    return apply


def _keyword(old: str, new: str) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        for name in rng.sample(draft.templates(), len(draft.templates())):
            schema = draft.documents[f"template {name}"]["spec"]["inputSchema"]["properties"]
            for field, one in schema.items():
                if old in one:
                    schema[field] = {(new if key == old else key): value for key, value in one.items()}
                    return True
        return False

    return apply


def _schema_keyword(keyword: str) -> Apply:
    """A slip in a keyword of a template's inputSchema itself."""
    return member(("spec", "inputSchema", keyword), slip, "template")


def _schema_key(key: str, value: object) -> Apply:
    """A key beside the keywords of a property of an inputSchema."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        schema = draft.documents[f"template {rng.choice(draft.templates())}"]["spec"]["inputSchema"]["properties"]
        name = rng.choice([*schema])
        schema[name] = {**schema[name], key: value}
        return True

    return apply


CATALOGUE = [
    Mistake("template-ref-misspelt", at("engram", ("spec", "templateRef", "name"), slipped)),
    Mistake("mode-misspelt", at("engram", ("spec", "mode"), slipped)),
    Mistake("mode-not-supported", at("engram", ("spec", "mode"), lambda rng, value: "statefulset")),
    Mistake(
        "supported-mode-misspelt", at("template", ("spec", "supportedModes"), lambda rng, value: [slip(rng, value[0])])
    ),
    Mistake("config-missing", without("engram", ("spec", "with", "region")), removes=True),
    Mistake("config-outside-enum", at("engram", ("spec", "with", "region"), lambda rng, value: "west")),
    Mistake("config-of-other-type", at("engram", ("spec", "with", "limit"), lambda rng, value: "few")),
    Mistake("secret-missing", without("engram", ("spec", "secrets")), removes=True),
    Mistake("secret-misspelt", at("engram", ("spec", "secrets"), lambda rng, value: {"apis": value["api"]})),
    Mistake(
        "mount-type-misspelt",
        at("template", ("spec", "secretSchema", "api", "mountType"), lambda rng, value: "environment"),
    ),
    Mistake("template-without-version", without("template", ("spec", "version")), removes=True),
    Mistake("config-misspelt", member(("spec", "with", "limit"), slip, "engram")),
    Mistake(
        "schema-required-misspelt",
        at("template", ("spec", "outputSchema", "required"), lambda rng, value: [slip(rng, value[0]), *value[1:]]),
    ),
    Mistake("image-missing", without("template", ("spec", "supportedModes")), removes=True),
    Mistake("schema-type-misspelt", _property(("type",), slipped)),
    Mistake("schema-minimum-of-text", _property(("minimum",), lambda rng, value: "zero")),
    Mistake(
        "schema-required-undeclared",
        at("template", ("spec", "outputSchema", "required"), lambda rng, value: [*value, "elsewhere"]),
    ),
    Mistake(
        "schema-required-is-text", at("template", ("spec", "inputSchema", "required"), lambda rng, value: value[0])
    ),
    Mistake("schema-keyword-minimum-misspelt", _keyword("minimum", "minimun")),
    Mistake("schema-keyword-maximum-misspelt", _keyword("maximum", "maxmium")),
    Mistake("schema-keyword-items-misspelt", _keyword("items", "itmes")),
    Mistake("schema-keyword-enum-misspelt", _keyword("enum", "enums")),
    Mistake("schema-keyword-required-misspelt", _schema_keyword("required")),
    Mistake("schema-keyword-properties-misspelt", _schema_keyword("properties")),
    Mistake("schema-keyword-constant", _schema_key("constant", "fixed")),
    Mistake("schema-keyword-nullable-misspelt", _schema_key("nulable", True)),
    Mistake("schema-keyword-description-misspelt", _schema_key("descripton", "what it holds")),
    Mistake("schema-keyword-additional-property", _schema_key("additionalProperty", False)),
    Mistake("inputs-schema-type-misspelt", at("batch", ("spec", "inputsSchema", "type"), slipped)),
]


def _line(fits: Callable[[str], bool], change: Callable[[str], str]) -> Rewrite:
    def rewrite(rng: random.Random, text: str) -> str | None:
        lines = text.split("\n")
        places = [index for index, line in enumerate(lines) if fits(line)]
        if not places:
            return None
        index = rng.choice(places)
        lines[index] = change(lines[index])
        return "\n".join(lines)

    return rewrite


TEXTS = [
    Mistake(
        "tab-indents",
        rewrite=_line(lambda line: line.startswith("    ") and ":" in line, lambda line: "\t" + line.lstrip()),
    ),
    Mistake(
        "template-unquoted",
        rewrite=_line(
            lambda line: "'{{" in line and line.rstrip().endswith("}}'"),
            lambda line: line.replace("'{{", "{{").replace("}}'", "}}").replace("''", "'"),
        ),
    ),
    Mistake("key-twice", rewrite=_line(lambda line: line.startswith("  name: "), lambda line: f"{line}\n{line}")),
    Mistake(
        "colon-without-space",
        rewrite=_line(lambda line: line.startswith("  name: "), lambda line: line.replace("name: ", "name:")),
    ),
    Mistake(
        "quote-unclosed",
        rewrite=_line(lambda line: line.startswith("  name: "), lambda line: line.replace("name: ", 'name: "')),
    ),
    Mistake(
        "bracket-unclosed",
        rewrite=_line(
            lambda line: line.startswith("  image: ") or line.startswith("  mode: "),
            lambda line: line.replace(": ", ": ["),
        ),
    ),
    Mistake("separator-with-content", rewrite=_line(lambda line: line == "---", lambda line: "--- x")),
    Mistake("document-end-for-separator", rewrite=_line(lambda line: line == "---", lambda line: "...")),
]

AREAS: Mapping[str, Sequence[Mistake]] = {
    "templates": TEMPLATES,
    "values": VALUES,
    "structure": STRUCTURE,
    "primitives": PRIMITIVES,
    "requirements": REQUIREMENTS,
    "keys": KEYS,
    "sections": SECTIONS,
    "impulses": IMPULSES,
    "transports": TRANSPORTS,
    "gaps of the platform": GAPS,
    "engrams and schemas": CATALOGUE,
    "text": TEXTS,
}
MISTAKES = [mistake for mistakes in AREAS.values() for mistake in mistakes]
