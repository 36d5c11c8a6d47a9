"""What `sandbox run --template` says of a run: the verdict that a check of the same case would come to."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from validator.sandbox.model import DEFAULT_LIMITS, BatchCase, BatchRun, Image

if TYPE_CHECKING:
    from validator.checks.conformance import Judgement
    from validator.sources.manifests import EngramTemplate

COMMAND_LINE = "the command line"


@dataclass(frozen=True, slots=True)
class Template:
    """The EngramTemplate that was named."""

    manifest: EngramTemplate

    @property
    def spec(self) -> Mapping[str, Any]:
        """`spec` as plain values."""
        node = self.manifest.node.get("spec")
        return node.value if node is not None and isinstance(node.value, dict) else {}

    def manifests(self) -> tuple[Mapping[str, Any], ...]:
        """What the API serves, so that the SDK judges inputs and outputs itself."""
        from validator.engine.served_manifests import manifests

        return manifests(self.manifest)

    def refuse_undeclared(self, secrets: Mapping[str, Any]) -> None:
        """Raises click.BadParameter for a secret that secretSchema does not declare."""
        for name in secrets:
            if name not in self.manifest.secrets:
                known = ", ".join(self.manifest.secrets) or "none"
                problem = f"{name}: secretSchema does not declare this secret; it has {known}"
                raise click.BadParameter(problem, param_hint="--secret")

    def judge(self, case: BatchCase, run: BatchRun, image: Image) -> Judgement:
        """Judge the run by the template."""
        from validator.checks import conformance
        from validator.engine.examiner import mistakes
        from validator.findings import Location, Subject
        from validator.suite.cases import Case, Mode

        here = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        context = conformance.BatchContext(
            template=self.manifest,
            subject=Subject("template", self.manifest.name, case=case.id),
            image_location=self.manifest.name_location,
            platform=image.platform if image.kind == "docker" else f"linux/{here}",
            limits=DEFAULT_LIMITS,
            max_logs=10 << 20,
            max_output=case.max_inline,
            timeout=case.timeout,
        )
        given = Case(case.id, Mode.BATCH, Location(COMMAND_LINE), inputs=case.inputs, config=case.config)
        refused = tuple(mistakes(context, given))
        return conformance.verdict_of(refused) if refused else conformance.judge(context, given, run)


def read_template(file: str) -> Template:
    """The EngramTemplate in a file. Raises click.BadParameter."""
    from pathlib import Path

    from validator.sources.files import load_file
    from validator.sources.limits import Limits
    from validator.sources.manifests import EngramTemplate

    loaded = load_file(Path(file), file, Limits(), named=True)
    problems = loaded.problems if loaded is not None else ()
    for document in loaded.documents if loaded is not None else ():
        kind, spec = document.root.get("kind"), document.root.get("spec")
        if kind is not None and kind.value == "EngramTemplate" and spec is not None and isinstance(spec.value, dict):
            return Template(EngramTemplate.of(document.root, provided=True))
    reason = problems[0].message if problems else "expected an EngramTemplate"
    raise click.BadParameter(f"{file}: {reason}", param_hint="--template")


def summary(judgement: Judgement) -> dict[str, Any]:
    """The verdict as members of the JSON object."""
    return {
        "outcome": str(judgement.outcome),
        "reason": judgement.message,
        "findings": [
            {
                "rule": finding.rule.code,
                "severity": str(finding.severity),
                "message": finding.message,
                "file": finding.location.file,
                "line": finding.location.line,
                "column": finding.location.column,
            }
            for finding in judgement.findings
        ],
        "unchecked": [{"what": each.what, "reason": each.reason} for each in judgement.unchecked],
    }


def lines(judgement: Judgement) -> list[str]:
    """The verdict in lines."""
    reason = f": {judgement.message}" if judgement.message and not judgement.findings else ""
    found = [
        f"{finding.severity}[{finding.rule.code} {finding.rule.name}]: {finding.message}\n  --> {finding.location}"
        for finding in judgement.findings
    ]
    missing = [f"not checked: {each.what}: {each.reason}" for each in judgement.unchecked]
    return [f"verdict {judgement.outcome.words}{reason}", *found, *missing]
