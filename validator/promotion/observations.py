"""What one run of one image showed, as far as two images can be compared by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from validator.findings import Json

ERROR_CLASS = ("type", "code", "exitClass", "retryable")
"""Members of a StructuredError by which stories decide; its message is for people (runtime.md, section 1.4)."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One run on one input; of a stream, one session."""

    phase: str
    """`Succeeded`, `Failed`, empty for none; of a stream `Running`, or `Ended` where the engram ended it."""
    output: Json = None
    """What it put out: one document, of a stream `{"packets": […]}`."""
    error: Mapping[str, Json] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    """Of each fault that the rules tell its cause, which is the same from run to run, and its message."""
    seconds: float = 0.0
    """From the start of the program to its end; of a stream from the first packet to the last receipt."""
    packets: int | None = None
    """Packets that came out; None for a job."""
    receipts: int = 0
    """Packets that it was done with."""

    @property
    def succeeded(self) -> bool:
        """Whether it did its work."""
        return self.phase in {"Succeeded", "Running"}

    @property
    def error_class(self) -> tuple[Json, ...]:
        """What stories see of an error."""
        return tuple(self.error.get(name) for name in ERROR_CLASS)


@dataclass(frozen=True, slots=True)
class Trial:
    """Both images on the same input; each twice, so that what varies by itself is known."""

    case: str
    """Where the input comes from."""
    inputs: Json
    released: Sequence[Observation]
    candidate: Sequence[Observation]
