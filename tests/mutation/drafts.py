"""Correct workspaces, made at random from a seed: engrams with schemas, a batch story, a realtime story, an impulse.

What is made here is right by the contract: templates see what is there, values have the types that are asked for, and
every reference is met. `Site` remembers what a template reads, so that a mistake can be made with intent.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.mutation import surroundings

Document = dict[str, Any]
Path = tuple[str | int, ...]

WORDS = [
    "order", "parcel", "city", "weight", "colour", "ticket", "amount", "reason", "person", "answer", "title",
    "sender", "subject", "quota", "rating", "country", "street", "window", "shelf", "invoice", "comment", "carrier",
    "pallet", "barcode",
]  # fmt: skip
VERBS = ["fetch", "extract", "classify", "translate", "archive", "measure", "enrich", "approve", "publish", "inspect"]
SCHEMAS: dict[str, Document] = {
    "text": {"type": "string"},
    "count": {"type": "integer", "minimum": 0, "maximum": 99},
    "flag": {"type": "boolean"},
    "level": {"type": "string", "enum": ["low", "medium", "high"]},
    "tags": {"type": "array", "items": {"type": "string"}},
    "details": {
        "type": "object",
        "required": ["code", "score"],
        "properties": {"code": {"type": "string"}, "score": {"type": "integer"}},
    },
}


@dataclass(frozen=True)
class Site:
    """A template, where it stands, and what it reads."""

    kind: str
    """Kind of the document: `batch`, `realtime`, `impulse`, `engram`."""
    path: Path
    """Within the document."""
    reads: str
    """The reference, such as `steps.fetch.output.order`."""
    source: str
    """`inputs`, `steps` or `packet`."""
    gives: str
    """The type of what is read, a key of SCHEMAS."""
    form: str
    """`whole` for a template that is nothing but the reference, `text`, `dig` or `if`."""


@dataclass
class Draft:
    """A workspace with a story that is `batch` or `realtime`."""

    documents: dict[str, Document]
    """By a key of their own: `batch`, `realtime`, `engram fetch`, `template fetch`."""
    sites: list[Site] = field(default_factory=list)

    def copy(self) -> Draft:
        return Draft(copy.deepcopy(self.documents), list(self.sites))

    def get(self, key: str, path: Path) -> Any:
        value: Any = self.documents[key]
        for step in path:
            value = value[step]
        return value

    def set(self, key: str, path: Path, value: Any) -> None:
        self.get(key, path[:-1])[path[-1]] = value

    def remove(self, key: str, path: Path) -> None:
        del self.get(key, path[:-1])[path[-1]]

    def templates(self) -> list[str]:
        return [key.partition(" ")[2] for key in self.documents if key.startswith("template ")]

    def steps(self, key: str) -> Iterator[tuple[Path, Document]]:
        """The main steps of a story, with their paths."""
        for index, step in enumerate(self.documents[key]["spec"]["steps"]):
            yield ("spec", "steps", index), step

    def schema(self, engram: str, which: str) -> Document:
        found: Document = self.documents[f"template {engram}"]["spec"][which]
        return found


def draft(seed: int) -> Draft:
    """A correct workspace."""
    return _Maker(random.Random(seed)).make()


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.draft = Draft({})
        self.outputs: dict[str, dict[str, tuple[str, bool]]] = {}
        self.inputs: dict[str, dict[str, tuple[str, bool]]] = {}

    def make(self) -> Draft:
        names = self.rng.sample(VERBS, 3)
        streams = self.rng.random() < 0.4
        for name in names:
            self.template(name, "deployment" if streams else "job")
        if streams:
            self.transport()
            self.realtime(names)
        else:
            self.batch(names)
            self.impulse()
        return self.draft

    def fields(self, number: int, *, required: int) -> dict[str, tuple[str, bool]]:
        words = self.rng.sample(WORDS, number)
        kinds = [self.rng.choice([*SCHEMAS]) for _ in words]
        kinds[0] = "text"
        return {word: (kind, index < required) for index, (word, kind) in enumerate(zip(words, kinds, strict=True))}

    def schema(self, fields: dict[str, tuple[str, bool]], *, closed: bool = False) -> Document:
        schema: Document = {
            "type": "object",
            "required": [name for name, (_, required) in fields.items() if required],
            "properties": {name: copy.deepcopy(SCHEMAS[kind]) for name, (kind, _) in fields.items()},
        }
        if closed:  # what the Engram's `with` holds is merged into the inputs
            schema["properties"] |= {"region": {"type": "string"}, "limit": {"type": "integer"}}
            schema["additionalProperties"] = False
        return schema

    def template(self, name: str, mode: str) -> None:
        self.inputs[name] = self.fields(4, required=2)
        self.outputs[name] = self.fields(4, required=3)
        spec: Document = {
            "version": "1.0.0",
            "image": f"registry.example/{name}:1.0.0",
            "supportedModes": [mode],
            "configSchema": {
                "type": "object",
                "required": ["region"],
                "properties": {"region": {"type": "string", "enum": ["north", "south"]}, "limit": {"type": "integer"}},
            },
            "inputSchema": self.schema(self.inputs[name], closed=self.rng.random() < 0.4),
            "outputSchema": self.schema(self.outputs[name]),
            "secretSchema": {
                "api": {"required": True, "mountType": "env", "envPrefix": "API_", "expectedKeys": ["TOKEN"]}
            },
        }
        self.add(f"template {name}", "catalog.bubustack.io/v1alpha1", "EngramTemplate", name, spec)
        engram = {
            "mode": mode,
            "templateRef": {"name": name},
            "with": {"region": self.rng.choice(["north", "south"]), "limit": self.rng.randint(1, 9)},
            "secrets": {"api": f"{name}-api"},
        }
        self.add(f"engram {name}", "bubustack.io/v1alpha1", "Engram", name, engram)

    def add(self, key: str, version: str, kind: str, name: str, spec: Document) -> None:
        self.draft.documents[key] = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}

    def transport(self) -> None:
        spec = {
            "provider": "depot",
            "driver": "belt",
            "connectorImage": "registry.example/belt:1",
            "supportedBinary": ["application/octet-stream"],
            "streaming": {
                "routing": {
                    "rules": [
                        {
                            "name": "lanes",
                            "when": '{{ eq (default "" packet.metadata.lane) "closed" }}',
                            "action": "deny",
                        }
                    ]
                }
            },
        }
        self.add("transport", "transport.bubustack.io/v1alpha1", "Transport", "depot-belt", spec)

    def batch(self, names: list[str]) -> None:
        inputs = {**self.fields(5, required=5)}
        for word, kind in zip(
            self.rng.sample([word for word in WORDS if word not in inputs], 3), ("level", "count", "flag"), strict=True
        ):
            inputs[word] = (kind, True)
        steps: list[Document] = []
        spec: Document = {
            "pattern": "batch",
            "inputsSchema": self.schema(inputs, closed=self.rng.random() < 0.5),
            "policy": surroundings.story_policy(),
            "steps": steps,
        }
        self.add("batch", "bubustack.io/v1alpha1", "Story", "intake", spec)
        known: list[tuple[str, str, dict[str, tuple[str, bool]]]] = [("inputs", "inputs", inputs)]
        for index, name in enumerate(names):
            path: Path = ("spec", "steps", len(steps))
            step: Document = {"name": f"{name}-it" if index == 1 else name, "ref": {"name": name}}
            steps.append(step)
            if index:
                step["needs"] = [steps[index - 1]["name"]]
            step["with"] = self.given("batch", (*path, "with"), self.inputs[name], known)
            if index == 1:
                step["execution"] = {"timeout": "5m"}
                text = self.of(inputs, "text")
                step["idempotencyKeyTemplate"] = f"{name}-{{{{ inputs.{text} }}}}"
                where = (*path, "idempotencyKeyTemplate")
                self.draft.sites.append(Site("batch", where, f"inputs.{text}", "inputs", "text", "text"))
            known.append(("steps", f"steps.{step['name'].replace('-', '_')}.output", self.outputs[name]))
        self.conditional(names[0], steps, inputs, known)
        steps[1]["requires"] = [f"steps.{names[0]}.output.{self.of(self.outputs[names[0]], 'text')}"]
        surroundings.primitives(steps, self.of(inputs, "flag"))
        steps.append({"name": "pause", "type": "sleep", "needs": [steps[0]["name"]], "with": {"duration": "30s"}})
        spec["compensations"] = [
            {
                "name": "undo",
                "ref": {"name": names[1]},
                "with": self.given("batch", ("spec", "compensations", 0, "with"), self.inputs[names[1]], known[:1]),
            }
        ]
        spec["finally"] = [
            {
                "name": "report",
                "ref": {"name": names[0]},
                "with": self.given("batch", ("spec", "finally", 0, "with"), self.inputs[names[0]], known[:1]),
            }
        ]
        text, count = self.of(self.outputs[names[0]], "text"), self.of(inputs, "count")
        spec["output"] = {"summary": f"{{{{ steps.{names[0]}.output.{text} }}}}", "total": f"{{{{ inputs.{count} }}}}"}
        self.draft.sites.append(
            Site("batch", ("spec", "output", "summary"), f"steps.{names[0]}.output.{text}", "steps", "text", "whole")
        )
        self.draft.sites.append(
            Site("batch", ("spec", "output", "total"), f"inputs.{count}", "inputs", "count", "whole")
        )
        spec["outputsSchema"] = {
            "type": "object",
            "required": ["summary", "total"],
            "properties": {"summary": {"type": "string"}, "total": {"type": "integer"}},
        }

    def conditional(self, name: str, steps: list[Document], inputs: Any, known: Any) -> None:
        """A step that runs under a condition, and another story that is executed."""
        level, flag = self.of(inputs, "level"), self.of(inputs, "flag")
        path: Path = ("spec", "steps", len(steps))
        condition = f'{{{{ and inputs.{flag} (eq inputs.{level} "high") }}}}'
        step = {"name": "escalate", "ref": {"name": name}, "needs": [steps[-1]["name"]], "if": condition}
        step["with"] = self.given("batch", (*path, "with"), self.inputs[name], known)
        steps.append(step)
        self.draft.sites.append(Site("batch", (*path, "if"), f"inputs.{level}", "inputs", "level", "if"))
        path = ("spec", "steps", len(steps))
        text = self.of(inputs, "text")
        steps.append(
            {
                "name": "hand-over",
                "type": "executeStory",
                "with": {
                    "storyRef": {"name": "follow-up"},
                    "waitForCompletion": True,
                    "with": {"subject": f"{{{{ inputs.{text} }}}}"},
                },
            }
        )
        self.draft.sites.append(
            Site("batch", (*path, "with", "with", "subject"), f"inputs.{text}", "inputs", "text", "whole")
        )
        follow = {
            "pattern": "batch",
            "inputsSchema": {"type": "object", "required": ["subject"], "properties": {"subject": {"type": "string"}}},
            "steps": [{"name": "rest", "type": "sleep", "with": {"duration": "10s"}}],
        }
        self.add("follow", "bubustack.io/v1alpha1", "Story", "follow-up", follow)

    def realtime(self, names: list[str]) -> None:
        steps: list[Document] = []
        spec: Document = {
            "pattern": "realtime",
            "inputsSchema": {"type": "object", "required": ["tone"], "properties": {"tone": {"type": "string"}}},
            "transports": [
                {
                    "name": "line",
                    "transportRef": "depot-belt",
                    "streaming": surroundings.streaming(self.of(self.outputs[names[0]], "text"), names[-1]),
                }
            ],
            "steps": steps,
        }
        self.add("realtime", "bubustack.io/v1alpha1", "Story", "conversation", spec)
        for index, name in enumerate(names):
            path: Path = ("spec", "steps", index)
            step: Document = {"name": name, "transport": "line", "ref": {"name": name}}
            steps.append(step)
            wanted = self.inputs[name]
            if index == 0:
                step["with"] = self.given(
                    "realtime", (*path, "with"), wanted, [("inputs", "inputs", {"tone": ("text", True)})]
                )
                continue
            step["needs"] = [names[index - 1]]
            before = self.outputs[names[index - 1]]
            step["runtime"] = self.given("realtime", (*path, "runtime"), wanted, [("packet", "packet", before)])

    def impulse(self) -> None:
        template = surroundings.impulse_template()
        self.add("impulse template", "catalog.bubustack.io/v1alpha1", "ImpulseTemplate", "hook", template)
        declared = self.draft.documents["batch"]["spec"]["inputsSchema"]
        text = next(name for name in declared["required"] if declared["properties"][name] == SCHEMAS["text"])
        self.add("impulse", "bubustack.io/v1alpha1", "Impulse", "mail", surroundings.impulse(text))

    def of(self, fields: dict[str, tuple[str, bool]], kind: str) -> str:
        return next(name for name, (found, required) in fields.items() if found == kind and required)

    def given(self, key: str, path: Path, wanted: dict[str, tuple[str, bool]], known: Any) -> Document:
        """Values for the inputs of an engram: required ones, and some that are optional."""
        return {
            name: self.value(key, (*path, name), kind, known)
            for name, (kind, required) in wanted.items()
            if required or self.rng.random() < 0.5
        }

    def value(self, key: str, path: Path, kind: str, known: Any) -> Any:
        """A literal, or a template that reads something of the kind."""
        found = [
            (source, f"{prefix}.{name}", given, required)
            for source, prefix, fields in known
            for name, (given, required) in fields.items()
        ]
        same = [(source, reads) for source, reads, given, required in found if required and given == kind]
        optional = [
            (source, reads) for source, reads, given, required in found if not required and given == kind == "text"
        ]
        choice = self.rng.random()
        if kind == "text" and choice < 0.25:
            others = [one for one in found if one[3] and one[2] in ("text", "count", "level")]
            if others:
                source, reads, given, _ = self.rng.choice(others)
                self.draft.sites.append(Site(key, path, reads, source, given, "text"))
                return f"about {{{{ {reads} }}}} today"
        if optional and choice < 0.4:
            source, reads = self.rng.choice(optional)
            prefix, _, name = reads.rpartition(".")
            self.draft.sites.append(Site(key, path, reads, source, kind, "dig"))
            return f'{{{{ dig "{name}" "none" {prefix} }}}}'
        if same and choice < 0.85:
            source, reads = self.rng.choice(same)
            self.draft.sites.append(Site(key, path, reads, source, kind, "whole"))
            return f"{{{{ {reads} }}}}"
        return self.literal(kind)

    def literal(self, kind: str) -> Any:
        return {
            "text": self.rng.choice(["plain words", "it's", 'say "no"', "a: b # c", "yes", "007", "ünïcode 😀", ""])
            or "x",
            "count": self.rng.randint(0, 99),
            "flag": self.rng.random() < 0.5,
            "level": self.rng.choice(["low", "medium", "high"]),
            "tags": self.rng.sample(["red", "green", "blue"], 2),
            "details": {"code": "A1", "score": 3},
        }[kind]
