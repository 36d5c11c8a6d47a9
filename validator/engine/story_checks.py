"""The checks that look at one story at a time: each story is analysed once for all of them, by several processes.

What is concluded of a story is dropped before the next one is looked at, so that memory does not grow with them.
"""

from __future__ import annotations

import gc
import importlib
import io
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from validator import rules
from validator.findings import Finding, Rule, Unchecked
from validator.sources.manifests import Story
from validator.sources.workspace import Workspace, visited
from validator.stories.analysis import PathInferences, StoryAnalysis
from validator.stories.schemas import SchemaReader

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Verdict: TypeAlias = Finding | Unchecked
SHARE = 20
"""Stories for which a further process pays off."""
_CYCLES = 32
"""Stories after which what was concluded of them is given back: only what is younger is looked through."""


@dataclass(slots=True)
class CheckVerdicts:
    """What one check says of some stories, and the seconds that it took."""

    verdicts: list[Verdict] = field(default_factory=list)
    seconds: float = 0.0


def check_stories(workspace: Workspace, names: Sequence[str], workers: int = 1) -> Mapping[str, CheckVerdicts]:
    """The verdicts of each check on all stories of this repository, in their order, by up to `workers` processes."""
    stories = [story for story in workspace.stories if story.own]
    count = min(workers, len(stories) // SHARE) if sys.platform == "linux" else 1
    if count < 2:
        return _judge(workspace, stories, names)
    cuts = [len(stories) * index // count for index in range(count + 1)]
    shares = [stories[start:end] for start, end in pairwise(cuts)]
    gc.freeze()  # what is shared with the others is not written to by a search for garbage
    with _running(lambda share: _judge(workspace, share, names), shares[1:]) as others:
        by_check = _judge(workspace, shares[0], names)
        for share, answer in zip(shares[1:], others, strict=True):
            part = _received(answer)
            _add(by_check, part if part is not None else _judge(workspace, share, names))
    return by_check


def _judge(workspace: Workspace, stories: Sequence[Story], names: Sequence[str]) -> dict[str, CheckVerdicts]:
    """All checks of each story in turn."""
    schemas, paths = SchemaReader(workspace), PathInferences()
    checks = {name: importlib.import_module(f"validator.checks.{name}").story_check(workspace) for name in names}
    by_check = {name: CheckVerdicts() for name in names}
    for number, story in enumerate(visited(stories), 1):
        analysis = StoryAnalysis.of(story, schemas, paths)
        for name, check in checks.items():
            started = time.monotonic()
            by_check[name].verdicts += check(analysis)
            by_check[name].seconds += time.monotonic() - started
        schemas.release(story)
        if number % _CYCLES == 0:
            gc.collect(0)  # what is concluded of a story holds itself
    return by_check


def _add(by_check: Mapping[str, CheckVerdicts], part: Mapping[str, CheckVerdicts]) -> None:
    for name, more in part.items():
        by_check[name].verdicts += more.verdicts
        by_check[name].seconds += more.seconds


Work: TypeAlias = Callable[[list[Story]], Mapping[str, CheckVerdicts]]


@contextmanager
def _running(work: Work, shares: Sequence[list[Story]]) -> Iterator[list[Connection]]:
    """Copies of this process that work on a share each, ended with the block; what each sends comes by its pipe."""
    import multiprocessing  # what only several processes pay for

    context = multiprocessing.get_context("fork")
    processes: list[BaseProcess] = []
    answers: list[Connection] = []
    try:
        for share in shares:
            receiver, sender = context.Pipe(duplex=False)
            process: BaseProcess = context.Process(target=_answer, args=(work, share, sender), daemon=True)
            process.start()
            sender.close()
            processes.append(process)
            answers.append(receiver)
        yield answers
    finally:
        for answer in answers:
            answer.close()
        for process in processes:
            process.terminate()
            process.join()


def _answer(work: Work, share: list[Story], sender: Connection) -> None:
    """In the other process: work, and send what came of it. Interrupts are the business of the first one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sender.send_bytes(_packed(work(share)))
    sender.close()


def _received(answer: Connection) -> Mapping[str, CheckVerdicts] | None:
    """What another process sent; None where it ended without an answer."""
    try:
        return _unpacked(answer.recv_bytes())
    except (EOFError, OSError):
        return None


class _Pickler(pickle.Pickler):
    """Sends rules by their code: there is one object of each."""

    def persistent_id(self, value: object) -> str | None:
        return value.code if isinstance(value, Rule) else None


class _Unpickler(pickle.Unpickler):
    """Reads what this program itself has sent."""

    def persistent_load(self, code: Any) -> Rule:
        return rules.catalogue()[str(code)]


def _packed(by_check: Mapping[str, CheckVerdicts]) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(by_check)
    return buffer.getvalue()


def _unpacked(data: bytes) -> Mapping[str, CheckVerdicts]:
    by_check: Mapping[str, CheckVerdicts] = _Unpickler(io.BytesIO(data)).load()
    return by_check
