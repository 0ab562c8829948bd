"""Read the values of options of ``streaming-api local``."""

from __future__ import annotations

import os
import re
import shlex
import urllib.request
from pathlib import Path

import click

from ..errors import CouldNotRun
from .application import Application
from .functions.environment_variables import LOCAL_CREDENTIALS, users_credentials
from .gateway.authorizers.jwt import RsaKey, read_key_set

#: https://developer.mozilla.org/en-US/docs/Glossary/Origin: without a path, and without a slash at its end.
ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#@]+")


#: Heading of the help -> parameters of the command.
OPTION_GROUPS = {
    "What is served": "stack template deployed endpoint_url parameters watch",
    "Where it listens": "port host allow_hosts allow_origins",
    "Bedrock": "bedrock bedrock_model bedrock_lenient token_delay",
    "Functions and servers": "commands backends concurrency cut_failed",
    "Authorization and limits": "no_auth jwks no_limits time_scale",
    "Output": "access_log as_json",
}
#: What is a template even where there is no such file, so that the error is about one.
TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template")


def check_combinations(
    endpoint_url: str | None,
    deployed: str | None,
    watch: bool,
    parameters: tuple[str, ...],
    bedrock: str,
    bedrock_lenient: bool,
) -> None:
    """Refuse options that contradict each other.

    :raises click.UsageError: for the first that do
    """
    if endpoint_url and not deployed:
        raise click.UsageError("--endpoint-url goes with --deployed")
    if endpoint_url and not endpoint_url.startswith(("http://", "https://")):
        raise click.BadParameter(f"expected a URL, got {endpoint_url}", param_hint="--endpoint-url")
    if watch and deployed:
        raise click.UsageError("--watch does not go with --deployed")
    if parameters and deployed:
        raise click.UsageError("--parameter does not go with --deployed, which has its own")
    if bedrock_lenient and bedrock == "aws":
        raise click.UsageError("--bedrock-lenient does not go with --bedrock aws, which checks by itself")


def template_of(path: Path) -> Path | None:
    """Return a path that names a template, None for that of an assembly."""
    return path if path.is_file() or path.suffix in TEMPLATE_SUFFIXES else None


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


def origins_of(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the origins as browsers write them."""
    for value in values:
        if value != "*" and not ORIGIN.fullmatch(value):
            raise click.BadParameter(
                f"expected an origin such as http://localhost:5173, or *, got {value}",
                param_hint="--allow-origin",
            )
    return tuple(value.lower() for value in values)


def key_set_of(source: str) -> dict[str, RsaKey]:
    """Return the keys of a file or a URL."""
    try:
        if source.startswith(("http://", "https://")):
            with urllib.request.urlopen(source, timeout=10) as answer:  # noqa: S310 - http and https only
                return read_key_set(answer.read().decode())
        return read_key_set(Path(source).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CouldNotRun(f"cannot read the key set {source}: {error}") from error


def environment_of(bedrock: str, endpoint_url: str | None) -> dict[str, str]:
    """Return the credentials and endpoints of the functions, but for what this process serves."""
    if bedrock == "aws":
        return users_credentials(os.environ)
    environment = dict(LOCAL_CREDENTIALS)
    if endpoint_url:
        environment["AWS_ENDPOINT_URL"] = endpoint_url
    return environment


def openai_url_of(bedrock: str, model: str | None) -> str | None:
    """Return the URL of an OpenAI-compatible server, None when there is none."""
    if bedrock.startswith(("http://", "https://")):
        return bedrock
    if bedrock not in ("standin", "aws"):
        raise click.BadParameter(f"expected standin, aws or a URL, got {bedrock}", param_hint="--bedrock")
    if model is not None:
        raise click.UsageError("--bedrock-model goes with --bedrock URL")
    return None
