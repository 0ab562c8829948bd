"""Runs ``streaming-api init``."""

from __future__ import annotations

import re
import shlex
import shutil
from importlib.metadata import version
from pathlib import Path

import click

from ..errors import CouldNotRun
from ..files import write_text
from .project import DISTRIBUTION, LONGEST_NAME, PROJECTS, files_of, own_wheel, stack_name

#: The route of a template, as curl asks for it.
CURL = {
    "chat": """curl --no-buffer -d '{"prompt": "Hello"}' http://127.0.0.1:3000/prod/chat""",
    "function": "curl --no-buffer http://127.0.0.1:3000/prod/hello",
    "mcp": "call http://127.0.0.1:3000/prod/mcp with an MCP client",
}
#: What serving the app of a template on this machine needs of its synthesis.
SYNTH = {"mcp": ' --build "python -m cdk_streaming_api.bundle --here tools"'}


def _named(ctx: click.Context, param: click.Parameter, folder: str) -> Path:
    if not folder:  # a variable of the shell that is not set
        raise click.BadParameter("expected a folder, got an empty name; . is the current one")
    return Path(folder)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False), callback=_named)
@click.option(
    "--template",
    type=click.Choice(list(PROJECTS)),
    default="chat",
    show_default=True,
    help="chat: a model of Amazon Bedrock answers; function: a function of your own; mcp: an MCP server.",
)
@click.option("--stack", metavar="NAME", help="The name of the stack.  [default: from the name of DIR]")
def init(folder: Path, template: str, stack: str | None) -> None:
    """Write a new app into DIR: stack, test, and delivery from CI.

    No file is overwritten: where one exists, nothing is written.

    \b
    Exit codes:
      0  written
      2  wrong usage, or a file exists
      3  could not write

    \b
    Examples:
      streaming-api init my-app
      streaming-api init . --template function --stack Reports
    """  # noqa: D301 - click looks for the character
    name = _checked(stack) if stack is not None else stack_name(folder.resolve().name)
    files = files_of(template, name, version(DISTRIBUTION))
    if existing := [path for path in files if (folder / path).exists()]:
        raise click.UsageError(f"{folder} has {', '.join(existing)} already; nothing was written")
    for path, text in files.items():
        _make_folder((folder / path).parent)
        write_text(folder / path, text)
    wheel = _copy_wheel(folder / "wheels")
    click.echo(f"wrote {len(files)} files into {folder}, with the stack {name}; next:")
    for line in _next_steps(folder, template, wheel):
        click.echo(f"  {line}")


def _checked(name: str) -> str:
    if not re.fullmatch(f"[A-Za-z][A-Za-z0-9-]{{0,{LONGEST_NAME - 1}}}", name):
        raise click.BadParameter(
            f"expected a letter, then letters, digits and hyphens, got {name}", param_hint="--stack"
        )
    return name


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise CouldNotRun(f"{folder} cannot be made: {failure.strerror}") from failure


def _copy_wheel(folder: Path) -> bool:
    """Put the wheel of this package beside the app; return whether it could be found."""
    wheel = own_wheel()
    if wheel is None:
        return False
    _make_folder(folder)
    try:
        shutil.copy(wheel, folder)
    except OSError as failure:
        raise CouldNotRun(f"{folder / wheel.name} cannot be written: {failure.strerror}") from failure
    return True


def _next_steps(folder: Path, template: str, wheel: bool) -> list[str]:
    return [
        f"cd {shlex.quote(str(folder))}",
        *([] if wheel else ["copy the wheel of cdk-streaming-api into wheels/ ('make wheel' in a clone)"]),
        "pip install -r requirements-dev.txt",
        "npm ci --ignore-scripts",
        "pytest",
        f"npx cdk synth --quiet{SYNTH.get(template, '')} && streaming-api local --no-auth",
        CURL[template],
    ]
