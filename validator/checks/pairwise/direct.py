"""Two templates joined by nothing but themselves: what the one emits, against what the other accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from validator.checks.pairwise.pairs import MOST, Judgement, Outcome, Pairs
from validator.checks.pairwise.payloads import streamed, without_frames
from validator.checks.pairwise.wording import Side, disagreement
from validator.findings import Finding, Subject, Unchecked
from validator.rules import pairwise as rules
from validator.sources.manifests import EngramTemplate


@dataclass(frozen=True, slots=True)
class Comparison:
    """A pair of templates, and what comes of joining them."""

    producer: EngramTemplate
    consumer: EngramTemplate
    judgement: Judgement

    @property
    def outcome(self) -> Outcome:
        """The verdict for a producer that emits what it declares."""
        return self.judgement.outcome

    @property
    def subject(self) -> Subject:
        """Whom findings name."""
        return Subject("pair", f"{self.producer.name} -> {self.consumer.name}")

    def verdicts(self) -> Iterator[Finding | Unchecked]:
        """What is to be said of the pair, the worst first."""
        given, taken = self.producer.spec, self.consumer.spec
        if given is not None and taken is not None:
            yield from self._findings(
                Side(f"`{self.producer.name}`", given, "outputSchema"),
                Side(f"`{self.consumer.name}`", taken, "inputSchema"),
            )
        for reason in self.judgement.unknown:
            yield Unchecked(f"output of {self.producer.name} as input of {self.consumer.name}", reason, self.subject)

    def _findings(self, producer: Side, consumer: Side) -> Iterator[Finding]:
        rule = rules.NEVER_ACCEPTED if self.outcome is Outcome.NEVER else rules.INCOMPATIBLE_INPUT
        for found in self.judgement.disagreements:
            yield disagreement(rule, found, producer, consumer, self.subject)
        if self.judgement.undeclared is not None:
            yield disagreement(rules.UNDECLARED_INPUT, self.judgement.undeclared, producer, consumer, self.subject)


def compare(
    producer: EngramTemplate, consumer: EngramTemplate, pairs: Pairs, *, strict: bool = True, most: int = MOST
) -> Comparison:
    """What comes of joining two templates: A's payload as it is, as B's input."""
    given, taken = producer.output_schema, consumer.input_schema
    reasons = [
        f"{field} of `{owner.name}` {problem}"
        for owner, field, schema in ((producer, "outputSchema", given), (consumer, "inputSchema", taken))
        if (problem := pairs.unusable(schema.value if schema is not None else None))
    ]
    if given is None or taken is None or reasons:
        return Comparison(producer, consumer, Judgement(Outcome.UNKNOWN, unknown=tuple(reasons)))
    input_schema = without_frames(given.value, taken.value) if streamed(producer, consumer) else taken.value
    return Comparison(producer, consumer, pairs.judge(given.value, input_schema, strict=strict, most=most))
