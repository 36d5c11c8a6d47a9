"""What one run was asked to do, by the command line or by the action."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from validator.suite.config import ImageOverride

STATIC = ("manifests", "resolution", "pairwise")
"""Checks that read manifests only."""
DYNAMIC = ("conformance", "isolation", "streaming")
"""Checks that run images."""
CHECKS = (*STATIC, *DYNAMIC)


class UsageError(Exception):
    """The run was asked for something that cannot be meant (exit status 2)."""


@dataclass(frozen=True, slots=True)
class Options:
    """Empty values mean: what the configuration says, else the default."""

    root: Path = field(default_factory=Path.cwd)
    """The workspace root; all reported paths are relative to it."""
    paths: tuple[str, ...] = ()
    config: str = ""
    manifests: tuple[str, ...] = ()
    """Paths or globs of stories and other manifests to check."""
    templates: tuple[str, ...] = ()
    """Paths or globs of EngramTemplates of other repositories."""
    wanted: tuple[str, ...] = ()
    """Names of the templates to run; all when empty."""
    images: tuple[ImageOverride, ...] = ()
    checks: tuple[str, ...] = CHECKS
    sandbox: str = ""
    fail_on: str = ""
    timeout: float = 0.0
    """Seconds a case may take."""
    workers: int = 0
    """Cases at a time; 0 means as many as pay off."""
    baseline: str = ""
    update_baseline: bool = False
    transcripts: str = ""
    """The folder for the transcripts of streaming runs, relative to the working directory; empty for none."""
