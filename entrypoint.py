"""The action: turns the inputs of a workflow step into a run of `engram-validate`, and its report into outputs.

The runner hands inputs over as INPUT_<NAME> (upper case, dashes stay) and names the files for outputs and the job
summary in GITHUB_OUTPUT and GITHUB_STEP_SUMMARY. The exit status is that of the command.

Called with arguments, as in `docker run IMAGE check`, it is the command `engram-validate`.
"""

from __future__ import annotations

import contextlib
import glob
import io
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

WRONG_USAGE = 2
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
WHAT = ("config", "stories", "templates", "checks", "changed-since", "allow-env")
WHICH = ("template", "image", "image-overrides")
REPORTS = (
    *("fail-on", "compare-with", "junit", "report", "sarif", "html", "badge", "annotations"),
    *("token", "check-run", "suggestions", "comment", "summary"),
)
FROM = ("pull", "platform", "build-network")
WHERE = ("sandbox", "allow-unisolated")
COMMANDS = {
    "run": (
        *WHAT,
        *WHICH,
        *FROM,
        *WHERE,
        "timeout",
        "explore",
        "seed",
        "corpus",
        "workers",
        "story-cases",
        "shard",
        "durations",
        "cache",
        "baseline",
        *REPORTS,
    ),
    "check": (*WHAT, "story-cases", "baseline", *REPORTS),
    "plan": (*WHAT, *WHICH, *FROM, "shards", "target-minutes", "durations"),
    "merge": ("reports", *REPORTS),
    "pairs": ("templates", "html"),
}
"""Which inputs a command has use for. Others are a mistake, unless they have a default."""
LINES = ("stories", "templates", "allow-env")
"""Inputs that are options of the same name, once for each line."""
FILES = ("junit", "sarif", "html", "badge")
"""Reports beside the JSON report: inputs say where they go, and outputs of the same names say where they are."""
PLAIN = (
    *("config", "checks", "changed-since", "shards", "target-minutes", "shard", "cache"),
    *(
        "sandbox",
        "pull",
        "platform",
        "timeout",
        "explore",
        "seed",
        "corpus",
        "workers",
        "fail-on",
        "compare-with",
        "baseline",
    ),
    *FILES,
)
"""Inputs that are options of the same name."""
DEFAULTED = (
    *WHERE,
    "build-network",
    "story-cases",
    "junit",
    "report",
    "annotations",
    "token",
    "check-run",
    "suggestions",
    "comment",
    "summary",
)


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

    def files(self, name: str) -> list[str]:
        """The files that there are of those that the lines name, in order; globs may be absolute."""
        patterns = self.lines(name)
        return sorted({file for pattern in patterns for file in glob.glob(pattern, recursive=True)})  # noqa: PTH207

    def flag(self, name: str, default: bool) -> bool:
        """`true` or `false`. Raises InputError for anything else."""
        value = self.text(name).lower()
        if value and value not in TRUE | FALSE:
            raise InputError(f"{name}: expected true or false, found `{value}`")
        return value in TRUE if value else default


def arguments(inputs: Inputs, environment: Mapping[str, str]) -> list[str]:
    """The command line of `engram-validate` for these inputs. Raises InputError for inputs that cannot be meant."""
    name = command(inputs)
    for other in dict.fromkeys(other for used in COMMANDS.values() for other in used):
        if other not in (*COMMANDS[name], *DEFAULTED) and inputs.text(other):
            takers = " or ".join(f"`{taker}`" for taker, used in COMMANDS.items() if other in used)
            raise InputError(f"{other}: `command: {name}` has no use for it; it goes with {takers}")
    if name == "pairs":
        return ["compat", "--matrix", *_plain(inputs, COMMANDS[name])]
    return [name, *_options(inputs, COMMANDS[name], environment)]


def command(inputs: Inputs) -> str:
    """What to do. Raises InputError for anything that is no command."""
    name = inputs.text("command") or "run"
    if name not in COMMANDS:
        raise InputError(f"command: expected {', '.join(COMMANDS)}, found `{name}`")
    return name


def _flags(inputs: Inputs, taken: Sequence[str]) -> Iterator[str]:
    if "sandbox" in taken and inputs.flag("allow-unisolated", default=False):
        yield "--allow-unisolated"
    if "build-network" in taken and inputs.flag("build-network", default=False):
        yield "--build-network"
    if "story-cases" in taken and not inputs.flag("story-cases", default=True):
        yield "--no-story-cases"


def _options(inputs: Inputs, taken: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    yield from _plain(inputs, taken)
    for file in inputs.files("durations"):  # none on the first run: then all cases weigh the same
        yield from ("--durations", file)
    yield from _flags(inputs, taken)
    yield from _images(inputs)
    if "report" not in taken:
        yield from ("--format", "github")
        return
    if folder := inputs.text("working-directory"):
        yield from ("--prefix", folder)
    yield from ("--json", report(inputs))
    yield from ("--format", "github" if inputs.flag("annotations", default=True) else "console")
    for name, right in (("check-run", "checks"), ("suggestions", "pull-requests"), ("comment", "pull-requests")):
        if inputs.flag(name, default=False):
            if not inputs.text("token"):
                raise InputError(f"{name}: it needs `token`, with `permissions: {right}: write`")
            yield f"--{name}"
    if inputs.flag("summary", default=True) and environment.get("GITHUB_STEP_SUMMARY"):
        yield from ("--summary", environment["GITHUB_STEP_SUMMARY"])
    if "reports" in taken:
        files = inputs.files("reports")
        if not files:
            raise InputError(f"reports: no file is called {' or '.join(inputs.lines('reports')) or 'nothing'}")
        yield from files


def _plain(inputs: Inputs, taken: Sequence[str]) -> Iterator[str]:
    for name in PLAIN:
        if name in taken and (value := inputs.text(name)):
            yield from (f"--{name}", value)
    for name in LINES:
        for pattern in inputs.lines(name) if name in taken else ():
            yield from (f"--{name}", pattern)


def _images(inputs: Inputs) -> Iterator[str]:
    templates = [template_name(template) for template in inputs.lines("template")]
    for template in templates:
        yield from ("--template", template)
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


def outputs(inputs: Inputs, status: int, printed: str = "", *, ran: bool = True) -> dict[str, str]:
    """The outputs of the step, from the JSON report; `error` and zeros where a run did not get so far.

    `plan` and `pairs` write no report: their exit `status` is all there is, and what `plan` printed, the matrix. What
    lies there of an earlier step where nothing `ran` is none of this one's.
    """
    folder = inputs.text("working-directory")
    reports = ran and "report" in COMMANDS.get(inputs.text("command") or "run", ())
    file = report(inputs) if reports and Path(report(inputs)).is_file() else ""
    others = {name: inputs.text(name) for name in FILES}
    written = {name: path if reports and path and Path(path).is_file() else "" for name, path in others.items()}
    found: dict[str, Any] = {} if reports or status else {"result": "passed"}
    if file:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
    severities = [finding["severity"] for finding in found.get("findings", ())]
    return {
        "result": found.get("result", "error"),
        "errors": str(severities.count("error")),
        "warnings": str(severities.count("warning")),
        "notes": str(severities.count("note")),
        **{name: _beside(folder, path) for name, path in written.items()},
        "report": _beside(folder, file) if found else "",
        "json": _beside(folder, file) if found else "",
        "cases": json.dumps(found.get("summary", {}).get("cases", {})),
        "matrix": printed,
    }


def _beside(folder: str, file: str) -> str:
    """A file of the run, as later steps see it: from the workspace."""
    return os.path.normpath(os.path.join(folder, file)) if folder and file else file  # noqa: PTH118  # text, not a path


def write_outputs(values: Mapping[str, str], file: Path) -> None:
    """Append to the file of GITHUB_OUTPUT, each value between delimiters that it cannot contain by chance."""
    with file.open("a", encoding="utf-8", newline="\n") as stream:
        for name, value in values.items():
            delimiter = f"END_{secrets.token_hex(16)}"
            stream.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def run(arguments: list[str]) -> int:
    """Run `engram-validate` in this process; its exit status."""
    from validator.cli import main as validate

    try:
        validate(args=arguments, prog_name="engram-validate")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    return 0


def planned(arguments: list[str]) -> tuple[int, str]:
    """Run `engram-validate plan`; its exit status and the matrix, which is the line that it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = run(arguments)
    print(printed.getvalue(), end="")
    return status, printed.getvalue().strip()


def main() -> int:
    """Do the step; its exit status."""
    inputs = Inputs(dict(os.environ))  # a run drops from the environment what it has no need of
    matrix, ran = "", False
    try:
        if folder := inputs.text("working-directory"):
            os.chdir(folder)
        line = arguments(inputs, os.environ)
        # Tells that the list is whole: without an option for a name, no variable may be had.
        os.environ.setdefault("ENGRAM_VALIDATE_ALLOW_ENV", "")
        for written in (report(inputs), *map(inputs.text, FILES)):
            if line.count(written) == 1:  # of an earlier step; one that this run reads stays until it is overwritten
                Path(written).unlink(missing_ok=True)
    except (InputError, OSError) as problem:
        from validator.reports.escapes import command_data

        print(f"::error title=engram-validate::{command_data(str(problem))}")
        status = WRONG_USAGE
    else:
        ran = True
        if token := os.environ.pop("INPUT_TOKEN", "").strip():
            os.environ["ENGRAM_VALIDATE_TOKEN"] = token
        if line[0] == "plan":
            status, matrix = planned(line)
        else:
            status = run(line)
    if file := os.environ.get("GITHUB_OUTPUT"):
        write_outputs(outputs(inputs, status, matrix, ran=ran), Path(file))
    return status


def is_step(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a workflow's step calls, not a person with `docker run IMAGE ARGUMENTS`: a step has inputs only."""
    return not arguments and any(name.startswith("INPUT_") for name in environment)


if __name__ == "__main__":
    sys.exit(main() if is_step(sys.argv[1:], os.environ) else run(sys.argv[1:]))
