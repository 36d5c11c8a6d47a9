"""A story on sample data: what each step would really be given, step after step.

The same templates are evaluated as the story engine does it, with written outputs or samples of the outputSchemas.
Every step is looked at, whatever became of the others: decision 12 says why it is no run of the engine.
Source: templating.md, sections 1, 8, 9 and 13.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from validator.findings import Json, dotted
from validator.schemas.defaults import apply_defaults
from validator.schemas.samples import full
from validator.schemas.validation import check_definition, validate, validate_inputs
from validator.schemas.violations import Violation
from validator.sources.manifests import Step
from validator.sources.node import Node
from validator.stories.engine.launching import document_of, merged, resolve_as_one
from validator.stories.engine.passes import StalledError
from validator.stories.graph import SILENT_TYPES
from validator.stories.scopes import Scopes
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import Context, evaluate_condition
from validator.templates.explanation import explained
from validator.templates.references import alias
from validator.templates.values import from_document


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What became of one step."""

    step: Step
    runs: bool
    """Whether its condition was true; False also when the condition failed."""
    given: Json = None
    """The evaluated input, defaults filled in; None when it does not run or the evaluation failed."""
    output: Json = None
    """What later steps see of it."""
    sampled: bool = False
    """Whether the output is a sample of the outputSchema."""
    problem: str = ""
    """Why a template could not be evaluated, in the platform's words."""
    explanation: str = ""
    """The same for people, with the characters and what to do, where there is more to say."""
    where: Node | None = None
    """The field with that template."""


@dataclass(frozen=True, slots=True)
class StoryOutput:
    """What became of the `output` of a story."""

    node: Node
    value: Json = None
    """What the run gives; None when the evaluation failed."""
    problem: str = ""
    """Why it could not be evaluated, or why the outputsSchema refuses it: the StoryRun fails."""
    explanation: str = ""
    """The same for people, where there is more to say."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A story on sample data."""

    steps: tuple[Rehearsed, ...]
    """In the order in which they can run."""
    output: StoryOutput | None
    """None for a story without `output`, and where a step failed: then the run does not get there."""
    refused: str = ""
    """Why the inputsSchema refuses the inputs: then no step is evaluated."""

    @property
    def fails(self) -> bool:
        """Whether anything in it failed."""
        return bool(self.refused) or any(one.problem for one in self.steps) or bool(self.output and self.output.problem)


def rehearse(scopes: Scopes, inputs: Mapping[str, Json], outputs: Mapping[str, Json] | None = None) -> Rehearsal:
    """Evaluate the main steps of a story in the order in which they can run, then its output.

    `inputs` are those of the run; defaults of the inputsSchema are filled in, and what it refuses starts no run
    (templating.md, section 13.3). `outputs` are by step name; a step without one gives a sample of its outputSchema,
    and nothing when it has none.
    """
    run = _Run(scopes, inputs, outputs or {})
    if refused := _refusal("StoryRun", run.story.inputs_schema, run.inputs, validate_inputs, below="inputs"):
        return Rehearsal((), None, refused)
    steps = tuple(run.steps())
    return Rehearsal(steps, None if any(one.problem for one in steps) else run.story_output())


class _Run:
    """One run on sample data."""

    def __init__(self, scopes: Scopes, inputs: Mapping[str, Json], outputs: Mapping[str, Json]) -> None:
        self.scopes = scopes
        self.story = scopes.story
        self.outputs = outputs
        schema = self.story.inputs_schema
        self.inputs = apply_defaults(schema.value, dict(inputs)) if schema is not None else dict(inputs)
        self.finished: dict[str, Json] = {}

    def steps(self) -> Iterator[Rehearsed]:
        for step in self.ordered():
            yield self.step(step)

    def ordered(self) -> Iterator[Step]:
        """The steps as they become ready: list order, each after what it waits for."""
        pending = list(self.story.steps)
        done: set[str] = set()
        while pending:
            upstream = self.scopes.graph.dependencies if not self.story.is_realtime else self.scopes.graph.explicit
            ready = next((step for step in pending if upstream.get(step.name, frozenset()) <= done), pending[0])
            pending.remove(ready)
            done.add(ready.name)
            yield ready

    def step(self, step: Step) -> Rehearsed:
        field: Node | None = step.if_
        context = seen = self.packet_context(step) if self.story.is_realtime else self.batch_context()
        try:
            if step.if_ is not None and step.if_.text and not evaluate_condition(step.if_.text, context):
                return Rehearsed(step, runs=False)
            field = step.with_
            seen = {"inputs": from_document(self.inputs)} if self.story.is_realtime else context
            given = self.resolved(self.merged(step), seen)
            if not self.story.is_realtime and step.ref is not None:
                # The SDK evaluates the inputs of a batch step once more, in the pod (templating.md, section 7).
                given = self.resolved(given, context)
            if self.story.is_realtime and step.runtime is not None:
                field, seen = step.runtime, context
                runtime = self.resolved(step.runtime.value, context)
                if isinstance(given, dict) and isinstance(runtime, dict):
                    given = {**given, **runtime}
        except (TemplateError, UnsupportedError, StalledError) as error:
            where, explanation = _failure(error, field, seen)
            runs = field is not step.if_
            return Rehearsed(step, runs, problem=_problem(error), explanation=explanation, where=where)
        given = self.completed(step, given)
        if refusal := self.refusal(step, given):
            return Rehearsed(step, runs=True, given=given, problem=refusal, where=field or step.with_)
        output = self.output(step)
        if refusal := self.output_refusal(step):
            return Rehearsed(step, runs=True, given=given, output=output, problem=refusal, where=step.node.get("name"))
        if output is not None:
            self.finished[step.name] = output
        sampled = output is not None and step.name not in self.outputs
        return Rehearsed(step, runs=True, given=given, output=output, sampled=sampled)

    def merged(self, step: Step) -> Json:
        """`with` over that of the engram. Raises StalledError when they cannot be merged."""
        engram = self.scopes.schemas.engram(self.story, step)
        own = step.with_.value if step.with_ is not None else {}
        return merged((engram.with_value or None) if engram is not None else None, own, step.name)

    def resolved(self, tree: Json, context: Context) -> Json:
        return document_of(resolve_as_one(tree, context))

    def completed(self, step: Step, given: Json) -> Json:
        template = self.scopes.schemas.template(self.story, step)
        if template is None or template.input_schema is None:
            return given
        return apply_defaults(template.input_schema.value, given)

    def refusal(self, step: Step, given: Json) -> str:
        """Why the input is none for the engram; empty when it is one (templating.md, section 13.3)."""
        template = self.scopes.schemas.template(self.story, step)
        return _refusal("input", template.input_schema if template is not None else None, given, validate_inputs)

    def output_refusal(self, step: Step) -> str:
        """Why a written output is none of the engram, whose step fails with it (templating.md, section 13.3)."""
        template = self.scopes.schemas.template(self.story, step)
        if step.name not in self.outputs or template is None:
            return ""
        return _refusal("output", template.output_schema, self.outputs[step.name], validate)

    def story_output(self) -> StoryOutput | None:
        """The `output` of the story, which the outputsSchema may refuse (templating.md, section 13.3)."""
        node, schema = self.story.output, self.story.outputs_schema
        if node is None:
            return None
        try:
            value = self.resolved(node.value, self.batch_context())
        except (TemplateError, UnsupportedError) as error:
            where, explanation = _failure(error, node, self.batch_context())
            return StoryOutput(where or node, problem=_problem(error), explanation=explanation)
        return StoryOutput(node, value, _refusal("output", schema, value, validate))

    def output(self, step: Step) -> Json:
        if step.name in self.outputs:
            return self.outputs[step.name]
        if step.type in SILENT_TYPES:
            return None
        described = self.scopes.output(step)
        return None if described.reason else full(dict(described.schema) if isinstance(described.schema, dict) else {})

    def batch_context(self) -> Context:
        entries: dict[str, Json] = {}
        for name, output in self.finished.items():
            entries[name] = {"output": output, "outputs": output}
        for name in list(entries):
            entries.setdefault(alias(name), entries[name])
        return {"inputs": from_document(self.inputs), "steps": from_document(entries)}

    def packet_context(self, step: Step) -> Context:
        """The packet of the first source that has given something."""
        for source in self.scopes.graph.sources(step):
            payload = self.finished.get(source.name)
            if isinstance(payload, dict):
                packet = {**payload, "metadata": payload.get("metadata", {})}
                return {
                    "inputs": from_document(self.inputs),
                    "steps": from_document({source.name: payload}),
                    "packet": from_document(packet),
                }
        return {"inputs": from_document(self.inputs), "steps": {}, "packet": {}}


def _problem(error: TemplateError | UnsupportedError | StalledError) -> str:
    """Why a block could not be evaluated."""
    return f"unsupported: {error.reason}" if isinstance(error, UnsupportedError) else error.message


def _failure(
    error: TemplateError | UnsupportedError | StalledError, field: Node | None, context: Context
) -> tuple[Node | None, str]:
    """The template in a field that failed, else the field, and an explanation."""
    if not isinstance(error, TemplateError):
        return field, ""
    node, alone = _culprit(error, field, context)
    return node or field, explained(alone, (node.text or "") if node is not None else "")


def _culprit(error: TemplateError, field: Node | None, context: Context) -> tuple[Node | None, TemplateError]:
    """The text of a field that fails with this error, and the error as it is when the text stands alone."""
    for _, node in field.walk() if field is not None else ():
        if not node.text or "{{" not in node.text:
            continue
        try:
            resolve_as_one(node.text, context)
        except TemplateError as alone:
            if error.message.endswith(alone.message):
                return node, alone
        except (UnsupportedError, StalledError):
            continue
    return (field, error) if field is not None and field.text else (None, error)


def _refusal(
    what: str,
    schema: Node | None,
    value: Json,
    judge: Callable[[Json, Json], tuple[Violation, ...]],
    below: str = "",
) -> str:
    """Why a schema refuses a value, whose path begins with `below`; empty when it does not, or is no valid schema."""
    if schema is None or check_definition(schema.value):
        return ""
    violations = judge(schema.value, value)
    if not violations:
        return ""
    path = dotted((*([below] if below else []), *violations[0].instance_path)).removeprefix(".")
    return f"the {what} is refused: {f'`{path}`: ' if path else ''}{violations[0].message}"
