"""`engram-validate sandbox run`: one batch case by hand."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

from validator.cli.arguments import duration, unisolated_option
from validator.cli.process_environment import conceal
from validator.sandbox.model import BatchCase, BatchRun, ImageSource, Secret, SourceKind

if TYPE_CHECKING:
    from validator.engine.masking import Masker

EXAMPLES = """
\b
Examples:
  engram-validate sandbox run json-filter:dev --inputs '{"input": {"a": 1}}'
  engram-validate sandbox run ./json-filter --inputs inputs.yaml
  engram-validate sandbox run . --template Engram.yaml \\
      --config config.json --secret openai.API_KEY=sk-1
"""


@click.command(name="run", epilog=EXAMPLES)
@click.argument("image")
@click.option("--inputs", default="{}", help="Inputs: a JSON object, or a JSON or YAML file.", metavar="FILE|JSON")
@click.option("--config", default="{}", help="Config: a JSON object, or a JSON or YAML file.", metavar="FILE|JSON")
@click.option("--context", default="", help="What templates see: {inputs: …, steps: …}.", metavar="FILE|JSON")
@click.option("--secret", "secrets", multiple=True, help="A secret's key; may be repeated.", metavar="NAME.KEY=VALUE")
@click.option("--env", "variables", multiple=True, help="A further variable; may be repeated.", metavar="NAME=VALUE")
@click.option(
    "--template", type=click.Path(exists=True, dir_okay=False), help="Its EngramTemplate: gives defaults, and judges."
)
@click.option("--kind", type=click.Choice(["auto", "docker", "process"]), default="auto", show_default=True)
@unisolated_option
@click.option(
    "--timeout",
    metavar="DURATION",
    callback=duration,
    default="30s",
    show_default=True,
    help="How long until it is killed.",
)
@click.option("--storage", is_flag=True, help="Give it file storage for large inputs and outputs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(
    image: str, inputs: str, config: str, context: str, secrets: tuple[str, ...], variables: tuple[str, ...],
    template: str | None, kind: str, unisolated: bool, timeout: float, storage: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run one batch case of IMAGE: an image, a build context, an archive of `docker save`, or a local program.

    Secrets are shown as `***`, wherever the engram puts them.

    With a template, the run is judged by it as a check would.

    Exits with 0 when the engram reports success and no error is found, 1 when not, 3 when the sandbox could not run it.
    """
    from validator.cli import sandbox_judge
    from validator.sandbox.batch import run_batch
    from validator.sandbox.model import SandboxError
    from validator.sandbox.sandbox import open_sandbox
    from validator.suite.results import Outcome

    described = sandbox_judge.read_template(template) if template is not None else None
    spec = described.spec if described is not None else {}
    case = BatchCase(
        id="by-hand",
        inputs=_completed(spec.get("inputSchema"), document(inputs, "--inputs")),
        config=_completed(spec.get("configSchema"), document(config, "--config")),
        context=document(context, "--context") if context else {"inputs": {}, "steps": {}},
        secrets=_secrets(secrets, spec.get("secretSchema") or {}),
        env=dict(_pair(text, "--env") for text in variables),
        timeout=timeout,
        storage=storage,
        manifests=described.manifests() if described is not None else (),
    )
    if described is not None:
        described.refuse_undeclared(case.secrets)
    mask = masker_of(case.secrets)
    source = source_of(image, kind)
    if source.kind is SourceKind.PROCESS:
        kind = "process"
    conceal()
    signal.signal(signal.SIGTERM, _stop)
    try:
        with open_sandbox(kind, progress=_progress, unisolated=unisolated) as sandbox:
            _progress(sandbox.reason)
            resolved = sandbox.resolve(source, _progress)
            with sandbox.pod(resolved) as pod:
                ran = run_batch(pod, case)
    except SandboxError as error:
        raise SystemExit(_failed(mask.text(error.message))) from None
    ran = _masked(ran, mask)
    judgement = described.judge(case, ran, resolved) if described is not None else None
    if as_json:
        verdict = sandbox_judge.summary(judgement) if judgement is not None else {}
        click.echo(json.dumps({**_summary(ran, resolved.digest), **mask.document(verdict)}, indent=2))  # type: ignore[dict-item]
    else:
        verdict_lines = sandbox_judge.lines(judgement) if judgement is not None else []
        click.echo("\n".join((*map(_plain, map(mask.text, verdict_lines)), _text(ran))))
    raise SystemExit(0 if ran.succeeded and (judgement is None or judgement.outcome is not Outcome.FAILED) else 1)


def source_of(image: str, kind: str) -> ImageSource:
    """What someone means by a word: an existing folder, archive or program, else an image reference."""
    path = Path(image)
    if kind == "process" or (kind == "auto" and path.is_file() and path.suffix != ".tar"):
        return ImageSource(SourceKind.PROCESS, image, provenance="the command line")
    if path.is_dir():
        return ImageSource(SourceKind.BUILD, image, provenance="the command line")
    found = SourceKind.LOAD if path.is_file() else SourceKind.IMAGE
    return ImageSource(found, image, provenance="the command line")


def document(text: str, option: str) -> dict[str, Any]:
    """A JSON object given in place, or the object in a JSON or YAML file. Raises click.BadParameter."""
    import yaml

    where = "in place"
    try:
        if not text.lstrip().startswith("{"):
            where = text
            text = Path(text).read_text(encoding="utf-8")
        value = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.BadParameter(f"{where}: {error}", param_hint=option) from None
    if not isinstance(value, dict):
        raise click.BadParameter(f"{where}: expected an object", param_hint=option)
    return value


def _completed(schema: Any, value: dict[str, Any]) -> dict[str, Any]:
    from validator.schemas.defaults import apply_defaults

    completed = apply_defaults(schema, value) if isinstance(schema, dict) else value
    return completed if isinstance(completed, dict) else value


def _secrets(texts: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Secret]:
    values: dict[str, dict[str, str]] = {}
    for text in texts:
        name, value = _pair(text, "--secret")
        secret, dot, key = name.partition(".")
        if not dot:
            raise click.BadParameter(f"{text!r}: expected NAME.KEY=VALUE", param_hint="--secret")
        values.setdefault(secret, {})[key] = value
    entries = {name: schema.get(name) for name in values}
    return {
        name: Secret(keys, str(entry.get("envPrefix") or "") if isinstance(entry := entries[name], dict) else "")
        for name, keys in values.items()
    }


def masker_of(secrets: Mapping[str, Secret]) -> Masker:
    """What hides these secrets in everything that is shown."""
    from validator.engine.masking import Masker

    return Masker.of(value for secret in secrets.values() for value in secret.values.values())


def _masked(ran: BatchRun, mask: Masker) -> BatchRun:
    """The run as it may be shown."""
    from validator.engine.masking import whole_lines

    if not mask.values:
        return ran
    end = whole_lines(ran.exit)
    shown = replace(
        end,
        stdout=replace(end.stdout, text=mask.text(end.stdout.text)),
        stderr=replace(end.stderr, text=mask.text(end.stderr.text)),
    )
    return replace(
        ran,
        exit=shown,
        status=cast("dict[str, Any]", mask.document(dict(ran.status))),
        result_patch=cast("dict[str, Any]", mask.document(dict(ran.result_patch))) if ran.result_patch else None,
        objections=tuple(map(mask.text, ran.objections)),
        ignored=tuple(map(mask.text, ran.ignored)),
        refused_patch=cast("dict[str, Any]", mask.document(dict(ran.refused_patch))) if ran.refused_patch else None,
        unknown=tuple(map(mask.text, ran.unknown)),
    )


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{text!r}: expected NAME=VALUE", param_hint=option)
    return name, value


def _summary(ran: BatchRun, digest: str) -> dict[str, Any]:
    exit_ = ran.exit
    return {
        "phase": ran.phase,
        "output": ran.output,
        "error": dict(ran.error),
        "status": dict(ran.status),
        "exit_code": exit_.code,
        "signal": exit_.signal,
        "oom": exit_.oom,
        "timed_out": ran.timed_out,
        "start_error": exit_.start_error.text if exit_.start_error else None,
        "objections": list(ran.objections),
        "ignored": list(ran.ignored),
        "unknown_requests": list(ran.unknown),
        "stdout": exit_.stdout.text,
        "stderr": exit_.stderr.text,
        "seconds": round(ran.seconds, 3),
        "image": digest,
    }


def _text(ran: BatchRun) -> str:
    exit_ = ran.exit
    how = f"signal {exit_.signal}" if exit_.signal else f"exit status {exit_.code}"
    if exit_.start_error:
        how = f"not started: {exit_.start_error.text}"
    elif ran.timed_out:
        how = "killed: it was still running when its time was up"
    elif exit_.oom:
        how += ", out of memory"
    lines = [f"phase   {ran.phase or 'none reported'}", f"end     {how}", f"time    {ran.seconds:.2f} s"]
    if ran.error:
        lines.append(f"error   {ran.error.get('type')}: {_plain(str(ran.error.get('message')))}")
    lines += [f"refused {objection}" for objection in ran.objections]
    lines += [f"ignored {write}" for write in ran.ignored]
    lines.append(f"output  {json.dumps(ran.output, indent=2)}")
    for name, log in (("stdout", exit_.stdout), ("stderr", exit_.stderr)):
        if log.total:
            cut = f" (the last {len(log.text)} of {log.total} bytes)" if log.truncated else ""
            lines += [f"--- {name}{cut}", _plain(log.text.rstrip("\n"))]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text of an engram without what a terminal would obey."""
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text)


def _progress(line: str) -> None:
    click.echo(_plain(line), err=True)


def _failed(message: str) -> int:
    click.echo(f"engram-validate: {_plain(message)}", err=True)
    return 3


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)
