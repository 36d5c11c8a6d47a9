"""What is going on while images are made and cases run: a live line on a terminal, a few plain lines elsewhere.

It goes to standard error, so that standard output is the report alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from validator.reports.escapes import cut, inline, workflow_log
from validator.reports.tallies import counted, duration
from validator.suite.cases import EXPLORED
from validator.suite.events import (
    AllRun,
    BaselineWritten,
    CaseFinished,
    CaseStarted,
    Event,
    ImageProgress,
    ImageReady,
    Observer,
    Planned,
    SecretsKnown,
    ignore,
)
from validator.suite.results import CaseResult, Outcome, TestedImage

_STEP = re.compile(r"Step (\d+)/(\d+)\b")
"""How Docker begins the line of each step of a build."""
PLAIN_STEPS = 10
"""How often the count of cases is told where no line can be rewritten."""


class Journal:
    """Follows the events: what is worth a line that stays, and what goes on right now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = 0.0
        self.images = 0
        self.cases = 0
        self.finished = 0
        self.wrong = 0
        self.making: dict[str, str] = {}
        self._building: dict[str, float] = {}
        self.running: dict[str, None] = {}
        self.remarks: set[str] = set()

    def lines_for(self, event: Event) -> list[str]:
        """Take note of an event; the lines that it is worth."""
        match event:
            case SecretsKnown() | AllRun():
                return []  # results come without secrets
            case BaselineWritten():
                return [f"baseline {inline(event.file)}: {counted(event.findings, 'finding')} written"]
            case Planned():
                self.images, self.cases = event.images, event.cases
                return [f"{counted(event.images, 'image')}, {counted(event.cases, 'case')}"]
            case ImageProgress():
                return self._progress_of(event)
            case ImageReady():
                self.making.pop(event.image.template, None)
                return [_ready(event.image)]
            case CaseStarted():
                self._began = self._began or self._clock()
                self.running[str(event.subject)] = None
                return []
            case CaseFinished():
                self.running.pop(str(event.subject), None)
                self.finished += 1
                self.wrong += any(result.outcome in {Outcome.FAILED, Outcome.ERROR} for result in event.results)
                return [self._finished(result) for result in event.results if not self._known(result)]

    def _progress_of(self, event: ImageProgress) -> list[str]:
        """The first word of an image, and each step of a build, with how long the rest of its steps takes."""
        first = event.template not in self.making
        step = _STEP.match(event.detail)
        detail = event.detail + (self._rest(event.template, int(step[1]), int(step[2])) if step is not None else "")
        self.making[event.template] = detail
        return [f"image {inline(event.template)}: {inline(detail)}"] if first or step is not None else []

    def _rest(self, template: str, step: int, steps: int) -> str:
        """How long the rest of a build takes, where each step takes as long as those that are done."""
        now = self._clock()
        began = self._building.setdefault(template, now)
        seconds = (now - began) / max(step - 1, 1) * (steps - step + 1)
        return f", about {seconds:.0f} s left" if seconds >= 1 else ""

    def now(self) -> str:
        """What goes on right now, on one line."""
        wrong = f"{self.wrong} failed, " if self.wrong else ""
        if self.running:
            latest = next(reversed(self.running))
            others = f" and {len(self.running) - 1} more" if len(self.running) > 1 else ""
            return f"{wrong}{inline(latest)}{others}"
        if self.making:
            template, detail = next(reversed(self.making.items()))
            return f"{wrong}image {inline(template)}: {inline(detail)}"
        return f"{wrong}working"

    def step(self) -> str:
        """The count of cases, where it passes a tenth of them; empty otherwise."""
        if self.cases < 2 * PLAIN_STEPS or self.finished * PLAIN_STEPS // self.cases == (
            (self.finished - 1) * PLAIN_STEPS // self.cases
        ):
            return ""
        wrong = f", {self.wrong:,} failed" if self.wrong else ""
        return f"{self.finished:,} of {counted(self.cases, 'case')}{wrong}{self._left()}"

    def _left(self) -> str:
        """How long the rest takes, where each case takes as long as those that are done; empty at the end."""
        if not self.finished or self.finished >= self.cases:
            return ""
        seconds = (self._clock() - self._began) / self.finished * (self.cases - self.finished)
        return f", about {seconds:.0f} s left" if seconds >= 1 else ""

    def _known(self, result: CaseResult) -> bool:
        """Whether there is nothing to tell: it passed, or a search found what another case has told already."""
        again = result.subject.case == EXPLORED and result.message in self.remarks
        return again or result.outcome is Outcome.PASSED

    def _finished(self, result: CaseResult) -> str:
        """The end of a case; why it ended so is told once, however many cases say the same."""
        remark = f": {cut(inline(result.message), 200)}" if result.message not in {"", *self.remarks} else ""
        self.remarks.add(result.message)
        return f"{result.outcome.words} {inline(str(result.subject))} ({duration(result.seconds)}){remark}"


def _ready(image: TestedImage) -> str:
    digest = image.digest.removeprefix("sha256:")[:12]
    return inline(f"image {image.template}: {image.reference} {digest} in {image.sandbox}")


@contextmanager
def progress(stream: TextIO, *, live: bool, quiet: bool = False, color: bool = True) -> Iterator[Observer]:
    """An observer that shows progress on the stream while the context lasts; it shows nothing when quiet."""
    if quiet:
        yield ignore
    elif live:
        with _live(stream, color) as observer:
            yield observer
    else:
        yield _plain(stream)


def _plain(stream: TextIO) -> Observer:
    journal = Journal()

    def observe(event: Event) -> None:
        lines = journal.lines_for(event)
        if isinstance(event, CaseFinished) and (step := journal.step()):
            lines.append(step)
        for line in lines:
            stream.write(f"{workflow_log(line)}\n")
        if lines:
            stream.flush()

    return observe


@contextmanager
def _live(stream: TextIO, color: bool) -> Iterator[Observer]:
    # Most runs are not live: what draws is imported by those that are.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    journal = Journal()
    console = Console(file=stream, force_terminal=True, no_color=not color, markup=False, highlight=False)
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
    )
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    task = bar.add_task(journal.now(), total=None)

    def observe(event: Event) -> None:
        if not isinstance(event, BaselineWritten):
            bar.start()  # not before there is something to wait for: static checks are over at once
        for line in journal.lines_for(event):
            if not isinstance(event, Planned | ImageProgress):
                bar.console.print(line, soft_wrap=True)
        bar.update(task, description=journal.now(), completed=journal.finished, total=journal.cases or None)

    try:
        yield observe
    finally:
        bar.stop()
