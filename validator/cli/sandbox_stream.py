"""`engram-validate sandbox stream`: one streaming engram by hand, scripted or in a conversation."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator.cli.arguments import duration, unisolated_option
from validator.cli.process_environment import conceal
from validator.cli.sandbox_run import document, masker_of, source_of

if TYPE_CHECKING:
    from validator.checks.streaming.context import StreamContext
    from validator.checks.streaming.probing import ProbeResult
    from validator.engine.masking import Masker
    from validator.sandbox.pods import Pod
    from validator.sandbox.stream_model import Entry, Packet, StreamCase, StreamRun

PACKET_KEYS = {"payload", "inputs", "kind", "hook", "binary", "audio", "transports"}
"""What makes a typed object a packet; without any of them it is a payload."""
EXAMPLES = """
\b
Examples:
  engram-validate sandbox stream echo:dev --send '{"payload": {"text": "hi"}}'
  engram-validate sandbox stream ./echo --send packets.yaml --transcript wire
  engram-validate sandbox stream echo:dev --interactive   # a payload a line
  engram-validate sandbox stream echo:dev --contract \\
      --send '{"payload": {"text": "hi"}}'
"""


@click.command(name="stream", epilog=EXAMPLES)
@click.argument("image")
@click.option("--send", "sends", multiple=True, metavar="FILE|JSON", help="A packet, or a file with a list of packets.")
@click.option("--config", default="{}", help="Config: a JSON object, or a JSON or YAML file.", metavar="FILE|JSON")
@click.option("--secret", "secrets", multiple=True, help="A secret's key; may be repeated.", metavar="NAME.KEY=VALUE")
@click.option("--env", "variables", multiple=True, help="A further variable; may be repeated.", metavar="NAME=VALUE")
@click.option(
    "--template", type=click.Path(exists=True, dir_okay=False), help="Its EngramTemplate: gives outputSchema."
)
@click.option("--kind", type=click.Choice(["auto", "docker", "process"]), default="auto", show_default=True)
@unisolated_option
@click.option("--delivery", type=click.Choice(["evaluated", "forwarded"]), default="evaluated", show_default=True)
@click.option(
    "--timeout",
    metavar="DURATION",
    callback=duration,
    default="30s",
    show_default=True,
    help="The longest a case may take.",
)
@click.option("--count", type=click.IntRange(0), help="Outputs to wait for.")
@click.option("--contract", is_flag=True, help="Try every row of the streaming contract with the first packet.")
@click.option("--interactive", is_flag=True, help="Read packets from standard input, a line each; show what comes.")
@click.option("--transcript", type=click.Path(dir_okay=False), help="Write the wire transcript, as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print findings and outputs as one JSON object a case.")
def stream(image: str, **options: Any) -> None:
    """Talk to one streaming engram: IMAGE is an image, a build context, an archive, or a local program.

    Secrets are shown as `***`, in the transcript too.

    Exits with 0 when it keeps the contract, 1 when it does not, 3 when the sandbox could not run it.
    """
    from validator.sandbox.model import SandboxError, SourceKind
    from validator.sandbox.sandbox import open_sandbox

    if options["contract"] and options["interactive"]:
        raise click.UsageError("--contract and --interactive exclude each other")
    source = source_of(image, options["kind"])
    kind = "process" if source.kind is SourceKind.PROCESS else options["kind"]
    case, context = _case(options), _context(image, options["template"])
    mask = masker_of(case.secrets)
    conceal()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with (
            open_sandbox(kind, unisolated=options["unisolated"]) as sandbox,
            sandbox.pod(sandbox.resolve(source)) as pod,
        ):
            broken = _play(pod, context, case, options, mask)
    except SandboxError as error:
        click.echo(f"engram-validate: {_plain(mask.text(error.message))}", err=True)
        raise SystemExit(3) from None
    raise SystemExit(1 if broken else 0)


def _play(pod: Pod, context: StreamContext, case: StreamCase, options: dict[str, Any], mask: Masker) -> bool:
    """Run what was asked for and show it; whether the contract is broken."""
    from validator.findings import Finding, Severity
    from validator.sandbox.transcript import lines

    broken = False
    runs: list[StreamRun] = []
    for one in _results(pod, context, case, options, mask):
        runs += [] if one.skipped else [one.run]
        broken |= any(isinstance(each, Finding) and each.severity is Severity.ERROR for each in one.verdicts)
        if options["as_json"]:
            click.echo(json.dumps(mask.document(_summary(one))))
        else:
            click.echo(mask.text(_text(one, quiet=bool(options["contract"]))))
    if options["transcript"]:
        text = "\n".join(mask.text(line) for run in runs for line in lines(run))
        Path(options["transcript"]).write_text(f"{text}\n", encoding="utf-8")
    return broken


def _results(
    pod: Pod, context: StreamContext, case: StreamCase, options: dict[str, Any], mask: Masker
) -> Iterable[ProbeResult]:
    """The results of all probes with `--contract`, or of the one case."""
    from validator.checks.streaming import probing, verdict
    from validator.checks.streaming.sample import Sample
    from validator.sandbox.stream import Talk, run_stream
    from validator.sandbox.stream_model import Packet, Send
    from validator.suite.scheduler import workers_that_pay_off

    if options["contract"]:
        packet = next((step.packet for step in case.steps if isinstance(step, Send)), Packet(payload={"text": "hello"}))
        sample = Sample(packet, case.config, case.secrets, case.env, time_limit=case.time_limit)
        return probing.run_probes(lambda each: run_stream(pod, each), context, sample, workers=workers_that_pay_off())
    talk = Talk(_typed(), lambda entry: _show(entry, mask)) if options["interactive"] else None
    run = run_stream(pod, case, talk=talk)
    return [probing.ProbeResult(case, run, verdict.judge(context, run))]


def _case(options: dict[str, Any]) -> StreamCase:
    from validator.cli.sandbox_run import _pair, _secrets
    from validator.sandbox.stream_model import Expectation, Send, StreamCase

    return StreamCase(
        name="by-hand",
        steps=tuple(Send(packet) for text in options["sends"] for packet in _packets(text)),
        config=document(options["config"], "--config"),
        secrets=_secrets(options["secrets"], {}),
        env=dict(_pair(text, "--env") for text in options["variables"]),
        delivery=options["delivery"],
        time_limit=3600.0 if options["interactive"] else options["timeout"],
        expect=Expectation(count=options["count"]),
    )


def _context(image: str, template: str | None) -> StreamContext:
    from validator.checks.streaming.context import StreamContext
    from validator.findings import Location, Subject
    from validator.schemas.validation import validate

    spec = document(template, "--template").get("spec") if template else None
    return StreamContext(
        Subject("image", image),
        Location(template or "(command line)"),
        output_schema=spec.get("outputSchema") if isinstance(spec, dict) else None,
        validate=lambda schema, instance: validate(schema, instance, profile="hub"),
    )


def _packets(text: str) -> Iterator[Packet]:
    """Packets of one `--send`. Raises click.BadParameter."""
    import yaml

    from validator.suite.packets import packet

    base = Path()
    try:
        if not text.lstrip().startswith(("{", "[")):
            base, text = Path(text).parent, Path(text).read_text(encoding="utf-8")
        value = yaml.safe_load(text)
        for entry in value if isinstance(value, list) else [value]:
            if not isinstance(entry, dict):
                raise click.BadParameter("expected a packet (an object) or a list of packets", param_hint="--send")
            yield packet(entry, base)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise click.BadParameter(str(error), param_hint="--send") from None


def _typed() -> Iterator[Packet]:
    """Packets from standard input. An object without any packet's key is a payload."""
    from validator.sandbox.stream_model import Packet

    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            click.echo(f"not sent: {error}", err=True)
            continue
        known = isinstance(value, dict) and value.keys() & PACKET_KEYS
        if known:
            yield from _packets(line)
        else:
            yield Packet(payload=value)


def _show(entry: Entry, mask: Masker) -> None:
    from validator.checks.streaming.excerpt import line

    click.echo(f"{entry.at:8.3f} {_plain(mask.text(line(entry)))}")


def _summary(result: ProbeResult) -> dict[str, Any]:
    from validator.checks.streaming.expectations import view
    from validator.findings import Finding

    found = [
        {"rule": each.rule.code, "name": each.rule.name, "severity": str(each.severity), "message": each.message}
        | {"evidence": dict(each.evidence)}
        for each in result.verdicts
        if isinstance(each, Finding)
    ]
    outputs = [view(entry) for entry in result.run.outputs]
    settled = "skipped" if result.skipped else result.run.settled
    return {"case": result.case.name, "settled": settled, "findings": found, "outputs": outputs}


def _text(result: ProbeResult, *, quiet: bool) -> str:
    from validator.checks.streaming.excerpt import excerpt
    from validator.findings import Finding
    from validator.reports.tallies import counted

    if result.skipped:
        return _plain(f"{result.case.name}: not tried: {result.skipped}")
    run, verdicts = result.run, result.verdicts
    receipts = sum(1 for sent in run.sent if sent.receipts)
    rows = [
        f"{run.case.name}: {run.settled} after {run.seconds:.2f} s; "
        f"{counted(len(run.sent), 'packet')} sent, {receipts} done, "
        f"{counted(run.counts.get('outputs', 0), 'packet')} came out"
    ]
    findings = [each for each in verdicts if isinstance(each, Finding)]
    if not quiet or any(each.severity.rank for each in findings):
        rows += [f"  {row}"[:200] for row in excerpt(run)]
    for each in verdicts:
        text = (
            f"{each.rule.code} {each.severity}: {each.message}"
            if isinstance(each, Finding)
            else f"not checked: {each.what} ({each.reason})"
        )
        rows.append(f"  {text}")
    return _plain("\n".join(rows))


def _plain(text: str) -> str:
    """Text of an engram without what a terminal would obey."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
