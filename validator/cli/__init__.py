"""The command line: arguments in, exit status out; no logic, and each command is imported when it is called.

May import: everything.
"""

from __future__ import annotations

import importlib
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.shell_completion import CompletionItem

INTERNAL_ERROR = 70
"""Exit status when engram-validate itself fails (EX_SOFTWARE of sysexits.h)."""

COMMANDS = {
    "run": "Static checks, then the real images in the sandbox (the default command).",
    "check": "Static checks only: no Docker, no network.",
    "plan": "Split a run into shards of equal length, for the matrix of a workflow.",
    "merge": "Join the JSON reports of shards into one.",
    "lock": "Pin the images from registries by their digests.",
    "sandbox": "Run one case of one image by hand, and show its output and log.",
    "template": "Evaluate a template expression, or show whether admission accepts it.",
    "rehearse": "Evaluate a story on sample data, and show what each step would be given.",
    "story": "Simulate a whole story as the platform would execute it, in virtual time.",
    "schema": "Validate one instance, compare two schemas, or print that of the configuration.",
    "compat": "Compare what one engram emits with what another accepts.",
    "promote": "Run a released image and a candidate side by side: may the one replace the other?",
    "init": "Write a configuration and a workflow for this repository.",
    "explain": "Show the page of a rule.",
    "completion": "Print the script that completes words in bash, zsh or fish.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own: `--help` must not pay for docker or grpc."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command. A mistake of ours must not look like a broken contract, so it has a status of its own."""
        if args or extra:
            return self._run(*args, **extra)
        from validator.cli import interrupts, streams

        interrupts.wait_for_imports()
        standard = streams.opened()  # this is the process itself, and not a part of another program
        try:
            Path.cwd()
            return self._run()
        except FileNotFoundError:
            print("engram-validate: the working directory was deleted; change into another one", file=sys.stderr)  # noqa: T201
            sys.exit(streams.status_of(standard, streams.FAILED))
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)  # noqa: T201
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
            sys.exit(streams.status_of(standard, status))

    def _run(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().main(*args, **extra)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours
            import traceback

            traceback.print_exc()
            print("engram-validate: this is a mistake of engram-validate itself; please report it", file=sys.stderr)  # noqa: T201
            sys.exit(INTERNAL_ERROR)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments."""
        with _exit_when_interrupted():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        with _exit_when_interrupted():
            return super().invoke(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`run` is what happens when no command is named: `engram-validate`, `engram-validate stories/`."""
        if not args and ctx.resilient_parsing:
            return super().parse_args(ctx, args)  # a shell asks which commands there are
        if not args or (args[0] not in COMMANDS and args[0] not in {"-h", "--help", "--version"}):
            _refuse_misspelt(args[:1])
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands; since `run` needs no naming, also what may stand behind it."""
        run = self.get_command(ctx, "run")
        assert run is not None
        return [*super().shell_complete(ctx, incomplete), *run.shell_complete(click.Context(run), incomplete)]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which a reader meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and take its `command`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"validator.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@contextmanager
def _exit_when_interrupted() -> Iterator[None]:
    """What is interrupted exits as a shell would say it, and not with 1 as click would."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        print("engram-validate: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(128 + getattr(interrupt, "signal", signal.SIGINT))


def _refuse_misspelt(first: list[str]) -> None:
    """Refuse a word that is no file and nearly a command. Raises click.UsageError."""
    for word in first:
        if word.isalpha() and not Path(word).exists():
            from validator.cli.arguments import did_you_mean

            if guess := did_you_mean(word, COMMANDS):
                raise click.UsageError(f"`{word}` is neither a command nor a file{guess}")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engram-validate", prog_name="engram-validate")
def main() -> None:
    """Contract tests for BubuStack engrams and stories, before anything is deployed."""
