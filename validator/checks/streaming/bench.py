"""What a streaming run is judged with, and who is to blame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from validator.findings import Finding, Json, Location, Path, Rule, Subject, Suggestion
from validator.sandbox.stream_model import StreamRun

SDK = "bubu-sdk-go"


class SchemaViolation(Protocol):
    """What a schema check says of one place (`validator.schemas.violations.Violation`)."""

    @property
    def instance_path(self) -> Path:
        """Where in the document."""

    @property
    def message(self) -> str:
        """What is wrong there."""


Validate = Callable[[Json, Json], Sequence[SchemaViolation]]
"""Schema and instance to violations, as the hub judges."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Who was tested, on what terms."""

    subject: Subject
    """The template or image, with the case."""
    location: Location
    """Where the image or the case was chosen."""
    output_schema: Json = None
    """`outputSchema` of the template; None when there is none."""
    schema_location: Location | None = None
    validate: Validate | None = None
    """Needed for `output_schema`."""
    baseline: float | None = None
    """Outputs for each packet of the plain case; None when that is not the same for each."""
    max_logs: int | None = None
    """Bytes of logs from which on a case floods them; None for no such limit."""
    known: Mapping[str, Json] = field(default_factory=dict)
    """More evidence for every finding, such as the image."""

    def say(
        self,
        rule: Rule,
        run: StreamRun,
        *,
        fault: str = "engram",
        at: float | None = None,
        advice: str = "",
        evidence: Mapping[str, Json] | None = None,
        location: Location | None = None,
        **facts: Any,
    ) -> Finding:
        """A finding with what explains it: who is at fault, the SDK version, and the transcript around `at`."""
        from validator.checks.streaming.excerpt import excerpt

        return rule.at(
            location or self.location,
            self.subject,
            evidence={
                "fault": fault_of(run, fault),
                "sdk": f"{SDK} {run.sdk_version}" if run.sdk_version else "none found",
                **self.known,
                **(evidence or {}),
                "transcript": "\n".join(map(str, excerpt(run, at))),
            },
            suggestion=Suggestion(advice) if advice else None,
            **facts,
        )


def fault_of(run: StreamRun, fault: str) -> str:
    """`engram`, or `sdk` for what the SDK does on behalf of every engram; without an SDK all is the engram's."""
    return fault if run.sdk_version else "engram"
