"""Sign in and list the tools of a server with the first major version of the official SDK."""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import httpx
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken


class Storage:
    """Keeps what the client has: its registration, and at most one token."""

    def __init__(self, client_id: str, redirect_uri: str, token: str) -> None:
        self.tokens = OAuthToken(access_token=token) if token else None
        self.client = OAuthClientInformationFull(
            client_id=client_id, redirect_uris=[redirect_uri], token_endpoint_auth_method="none"
        )

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Opens the page where people sign in, and comes back with a code."""

    def __init__(self) -> None:
        self.signed_in = 0
        self.back: dict[str, list[str]] = {}

    async def opens(self, url: str) -> None:
        self.signed_in += 1
        async with httpx.AsyncClient(follow_redirects=False) as browser:
            answer = await browser.get(url)
        self.back = parse_qs(urlsplit(answer.headers["location"]).query)

    async def comes_back(self) -> tuple[str, str | None]:
        return self.back["code"][0], self.back["state"][0]


async def main(url: str, client_id: str, redirect_uri: str, token: str) -> None:
    """Print what the client has seen."""
    person = Person()
    metadata = OAuthClientMetadata(redirect_uris=[redirect_uri], token_endpoint_auth_method="none")
    storage = Storage(client_id, redirect_uri, token)
    auth = OAuthClientProvider(url, metadata, storage, person.opens, person.comes_back)
    seen: dict[str, object] = {"error": None, "tools": []}
    try:
        async with (
            streamablehttp_client(url, auth=auth) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            seen["tools"] = [tool.name for tool in (await session.list_tools()).tools]
    except BaseException as error:
        seen["error"] = _innermost(error)
    print(json.dumps({**seen, "signed_in": person.signed_in}))


def _innermost(error: BaseException) -> str:
    while inner := getattr(error, "exceptions", None):  # a group, which Python 3.10 has no name for
        error = inner[0]
    return f"{type(error).__name__}: {error}"


asyncio.run(main(*sys.argv[1:5]))
