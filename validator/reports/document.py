"""The report as one JSON object, for machines and for the merge of shards; its schema is `report.schema.json`.

`parse(render(report))` gives the same report again, so that several can be joined and any other report made of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from validator import __version__
from validator.findings import Json, Severity
from validator.reports.tallies import tally
from validator.suite import drawings, records
from validator.suite.results import (
    Misfit,
    PairVerdict,
    Report,
    StoryEdge,
    StoryGraph,
    StoryStep,
    Verdict,
)
from validator.suite.shards import Shard

VERSION = 1
"""Raised when a reader of the old form could be misled; new members alone do not raise it."""

NEVER = "never"


class InvalidDocument(ValueError):  # noqa: N818 - the document is at fault, as its name says
    """A text that is not a report of this version; the message says where and why."""


def schema() -> dict[str, Json]:
    """The JSON Schema of the document."""
    text = (FilePath(__file__).parent / "report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Json] = json.loads(text)
    return loaded


def render(report: Report) -> str:
    """The report as JSON text in ASCII, which no terminal and no runner can take for anything else."""
    text = json.dumps(finite(document(report)), indent=2, allow_nan=False)
    return text.replace("\x7f", "\\u007f").replace("##[", "#\\u0023[") + "\n"


def document(report: Report) -> dict[str, Json]:
    """The report as a JSON object."""
    counts = tally(report)
    every = [*report.findings, *(item.finding for item in report.suppressed)]
    return {
        "version": VERSION,
        "tool": {"name": "engram-validate", "version": __version__},
        "result": report.result,
        "exit_status": 128 + report.interrupted if report.interrupted else int(report.status),
        "summary": {
            "errors": counts.errors,
            "warnings": counts.warnings,
            "notes": counts.notes,
            "unchecked": counts.unchecked,
            "suppressed": counts.suppressed,
            "images": counts.images,
            "cases": {outcome.value: number for outcome, number in counts.cases.items()},
            "checked": report.checked,
        },
        "fail_on": report.fail_on.value if report.fail_on else NEVER,
        "seconds": report.seconds,
        "sandbox": report.sandbox,
        "usage_errors": report.usage_errors,
        "sandbox_errors": report.sandbox_errors,
        "interrupted": report.interrupted,
        "findings": [records.finding(finding) for finding in report.findings],
        "suppressed": [records.suppressed(item) for item in report.suppressed],
        "unchecked": [records.unchecked(item) for item in report.unchecked],
        "cases": [records.case(case) for case in report.cases],
        "images": [records.image(image) for image in report.images],
        "stories": [_story(story) for story in report.stories],
        "pairs": [_pair(pair) for pair in report.pairs],
        "no_pairs": report.no_pairs,
        "rules": records.rules(every),
        "judged": list(report.judged),
        **_drawn(report),
        **_part(report),
    }


def _drawn(report: Report) -> dict[str, Json]:
    """What the page draws of cases of stories, where there are any."""
    members: dict[str, Json] = {}
    if report.timelines:
        members["timelines"] = [drawings.timeline(one) for one in report.timelines]
    if report.conversations:
        members["conversations"] = [drawings.conversation(one) for one in report.conversations]
    return members


def _part(report: Report) -> dict[str, Json]:
    """What the merge needs of a part of a run; nothing for a whole one."""
    if report.shard is None:
        return {}
    shard = report.shard
    return {
        "shard": {"number": shard.number, "of": shard.of, "plan": shard.plan},
        "idle": [records.suppression(item) for item in report.idle],
    }


def finite(value: Json) -> Json:
    """The value without the numbers that JSON cannot hold: they become their names."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    return value


def _story(story: StoryGraph) -> dict[str, Json]:
    return {
        "name": story.name,
        "file": story.file,
        "steps": [{"name": step.name, "kind": step.kind, "verdict": step.verdict.value} for step in story.steps],
        "edges": [
            {"source": edge.source, "target": edge.target, "verdict": edge.verdict.value, "data": edge.data}
            for edge in story.edges
        ],
    }


def _pair(pair: PairVerdict) -> dict[str, Json]:
    """What there is nothing to say of is left out: a matrix has many pairs."""
    members: dict[str, Json] = {"producer": pair.producer, "consumer": pair.consumer, "outcome": pair.outcome}
    if pair.misfits:
        members["problems"] = [
            {
                "path": one.path,
                "problem": one.problem,
                "witness": one.witness,
                "producer": one.producer,
                "consumer": one.consumer,
            }
            for one in pair.misfits
        ]
    if pair.unknown:
        members["unknown"] = list(pair.unknown)
    return members


def parse(text: str) -> Report:
    """The report that a document tells of.

    Raises InvalidDocument when the text is no JSON, of another version, or not of the schema's form.
    """
    from jsonschema import Draft202012Validator

    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument(f"not JSON: {error}") from error
    if not isinstance(loaded, dict) or loaded.get("version") != VERSION:
        found = loaded.get("version") if isinstance(loaded, dict) else type(loaded).__name__
        raise InvalidDocument(f"expected a report of version {VERSION}, found {found!r}")
    for wrong in Draft202012Validator(schema()).iter_errors(loaded):
        if wrong.validator == "type":  # unknown members are a later version's, and no mistake
            where = "".join(f"[{part!r}]" for part in wrong.absolute_path)
            problem = f"{where} is {type(wrong.instance).__name__}, not {wrong.validator_value}"
            raise InvalidDocument(f"not a report of version {VERSION}: {problem}")
    try:
        return _report(loaded)
    except KeyError as error:
        raise InvalidDocument(f"not a report of version {VERSION}: a member {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidDocument(f"not a report of version {VERSION}: {error}") from error


def _report(members: Mapping[str, Any]) -> Report:
    """The report of these members; any that is missing raises KeyError."""
    read = records.Reader.of(members["rules"])
    return Report(
        findings=records.each(read.finding, members["findings"]),
        unchecked=records.each(read.unchecked, members["unchecked"]),
        cases=records.each(read.case, members["cases"]),
        images=records.each(read.image, members["images"]),
        stories=records.each(_read_story, members.get("stories", ())),
        pairs=records.each(_read_pair, members.get("pairs", ())),
        no_pairs=members.get("no_pairs", ""),
        timelines=records.each(drawings.read_timeline, members.get("timelines", ())),
        conversations=records.each(drawings.read_conversation, members.get("conversations", ())),
        suppressed=records.each(read.suppressed, members["suppressed"]),
        fail_on=None if members["fail_on"] == NEVER else Severity(members["fail_on"]),
        seconds=members["seconds"],
        sandbox=members["sandbox"],
        usage_errors=members["usage_errors"],
        sandbox_errors=members["sandbox_errors"],
        interrupted=members.get("interrupted", 0),
        checked=members["summary"]["checked"],
        shard=Shard(**members["shard"]) if "shard" in members else None,
        judged=tuple(members.get("judged", ())),
        idle=records.each(read.suppression, members.get("idle", ())),
    )


def _read_story(members: Mapping[str, Any]) -> StoryGraph:
    return StoryGraph(
        members["name"],
        members["file"],
        tuple(StoryStep(**{**step, "verdict": Verdict(step["verdict"])}) for step in members["steps"]),
        tuple(StoryEdge(**{**edge, "verdict": Verdict(edge["verdict"])}) for edge in members["edges"]),
    )


def _read_pair(members: Mapping[str, Any]) -> PairVerdict:
    return PairVerdict(
        members["producer"],
        members["consumer"],
        members["outcome"],
        tuple(Misfit(**problem) for problem in members.get("problems", ())),
        tuple(members.get("unknown", ())),
    )
