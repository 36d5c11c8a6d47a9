"""Packets that wait for those of other steps (story-run.md, B6.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from validator.findings import Json
from validator.stories.hub.profile import HubProfile


@dataclass(frozen=True, slots=True)
class FanIn:
    """How many branches a step waits for, and for how long: `fanIn` of its transport."""

    mode: str = "all"
    quorum: int = 0
    seconds: float | None = None
    """None for the hub's own limit; 0 forever."""
    entries: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Json]) -> FanIn:
        """From the settings of a transport; what is not understood is as if it were not there."""
        block = settings.get("fanIn")
        if not isinstance(block, dict):
            return cls()
        mode = str(block.get("mode") or "").strip().lower()
        seconds = block.get("timeoutSeconds")
        return cls(
            mode if mode in ("any", "quorum") else "all",
            _positive(block.get("quorum")),
            max(0.0, float(seconds)) if isinstance(seconds, int | float) else None,
            _positive(block.get("maxEntries")),
        )

    def is_met(self, present: int, required: int) -> bool:
        """Whether so many branches are enough."""
        wanted = {"any": 1, "quorum": self.quorum or required}.get(self.mode, required)
        return present >= wanted


@dataclass(frozen=True, slots=True)
class Branch:
    """A packet that waits."""

    packet: str
    source: str
    outputs: Mapping[str, Json]


@dataclass(slots=True)
class Join:
    """The packets that have come for one step under one key."""

    step: str
    key: str
    required: tuple[str, ...]
    since: float
    expires: float | None
    branches: dict[str, Branch] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """The steps whose packets have not come."""
        return tuple(name for name in self.required if name not in self.branches)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What follows from one more packet."""

    complete: Join | None = None
    replaced: Branch | None = None
    evicted: tuple[Join, ...] = ()
    """Joins that were given up: too old, or too many."""
    pending: Join | None = None


class Joins:
    """All joins of a run. Expiry is noticed with the next packet that joins anything."""

    def __init__(self, profile: HubProfile) -> None:
        self._profile = profile
        self._joins: dict[tuple[str, str], Join] = {}

    @property
    def pending(self) -> tuple[Join, ...]:
        """The joins that still wait, the oldest first."""
        return tuple(self._joins.values())

    def record(
        self, step: str, key: str, branch: Branch, required: Sequence[str], fan_in: FanIn, now: float
    ) -> Recorded:
        """Add a packet to the join of a step; a second one of the same branch replaces the first."""
        evicted = self.expired(now)
        join = self._joins.get((step, key))
        if join is None:
            most = fan_in.entries or self._profile.join_entries
            if len(self._joins) >= most:
                evicted = (*evicted, self._joins.pop(next(iter(self._joins))))
            seconds = self._profile.join_seconds if fan_in.seconds is None else fan_in.seconds
            join = Join(step, key, tuple(dict.fromkeys(required)), now, now + seconds if seconds else None)
            self._joins[step, key] = join
        replaced = join.branches.get(branch.source)
        if branch.source in join.required:
            join.branches[branch.source] = branch
        if fan_in.is_met(len(join.branches), len(join.required)):
            del self._joins[step, key]
            return Recorded(join, replaced, evicted)
        return Recorded(None, replaced, evicted, join)

    def expired(self, now: float) -> tuple[Join, ...]:
        """Give up the joins that have waited for too long."""
        old = [key for key, join in self._joins.items() if join.expires is not None and now > join.expires]
        return tuple(self._joins.pop(key) for key in old)


def _positive(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
