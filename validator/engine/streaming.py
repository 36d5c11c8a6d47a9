"""One streaming case in the sandbox: played by the mock connector, and judged on what was on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from validator.checks.streaming import trial, verdict
from validator.checks.streaming.battery import Sample
from validator.checks.streaming.bench import Bench
from validator.checks.streaming.trial import Tried
from validator.engine.examination import completed, secret_prefix
from validator.findings import Finding, Json, Unchecked
from validator.rules import config as config_rules
from validator.sandbox.model import Exit, Secret
from validator.sandbox.pods import Pod
from validator.sandbox.stream import run_stream
from validator.sandbox.stream_model import Send
from validator.schemas.profile import HUB
from validator.schemas.validation import Violation, check_definition, validate
from validator.suite.cases import Case
from validator.suite.config import Config
from validator.suite.packets import stream_case
from validator.suite.plan import Unit
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import Examination


@dataclass(frozen=True, slots=True)
class StreamingExaminer:
    """Runs and judges streaming cases, with the terms of one run."""

    config: Config
    timeout: float
    enabled: bool
    """Whether the check `streaming` was asked for."""

    def __call__(self, pod: Pod, unit: Unit, case: Case) -> Examination:
        """Run one case, or with `contract` every row of the contract. Raises SandboxError when it cannot be run."""
        if not self.enabled:
            return Examination(())
        bench = self._bench(unit, case)
        try:
            played = stream_case(
                case,
                self.config.base,
                completed(unit.template.config_schema, case.config),
                {name: Secret(values, secret_prefix(unit.template, name)) for name, values in case.secrets.items()},
                case.timeout or self.timeout,
            )
        except (OSError, ValueError) as error:
            wrong = config_rules.INVALID_VALUE.at(
                case.place("send"), bench.subject, anchor=("cases", case.name), where="`send`", problem=str(error)
            )
            return _examination(unit, case, [(case.name, 0.0, (wrong,), None)])
        if not case.contract:
            run = run_stream(pod, played)
            return _examination(unit, case, [(case.name, run.seconds, verdict.judge(bench, run), run.exit)])
        packet = next(step.packet for step in played.steps if isinstance(step, Send))
        sample = Sample(
            packet=packet, config=played.config, secrets=played.secrets, env=played.env, time_limit=played.time_limit
        )
        tried: Iterable[Tried] = trial.trial(lambda each: run_stream(pod, each), bench, sample)
        return _examination(
            unit,
            case,
            [(f"{case.name}: {each.case.name}", each.run.seconds, each.verdicts, each.run.exit) for each in tried],
        )

    def _bench(self, unit: Unit, case: Case) -> Bench:
        schema = unit.template.output_schema
        usable = schema is not None and not check_definition(schema.value, profile=HUB)
        return Bench(
            subject=replace(unit.subject, case=case.name),
            location=unit.image_location,
            output_schema=schema.value if schema is not None and usable else None,
            schema_location=schema.location if schema is not None else None,
            validate=_violations,
        )


def _violations(schema: Json, instance: Json) -> tuple[Violation, ...]:
    return validate(schema, instance, profile=HUB)


def _examination(
    unit: Unit, case: Case, rows: Iterable[tuple[str, float, tuple[Finding | Unchecked, ...], Exit | None]]
) -> Examination:
    """One row a run."""
    results: list[CaseResult] = []
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for name, seconds, verdicts, ended in rows:
        found = [each for each in verdicts if isinstance(each, Finding)]
        wrong = [each for each in found if each.severity.rank]
        findings += found
        unchecked += [each for each in verdicts if isinstance(each, Unchecked)]
        results.append(
            CaseResult(
                subject=replace(unit.subject, case=name),
                check="streaming",
                outcome=Outcome.FAILED if wrong else Outcome.PASSED,
                seconds=seconds,
                mode=str(case.mode),
                origin=str(case.origin),
                message=wrong[0].message if wrong else "",
                stdout=ended.stdout.text if ended else "",
                stderr=ended.stderr.text if ended else "",
            )
        )
    return Examination(tuple(results), tuple(findings), tuple(unchecked))
