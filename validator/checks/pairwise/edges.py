"""The edges of a story: what each step is given, evaluated on schemas, against what its engram takes.

Said here: a value that another schema allows and this one refuses, and what `with` of an Engram adds to the input of
its steps. Not said here, because `resolution` says it: what the webhook refuses, fields that are missing, and templates
that make text of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from validator.checks.pairwise.dialects import PLATFORM
from validator.checks.pairwise.leaves import KNOWN_DOUBT, Leaf, alone, covering, grounded, leaf_at, value_at, vanishes
from validator.checks.pairwise.next_counterexample import undescribed
from validator.checks.pairwise.outputs import check_output
from validator.checks.pairwise.pairs import Disagreement, Pairs, as_object, dotted, unusable
from validator.checks.pairwise.payloads import shared
from validator.checks.pairwise.upstreams import Condition, Upstream, condition_of, upstreams
from validator.checks.pairwise.wording import point, what
from validator.findings import Finding, Json, Path, Related, Rule, Subject, Suggestion, Unchecked
from validator.rules import pairwise as rules
from validator.schemas.sanity import accepts_nothing
from validator.sources.manifests import Engram, Manifest, Step
from validator.sources.node import Node
from validator.sources.workspace import Workspace
from validator.stories.analysis import StoryAnalysis
from validator.stories.called import called_story
from validator.stories.scopes import Scope, Scopes
from validator.stories.typing import Typed, condition_facts, infer, infer_step
from validator.templates.other_braces import other_braces

_NOTHING: Json = {"type": "object", "additionalProperties": False}


@dataclass(slots=True)
class StoryEdges:
    """Checks the stories of a workspace; keeps what it has read."""

    workspace: Workspace
    pairs: Pairs = field(default_factory=Pairs)

    def story(self, analysis: StoryAnalysis) -> Iterator[Finding | Unchecked]:
        """Every step of a story that runs an engram, or another story."""
        story = analysis.story
        for step in analysis.graph.steps:
            if step.section == "branch" and story.is_realtime:
                continue
            if step.type == "executeStory":
                called = called_story(self.workspace, story, step)
                if called is not None and called is not story:  # EV137 says so
                    yield from _StepInput(self, analysis, step, None, Consumer(called, "inputsSchema")).verdicts()
                continue
            engram = self.workspace.engram_of(story, step)
            template = self.workspace.template_of(engram) if engram is not None else None
            if engram is not None and template is not None:
                yield from _StepInput(self, analysis, step, engram, Consumer(template, "inputSchema")).verdicts()
        yield from check_output(analysis, self.pairs)


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who takes the input of a step, and the field of its `spec` that holds the schema."""

    manifest: Manifest
    field: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.manifest.name

    @property
    def schema(self) -> Json:
        """What it takes."""
        node = self.manifest.node.find(("spec", self.field))
        return node.value if node is not None else None

    def refusing(self, found: Disagreement) -> Related:
        """The line that refuses."""
        line = point(self.manifest.node, ("spec", self.field, *found.consumer))
        return Related(line, f"`{self.name}` does not take it ({self.field})")


@dataclass(slots=True)
class _StepInput:
    """One step, with all that flows into it."""

    edges: StoryEdges
    analysis: StoryAnalysis
    step: Step
    engram: Engram | None
    receiver: Consumer

    @property
    def scopes(self) -> Scopes:
        return self.analysis.scopes

    @property
    def subject(self) -> Subject:
        return replace(self.scopes.story.subject, step=self.step.name)

    @property
    def anchor(self) -> Path:
        return ("spec", self.step.section, self.step.name)

    @property
    def consumer(self) -> Json:
        return self.receiver.schema

    @property
    def given(self) -> list[Node]:
        """The blocks that make the input, the lowest first."""
        if self.engram is None:
            blocks = [self.step.node.find(("with", "with"))]
        else:
            blocks = [self.engram.with_, self.step.with_, self.step.runtime]
        return [node for node in blocks if node is not None and node.value is not None]

    def verdicts(self) -> Iterator[Finding | Unchecked]:
        given = self.given
        problem = unusable(self.consumer)
        if problem:
            if given:
                reason = f"{self.receiver.field} of `{self.receiver.name}` {problem}"
                yield Unchecked(f"the input of step {self.step.name}", reason, self.subject, self.step.name_location)
            return
        if not all(node.is_mapping for node in given):
            return
        if given or self.engram is None:
            yield from self._evaluated()
        streams = self.scopes.story.is_realtime and self.step.section == "steps"
        if streams and self.engram is not None and self.step.runtime is None:
            mapped = frozenset(name for node in given for name, _ in node.items())
            for source in self.scopes.graph.sources(self.step):
                yield from self._passed_through(source, mapped)

    def _evaluated(self) -> Iterator[Finding | Unchecked]:
        """What `with` and `runtime` become."""
        typed = self._typed()
        schema = grounded(typed.schema)
        leaves = self._leaves(typed)
        # Templates that do not parse: what they would have become is not known.
        unread = frozenset(problem.path for problem in typed.problems if problem.access is None) - leaves.keys()
        found, unknown = self.edges.pairs.disagreements(
            schema, self.consumer, lambda path, keyword: self._doubt(schema, leaves, unread, path, keyword)
        )
        if found and accepts_nothing(self.consumer):
            return  # EV144 says so
        for each in found:
            leaf = covering(leaves, each.path)
            if leaf is not None:
                yield from self._handed_on(each, leaf, schema)
            elif self.engram is None:
                yield from self._called_with(each, typed)
            elif not self.scopes.story.is_realtime:
                yield from self._configured(each, typed, self.engram)
        for reason in unknown:
            if reason != KNOWN_DOUBT:
                yield Unchecked(f"the input of step {self.step.name}", reason, self.subject, self.step.name_location)

    def _typed(self) -> Typed:
        """The input before its defaults."""
        if self.engram is not None:
            return infer_step(self.analysis, self.step, self.engram)
        inferences = self.analysis.inferences
        scope = self.scopes.static if self.scopes.story.is_realtime else self.scopes.batch
        block = self.given
        if not block:
            return Typed(_NOTHING, {})
        return infer(inferences, block[0], scope, condition_facts(inferences, self.step, scope))

    def _doubt(self, schema: Json, leaves: dict[Path, Leaf], unread: frozenset[Path], path: Path, keyword: str) -> str:
        """Nothing is known of a place when its template is a guess, or when no schema describes it."""
        leaf = covering(leaves, path)
        if leaf is None and any(path[: len(place)] == place for place in unread):
            return KNOWN_DOUBT
        where = undescribed(schema, path, keyword, PLATFORM) if leaf is not None else None
        if leaf is None or where is None:
            return ""
        if leaf.inference.is_hopeless:
            return KNOWN_DOUBT
        used = f"`{leaf.text}`, used by step `{self.step.name}` as `{dotted(where)}`"
        if not leaf.exact:
            return f"the type of {used}, depends on values"
        return f"no schema declares {used}"

    def _leaves(self, typed: Typed) -> dict[Path, Leaf]:
        """The templates of the input by their places."""
        realtime = self.scopes.story.is_realtime
        leaves: dict[Path, Leaf] = {}
        for path, origin in typed.origins.items():
            text = origin.node.text
            if text is None or "{{" not in text:
                continue
            packets = realtime and self.step.runtime is not None and _holds(self.step.runtime, origin.node)
            scope = self._packets if packets else self.scopes.static if realtime else self.scopes.batch
            leaf = leaf_at(self.analysis.inferences, path, origin, text, scope)
            if leaf is not None:
                leaves[path] = leaf
        return leaves

    @property
    def _packets(self) -> Scope:
        return self.scopes.packets(self.step)

    @property
    def _condition(self) -> Condition | None:
        scope = self._packets if self.scopes.story.is_realtime else self.scopes.batch
        return condition_of(self.analysis.inferences, self.step, scope)

    def _handed_on(self, found: Disagreement, leaf: Leaf, schema: Json) -> Iterator[Finding | Unchecked]:
        """A template hands on what the engram does not take."""
        value = value_at(found.witness, found.path[: len(leaf.path)])
        if leaf.inference.is_hopeless or self._has_refused_key(found, leaf):
            return  # `resolution` says so, of the template or of the key
        if not self.scopes.story.is_realtime and vanishes(found, leaf):
            return
        never = self.edges.pairs.never(alone(schema, leaf.path), self.consumer)
        if not leaf.exact:
            if never and found.keyword != "type":
                yield self._finding(rules.NEVER_ACCEPTED, found, leaf, {"value": value}, [])
            return
        condition = self._condition
        for upstream in self._upstreams(leaf):
            document = upstream.with_value(value, self.edges.pairs, condition)
            if document is None:
                continue
            rule = rules.NEVER_ACCEPTED if never else rules.INCOMPATIBLE_INPUT
            below = found.path[len(leaf.path) :]
            there = Related(upstream.line(below), f"`{upstream.manifest.name}` allows it ({upstream.field})")
            witness: dict[str, Json] = {"witness": {".".join(upstream.root): document}}
            yield self._finding(rule, found, leaf, witness, [there])
            return
        if never and found.keyword == "type":
            # No `if` keeps out values of another type altogether.
            yield self._finding(rules.NEVER_ACCEPTED, found, leaf, {"value": value}, [])
            return
        yield Unchecked(
            f"`{leaf.text}` as input of step {self.step.name}",
            "its `if`, or what the schema says of other fields, may keep out what would be refused",
            self.subject,
            leaf.location,
        )

    def _has_refused_key(self, found: Disagreement, leaf: Leaf) -> bool:
        """Whether it is the key of a step's own input that is refused, whatever its value."""
        of_key = found.keyword in ("additionalProperties", "propertyNames") and found.path == leaf.path
        blocks = (self.step.with_, self.step.runtime) if self.engram is not None else ()
        return of_key and any(node is not None and _holds(node, leaf.origin.node) for node in blocks)

    def _upstreams(self, leaf: Leaf) -> Iterator[Upstream]:
        names = leaf.inference.accesses[0].names
        yield from upstreams(names, self.scopes.graph, self.edges.workspace, leaf.scope.sources or ())

    def _passed_through(self, source: Step, mapped: frozenset[str]) -> Iterator[Finding | Unchecked]:
        """What reaches the step as the payload of another, field by field of the same name."""
        template = self.edges.workspace.step_template(self.scopes.story, source)
        emitted = template.output_schema if template is not None else None
        if template is None or emitted is None or unusable(emitted.value):
            return
        producer = as_object(emitted.value)
        taken = shared(producer, self.consumer, mapped)
        if taken is None:
            return
        condition = self._condition
        found, _ = self.edges.pairs.disagreements(
            narrowed(producer, condition, Upstream(("steps", source.name), (), template, "outputSchema")),
            taken,
            lambda path, keyword: "undescribed" if undescribed(producer, path, keyword, PLATFORM) is not None else "",
        )
        for each in found:
            name = str(each.path[0])
            upstream = Upstream(("steps", source.name), (name,), template, "outputSchema")
            document = upstream.with_value(value_at(each.witness, (name,)), self.edges.pairs, condition)
            if document is not None:
                yield self._read_by_name(each, source, upstream, document)

    def _read_by_name(self, found: Disagreement, source: Step, upstream: Upstream, document: Json) -> Finding:
        name = self.step.node.find(("ref", "name"))
        there = f"`{upstream.manifest.name}` allows it ({upstream.field})"
        return rules.INCOMPATIBLE_INPUT.at(
            name.location if name is not None else self.step.name_location,
            self.subject,
            anchor=(*self.anchor, source.name, *found.path, found.keyword),
            evidence={"witness": {f"payload of {source.name}": document}},
            suggestion=Suggestion(f"map it in `runtime` of step `{self.step.name}`, or make the two schemas agree"),
            related=[Related(upstream.line(found.path[1:]), there), self.receiver.refusing(found)],
            producer=f"the payload of step `{source.name}`",
            what=what(found),
            consumer=f"`{self.receiver.name}`, which reads fields by the same name,",
            problem=found.message,
        )

    def _called_with(self, found: Disagreement, typed: Typed) -> Iterator[Finding]:
        """What is written for the inputs of another story: nobody looks at it before that story is to run."""
        story = self.receiver.manifest
        if found.missing and story.node.find(("spec", "policy", "with")) is not None:
            return  # it may come from there
        origin = typed.origins.get(found.path) or typed.origins.get(found.path[:-1])
        text = origin.node.text if origin is not None and not found.missing else None
        if text and other_braces(text, self.scopes.batch.type) is not None:
            return  # EV263 says so
        place = self.step.node.find(("with", "storyRef", "name"))
        location = place.location if place is not None else self.step.name_location
        if found.missing and self.step.with_ is not None and self.step.with_.get("with") is not None:
            location = self.step.with_.key_location("with")
        if origin is not None and origin.node.value is not None and not (origin.node.is_mapping and found.missing):
            location = origin.node.location
        yield rules.NEVER_ACCEPTED.at(
            location,
            self.subject,
            anchor=(*self.anchor, *found.path, found.keyword),
            evidence={"witness": found.witness},
            suggestion=Suggestion(
                f"give what `{self.receiver.name}` takes under `with.with` of step `{self.step.name}`"
            ),
            related=[self.receiver.refusing(found)],
            producer=f"step `{self.step.name}`",
            consumer=f"story `{self.receiver.name}`",
            problem=found.message,
        )

    def _configured(self, found: Disagreement, typed: Typed, engram: Engram) -> Iterator[Finding]:
        """What `with` of the Engram adds: the webhook does not look at it together with the step."""
        origin = typed.origins.get(found.path)
        given = engram.with_
        if origin is None or given is None or found.missing or not _holds(given, origin.node):
            return
        if self.step.with_ is not None and _holds(self.step.with_, origin.node):
            return
        yield rules.NEVER_ACCEPTED.at(
            given.key_location(str(found.path[0])) if len(found.path) == 1 else origin.node.location,
            self.subject,
            anchor=(*self.anchor, *found.path, found.keyword),
            evidence={"witness": found.witness},
            suggestion=Suggestion(f"take `{dotted(found.path)}` out of `with`, or let inputSchema take it"),
            related=[self.receiver.refusing(found)],
            producer=f"`with` of engram `{engram.name}`, which is merged into the input of every step,",
            consumer=f"`{self.receiver.name}`",
            problem=found.message,
        )

    def _finding(
        self, rule: Rule, found: Disagreement, leaf: Leaf, evidence: dict[str, Json], related: list[Related]
    ) -> Finding:
        where = dotted(found.path)
        return rule.at(
            leaf.location,
            self.subject,
            anchor=(*self.anchor, *found.path, found.keyword),
            evidence=evidence,
            suggestion=Suggestion(_advice(found, leaf, self.receiver.name)),
            related=[*related, self.receiver.refusing(found)],
            producer=f"`{leaf.text}`",
            what=what(found),
            consumer=f"`{where}` of `{self.receiver.name}`"
            if rule is rules.NEVER_ACCEPTED
            else f"`{self.receiver.name}`",
            problem=found.message,
        )


def narrowed(producer: Json, condition: Condition | None, upstream: Upstream) -> Json:
    """The payloads that an `if` lets through, as far as a schema can say it."""
    needs = condition.needs(upstream) if condition is not None else []
    if not needs or not isinstance(producer, dict):
        return producer
    parts = producer.get("allOf")
    return {**producer, "allOf": [*(parts if isinstance(parts, list) else []), *needs]}


def _advice(found: Disagreement, leaf: Leaf, receiver: str) -> str:
    where = dotted(found.path)
    if found.missing:
        return f"list `{found.missing}` under `required` where `{leaf.text}` is declared, if it is always there"
    if found.keyword == "type":
        return f"hand on a field of the right type, or let `{receiver}` take this one at `{where}`"
    if not leaf.exact:
        return f"write a template that becomes what `{receiver}` takes at `{where}`"
    return f"declare the same of `{leaf.text}` if it holds there, or let `{receiver}` take more at `{where}`"


def _holds(outer: Node, inner: Node) -> bool:
    return outer.source is inner.source and outer.start <= inner.start and inner.end <= outer.end
