"""A server of the MCP SDK behind ``asgi``, in AWS's runtime loop; weekly with the newest SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.runtime.function import Function
from tests.support.packages import package
from tests.support.runtime_api import Invocation

pytestmark = pytest.mark.timeout(600)
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "Host": "abc123.execute-api.eu-west-1.amazonaws.com",
}
OLD, NEW = "2025-11-25", "2026-07-28"


def event(method: str, params: Mapping[str, object], version: str = OLD, **headers: str) -> dict[str, object]:
    """Return the event of a request."""
    if version == NEW:
        meta = {
            "io.modelcontextprotocol/protocolVersion": NEW,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        }
        own = params.get("_meta", {})
        assert isinstance(own, dict)
        params = {**params, "_meta": meta | own}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    sent = HEADERS | {"MCP-Protocol-Version": version} | headers
    return {"httpMethod": "POST", "path": "/mcp", "headers": sent, "body": json.dumps(body)}


def messages(body: bytes) -> list[dict[str, Any]]:
    """Return the messages of an answer, of either form."""
    if body.startswith(b"{"):
        return [json.loads(body)]
    lines = body.decode().splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def result(invocation: Invocation) -> dict[str, Any]:
    answer = invocation.wait()
    assert answer.prelude["statusCode"] == 200, answer.payload
    (found,) = messages(answer.payload)
    made: dict[str, Any] = found["result"]
    return made


def until(invocation: Invocation, text: bytes) -> bytes:
    """Read chunks up to one that has a text."""
    seen = b""
    while text not in seen:
        chunk = invocation.next_chunk()
        assert chunk is not None, seen
        seen += chunk
    return seen


def test_mcp_server_answers_both_eras_and_streams_progress_before_the_result() -> None:
    with Function("tools_server.handler", paths=[package("mcp")]) as function:
        client = {"name": "test", "version": "1"}
        hello = {"protocolVersion": OLD, "capabilities": {}, "clientInfo": client}
        begun = result(function.api.invoke(event("initialize", hello)))
        assert begun["protocolVersion"] == OLD
        # the lifespan is that of the environment, not of the invocation: a second one finds it running
        for version in (OLD, NEW):
            listed = function.api.invoke(event("tools/list", {}, version, **{"Mcp-Method": "tools/list"}))
            assert [tool["name"] for tool in result(listed)["tools"]] == ["count"]
            call = {"name": "count", "arguments": {"to": 3}, "_meta": {"progressToken": 7}}
            named = {"Mcp-Method": "tools/call", "Mcp-Name": "count"}
            invocation = function.api.invoke(event("tools/call", call, version, **named))
            # the tool waits: what came is on its way before the result
            assert b"notifications/progress" in until(invocation, b"notifications/progress")
            function.release()
            answer = invocation.wait()
            last = messages(answer.payload)[-1]["result"]
            assert last["content"] == [{"type": "text", "text": "counted to 3"}]
            assert answer.complete
