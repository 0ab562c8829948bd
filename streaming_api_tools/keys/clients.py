"""Change the clients of a secret: a JSON object of names to keys, of which no value is ever changed.

API Gateway reads a key from the secret when it creates its own, and not again. A usage plan that meters a
name would go on with the old value, so that a new key needs a new name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..errors import CheckFailed, CouldNotRun

#: A name of a client that is made here; it is in the ids of constructs, and in references of CloudFormation.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_NUMBERED = re.compile(r"(?P<name>.+)-(?P<number>[1-9][0-9]{0,5})")


def read_clients(text: str, secret: str) -> dict[str, str]:
    """Return the names and keys of a secret.

    :param secret: its name, for the message, in which no value is
    :raises CouldNotRun: when it is not a JSON object of texts
    """
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, _Pairs):
        pairs = _Pairs([("", None)])
    clients = {name: value for name, value in pairs if isinstance(value, str)}
    if not all(isinstance(value, str) for _, value in pairs):
        raise CouldNotRun(f"secret {secret} is not a JSON object of client names to keys")
    if len(clients) != len(pairs):
        raise CouldNotRun(f"secret {secret} has a client twice")
    return clients


def read_attributes(text: str, secret: str) -> dict[str, object]:
    """Return the attributes of clients.

    :raises CouldNotRun: when it is not a JSON object
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CouldNotRun(f"secret {secret} is not a JSON object of client names to attributes")
    return found


def added(clients: Mapping[str, str], name: str, key: str) -> dict[str, str]:
    """Return the clients with a new one.

    :raises CheckFailed: when there is a client of that name
    """
    if name in clients:
        raise CheckFailed(f"client '{name}' has a key already; rotate gives it another under a new name")
    return {**clients, name: key}


def revoked(clients: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the clients without one.

    :raises CheckFailed: when there is no client of that name
    """
    check_known(clients, name)
    return {other: key for other, key in clients.items() if other != name}


def check_known(clients: Mapping[str, str], name: str) -> None:
    """Refuse a name that no client has.

    :raises CheckFailed: with the name
    """
    if name not in clients:
        raise CheckFailed(f"the secret has no client '{name}'")


def next_name(clients: Mapping[str, str], name: str) -> str:
    """Return the name under which a client gets its next key.

    >>> next_name({"alice": "", "bob": "", "bob-2": ""}, "alice")
    'alice-2'
    >>> next_name({"bob": "", "bob-2": ""}, "bob"), next_name({"bob-2": ""}, "bob-2")
    ('bob-3', 'bob-3')
    """
    found = _NUMBERED.fullmatch(name)
    stem, number = (found["name"], int(found["number"])) if found else (name, 1)
    number = max(number, 1) + 1
    while f"{stem}-{number}" in clients:
        number += 1
    return f"{stem}-{number}"


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object, of which a dict would keep but the last of one name."""
