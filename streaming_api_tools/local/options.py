"""Read the ``KEY=VALUE`` options of ``streaming-api local``."""

from __future__ import annotations

import shlex

import click

from .application import Application


def parameters_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the values by parameter."""
    for pair in pairs:
        if not pair.partition("=")[0] or "=" not in pair:
            raise click.BadParameter(f"expected NAME=VALUE, got {pair}", param_hint="--parameter")
    return dict(pair.partition("=")[::2] for pair in pairs)


def backends_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the URLs by host."""
    backends = dict(pair.partition("=")[::2] for pair in pairs)
    for host, url in backends.items():
        if not host or not url.startswith(("http://", "https://")):
            raise click.BadParameter(f"expected HOST=URL, got {host}={url}", param_hint="--backend")
    return backends


def commands_of(pairs: tuple[str, ...], application: Application) -> dict[str, str]:
    """Return the commands by function; as the CDK adds a hash to names, the beginning of one is enough."""
    commands = {}
    for pair in pairs:
        name, equals, command = pair.partition("=")
        names = [function.name for function in application.functions]
        found = [n for n in names if n == name] or [n for n in names if n.startswith(name)]
        if not equals or not command.strip():
            raise click.BadParameter(f"expected NAME=COMMAND, got {pair}", param_hint="--function")
        if not name or len(found) != 1:
            reason = f"{name} is {'no function' if not found else 'not the name of one'}"
            raise click.BadParameter(f"{reason}; there are {', '.join(names)}", param_hint="--function")
        try:
            shlex.split(command)
        except ValueError as error:
            raise click.BadParameter(f"{error} in {command}", param_hint="--function") from error
        commands[found[0]] = command
    return commands
