"""The StepRun controller: from a StepRun to its Job, and what the end of the Job means (story-run.md, A8 and A9)."""

from __future__ import annotations

from validator.findings import Json
from validator.schemas.defaults import apply_defaults
from validator.schemas.validation import is_instance, validate, validate_inputs
from validator.stories.engine import messages
from validator.stories.engine.context import outputs_of
from validator.stories.engine.definition import Story
from validator.stories.engine.dependencies import Dependencies
from validator.stories.engine.durations import SECOND, SHORTEST, DurationError, positive, stored
from validator.stories.engine.launching import document_of, resolve_as_one
from validator.stories.engine.phases import BLOCKED, FAILED, PENDING, RUNNING, SUCCEEDED, TERMINAL, TIMEOUT
from validator.stories.engine.profile import Profile
from validator.stories.engine.state import Run, StepRun
from validator.templates.errors import TemplateError
from validator.templates.evaluation import evaluate_condition
from validator.templates.values import Value, from_document

MAX_RETRIES = 3
DELAY = SECOND
"""The first delay before a step is tried again."""
RETRYABLE = frozenset({"retry", "rateLimited", "unknown"})
_TIMED_OUT = 124
_UNKNOWN = -1


class _RefusedError(Exception):
    """The step fails because of its input, with a message for its state."""


def step_pass(
    step_run: StepRun, run: Run, story: Story, edges: Dependencies, profile: Profile, inputs: Value, now: int
) -> None:
    """One pass of the controller over a StepRun; afterwards it has changed, or it waits."""
    if step_run.terminal:
        return
    if not step_run.phase:
        step_run.enter(PENDING, now)
    if step_run.engram is None:
        if step_run.step.ref:
            _block(step_run, f"Engram '{step_run.step.ref}' not found", now)
        return
    if not step_run.engram.has_template:
        _block(step_run, f"EngramTemplate '{step_run.engram.template}' not found", now)
        return
    if step_run.retry_at is not None:
        if step_run.retry_at > now:
            return
        step_run.retry_at = None
    if not step_run.job:
        if run.cancel_by is not None:
            return
        _create_job(step_run, run, story, edges, profile, inputs, now)
    elif step_run.job == "succeeded":
        _job_succeeded(step_run, story, now)
    elif step_run.job == "failed":
        _job_failed(step_run, now)


def _block(step_run: StepRun, message: str, now: int) -> None:
    step_run.enter(BLOCKED, now, message)
    step_run.message = message


def _create_job(
    step_run: StepRun, run: Run, story: Story, edges: Dependencies, profile: Profile, inputs: Value, now: int
) -> None:
    variables = {"inputs": inputs, "steps": outputs_of(run, run.states, story, profile)}
    try:
        given = _resolved(step_run, story, variables)
    except _RefusedError as refusal:
        step_run.enter(FAILED, now, str(refusal))
        step_run.message = str(refusal)
        step_run.exit_class = "terminal"
        return
    except TemplateError as error:
        if error.kind == "blocked" and _dependencies_are_over(step_run, run, story, edges):
            step_run.enter(FAILED, now, f"Input resolution failed after dependencies completed: {error.message}")
        else:
            step_run.why = error.message
        return
    if not step_run.jobs:
        step_run.resolved = given
    step_run.jobs.append(now)
    step_run.job = "running"
    step_run.enter(RUNNING, now)


def _resolved(step_run: StepRun, story: Story, variables: dict[str, Value]) -> Json:
    """What the engram is given. Raises TemplateError, and _RefusedError for what the platform refuses at once."""
    given = step_run.input
    if step_run.ban:
        raise TemplateError("safety", "safety", step_run.ban)
    if given is not None and not isinstance(given, dict):
        raise TemplateError("shape", "shape", "the input is no object")
    for path in step_run.step.requires if step_run.step.name in story.by_name else ():
        if _at(variables, path) is None:
            reason = "upstream step produced no output for this key"
            raise _RefusedError(f"required context '{path}' is nil — {reason}")
    value = resolve_as_one({} if given is None else given, variables)
    if not isinstance(value, dict):
        raise TemplateError("shape", "shape", "resolved with block must be an object")
    document = document_of(value)
    assert step_run.engram is not None
    schema = step_run.engram.input_schema
    if schema is None:
        return document
    document = apply_defaults(schema, document)
    if violations := validate_inputs(schema, document):
        raise _RefusedError(f"StepRun input failed schema validation: {violations[0].message}")
    return document


def _at(variables: Value, path: str) -> Value:
    current = variables
    for part in path.split("."):
        if not isinstance(current, dict):
            return None
        current = current.get(part)
    return current


def _dependencies_are_over(step_run: StepRun, run: Run, story: Story, edges: Dependencies) -> bool:
    """Whether the step has dependencies, and none of them will change any more (A8.3)."""
    names = edges.all.get(step_run.step.name)
    if not names or story.by_name.get(step_run.step.name) is not step_run.step:
        return False
    return all(name in run.states and run.states[name].phase in TERMINAL for name in names)


def _job_succeeded(step_run: StepRun, story: Story, now: int) -> None:
    assert step_run.engram is not None
    schema = step_run.engram.output_schema
    if schema is not None:
        problem = "output is empty but a schema is defined"
        fits = step_run.has_output and is_instance(schema, step_run.output)
        if step_run.has_output and not fits:
            problem = validate(schema, step_run.output)[0].message
        if not fits:
            message = f"StepRun output failed schema validation: {problem}"
            _end(step_run, FAILED, now, message)
            step_run.message = message
            step_run.exit_class = "terminal"
            return
    if problem := _verification(step_run, story):
        _end(step_run, FAILED, now, f"Post-execution verification failed: {problem}")
    else:
        _end(step_run, SUCCEEDED, now)


def _verification(step_run: StepRun, story: Story) -> str:
    """Why `postExecution` is not satisfied; empty when it is, or when there is none (A9.5)."""
    step = step_run.step
    if step.post_condition is None or story.by_name.get(step.name) is not step:
        return ""
    variables: dict[str, Value] = {}
    if step_run.has_output:
        variables["steps"] = {step.name: {"output": from_document(step_run.output)}}
    try:
        holds = evaluate_condition(step.post_condition, variables)
    except TemplateError as error:
        return f"post-execution condition evaluation error: {error.message}"
    return "" if holds else step.post_message or "post-execution condition evaluated to false"


def _end(step_run: StepRun, phase: str, now: int, why: str = "") -> None:
    step_run.enter(phase, now, why)
    step_run.job = ""


def _job_failed(step_run: StepRun, now: int) -> None:
    code = step_run.exit_code
    exit_class = step_run.exit_class or classify(code)
    failure = messages.JOB_TIMED_OUT if code == _TIMED_OUT else messages.JOB_FAILED
    if exit_class in RETRYABLE and step_run.retries < max_retries(step_run):
        _try_again(step_run, exit_class, failure, now)
        return
    if step_run.reported:
        step_run.job = ""
        return
    _end(step_run, TIMEOUT if code == _TIMED_OUT else FAILED, now, failure)
    step_run.message = failure
    if code:
        step_run.exit_class = classify(code)


def _try_again(step_run: StepRun, exit_class: str, failure: str, now: int) -> None:
    step_run.retries += 1
    delay = retry_delay(step_run)
    step_run.enter(PENDING, now, failure)
    step_run.retry_at = stored(now + delay)
    step_run.message = step_run.message or failure
    step_run.finished = None
    step_run.exit_class = step_run.exit_class or exit_class
    step_run.reported = False
    step_run.job = ""


def max_retries(step_run: StepRun) -> int:
    """How often the step may be tried again."""
    policy = step_run.retry
    return MAX_RETRIES if policy is None or policy.max_retries is None else policy.max_retries


def retry_delay(step_run: StepRun) -> int:
    """How long the controller waits before the retry that was just counted."""
    policy, attempt = step_run.retry, max(step_run.retries, 1)
    base = _or(policy.delay if policy else "", DELAY)
    most = _or(policy.max_delay if policy else "", 0)
    backoff = policy.backoff if policy else ""
    if backoff == "linear":
        delay = base * attempt
    elif backoff == "constant":
        delay = base
    else:
        delay = base << min(attempt - 1, 62)
    if most:
        delay = min(delay, max(most, SHORTEST))
    return max(delay, SHORTEST)


def _or(text: str, otherwise: int) -> int:
    try:
        return positive(text) if text else otherwise
    except DurationError:
        return otherwise


def classify(code: int) -> str:
    """The exit class of an exit code (A9.4)."""
    if code == _UNKNOWN:
        return "unknown"
    if code == 0:
        return "success"
    if code == _TIMED_OUT or 128 <= code <= 255:
        return "retry"
    return "rateLimited" if code == 429 else "terminal"


def report_end(step_run: StepRun, profile: Profile, now: int, phase: str, exit_class: str, message: str) -> None:
    """Let the engram itself report how it ended; as implemented that is final (A9.2)."""
    step_run.reported = True
    if exit_class:
        step_run.exit_class = exit_class
    step_run.message = message
    if phase == SUCCEEDED and not profile.reported_success_is_final:
        step_run.job = "succeeded"
        return
    retryable = step_run.exit_class in RETRYABLE and step_run.retries < max_retries(step_run)
    if phase != SUCCEEDED and not profile.reported_failure_is_final and retryable:
        step_run.job = "failed"
        return
    _end(step_run, phase, now)
