"""Tell the function of an MCP server by which names it is called, and from which pages.

A server validates Host and Origin against DNS rebinding; the SDKs do, if they are told the values:
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import Annotations, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._common.argument_types import is_imported
from .._common.tokens import check_list_known, without_tokens

HOSTS, ORIGINS = "MCP_ALLOWED_HOSTS", "MCP_ALLOWED_ORIGINS"
_ID = "McpServer"


def check_hosts(subject: str, hosts: Sequence[str]) -> None:
    """Refuse what no client sends as Host.

    :param subject: whose hosts they are, for the message.
    :raises ValueError: for a URL, a part of one, and several names in one text.
    """
    check_list_known(f"allow_hosts of {subject}", hosts, "each is compared, and is in a text")
    for host in hosts:
        if not re.fullmatch(r"[^\s/@?#]+", without_tokens(host, "token")):
            raise ValueError(
                f"allow_hosts of {subject} must be names such as 'proxy.example.com', or with a port, "
                f"got '{host}'"
            )


class _Known(Construct):
    """Holds below a function what it has been told."""

    hosts: list[str]
    origins: list[str]


def tell_server(
    scope: Construct, handler: lambda_.IFunction, hosts: Sequence[str], origins: Sequence[str]
) -> None:
    """Set the variables of a function, or warn where this app cannot set them.

    Each is a list with spaces between its items, so that ``split()`` reads it. Without origins there is no
    variable of theirs.

    :param scope: what has the server, in the stack of its API.
    :param hosts: what clients send as Host.
    :param origins: what pages send as Origin.
    :raises ValueError: when the function is told other origins already.
    """
    function = handler.lambda_ if isinstance(handler, lambda_.Alias | lambda_.Version) else handler
    # a function of another stack cannot wait for the API, which waits for it
    if (
        is_imported(function)
        or not isinstance(function, lambda_.Function)
        or Stack.of(function) is not Stack.of(scope)
    ):
        Annotations.of(scope).add_warning_v2(
            "cdk-streaming-api:mcpEnvironment",
            f"the function of MCP server '{scope.node.id}' is not in the stack of the API, which cannot tell "
            f"it its names: set {HOSTS} and {ORIGINS} where the function is defined",
        )
        return
    known = function.node.try_find_child(_ID)
    if not isinstance(known, _Known):
        known = _Known(function, _ID)
        known.hosts, known.origins = [], [*origins]
    if known.origins != [*origins]:
        raise ValueError(
            f"function '{function.node.path}' is behind an MCP server with other allow_origins already; "
            "give both the same, or each a function"
        )
    known.hosts += [host for host in hosts if host not in known.hosts]
    function.add_environment(HOSTS, " ".join(known.hosts))
    if origins:
        function.add_environment(ORIGINS, " ".join(origins))
