"""Standard streams that are closed, full or broken: a run goes on, and says at its end what was lost."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

FAILED = 2
"""Exit status when what was asked for could not be written."""
_NAMES = {1: "standard output", 2: "standard error"}


class Stream(io.BufferedWriter):
    """A descriptor that takes everything; what it could not write is remembered.

    The raw file below is not Python's to interrupt: a signal between a write and its result would write twice.
    """

    fault = ""
    """Why something was lost; empty when nothing was."""

    def write(self, data: Buffer, /) -> int:
        """All of it, or the reason is kept."""
        try:
            return super().write(data)
        except OSError as error:
            self._lose(error)
            return memoryview(data).nbytes

    def flush(self) -> None:
        """Write what is held back, or keep the reason."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """Lead nowhere from now on. A pipe that nobody reads any more is no fault (`| head`)."""
        if error.errno != errno.EPIPE:
            self.fault = os.strerror(error.errno or errno.EIO)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        super().flush()


def opened() -> Sequence[Stream]:
    """Stand in for standard output and error; the streams to ask in the end.

    Closed ones lead nowhere from now on: else the next file that is opened would have their number.
    """
    closed = []
    while (number := os.open(os.devnull, os.O_RDWR)) <= max(_NAMES):
        closed.append(number)
    os.close(number)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor for good
    streams = tuple(Stream(io.FileIO(number, "w", closefd=False)) for number in _NAMES)
    for stream in streams:
        stream.fault = os.strerror(errno.EBADF) if stream.fileno() in closed else ""
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            stream,
            encoding=getattr(before, "encoding", None) or "utf-8",
            errors=getattr(before, "errors", None) or "backslashreplace",
            line_buffering=before is sys.stderr or stream.isatty(),
            write_through=before is sys.stderr,
        )
        for stream, before in zip(streams, (sys.stdout, sys.stderr), strict=True)
    )
    return streams


def status_of(streams: Sequence[Stream], status: int) -> int:
    """The exit status, once all is written. A report that was lost is no pass, and a word is said about it."""
    sys.stdout.flush()
    output, _ = streams
    if output.fault:
        sys.stderr.write(f"engram-validate: {_NAMES[output.fileno()]} cannot be written: {output.fault}\n")
        status = status or FAILED
    sys.stderr.flush()
    return status
