"""Defines the click group: a table of commands, each loaded on first use, so that ``--help`` is fast."""

from __future__ import annotations

import difflib
from importlib import import_module

import click

#: name -> (module, attribute, line of the help)
COMMANDS = {
    "init": ("init.command", "init", "Write a new app: stack, test, and delivery from CI."),
    "local": ("local.command", "local", "Serve a stack on loopback, streaming as API Gateway does."),
    "smoke": ("smoke.command", "smoke", "Prove that a deployed API streams, or print what it does instead."),
    "chat": ("chat", "chat", "Send a prompt and print the answer as it arrives."),
    "open": ("page.command", "open_page", "Open a page that shows how the answers of an API arrive."),
    "doctor": ("doctor.command", "doctor", "Check what a deployment needs, before any change."),
    "check": ("check", "check", "Check templates against the rules for response streaming."),
    "load": ("load.command", "load", "Put a streaming route under load and measure how it arrives."),
    "usage": ("usage.command", "usage", "Report who used what: requests, tokens and estimated cost."),
    "explain": ("explain.command", "explain", "Explain an error: its cause, and what to do."),
    "keys": ("keys.command", "keys", "List, add, rotate and revoke the keys of an API's clients."),
    "policy": ("policy", "policy", "Print the IAM policy that a Bedrock model needs."),
}


#: The exit code of wrong usage.
USAGE = 2


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"{__package__}.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments begin with; name the nearest one if there is no such."""
        name = args[0]
        if name not in COMMANDS and (near := difflib.get_close_matches(name, COMMANDS, n=1)):
            ctx.fail(f"No such command '{name}'; did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


#: What somebody without arguments is told; the whole list is in --help.
FIRST = """\
streaming-api: tools for streaming HTTP APIs on AWS. To begin:

  streaming-api init my-app        write a new app: stack, test, delivery from CI
  streaming-api local --no-auth    serve the cdk.out of this directory on loopback
  streaming-api smoke URL          prove that an API streams: the URL of its probe
  streaming-api check cdk.out      find what prevents streaming in a template
  streaming-api explain "ERROR"    explain an error: its cause, and what to do

See 'streaming-api --help' for all commands."""


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    epilog='Completion: eval "$(_STREAMING_API_COMPLETE=bash_source streaming-api)" in ~/.bashrc; zsh_source'
    " and fish_source are for the other shells.",
)
@click.version_option(package_name="cdk-streaming-api", prog_name="streaming-api")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Tools for streaming HTTP APIs on AWS: API Gateway, Lambda and Amazon Bedrock.

    \b
    Exit codes:
      0  done, and every check passed
      1  a check failed
      2  wrong usage (smoke: inconclusive)
      3  could not run
    """  # noqa: D301 - click looks for the character
    if ctx.invoked_subcommand is None:
        click.echo(FIRST, err=True)
        ctx.exit(USAGE)
