"""The end of a run: which phase it gets, and its output (story-run.md, A11)."""

from __future__ import annotations

from collections.abc import Iterable

from validator.findings import Json
from validator.schemas.validation import is_instance, validate
from validator.stories.engine import messages
from validator.stories.engine.definition import ban, byte_length, json_text
from validator.stories.engine.launching import document_of, go_json, resolve_as_one
from validator.stories.engine.passes import Pass, StalledError
from validator.stories.engine.phases import COMPENSATED, FAILED, FINISHED, RUNNING, SUCCEEDED, TIMEOUT
from validator.templates.errors import TemplateError, UnsupportedError

MOST_OUTPUT = 1024 * 1024
"""Bytes of a story's output that are stored."""


def end_cancelled(work: Pass) -> None:
    """End a cancelled run as soon as no step runs, and at the latest when the grace is over (A12, B11.2)."""
    run = work.run
    assert run.cancel_by is not None
    if any(one.phase == RUNNING for one in run.step_runs.values()) and work.now < run.cancel_by:
        return
    work.changed = True
    work.finish(FINISHED, "Canceled", messages.CANCELED)


def finish(work: Pass, main: Iterable[str], compensations: Iterable[str], finally_: Iterable[str]) -> None:
    """End the run; the arguments are the failed steps of each section. Raises StalledError."""
    failed, undone, unclean = (sorted(names) for names in (main, compensations, finally_))
    if work.run.overdue:
        work.finish(TIMEOUT, "TimedOut", work.run.overdue)
    elif unclean:
        work.finish(FAILED, "CleanupFailed", f"Finally step {unclean[0]} failed.")
    elif undone:
        work.finish(FAILED, "CompensationFailed", f"Compensation step {undone[0]} failed.")
    elif failed and work.story.compensations:
        work.finish(COMPENSATED, "Compensated", messages.COMPENSATED)
    elif failed:
        work.finish(FAILED, "DependencyFailed", f"Story completed with failed step: {failed[0]}.")
    else:
        _succeed(work)


def _succeed(work: Pass) -> None:
    story = work.story
    if not story.has_output:
        message = messages.ALL_SUCCEEDED
        if work.allowed:
            message = f"Completed with allowed failures: {', '.join(work.allowed)}."
        work.finish(SUCCEEDED, "Completed", message)
        return
    work.read_outputs()
    try:
        output = _output(work)
    except TemplateError as error:
        _output_failed(work, error)
        return
    if story.outputs_schema is not None and not is_instance(story.outputs_schema, output):
        problem = validate(story.outputs_schema, output)[0].message
        work.finish(FAILED, "OutputSchemaFailed", f"Story output failed schema validation: {problem}")
    elif byte_length(go_json(output)) > MOST_OUTPUT:
        work.finish(SUCCEEDED, "Completed", messages.ALL_SUCCEEDED[:-1] + messages.OUTPUT_TOO_LARGE)
    else:
        work.run.output = output
        work.finish(SUCCEEDED, "Completed", messages.ALL_SUCCEEDED)


def _output(work: Pass) -> Json:
    """The story's output. Raises TemplateError."""
    template = work.story.output
    if refusal := ban(json_text(template)):
        raise TemplateError("safety", "safety", refusal)
    value = resolve_as_one(template, work.variables) if isinstance(template, dict) else None
    if not isinstance(value, dict):
        raise TemplateError("shape", "shape", "resolved with block must be an object")
    return document_of(value)


def _output_failed(work: Pass, error: TemplateError) -> None:
    """Either way nothing more of this pass is stored."""
    if error.kind == "offloaded":
        raise UnsupportedError("outputs that lie in storage")
    if error.kind != "blocked":
        work.finish(FAILED, "OutputResolutionFailed", messages.OUTPUT_FAILED)
    raise StalledError(f"failed to evaluate story output template: {error.message}", cause=error)
