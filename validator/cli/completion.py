"""`engram-validate completion`: the script that teaches a shell to complete commands, options, rules and templates."""

from __future__ import annotations

import click

EXAMPLES = """
\b
Examples:
  eval "$(engram-validate completion bash)"     in ~/.bashrc
  eval "$(engram-validate completion zsh)"      in ~/.zshrc, after compinit
  engram-validate completion fish > ~/.config/fish/completions/ev.fish
"""
PROGRAM = "engram-validate"
VARIABLE = "_ENGRAM_VALIDATE_COMPLETE"
"""Where click looks for what a shell wants of a program of this name."""


@click.command(name="completion", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes words for SHELL."""
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    assert completer is not None, shell
    click.echo(completer(ctx.find_root().command, {}, PROGRAM, VARIABLE).source())
