"""Ours against the platform's engine itself, on documents made up from a seed.

`tests/oracle/schema` is that engine behind a pipe. A schema that leads back to itself ends it, so those are left out.
"""

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from validator.schemas.definition import compile_schema
from validator.schemas.formats import FORMATS
from validator.schemas.normalisation import normalise
from validator.schemas.profile import LITERAL, WEBHOOK
from validator.schemas.validation import is_instance, validate

ORACLE = Path(__file__).parents[1] / "oracle" / "schema"
FORMAT_LINES = (Path(__file__).parents[1] / "vectors" / "formats.jsonl").read_text(encoding="utf-8").splitlines()

NAMES = ["a", "b", "x-y", "$ref", "id", "$id", "anyOf", "const", "definitions"]
TEXTS = ["", "a", "abc", "{{ x }}", "p {{ x }}", "${{ a }} ", "{{}}", "é"]
TEXTS += ["2024-01-01", "1.2.3.4", "a@b.c", "http://a/b"]
NUMBERS = [0, 1, 2, 3, 10, -1, 1.0, 0.5, 2.5, 0.1, 0.3, 1e3, 1e21, 9007199254740993]
TYPES = ["object", "string", "integer", "number", "array", "boolean", "null"]
PATTERNS = ["^a", "b$", r"\d+", "^[a-z]*$", "(", "(?=x)", ".", "(?i)AB"]
REFERENCES = ["#", "#/definitions/a", "#/$defs/a", "#foo", "#/properties/a", "#/anyOf/0/definitions/a"]
REFERENCES += ["b.json", "b.json#/definitions/a", "/b.json", "http://q/r", "http://q/r#/definitions/a"]
REFERENCES += ["http://json-schema.org/draft-07/schema#"]
IDENTIFIERS = ["http://q/r", "b.json", "#foo", "x/y", "urn:a:b"]
DIALECTS = [f"http://json-schema.org/draft-0{number}/schema#" for number in (4, 6, 7)]
NESTED = {"properties": 6, "items": 3, "additionalProperties": 2, "anyOf": 2, "oneOf": 2, "definitions": 2}
NESTED |= dict.fromkeys(["patternProperties", "$defs", "dependencies", "additionalItems", "allOf", "not", "if"], 1)
NESTED |= dict.fromkeys(["then", "else", "contains", "propertyNames", "prefixItems", "$ref", "$id", "id", "$schema"], 1)
FLAT = ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"]
FLAT += ["minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"]
FLAT += ["pattern", "format", "type", "type", "const", "enum", "title", "default"]
STAND_INS = [{"$bubuStorageRef": "a"}, {"$bubuStorageRef": 5}, {"$bubuSecretRef": "n:k"}]
STAND_INS += [{"$bubuConfigMapRef": {"name": "n", "key": "k"}}, {"$bubuSecretRef": {"name": "n"}}]


class Documents:
    """Schemas, mostly sensible, and values that mostly have something to do with them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    def times(self, most: int, make: Callable[[], Any]) -> list[Any]:
        return [make() for _ in range(self.random.randint(0, most))]

    def value(self, depth: int = 0) -> Any:
        if depth > 2 or self.chance(0.5):
            return self.pick([None, True, False, *NUMBERS, *TEXTS])
        if self.chance(0.2):
            return dict(self.pick(STAND_INS))
        if self.chance(0.4):
            return self.times(3, lambda: self.value(depth + 1))
        return {self.pick(NAMES): self.value(depth + 1) for _ in range(self.random.randint(0, 3))}

    def junk(self) -> Any:
        return self.pick([None, 1, -1, 1.5, "x", True, [], {}, [1], ["a"], {"a": 1}, {"type": "bad"}, "a#b%zz"])

    def schema(self, depth: int = 0) -> Any:
        if self.chance(0.05):
            return self.pick([True, False, {}, self.junk()])
        keywords = FLAT + ([word for word, weight in NESTED.items() for _ in range(weight)] if depth < 3 else [])
        made = {word: self.keyword(word, depth) for word in self.random.sample(keywords, self.random.randint(1, 3))}
        if self.chance(0.35):
            made["type"] = self.pick([*TYPES, ["string", "null"], ["integer", "object"]])
        return made

    def keyword(self, word: str, depth: int) -> Any:
        if self.chance(0.02):
            return self.junk()
        plain: dict[str, Callable[[], Any]] = {
            "pattern": lambda: self.pick(PATTERNS),
            "format": lambda: self.pick([*FORMATS, "byte", "int32"]),
            "type": lambda: self.pick(TYPES),
            "const": lambda: self.value(1),
            "default": lambda: self.value(1),
            "enum": lambda: self.times(3, lambda: self.value(1)),
            "title": lambda: "t",
            "uniqueItems": lambda: self.chance(0.7),
            "required": lambda: self.random.sample(NAMES, self.random.randint(0, 2)) if self.chance(0.8) else True,
            "$ref": lambda: self.pick(REFERENCES),
            "$schema": lambda: self.pick(DIALECTS),
        }
        if word in plain:
            return plain[word]()
        if word in {"minimum", "maximum", "multipleOf"}:
            return self.pick([0, 1, 2, 0.5, 0.1, -1, 10])
        if word.startswith("exclusive"):
            return self.chance(0.5) if self.chance(0.4) else self.pick([0, 1, 2.5])
        if word.startswith(("min", "max")):
            return self.pick([0, 1, 2, 3])
        if word in {"$id", "id"}:
            return self.pick(IDENTIFIERS)
        if word in {"properties", "patternProperties", "definitions", "$defs"}:
            named = {self.pick(PATTERNS if word.startswith("pattern") else NAMES): self.schema(depth + 1)}
            for child in named.values():
                if isinstance(child, dict) and self.chance(0.2):
                    child["required"] = self.chance(0.7)
            return named | {self.pick(NAMES): self.schema(depth + 1)}
        if word == "dependencies":
            return {self.pick(NAMES): self.schema(depth + 1) if self.chance(0.5) else [self.pick(NAMES)]}
        if word in {"anyOf", "oneOf", "allOf", "prefixItems"} or (word == "items" and self.chance(0.4)):
            return self.times(3, lambda: self.schema(depth + 1))
        if word.startswith("additional") and self.chance(0.5):
            return self.chance(0.5)
        return self.schema(depth + 1)

    def instance(self, schema: Any, depth: int = 0) -> Any:
        if depth > 3 or not isinstance(schema, dict) or self.chance(0.2):
            return self.value()
        if isinstance(schema.get("enum"), list) and schema["enum"] and self.chance(0.7):
            return self.pick(schema["enum"])
        if "const" in schema and self.chance(0.7):
            return schema["const"]
        if isinstance(schema.get("properties"), dict):
            fields = {name: self.instance(child, depth + 1) for name, child in schema["properties"].items()}
            return {name: value for name, value in fields.items() if self.chance(0.8)}
        for word in ("anyOf", "oneOf", "allOf"):
            if isinstance(schema.get(word), list) and schema[word] and self.chance(0.6):
                return self.instance(self.pick(schema[word]), depth + 1)
        if isinstance(schema.get("items"), dict):
            return self.times(3, lambda: self.instance(schema["items"], depth + 1))
        made = {"string": self.pick(TEXTS), "integer": self.pick([0, 1, 2, 3.0, 6]), "number": self.pick(NUMBERS)}
        made |= {"array": self.times(3, self.value), "object": {self.pick(NAMES): self.value(2)}, "boolean": True}
        return made.get(schema["type"]) if isinstance(schema.get("type"), str) else self.value()


def as_go_writes(value: Any) -> Any:
    """The platform holds a schema as float64 before it compiles it: 2.0 is written 2."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(float(value))
    if isinstance(value, list):
        return [as_go_writes(item) for item in value]
    return {name: as_go_writes(member) for name, member in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("oracle") / "schema"
    subprocess.run(["go", "build", "-o", binary, "."], cwd=ORACLE, check=True)
    return binary


def ask(engine: Path, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = "".join(json.dumps(question) + "\n" for question in questions)
    told = subprocess.run([engine], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.go
@pytest.mark.slow
def test_made_up_documents(engine: Path) -> None:
    made = Documents(seed=20241)
    cases: list[tuple[Any, Any, Any]] = []
    while len(cases) < 8_000:
        schema, profile = made.schema(), made.pick([WEBHOOK, WEBHOOK, LITERAL])
        if not compile_schema(schema, profile).endless:
            cases += [(schema, profile, made.instance(schema)) for _ in range(4)]
    asked = [{"schema": as_go_writes(normalise(schema, by)), "instance": value} for schema, by, value in cases]
    wrong = []
    for (schema, profile, value), answer in zip(cases, ask(engine, asked), strict=True):
        refused = bool(compile_schema(schema, profile).problems)
        if is_instance(schema, value, profile=profile) is not answer["valid"] or refused is not ("refused" in answer):
            wrong.append((profile.name, schema, value, answer))
    assert wrong == []
    assert len({case[1].name for case in cases}) == 2


@pytest.mark.go
def test_mutated_formats(engine: Path) -> None:
    made = Documents(seed=7)
    known = [json.loads(line) for line in FORMAT_LINES]
    # What RE2 and Go call a Unicode class differs by version, and is nobody's pattern.
    mutated = [(line["format"], text) for line in known for text in mutations(made, line["text"])]
    cases = [(name, text) for name, text in mutated if r"\p" not in text]
    answers = ask(engine, [{"format": name, "text": text} for name, text in cases])
    pairs = zip(cases, answers, strict=True)
    assert [case for case, answer in pairs if FORMATS[case[0]](case[1]) is not answer["valid"]] == []


def mutations(made: Documents, text: str) -> list[str]:
    alphabet = ' ."<>()@:;,%[]{}\\/?#=&-+0129aZé*\t\n|^$'
    found = []
    for _ in range(10):
        at = made.random.randint(0, len(text))
        found.append(text[:at] + made.pick(["", made.pick(alphabet)]) + text[at + made.random.randint(0, 2) :])
    return found


def test_an_explanation_goes_with_every_refusal() -> None:
    made = Documents(seed=5)
    for _ in range(1000):
        schema = made.schema()
        value = made.instance(schema)
        if not compile_schema(schema, WEBHOOK).endless:
            assert bool(validate(schema, value)) is not is_instance(schema, value)
