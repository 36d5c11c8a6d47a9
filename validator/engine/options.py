"""What one run was asked to do, by the command line or by the action."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from validator.sandbox.credentials import Credentials
from validator.suite.cases import Search
from validator.suite.config import ImageOverride
from validator.suite.durations import Durations
from validator.suite.environment import Allowance
from validator.suite.shards import Shard

STATIC = ("manifests", "resolution", "pairwise")
"""Checks that read manifests only."""
DYNAMIC = ("conformance", "isolation", "streaming")
"""Checks that run images."""
STORIES = "stories"
"""The check that runs the cases of stories; images only where a check runs images."""
CHECKS = (*STATIC, *DYNAMIC, STORIES)


STDIN = "stdin"
"""What findings call standard input."""


class UsageError(Exception):
    """The run was asked for something that cannot be meant (exit status 2)."""


@dataclass(frozen=True, slots=True)
class Options:
    """Empty values mean: what the configuration says, else the default."""

    root: Path = field(default_factory=Path.cwd)
    """The workspace root; all reported paths are relative to it."""
    paths: tuple[str, ...] = ()
    standard_input: bytes | None = None
    """Manifests from standard input, which findings call `stdin`; None where it is not asked for."""
    config: str = ""
    manifests: tuple[str, ...] = ()
    """Paths or globs of stories and other manifests to check."""
    templates: tuple[str, ...] = ()
    """Paths or globs of EngramTemplates of other repositories."""
    wanted: tuple[str, ...] = ()
    """Names of the templates to run; all when empty."""
    cases: tuple[str, ...] = ()
    """Names of the cases to run, `*` in them for any characters; all when empty."""
    failed: frozenset[tuple[str, str]] | None = None
    """Engram and case of what failed the last time: only these are run. None for all."""
    exit_first: bool = False
    """Whether no case begins after one has failed."""
    images: tuple[ImageOverride, ...] = ()
    checks: tuple[str, ...] = CHECKS
    stand_ins: bool = False
    """Whether the steps of stories never run their images, as in a static check."""
    sandbox: str = ""
    unisolated: bool = False
    """Whether engrams may run where nothing confines them."""
    pull: str = ""
    platform: str = ""
    platform_version: str = ""
    build_network: bool = False
    """Whether images named by `--image` are built with a network."""
    buildkit: bool = False
    """Whether BuildKit may build what needs it, without limits of memory and CPUs."""
    credentials: Credentials = field(default_factory=Credentials)
    """What registries are shown."""
    environment: Allowance = field(default_factory=lambda: Allowance({}))
    """What the configuration may have of the environment."""
    fail_on: str = ""
    timeout: float = 0.0
    """Seconds a case may take."""
    workers: int = 0
    """Cases at a time; 0 means as many as pay off."""
    processes: int = 1
    """Processes that look at stories."""
    explore: Search | None = None
    """How to search for inputs that show a fault; None for not at all."""
    corpus: Path | None = None
    """Where inputs that showed something new are kept and read again; None for nowhere."""
    baseline: str = ""
    update_baseline: bool = False
    transcripts: str = ""
    """The folder for the transcripts of streaming runs, relative to the working directory; empty for none."""
    shard: Shard | None = None
    """The part of the run to do; None for all of it."""
    durations: Durations = field(default_factory=Durations)
    """How long cases took before: even shards are cut by it."""
    changed_since: str = ""
    """A git revision: only what can be affected by what has changed since is run and told."""
    cache: Path | None = None
    """Where results are kept and found again; None for nowhere."""
    pairs: bool = False
    """Whether a report is wanted that shows every template with every other."""
    graphs: bool = True
    """Whether a report is wanted that has the stories as graphs."""

    @property
    def given(self) -> dict[str, bytes]:
        """Manifests that are in no file, by name."""
        return {} if self.standard_input is None else {STDIN: self.standard_input}

    @property
    def partial(self) -> bool:
        """Whether something is left out on purpose that neither this run nor its other shards look at."""
        return bool(self.changed_since or self.wanted or self.cases) or self.exit_first or self.failed is not None
