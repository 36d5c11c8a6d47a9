"""The action: turns the inputs of a workflow step into a run of `engram-validate`, and its report into outputs.

The runner hands inputs over as INPUT_<NAME> (upper case, dashes stay) and names the files for outputs and the job
summary in GITHUB_OUTPUT and GITHUB_STEP_SUMMARY. The exit status is that of `engram-validate run`.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

WRONG_USAGE = 2
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
PLAIN = ("config", "checks", "sandbox", "fail-on", "timeout", "workers", "baseline", "junit", "sarif", "html")
"""Inputs that are options of the same name."""


class InputError(Exception):
    """An input of the step makes no sense."""


class Inputs:
    """The inputs of the step, as the runner put them into the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str:
        """The input, without white space around it; empty when it was not given."""
        return self._environment.get(f"INPUT_{name.upper().replace(' ', '_')}", "").strip()

    def lines(self, name: str) -> list[str]:
        """One value a line; blank lines and comments do not count."""
        values = (line.strip() for line in self.text(name).splitlines())
        return [value for value in values if value and not value.startswith("#")]

    def flag(self, name: str, default: bool) -> bool:
        """`true` or `false`. Raises InputError for anything else."""
        value = self.text(name).lower()
        if value and value not in TRUE | FALSE:
            raise InputError(f"{name}: expected true or false, found `{value}`")
        return value in TRUE if value else default


def arguments(inputs: Inputs, environment: Mapping[str, str]) -> list[str]:
    """The command line of `engram-validate` for these inputs. Raises InputError for inputs that cannot be meant."""
    return ["run", *_options(inputs, environment)]


def _options(inputs: Inputs, environment: Mapping[str, str]) -> Iterator[str]:
    for name in PLAIN:
        if value := inputs.text(name):
            yield from (f"--{name}", value)
    for name in ("stories", "templates"):
        for pattern in inputs.lines(name):
            yield from (f"--{name}", pattern)
    templates = [template_name(template) for template in inputs.lines("template")]
    for template in templates:
        yield from ("--template", template)
    yield from _images(inputs, templates)
    if folder := inputs.text("working-directory"):
        yield from ("--prefix", folder)
    yield from ("--json", report(inputs))
    yield from ("--format", "github" if inputs.flag("annotations", default=True) else "console")
    if inputs.text("token"):
        yield "--check-run"
    if inputs.flag("summary", default=True) and environment.get("GITHUB_STEP_SUMMARY"):
        yield from ("--summary", environment["GITHUB_STEP_SUMMARY"])


def _images(inputs: Inputs, templates: list[str]) -> Iterator[str]:
    if image := inputs.text("image"):
        if len(templates) != 1:
            raise InputError(f"image: it stands for one template; name it with `template`, which has {len(templates)}")
        yield from ("--image", f"{templates[0]}={image}")
    for override in inputs.lines("image-overrides"):
        name, equals, reference = override.partition("=")
        if not (equals and name.strip() and reference.strip()):
            raise InputError(f"image-overrides: expected NAME=REF a line, found `{override}`")
        yield from ("--image", f"{name.strip()}={reference.strip()}")


def template_name(template: str) -> str:
    """What a template is called: `template` may name it or its file. Raises InputError for a file without a name."""
    if not template.endswith((".yaml", ".yml")):
        return template
    import yaml

    try:
        with Path(template).open(encoding="utf-8") as file:
            documents = [document for document in yaml.safe_load_all(file) if isinstance(document, dict)]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"template: {template} cannot be read: {error}") from error
    for document in documents:
        if document.get("kind") in {"EngramTemplate", "ImpulseTemplate"}:
            name = (document.get("metadata") or {}).get("name")
            if isinstance(name, str):
                return name
    raise InputError(f"template: {template} holds no EngramTemplate with a name")


def report(inputs: Inputs) -> str:
    """Where the JSON report goes; the outputs are read from it."""
    return inputs.text("report") or "engram-validate.json"


def outputs(inputs: Inputs) -> dict[str, str]:
    """The outputs of the step, from the JSON report; `error` and zeros where a run did not get so far."""
    folder = inputs.text("working-directory")
    found: dict[str, Any] = {}
    if Path(report(inputs)).is_file():
        found = json.loads(Path(report(inputs)).read_text(encoding="utf-8"))
    severities = [finding["severity"] for finding in found.get("findings", ())]
    return {
        "result": found.get("result", "error"),
        "errors": str(severities.count("error")),
        "warnings": str(severities.count("warning")),
        "notes": str(severities.count("note")),
        "junit": _beside(folder, inputs.text("junit")),
        "report": _beside(folder, report(inputs)) if found else "",
    }


def _beside(folder: str, file: str) -> str:
    """A file of the run, as later steps see it: from the workspace."""
    return os.path.join(folder, file) if folder and file else file  # noqa: PTH118  # text for the runner, not a path here


def write_outputs(values: Mapping[str, str], file: Path) -> None:
    """Append to the file of GITHUB_OUTPUT, each value between delimiters that it cannot contain by chance."""
    with file.open("a", encoding="utf-8", newline="\n") as stream:
        for name, value in values.items():
            delimiter = f"END_{secrets.token_hex(16)}"
            stream.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def run(command: list[str]) -> int:
    """Run `engram-validate` in this process; its exit status."""
    from validator.cli import main as validate

    try:
        validate(args=command, prog_name="engram-validate")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    return 0


def main() -> int:
    """Do the step; its exit status."""
    inputs = Inputs(os.environ)
    try:
        if folder := inputs.text("working-directory"):
            os.chdir(folder)
        Path(report(inputs)).unlink(missing_ok=True)
        command = arguments(inputs, os.environ)
    except (InputError, OSError) as problem:
        from validator.reports.escapes import command_data

        print(f"::error title=engram-validate::{command_data(str(problem))}")
        status = WRONG_USAGE
    else:
        if token := os.environ.pop("INPUT_TOKEN", "").strip():
            os.environ["ENGRAM_VALIDATE_TOKEN"] = token
        status = run(command)
    if file := os.environ.get("GITHUB_OUTPUT"):
        write_outputs(outputs(inputs), Path(file))
    return status


if __name__ == "__main__":
    sys.exit(main())
