"""The cases of stories as a check of a whole run: their rows, and what they show."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace

from validator.engine.masking import Masker
from validator.engine.preparation import Prepared
from validator.engine.sharing import Share
from validator.engine.stories.cases import task_of
from validator.engine.stories.reporting import timelines
from validator.engine.stories.running import Wishes, mask_of, ran
from validator.engine.stories.selection import cases_of
from validator.findings import Subject
from validator.sources.manifests import Story
from validator.suite.results import Outcome, RunResult, joined
from validator.suite.story_results import CHECK


def story_cases(prepared: Prepared, share: Share) -> tuple[RunResult, str]:
    """Run the cases of all stories, those of a change where only that is looked at; with the line of the sandbox.

    In a static check every step has a stand-in. The first shard runs them all: they are quick.
    """
    stories = _stories(prepared, share)
    with_images = not prepared.options.stand_ins
    try:
        batch, sandbox = _batch(prepared, stories, with_images=with_images)
        realtime, line = _realtime(prepared, stories, with_images=with_images)
    except KeyboardInterrupt as interrupt:
        return RunResult(interrupted=getattr(interrupt, "signal", signal.SIGINT)), ""
    whole = joined((batch, realtime))
    if with_images and whole.results:
        mask = mask_of(prepared)
        findings, rows = tuple(map(mask.finding, whole.findings)), tuple(map(mask.result, whole.results))
        timelines = tuple(one.masked(mask.text, mask.document) for one in whole.timelines)
        whole = replace(whole, results=rows, findings=findings, timelines=timelines)
    return whole, sandbox or line


def _batch(prepared: Prepared, stories: Sequence[Story], *, with_images: bool) -> tuple[RunResult, str]:
    tasks = [
        task_of(story, case) for story in stories if not story.is_realtime for case in cases_of(prepared.config, story)
    ]
    if not tasks:
        return RunResult(), ""
    wishes = Wishes(exit_first=prepared.options.exit_first)
    results, sandbox = ran(prepared, tasks, wishes, with_images=with_images)
    findings = tuple(finding for one in results for finding in one.findings)
    broken = any(one.broken for one in results)
    rows = tuple(one.row() for one in results)
    return RunResult(rows, findings, broken=broken, timelines=timelines(results)), sandbox


def _realtime(prepared: Prepared, stories: Sequence[Story], *, with_images: bool) -> tuple[RunResult, str]:
    live = [story for story in stories if story.is_realtime]
    if not live:
        return RunResult(), ""
    from validator.engine.stories.packets import packet_cases
    from validator.suite.realtime.conversation import conversation

    cases, sandbox = packet_cases(prepared, live, with_images=with_images)
    rows = tuple(one.row for one in cases)
    findings = tuple(finding for one in cases for finding in one.findings)
    mask = mask_of(prepared) if with_images else Masker()
    seen = tuple(
        conversation(one.row.subject.name, one.ran, mask.text, mask.document) for one in cases if one.ran is not None
    )
    broken = any(row.outcome is Outcome.ERROR for row in rows)
    return RunResult(rows, findings, conversations=seen, broken=broken), sandbox


def _stories(prepared: Prepared, share: Share) -> list[Story]:
    options = prepared.options
    if CHECK not in options.checks or options.wanted or not share.static or prepared.unreadable:
        return []
    stories = list(prepared.workspace.stories)
    if share.affected is not None:
        stories = [story for story in stories if Subject("story", story.name) in share.affected.subjects]
    return stories
