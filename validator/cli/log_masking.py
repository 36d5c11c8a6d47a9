"""What the command line itself keeps to itself: secrets in excerpts of files, and in GitHub's log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from validator.suite.events import Event, Observer, SecretsKnown

if TYPE_CHECKING:
    from typing import TextIO


class LogMasking:
    """Learns the secrets of a run from its events."""

    def __init__(self, *, github: bool, log: TextIO | None = None) -> None:
        self._github = github
        self._log = log
        self._mask: Callable[[str], str] | None = None

    def observing(self, observer: Observer) -> Observer:
        """An observer that tells GitHub to mask real secrets before anything else is told."""

        def observe(event: Event) -> None:
            if isinstance(event, SecretsKnown):
                self._mask = event.mask
                if self._github:
                    stream = self._log or sys.stderr
                    stream.write("".join(f"::add-mask::{escaped(secret)}\n" for secret in event.real))
                    stream.flush()
            observer(event)

        return observe

    def masked(self, lines: Callable[[str], Sequence[str]]) -> Callable[[str], Sequence[str]]:
        """The lines of files for excerpts, without the secrets that somebody wrote into them."""

        def without(file: str) -> Sequence[str]:
            found = lines(file)
            return found if self._mask is None else [self._mask(line) for line in found]

        return without


def escaped(text: str) -> str:
    """A value of a workflow command: the runner decodes `%25`, `%0D` and `%0A`, and masks every line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
