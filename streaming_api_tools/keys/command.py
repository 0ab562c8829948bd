"""Runs ``streaming-api keys``: lists, adds, rotates and revokes the keys of an API's clients."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..aws import Account
from ..printable import one_line
from .clients import NAME, added, check_known, next_name, read_attributes, read_clients, revoked
from .secret import Place, SecretsManagerClient, find_place, read, region_of, write

#: Bytes of a new key, which are written in hexadecimal.
KEY_BYTES = 24

_TARGET = click.argument("target", metavar="SECRET_OR_STACK")
_ATTRIBUTES = click.option(
    "--attributes",
    metavar="SECRET",
    help="The secret with the attributes of the clients.  [default: the one of the stack]",
)
_REGION = click.option("--region", help="Region of the secret.  [default: the ARN's, else AWS_REGION]")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")


class Keys:
    """The secrets of one API."""

    def __init__(self, client: SecretsManagerClient, place: Place) -> None:
        self._client = client
        self._place = place
        self.clients = read_clients(read(client, place.keys), one_line(place.keys))
        self.attributes: dict[str, object] | None = None
        if place.attributes:
            self.attributes = read_attributes(read(client, place.attributes), one_line(place.attributes))

    def write(self, clients: dict[str, str]) -> None:
        """Write the keys."""
        write(self._client, self._place.keys, clients)

    def write_attributes(self, attributes: dict[str, object]) -> None:
        """Write the attributes, if they differ."""
        if self._place.attributes and attributes != self.attributes:
            write(self._client, self._place.attributes, attributes)


@contextmanager
def _opened(target: str, attributes: str | None, region: str | None) -> Iterator[Keys]:
    with Account(region or region_of(target)) as account:
        place = find_place(target, attributes, account)
        client = account.client(SecretsManagerClient, "secretsmanager")  # type: ignore[type-abstract]
        yield Keys(client, place)


@click.group()
def keys() -> None:
    """List, add, rotate and revoke the keys of an API's clients.

    SECRET_OR_STACK is name or ARN of the secret that an ApiKeyAuthorizer reads, or the name of a stack that
    has one. A new key is written to stdout, once; it is never on a command line. No key that is there is
    shown or changed.

    \b
    Exit codes:
      0  done
      1  no such client, or there is one already
      2  wrong usage
      3  could not run

    \b
    Examples:
      streaming-api keys list Chat
      streaming-api keys add team-keys carol | pbcopy
      streaming-api keys rotate team-keys alice
      streaming-api keys revoke team-keys alice --dry-run
    """  # noqa: D301 - click looks for the character


@keys.command("list")
@_TARGET
@_ATTRIBUTES
@_REGION
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(target: str, attributes: str | None, region: str | None, as_json: bool) -> None:
    """Print the names of the clients and their attributes, and no key."""
    with _opened(target, attributes, region) as found:
        rows = {name: (found.attributes or {}).get(name) for name in found.clients}
    if as_json:
        # escapes whatever a terminal would obey
        click.echo(json.dumps([{"client": name, "attributes": each} for name, each in rows.items()]))
        return
    width = max(map(len, map(one_line, rows)), default=0)
    for name, each in rows.items():
        told = one_line(json.dumps(each)) if each is not None else ""
        click.echo(f"{one_line(name):{width}}  {told}".rstrip())


@keys.command()
@_TARGET
@click.argument("client")
@_REGION
@_DRY_RUN
def add(target: str, client: str, region: str | None, dry_run: bool) -> None:
    """Add a new CLIENT and print its key."""
    _check_name(client)
    with _opened(target, None, region) as found:
        key = secrets.token_hex(KEY_BYTES)
        clients = added(found.clients, client, key)
        if not dry_run:
            found.write(clients)
    _tell_added(client, key, dry_run)


@keys.command()
@_TARGET
@click.argument("client")
@_ATTRIBUTES
@_REGION
@_DRY_RUN
def rotate(target: str, client: str, attributes: str | None, region: str | None, dry_run: bool) -> None:
    """Add the next key of CLIENT under a new name, CLIENT-2, and print it.

    The key under the old name stays as it is until it is revoked: API Gateway reads a key once, so a usage
    plan would go on with the old one.
    """
    with _opened(target, attributes, region) as found:
        check_known(found.clients, client)
        name = next_name(found.clients, client)
        _check_name(name)
        key = secrets.token_hex(KEY_BYTES)
        if not dry_run:
            own = found.attributes or {}
            # before the key, which would have no limits without them
            found.write_attributes({**own, name: own[client]} if client in own else own)
            found.write(added(found.clients, name, key))
    _tell_added(name, key, dry_run)
    click.echo(
        f"then give it to its owner, and: streaming-api keys revoke {_shell(target)} {_shell(client)}",
        err=True,
    )


@keys.command()
@_TARGET
@click.argument("client")
@_ATTRIBUTES
@_REGION
@_DRY_RUN
def revoke(target: str, client: str, attributes: str | None, region: str | None, dry_run: bool) -> None:
    """Remove CLIENT and its key."""
    with _opened(target, attributes, region) as found:
        clients = revoked(found.clients, client)
        if not dry_run:
            found.write(clients)
            own = found.attributes or {}
            found.write_attributes({name: each for name, each in own.items() if name != client})
    shown = one_line(client)
    click.echo(f"{'would remove' if dry_run else 'removed'} client {shown!r}", err=True)
    click.echo(
        "its key is refused once the authorizer reads the secret again, after 5 minutes unless keys_ttl says "
        f"otherwise; remove keys.add_api_key({shown!r}) with the next deployment, if there is one",
        err=True,
    )


def _shell(word: str) -> str:
    """Return an argument as a shell takes it, on one line."""
    return shlex.quote(one_line(word))


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise click.UsageError(
            f"name of a new client must be 1 to 64 of A-Z, a-z, 0-9, '.', '_', '@' and '-', got "
            f"{one_line(name)[:80]!r}"
        )


def _tell_added(name: str, key: str, dry_run: bool) -> None:
    click.echo(f"{'would add' if dry_run else 'added'} client '{name}'", err=True)
    if not dry_run:
        click.echo(key)
    click.echo(
        f"where a usage plan meters, add keys.add_api_key('{name}') to its api_keys, and deploy", err=True
    )
