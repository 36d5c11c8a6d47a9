"""`engram-validate.yaml`, read into plain dataclasses; every mistake in it becomes a finding with its place.

Shape: `config.schema.json`, which ships for editors too.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator import rules
from validator.findings import Finding, Location, Severity, Subject, Suggestion
from validator.platform.releases import current
from validator.rules import config as config_rules
from validator.sandbox.model import Limits
from validator.suite import enclosure, environment
from validator.suite.cases import Case, Defaults, Expectation, Mode, Origin
from validator.suite.config_mistakes import (
    endless_timeouts,
    found_wrong,
    misread_keys,
    repeated_cases,
    repeated_story_cases,
)
from validator.suite.environment import Allowance
from validator.suite.quantities import byte_count, seconds
from validator.suite.story_cases import StoryCase, read_case

if TYPE_CHECKING:
    from validator.sources.node import Node

NAMES = ("engram-validate.yaml", "engram-validate.yml", ".engram-validate.yaml")
"""Where the configuration is looked for, in the workspace root."""


@dataclass(frozen=True, slots=True)
class Build:
    """How to build an image."""

    context: str
    dockerfile: str = ""
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    network: bool = False
    """Whether its steps may reach the network."""


@dataclass(frozen=True, slots=True)
class ImageOverride:
    """An entry of `images:` or one `--image`: which image stands for an engram."""

    key: str
    """A template name, `engram/NAMESPACE/NAME` or `step/STORY/STEP`."""
    location: Location
    provenance: str
    """How reports name it: `--image`, or ``images: `key` ``."""
    image: str = ""
    build: Build | None = None
    load: str = ""
    process: tuple[str, ...] = ()
    template: str = ""
    """The file of the EngramTemplate that the image was built with, where it is not the workspace's."""
    digest: str = ""
    pull: str = ""
    """`never`, `missing` or `always`; empty for what holds for all."""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Ignore:
    """An entry of `ignore:`."""

    rule: str
    location: Location
    file: str = ""
    subject: str = ""
    step: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """What the user asked for. All paths are relative to `base`."""

    file: str = ""
    """Path relative to the workspace root; empty when there is no file."""
    base: Path = Path()
    manifests: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    images: tuple[ImageOverride, ...] = ()
    cases: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Defaults] = field(default_factory=dict)
    """What all cases of an engram have in common."""
    case_keys: Mapping[str, Location] = field(default_factory=dict)
    stories: Mapping[str, tuple[StoryCase, ...]] = field(default_factory=dict)
    """Cases of stories."""
    packet_cases: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    """Cases of realtime stories, as they are written: which steps there are is for the story to say."""
    story_keys: Mapping[str, Location] = field(default_factory=dict)
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """By rule code; None switches the rule off."""
    ignores: tuple[Ignore, ...] = ()
    allow: tuple[str, ...] = ()
    """Paths of outputs that may hold config, or what came from upstream (`isolation.allow`)."""
    baseline: str = ""
    fail_on: str = "error"
    sandbox: str = "auto"
    sandbox_location: Location | None = None
    """Where the file says so; None where it does not."""
    pull: str = "missing"
    platform_version: str = field(default_factory=current)
    """The version of the platform whose gaps are told."""
    platform: str = ""
    """What images are pulled and built for, such as `linux/arm64`; empty for whatever the daemon takes."""
    locked: Mapping[str, str] = field(default_factory=dict)
    """Digests by reference, from engram-validate.lock."""
    buildkit: bool = False
    """Whether the caller lets BuildKit build, which bounds neither memory nor CPUs. No file can say so."""
    timeout: float = 30.0
    """Seconds."""
    limits: Limits = field(default_factory=Limits)
    max_logs: int = 10 << 20
    """Bytes of logs in one case from which on it is a flood."""
    max_output: int = 1 << 20
    """BUBU_MAX_INLINE_SIZE, bytes (runtime.md 1.2)."""


def parse(
    node: Node, base: Path, environ: Allowance | None = None, root: Path | None = None
) -> tuple[Config, tuple[Finding, ...]]:
    """Read the configuration from its root node; `environ` says what it may have of the environment.

    Mistakes are returned as findings; what is right around them is still read, so that one run shows all of it.
    """
    from validator.suite import placeholders, services  # what only a configuration pays for

    environ = environ or Allowance({})
    mistakes = (
        *found_wrong(node, schema()),
        *misread_keys(node),
        *endless_timeouts(node),
        *enclosure.faults(node, enclosure.Enclosure.around(base, root)),
        *environment.faults(node, environ),
        *placeholders.faults(node),
    )
    wrong = {finding.anchor[:length] for finding in mistakes for length in (2, 3, 4)}
    value = node.value if isinstance(node.value, dict) else {}
    reader = _Reader(node, value, wrong, environ)
    severities, unknown = reader.severities()
    config = Config(
        file=node.location.file,
        base=base,
        manifests=reader.strings("manifests"),
        templates=reader.strings("templates"),
        images=tuple(reader.images()),
        cases={key: tuple(reader.cases(key)) for key in reader.mapping("cases")},
        defaults={key: reader.defaults(key) for key in reader.mapping("cases")},
        case_keys={key: node.at(("cases",)).key_location(key) for key in reader.mapping("cases")},
        stories={key: tuple(reader.story_cases(key)) for key in reader.mapping("stories")},
        packet_cases={key: tuple(reader.packet_cases(key)) for key in reader.mapping("stories")},
        story_keys={key: node.at(("stories",)).key_location(key) for key in reader.mapping("stories")},
        severities=severities,
        ignores=tuple(reader.ignores()),
        allow=reader.allowed(),
        baseline=reader.text("baseline", ""),
        fail_on=reader.text("fail-on", "error"),
        sandbox=reader.text("sandbox", "auto"),
        sandbox_location=node.at(("sandbox",)).location if "sandbox" in value else None,
        pull=reader.text("pull", "missing"),
        platform=reader.text("platform", ""),
        platform_version=reader.text("platform-version", current()),
        timeout=reader.seconds("timeout", 30.0),
        limits=reader.limits(),
        max_logs=reader.size("logs", 10 << 20),
        max_output=reader.size("output", 1 << 20),
    )
    repeated = (*repeated_cases(config.cases, config.file), *repeated_story_cases(config.stories, config.file))
    served = [case for cases in config.cases.values() for case in cases]
    served += [
        each.of(Case("generated", Mode.BATCH, each.node.location, Origin.GENERATED))
        for key, each in config.defaults.items()
        if each.node is not None and not config.cases[key]
    ]
    return config, (
        *mistakes,
        *unknown,
        *repeated,
        *(found for case in served for found in services.mistakes(case, base)),
    )


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("config.schema.json").read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the parts that the schema found right; a wrong part counts as absent."""

    node: Node
    value: Mapping[str, Any]
    wrong: set[tuple[str | int, ...]]
    environ: Allowance

    def _right(self, *path: str | int) -> bool:
        return all(path[:length] not in self.wrong for length in range(1, len(path) + 1)) and not any(
            mistake[: len(path)] == path for mistake in self.wrong if len(path) > 1
        )

    def strings(self, key: str) -> tuple[str, ...]:
        items = self.value.get(key)
        found = enumerate(items) if isinstance(items, list) else ()
        return tuple(item for index, item in found if isinstance(item, str) and (key, index) not in self.wrong)

    def text(self, key: str, default: str) -> str:
        value = self.value.get(key)
        return value if isinstance(value, str) and (key,) not in self.wrong else default

    def seconds(self, key: str, default: float) -> float:
        return seconds(self.value[key]) if key in self.value and (key,) not in self.wrong else default

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.value.get(key)
        return value if isinstance(value, dict) else {}

    def images(self) -> Iterator[ImageOverride]:
        for key, entry in self.mapping("images").items():
            if not self._right("images", key):
                continue
            build, process = entry.get("build"), entry.get("process", ())
            yield ImageOverride(
                key=key,
                location=self.node.at(("images",)).key_location(key),
                provenance=f"images: `{key}`",
                image=entry.get("image", ""),
                build=Build(build) if isinstance(build, str) else Build(**build) if build else None,
                load=entry.get("load", ""),
                process=(process,) if isinstance(process, str) else tuple(process),
                template=entry.get("template", ""),
                digest=entry.get("digest", ""),
                pull=entry.get("pull", ""),
                platform=entry.get("platform", ""),
            )

    def cases(self, key: str) -> Iterator[Case]:
        entries = self.mapping("cases")[key]
        place: tuple[str | int, ...] = ("cases", key)
        if isinstance(entries, dict):
            entries, place = entries.get("cases"), (*place, "cases")
        defaults = self.defaults(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if self._right(*place, index):
                yield defaults.of(self._case(entry, self.node.at((*place, index))))

    def story_cases(self, key: str) -> Iterator[StoryCase]:
        entries = self.mapping("stories")[key]
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if self._right("stories", key, index) and "send" not in entry:
                given = entry.get("trigger", {}).get("secrets", {})
                secrets = {name: self._secret(name, keys) for name, keys in given.items()}
                yield read_case(key, entry, self.node.at(("stories", key, index)), secrets)

    def packet_cases(self, key: str) -> Iterator[Node]:
        entries = self.mapping("stories")[key]
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if self._right("stories", key, index) and "send" in entry:
                yield self.node.at(("stories", key, index))

    def defaults(self, key: str) -> Defaults:
        """What the cases of an engram have in common."""
        entries = self.mapping("cases")[key]
        entry = entries.get("defaults") if isinstance(entries, dict) else None
        if not isinstance(entry, dict) or not self._right("cases", key, "defaults"):
            return Defaults()
        return Defaults(
            config=entry.get("config", {}),
            secrets={name: self._secret(name, keys) for name, keys in entry.get("secrets", {}).items()},
            env=entry.get("env", {}),
            services=entry.get("services", {}),
            node=self.node.at(("cases", key, "defaults")),
        )

    def _case(self, entry: Mapping[str, Any], node: Node) -> Case:
        streams = (
            entry.get("mode") == "streaming"
            or "send" in entry
            or "sessions" in entry
            or "packets" in entry.get("expect", {})
        )
        return Case(
            name=entry["name"],
            mode=Mode.STREAMING if streams else Mode.BATCH,
            location=node.location,
            inputs=entry.get("inputs", {}),
            config=entry.get("config", {}),
            secrets={name: self._secret(name, keys) for name, keys in entry.get("secrets", {}).items()},
            env=entry.get("env", {}),
            context=entry.get("context", {}),
            services=entry.get("services", {}),
            storage=entry.get("storage", False),
            send=tuple(entry.get("send", ())),
            sessions=tuple(map(tuple, entry.get("sessions", ()))),
            delivery=entry.get("delivery", "evaluated"),
            expect=_expectation(entry.get("expect", {})),
            timeout=seconds(entry["timeout"]) if "timeout" in entry else None,
            node=node,
        )

    def _secret(self, name: str, keys: Mapping[str, str]) -> Mapping[str, str]:
        def made_up(match: re.Match[str]) -> str:
            source = match[1].strip()
            if source.startswith("services."):
                return match[0]  # an address that is known only when the service is up
            return self.environ.value(source[4:]) if source.startswith("env.") else f"made-up-{name}-secret"

        return {key: environment.PLACEHOLDER.sub(made_up, text) for key, text in keys.items()}

    def ignores(self) -> Iterator[Ignore]:
        entries = self.value.get("ignore")
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if self._right("ignore", index):
                yield Ignore(location=self.node.at(("ignore", index)).location, **entry)

    def allowed(self) -> tuple[str, ...]:
        paths = self.mapping("isolation").get("allow") if self._right("isolation", "allow") else None
        return tuple(paths) if isinstance(paths, list) else ()

    def severities(self) -> tuple[dict[str, Severity | None], list[Finding]]:
        known: dict[str, Severity | None] = {}
        unknown: list[Finding] = []
        for key, value in self.mapping("rules").items():
            rule = rules.find(key)
            if rule is None:
                names = [name for each in rules.catalogue().values() for name in (each.code, each.name)]
                nearest = next(iter(difflib.get_close_matches(key, names, 1, 0.4)), None)
                location = self.node.at(("rules",)).key_location(key)
                unknown.append(
                    config_rules.UNKNOWN_RULE.at(
                        location,
                        Subject("config", self.node.location.file),
                        anchor=("rules", key),
                        suggestion=Suggestion(f"did you mean `{nearest}`?", location, nearest) if nearest else None,
                        key=key,
                        nearest=f"did you mean `{nearest}`?"
                        if nearest
                        else "`engram-validate explain` lists all rules",
                    )
                )
            elif self._right("rules", key):
                known[rule.code] = None if value in {"off", False} else Severity(value)
        return known, unknown

    def size(self, key: str, default: int) -> int:
        found = self.mapping("limits")
        return byte_count(found[key]) if key in found and self._right("limits", key) else default

    def limits(self) -> Limits:
        found = {key: value for key, value in self.mapping("limits").items() if self._right("limits", key)}
        usual = Limits()
        return Limits(
            memory=self.size("memory", usual.memory),
            cpus=found.get("cpus", usual.cpus),
            pids=found.get("pids", usual.pids),
        )


def _expectation(entry: Mapping[str, Any]) -> Expectation:
    return Expectation(
        error=entry.get("error"),
        output=entry.get("output"),
        has_output="output" in entry,
        packets=tuple(entry["packets"]) if "packets" in entry else None,
        ordered=entry.get("order") == "exact",
        count=entry.get("count"),
        within=seconds(entry["within"]) if "within" in entry else None,
    )
