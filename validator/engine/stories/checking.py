"""The cases of stories as a check of a whole run: their rows, and what they show."""

from __future__ import annotations

import signal

from validator.engine.options import DYNAMIC
from validator.engine.preparation import Prepared
from validator.engine.sharing import Share
from validator.engine.stories.cases import StoryTask, task_of
from validator.engine.stories.running import mask_of, ran
from validator.engine.stories.selection import cases_of
from validator.findings import Subject
from validator.suite.results import Outturn
from validator.suite.story_results import CHECK


def story_cases(prepared: Prepared, share: Share) -> tuple[Outturn, str]:
    """Run the cases of all stories, those of a change where only that is looked at; with the line of the sandbox.

    Without a check that runs images every step has a stand-in. The first shard runs them all: they are quick.
    """
    tasks = _tasks(prepared, share)
    if not tasks:
        return Outturn(), ""
    with_images = any(check in DYNAMIC for check in prepared.options.checks)
    try:
        results, sandbox = ran(prepared, tasks, with_images=with_images)
    except KeyboardInterrupt as interrupt:
        return Outturn(interrupted=getattr(interrupt, "signal", signal.SIGINT)), ""
    mask = mask_of(prepared) if with_images else None
    findings = tuple(finding for one in results for finding in one.findings)
    rows = tuple(one.row() for one in results)
    if mask is not None:
        findings, rows = tuple(map(mask.finding, findings)), tuple(map(mask.result, rows))
    return Outturn(rows, findings, broken=any(one.broken for one in results)), sandbox


def _tasks(prepared: Prepared, share: Share) -> list[StoryTask]:
    options = prepared.options
    if CHECK not in options.checks or options.wanted or not share.static or prepared.unreadable:
        return []
    stories = [story for story in prepared.workspace.stories if not story.is_realtime]
    if share.affected is not None:
        stories = [story for story in stories if Subject("story", story.name) in share.affected.subjects]
    return [task_of(story, case) for story in stories for case in cases_of(prepared.config, story)]
