"""One case: what an engram is given, and how the run should end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum

from validator.explore import budget
from validator.findings import Json, Location
from validator.sources.node import Node


class Mode(StrEnum):
    """How the platform runs an engram (templating.md 12, Engram `mode`)."""

    BATCH = "batch"
    """A Job: mode `job`."""
    STREAMING = "streaming"
    """A Deployment or StatefulSet beside a connector."""


MODES = {"job": Mode.BATCH, "deployment": Mode.STREAMING, "statefulset": Mode.STREAMING}
"""What each entry of `supportedModes` asks of the program."""
EXPLORED = "explored"
"""The case that searches for inputs that show a fault."""
CONTRACT = "streaming contract"
"""The case that tries every row of the streaming contract; reports call its rows `streaming contract: ROW`."""


class Origin(StrEnum):
    """Who thought of the case."""

    WRITTEN = "written"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class Search:
    """How to search for inputs that show a fault."""

    inputs: int
    """The most that are tried."""
    seconds: float
    """The most that it takes by the wall clock, apart from shrinking, once `least` inputs are tried (see `Budget`)."""
    least: int = 0
    stale: int | None = None
    """So many random inputs in a row that the engram deals with in no new way end it; None for any number."""
    seed: int = 0
    warns: bool = False
    """Whether what it finds is a warning at most: nobody asked for it, and the engram has cases that somebody wrote."""
    literals: tuple[Mapping[str, Json], ...] = ()
    """Inputs that people wrote, tried first."""
    corpus: tuple[Mapping[str, Json], ...] = ()
    """What earlier runs kept: inputs, for streaming engrams sessions."""
    packets: tuple[Mapping[str, Json], ...] = ()
    """Packets that people wrote, for streaming engrams."""


QUICK = Search(budget.QUICK.inputs, budget.QUICK.seconds, budget.QUICK.least, budget.QUICK.stale)
"""What a run does unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """How a written case should end. All empty: it succeeds, and its outputs keep the schema."""

    error: Json = None
    """True for any error, a string for a part of its message, an object for members of the structured error."""
    output: Json = None
    has_output: bool = False
    """Whether `output` was written: null can be expected too."""
    packets: tuple[Json, ...] | None = None
    ordered: bool = False
    count: int | None = None
    within: float | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sample for one engram."""

    name: str
    mode: Mode
    location: Location
    """Where the case is written; for a generated one, the schema that it was generated from."""
    origin: Origin = Origin.WRITTEN
    inputs: Mapping[str, Json] = field(default_factory=dict)
    config: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)
    services: Mapping[str, Json] = field(default_factory=dict)
    storage: bool = False
    """Give it file storage, as a story may have it."""
    send: tuple[Mapping[str, Json], ...] = ()
    sessions: tuple[tuple[Mapping[str, Json], ...], ...] = ()
    """Packets of several sessions; empty when `send` is all."""
    delivery: str = "evaluated"
    contract: bool = False
    """Try the first packet against every row of the streaming contract, instead of just sending it."""
    canary: bool = False
    """Run it with canaries in place of what it trusts the engram with, and look where they turn up."""
    search: Search | None = None
    """Try many inputs instead of these alone."""
    expect: Expectation = Expectation()
    timeout: float | None = None
    """Seconds; None means the default of the run."""
    node: Node | None = None
    """The case as written; None for a generated one."""
    defaults: Node | None = None
    """What all cases of its engram have in common, as written; None where nothing is."""

    def written(self, *path: str | int) -> Node | None:
        """A part of the case, or of the defaults that it comes from, as deep as it goes; None where neither has it."""
        if self.defaults is not None and _depth(self.defaults, path) > (_depth(self.node, path) if self.node else 0):
            return self.defaults.at(path)
        return self.node.at(path) if self.node is not None else None

    def place(self, *path: str | int) -> Location:
        """Where a part of the case is written, as deep as it goes; else the case."""
        node = self.written(*path)
        return node.location if node is not None else self.location

    def own(self, *path: str | int) -> bool:
        """Whether the case says this itself, and has it from no defaults."""
        return self.defaults is None or (self.node is not None and self.node.find(path) is not None)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What all cases of an engram have in common, generated ones too."""

    config: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, Json] = field(default_factory=dict)
    node: Node | None = None

    def of(self, case: Case) -> Case:
        """The case with them. What it says itself wins, name by name; what was made up for it does not."""
        config, secrets = (self.config, case.config), (self.secrets, case.secrets)
        if case.origin is Origin.GENERATED:
            config, secrets = config[::-1], secrets[::-1]
        weak, strong = secrets
        return replace(
            case,
            config={**config[0], **config[1]},
            secrets={name: {**weak.get(name, {}), **strong.get(name, {})} for name in {**self.secrets, **case.secrets}},
            env={**self.env, **case.env},
            services={**self.services, **case.services},
            defaults=self.node,
        )


def _depth(node: Node, path: tuple[str | int, ...]) -> int:
    """How many steps of a path there are below a node."""
    return next((length for length in range(len(path), 0, -1) if node.find(path[:length]) is not None), 0)


def named_files(value: object) -> Iterator[str]:
    """What `file:` names in a case: recorded answers, audio, binary data."""
    if is_dataclass(value):
        for field in fields(value):
            if field.name not in {"node", "defaults"}:
                yield from named_files(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if key == "file" and isinstance(member, str):
                yield member
            yield from named_files(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from named_files(item)
