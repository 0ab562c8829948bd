"""Speak to an MCP server over a socket, message by message."""

from __future__ import annotations

import json
from http.client import HTTPResponse
from typing import Any

from tests.support.gateway import Client

OLD, NEW = "2025-11-25", "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": NEW,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def ask(
    client: Client, path: str, method: str, params: dict[str, Any], era: str = OLD, **headers: str
) -> HTTPResponse:
    """Send a request as a client of an era does."""
    sent = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": era,
    }
    if era == NEW:
        params = {**params, "_meta": {**META, **params.get("_meta", {})}}
        sent |= {"Mcp-Method": method, **({"Mcp-Name": params["name"]} if "name" in params else {})}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    return client.send("POST", path, body, {**sent, **headers})


def only(response: HTTPResponse) -> dict[str, Any]:
    """Read an answer of one message."""
    found = message(response)
    assert not response.read().strip()
    return found


def message(response: HTTPResponse) -> dict[str, Any]:
    """Read the next message of an answer, of either form."""
    if response.headers["Content-Type"] == "application/json":
        return json.loads(response.read())  # type: ignore[no-any-return]
    while not (line := response.readline()).startswith(b"data: {"):
        assert line, "the answer ended"
    return json.loads(line.removeprefix(b"data: "))  # type: ignore[no-any-return]
