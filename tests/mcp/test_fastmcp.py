"""A server of FastMCP over a socket: what it reports is on its way before it goes on."""

from __future__ import annotations

import pytest

from tests.support.gateway import Client, Gate, Serving
from tests.support.mcp.wire import NEW, OLD, ask, message, only

PATH = "/prod/gated-fastmcp"


@pytest.mark.parametrize("era", [OLD, NEW])
def test_fastmcp_reports_each_step_before_the_next_one(serving: Serving, gate: Gate, era: str) -> None:
    with Client(serving.url) as client:
        call = {"name": "steps", "arguments": {"to": 3}, "_meta": {"progressToken": 7}}
        response = ask(client, PATH, "tools/call", call, era)
        assert response.status == 200
        tool = gate.accept()
        for step in (1, 2, 3):
            # the tool waits at the gate
            assert message(response)["params"]["progress"] == step
            tool.let_go()
        assert only(response)["result"]["content"] == [{"type": "text", "text": "took 3 steps"}]


@pytest.mark.parametrize(("origin", "status"), [(None, 200), ("https://evil.example", 403)])
def test_fastmcp_validates_origin_itself(serving: Serving, origin: str | None, status: int) -> None:
    with Client(serving.url) as client:
        headers = {"Origin": origin} if origin else {}
        response = ask(client, PATH, "tools/list", {}, OLD, **headers)
        assert response.status == status
        response.read()
