"""What the reports draw of cases of stories as plain JSON members and back, so that the merge of shards keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from validator.findings import Json, Location
from validator.suite.timelines import Bar, Stretch, Timeline

if TYPE_CHECKING:
    from validator.suite.realtime.conversation import Conversation


def timeline(one: Timeline) -> dict[str, Json]:
    """The members of a case on a timeline."""
    return {
        "story": one.story,
        "case": one.case,
        "outcome": one.outcome,
        "verdict": one.verdict,
        "phase": one.phase,
        "ended": one.ended,
        "bars": [_bar(bar) for bar in one.bars],
    }


def _bar(bar: Bar) -> dict[str, Json]:
    return asdict(bar) | {
        "stretches": [asdict(stretch) for stretch in bar.stretches],
        "after": list(bar.after),
    }


def read_timeline(members: Mapping[str, Any]) -> Timeline:
    """The timeline of these members. Raises KeyError and TypeError."""
    return Timeline(**{**members, "bars": tuple(_read_bar(bar) for bar in members["bars"])})


def _read_bar(members: Mapping[str, Any]) -> Bar:
    return Bar(
        **{
            **members,
            "location": Location(**members["location"]),
            "stretches": tuple(Stretch(**stretch) for stretch in members["stretches"]),
            "after": tuple(members["after"]),
        }
    )


def conversation(one: Conversation) -> dict[str, Json]:
    """The members of a case of a realtime story; a row without a packet is a line of a log."""
    return {
        "story": one.story,
        "case": one.case,
        "passed": one.passed,
        "lanes": list(one.lanes),
        "rows": [_row(row) for row in one.rows],
        "counts": one.counts,
    }


_KEYS = {"status": "fate"}
"""Fields whose JSON key is another."""


def _row(row: Any) -> dict[str, Json]:
    """What there is nothing to say of is left out: there are thousands."""
    members = {_KEYS.get(name, name): value for name, value in asdict(row).items() if value not in ("", None)}
    return {**members, "fate": str(row.status)} if "fate" in members else members


def read_conversation(members: Mapping[str, Any]) -> Conversation:
    """The conversation of these members. Raises KeyError, TypeError and ValueError."""
    # What plays a conversation is behind these classes: only reports that have one pay for it.
    from validator.stories.hub.outcomes import HopStatus
    from validator.suite.realtime.conversation import Conversation, LogLine, Way

    def read(row: Mapping[str, Any]) -> Way | LogLine:
        if "packet" not in row:
            return LogLine(**{"text": "", "step": "", **row})
        others = {name: value for name, value in row.items() if name != "fate"}
        return Way(**{"source": "", "target": "", "root": "", **others, "status": HopStatus(row["fate"])})

    return Conversation(
        **{
            **members,
            "lanes": tuple(members["lanes"]),
            "rows": tuple(read(row) for row in members["rows"]),
        }
    )
