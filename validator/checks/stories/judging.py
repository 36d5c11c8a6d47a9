"""A run of a story against its case: every difference, and what goes wrong that no case expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from validator.findings import Finding, Json, Path, Related, Subject, dotted
from validator.platform.releases import current
from validator.rules import stories as rules
from validator.schemas.validation import is_instance, validate
from validator.sources.manifests import Story
from validator.stories.engine.definition import Story as Definition
from validator.stories.engine.stalled import Cause, chain, roots
from validator.stories.runs.gaps import Gap
from validator.stories.runs.performers import Evidence
from validator.stories.runs.traces import StepTrace, StoryTrace
from validator.suite.expectations import differences
from validator.suite.story_cases import StepExpectation, StoryCase, StoryExpectation

SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges runs of one story."""

    story: Story
    definition: Definition
    case: StoryCase | None
    """None for a run that no case asks for."""

    @property
    def subject(self) -> Subject:
        """How reports name the run."""
        return Subject("story", self.story.name, case=self.case.name if self.case is not None else "")

    def findings(self, trace: StoryTrace, gaps: tuple[Gap, ...] = ()) -> Iterator[Finding]:
        """Everything there is to say of a run."""
        expect = self.case.expect if self.case is not None else StoryExpectation()
        yield from self._ending(trace, expect)
        if self.case is not None:
            failure = _failure(trace)
            for one in (*self._differences(trace, self.case, expect), *self._unused(trace, self.case)):
                yield replace(one, related=(*one.related, *failure))
        yield from self._outputs(trace)
        yield from self._waits_in_vain(trace)
        for gap in gaps:
            step = gap.step
            yield gap.rule.at(
                step.location if step is not None else trace.location,
                Subject("story", self.story.name, step=step.name if step is not None else "", case=self.subject.case),
                anchor=("run", gap.field),
                step=step.name if step is not None else "the story",
                version=current(),
            )

    def _ending(self, trace: StoryTrace, expect: StoryExpectation) -> Iterator[Finding]:
        """That the run never ends, or fails, and nobody expects it."""
        if trace.causes and expect.ends:
            yield self._never_ends(trace)
        elif not trace.causes and not expect.ends:
            yield self._differs(("ends",), "the run", f"expected to wait forever, and it ends {trace.phase}")
        elif not trace.causes and not expect.phase and expect.ends and not trace.succeeded:
            yield self._fails(trace)

    def _never_ends(self, trace: StoryTrace) -> Finding:
        found = tuple(cause for cause, _ in trace.causes)
        places = dict(zip(found, (place for _, place in trace.causes), strict=True))
        last = (roots(found) or found)[0]
        longest = max((chain(found, one) for one in found if chain(found, one)[-1] == last), key=len)
        below = next((one for one in trace.steps if one.name == last.step and one.child is not None), None)
        inner = below.child if below is not None else None
        reason = "; ".join(str(one) for one in longest)
        if inner is not None and inner.causes:
            reason += f"; in story {inner.story}: {inner.causes[0][0]}"
        return rules.NEVER_ENDS.at(
            places[last],
            Subject("story", self.story.name, step=last.step, case=self.subject.case),
            anchor=("run", *last.path),
            related=[Related(places[one], str(one)) for one in found if one is not last],
            evidence=_evidence(last),
            reason=reason,
        )

    def _waits_in_vain(self, trace: StoryTrace) -> Iterator[Finding]:
        """Why a step fails that waits for a story which never ends."""
        for step in trace.steps:
            for story in (one.trace for _, one in step.stories) if step.failed else ():
                if story is not None and story.causes:
                    cause, place = story.causes[0]
                    yield rules.NEVER_ENDS.at(
                        place,
                        Subject("story", self.story.name, step=step.name, case=self.subject.case),
                        anchor=("run", step.name, story.story, *cause.path),
                        related=[Related(step.location, "this step starts it")],
                        evidence=_evidence(cause),
                        reason=f"in story {story.story}, which step `{step.name}` starts: {cause}",
                    )

    def _fails(self, trace: StoryTrace) -> Finding:
        step = _deepest(trace)
        if step is None:
            return rules.RUN_FAILS.at(trace.location, self.subject, phase=trace.phase, reason=trace.message)
        failure = step.failure
        evidence: dict[str, Json] = {}
        if failure is not None and failure.expression:
            evidence = {"expression": failure.expression, "variables": dict(failure.variables)}
        elif step.given is not None:
            evidence = {"input": step.given}
        return rules.RUN_FAILS.at(
            failure.location if failure is not None else step.location,
            Subject("story", self.story.name, step=step.name, case=self.subject.case),
            anchor=("run", step.section, step.name),
            evidence=evidence,
            phase=trace.phase,
            reason=f"step `{step.name}` {step.phase}: {step.message or 'without a message'}",
        )

    def _differences(self, trace: StoryTrace, case: StoryCase, expect: StoryExpectation) -> Iterator[Finding]:
        if expect.phase and trace.phase != expect.phase:
            yield self._differs(("phase",), "the run", f"expected {expect.phase}, found {trace.phase}: {trace.message}")
        if expect.message and expect.message not in trace.message:
            yield self._differs(("message",), "the message of the run", f"found `{trace.message}`")
        if expect.has_output:
            yield from self._values(("output",), "the output of the run", expect.output, trace.output)
        for name, wanted in expect.steps.items():
            step = trace.step(name)
            if step is not None:
                yield from self._of_step(step, wanted)
        yield from self._order(trace, expect)
        for index, name in enumerate(expect.never):
            step = trace.step(name)
            if step is not None and step.ran:
                yield self._differs(
                    ("never", index), f"step `{name}`", f"expected never to run, and it is {step.phase}"
                )
        yield from self._time(trace, expect)

    def _of_step(self, step: StepTrace, wanted: StepExpectation) -> Iterator[Finding]:
        place: Path = ("steps", step.name)
        what = f"step `{step.name}`"
        found = step.phase or "never reached"
        suffix = f": {step.message}" if step.message else ""
        if wanted.phase and step.phase != wanted.phase:
            yield self._differs((*place, "phase"), what, f"expected {wanted.phase}, found {found}{suffix}", step)
        if wanted.has_input:
            yield from self._values((*place, "input"), f"the input of {what}", wanted.input, step.given, step)
        if wanted.has_output:
            yield from self._values((*place, "output"), f"the output of {what}", wanted.output, step.output, step)
        if wanted.attempts is not None and len(step.attempts) != wanted.attempts:
            problem = f"expected {wanted.attempts} attempts, found {len(step.attempts)}"
            yield self._differs((*place, "attempts"), what, problem, step)
        if wanted.skipped is not None:
            skipped = step.phase == "Skipped"
            if skipped != bool(wanted.skipped):
                problem = f"expected {'to be' if wanted.skipped else 'not to be'} skipped, and it is {found}{suffix}"
                yield self._differs((*place, "skipped"), what, problem, step)
            elif isinstance(wanted.skipped, str) and wanted.skipped not in step.message:
                problem = f"is skipped for another reason: {step.message}"
                yield self._differs((*place, "skipped"), what, problem, step)
        if wanted.message and wanted.message not in step.message:
            yield self._differs((*place, "message"), f"the message of {what}", f"found `{step.message}`", step)

    def _order(self, trace: StoryTrace, expect: StoryExpectation) -> Iterator[Finding]:
        steps = [trace.step(name) for name in expect.order]
        for index, (one, other) in enumerate(pairwise(steps), 1):
            if one is None or other is None:
                continue
            if other.started is None or one.finished is None or other.started < one.finished:
                begins = "never begins" if other.started is None else f"begins at {_time(other.started)}"
                ends = "is never over" if one.finished is None else f"is over at {_time(one.finished)}"
                problem = f"expected to begin when `{one.name}` is over; it {begins}, and `{one.name}` {ends}"
                yield self._differs(("order", index), f"step `{other.name}`", problem, other)

    def _time(self, trace: StoryTrace, expect: StoryExpectation) -> Iterator[Finding]:
        took = trace.ended / SECOND
        if expect.at_least is not None and took < expect.at_least:
            problem = f"expected to take at least {expect.at_least:g} s of virtual time, found {took:g} s"
            yield self._differs(("time",), "the run", problem)
        if expect.at_most is not None and took > expect.at_most:
            problem = f"expected to take at most {expect.at_most:g} s of virtual time, found {took:g} s"
            yield self._differs(("time",), "the run", problem)

    def _values(
        self, place: Path, what: str, expected: Json, found: Json, step: StepTrace | None = None
    ) -> Iterator[Finding]:
        for one in differences(expected, found):
            where = f"{what}, `{dotted(one.path)}`" if one.path else what
            facts: Mapping[str, Json] = {"expected": one.expected, "found": one.found}
            yield self._differs((*place, *one.path), where, one.problem, step, facts)

    def _differs(
        self,
        place: Path,
        what: str,
        problem: str,
        step: StepTrace | None = None,
        evidence: Mapping[str, Json] | None = None,
    ) -> Finding:
        assert self.case is not None
        return rules.NOT_AS_EXPECTED.at(
            self.case.place("expect", *place),
            Subject("story", self.story.name, step=step.name if step is not None else "", case=self.case.name),
            anchor=("stories", self.case.key, self.case.name, "expect", *place),
            evidence=evidence,
            related=[Related(step.location, "the step")] if step is not None else (),
            what=what,
            problem=problem,
        )

    def _unused(self, trace: StoryTrace, case: StoryCase) -> Iterator[Finding]:
        """Steps whose end the case says and that never start: it may test nothing."""
        for name in (*case.script.attempts, *case.script.gates):
            step = trace.step(name)
            if step is None or step.ran or name in case.expect.never or name in case.expect.steps:
                continue
            yield rules.UNUSED_ATTEMPT.at(
                case.place("steps", name),
                Subject("story", self.story.name, step=name, case=case.name),
                anchor=("stories", case.key, case.name, "steps", name),
                step=name,
            )

    def _outputs(self, trace: StoryTrace) -> Iterator[Finding]:
        """Outputs that break their schema."""
        for name, problem in trace.broken.items():
            step = trace.step(name)
            assert step is not None
            yield rules.STAND_IN_BREAKS_SCHEMA.at(
                self.case.place("steps", name) if self.case is not None else step.location,
                Subject("story", self.story.name, step=name, case=self.subject.case),
                anchor=("run", "steps", name, "output"),
                step=name,
                engram=step.kind,
                problem=problem,
            )
        for step in trace.steps:
            engram = self.definition.engrams.get(step.kind)
            schema = engram.output_schema if engram is not None else None
            real = step.evidence in (Evidence.REAL, Evidence.RECORDED)
            if real and step.phase == "Succeeded" and schema is not None and not is_instance(schema, step.output):
                yield rules.OUTPUT_BREAKS_SCHEMA.at(
                    step.location,
                    Subject("story", self.story.name, step=step.name, case=self.subject.case),
                    anchor=("run", "steps", step.name, "output"),
                    evidence={"output": step.output},
                    origin=step.evidence,
                    step=step.name,
                    engram=step.kind,
                    problem=validate(schema, step.output)[0].message,
                )


def _deepest(trace: StoryTrace) -> StepTrace | None:
    """The step that failed first; where it executed a story, the one that failed in there."""
    step = trace.first_failure
    inner = _deepest(step.child) if step is not None and step.child is not None else None
    return inner or step


def _failure(trace: StoryTrace) -> tuple[Related, ...]:
    """Where a template ended the run, or keeps it from its end."""
    if trace.causes:
        found = tuple(cause for cause, _ in trace.causes)
        last = (roots(found) or found)[0]
        return tuple(Related(place, rules.FAILS_HERE) for cause, place in trace.causes if cause is last)
    step = _deepest(trace)
    failure = step.failure if step is not None and not trace.succeeded else None
    return () if failure is None else (Related(failure.location, rules.FAILS_HERE),)


def _evidence(cause: Cause) -> dict[str, Json]:
    facts: dict[str, Json] = {"expression": cause.expression, "waits for": cause.on, "gap": cause.row}
    return {name: value for name, value in facts.items() if value}


def _time(nanos: int) -> str:
    return f"{nanos / SECOND:g} s"
