"""One row of the streaming contract: what a connector does to an engram, and how what comes of it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.session_end import Run, explained
from validator.findings import Finding, Rule
from validator.sandbox.stream_model import StreamCase, StreamRun

Script: TypeAlias = Callable[[Sample], StreamCase]
Judge: TypeAlias = Callable[[StreamContext, StreamRun], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Probe:
    """All that is to be known of one row; it is found where it stands in `PROBES` of a module of `probes`."""

    name: str
    script: Script
    """What the connector does. It needs packets that the engram takes."""
    does: str
    """The same in words, for docs/streaming.md."""
    holds: str
    """What must hold then."""
    rules: tuple[Rule, ...]
    """What it may break."""
    judge: Judge | None = None
    """None where the engram has only to survive."""
    fatal: Rule | None = None
    """What it is called when it ends the session; None where that is judged as in any other row."""
    needs: frozenset[str] = frozenset()
    """Probes without which it only shows a consequence."""
    applies: Callable[[StreamRun], bool] = bool
    """Whether there is anything to try, going by the plain case."""
    is_long: bool = False
    """It takes longer than others."""
    ends: bool = False
    """The end of a session means nothing by itself."""
    owns_receipts: bool = False
    """Its judge says what a missing receipt means."""
    runner: Callable[[Run], Run] | None = None
    """How it is run where once is not enough to know; else until the end of the session is explained."""

    def running(self, run: Run) -> Run:
        """How it is run."""
        if self.runner is not None:
            return self.runner(run)
        # Where the connector ends the session, there is no reason to be heard.
        return run if self.ends else explained(run)
