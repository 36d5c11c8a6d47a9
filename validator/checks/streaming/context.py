"""What a streaming run is judged with, and who is to blame."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from validator.findings import Finding, Json, Location, Path, Rule, Subject, Suggestion
from validator.sandbox.stream_model import StreamRun
from validator.sources.node import Node
from validator.suite.invented_values import Invented

SDK = "bubu-sdk-go"
_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-)?")
"""Also a pre-release or pseudo-version, which comes before the version that it names."""


class SchemaViolation(Protocol):
    """What a schema check says of one place (`validator.schemas.violations.Violation`)."""

    @property
    def instance_path(self) -> Path:
        """Where in the document."""

    @property
    def schema_path(self) -> Path:
        """The keyword that is broken, from the root of the schema."""

    @property
    def message(self) -> str:
        """What is wrong there."""


Validate = Callable[[Json, Json], Sequence[SchemaViolation]]
"""Schema and instance to violations, as the hub judges."""


@dataclass(frozen=True, slots=True)
class StreamContext:
    """Who was tested, on what terms."""

    subject: Subject
    """The template or image, with the case."""
    location: Location
    """Where the image or the case was chosen."""
    output_schema: Json = None
    """`outputSchema` of the template; None when there is none."""
    schema_node: Node | None = None
    """Where that stands; None when it stands in no file."""
    config_schema: Node | None = None
    """`configSchema` of the template; None when there is none."""
    validate: Validate | None = None
    """Needed for `output_schema`."""
    baseline: float | None = None
    """Outputs for each packet of the plain case; None when that is not the same for each."""
    max_logs: int | None = None
    """Bytes of logs from which on a case floods them; None for no such limit."""
    invented: Invented | None = None
    """What the engram starts with that nobody chose but us."""
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
        anchor: Path = (),
        **facts: Any,
    ) -> Finding:
        """A finding with what explains it: who is at fault, the SDK version, and the transcript around `at`."""
        from validator.checks.streaming.excerpt import excerpt

        return rule.at(
            location or self.location,
            self.subject,
            anchor=anchor,
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


def precedes(version: str, other: tuple[int, int, int]) -> bool:
    """Whether a version of a Go module comes before another one; one that cannot be read does not."""
    read = _VERSION.match(version)
    if read is None:
        return False
    numbers = (int(read[1]), int(read[2]), int(read[3]))
    return numbers < other or (numbers == other and bool(read[4]))
