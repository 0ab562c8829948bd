"""Clients and agents of several makers, unmodified but for the URL, before the two example servers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.gateway import Serving
from tests.support.mcp.environments import FOLDER, JAVASCRIPT, NODE
from tests.support.mcp.run import Client, run

OLD, NEW = "2025-11-25", "2026-07-28"
CLIENTS = [
    Client("official.py", "mcp", "auto", NEW),
    Client("official.py", "mcp", "legacy", OLD),
    Client("official_1.py", "mcp-1", version=OLD),
    Client("fastmcp_client.py", "fastmcp", version=NEW),
    Client("sdk.mjs", JAVASCRIPT, version=OLD),
    Client("client.mjs", JAVASCRIPT, version=OLD),
    Client("client.mjs", JAVASCRIPT, "auto", NEW),
]
#: Each with a model that is a script.
AGENTS = [
    Client("strands_agent.py", "strands"),
    Client("openai_agent.py", "openai-agents"),
    Client("pydantic_agent.py", "pydantic-ai-mcp"),
    Client("langchain_agent.py", "langchain-mcp"),
]
SERVERS = ("mcp", "fastmcp")
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("path", SERVERS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_mcp_client_lists_calls_and_reads_progress(
    client: Client, path: str, serving: Serving, tmp_path: Path
) -> None:
    told = client.told(f"{serving.url}/prod/{path}", tmp_path)
    # the clients of JavaScript tell what they had to complain of: the 405 of GET is nothing
    assert told == {
        "version": client.version,
        "tools": ["count"],
        "progress": [1, 2, 3],
        "text": "counted to 3",
        **({"errors": []} if client.environment == JAVASCRIPT else {}),
    }


@pytest.mark.parametrize("path", SERVERS)
@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_mcp_agent_calls_a_tool(agent: Client, path: str, serving: Serving, tmp_path: Path) -> None:
    assert "counted to 3" in agent.told(f"{serving.url}/prod/{path}", tmp_path)["text"]


@pytest.mark.parametrize("path", SERVERS)
def test_mcp_inspector_lists_and_calls(path: str, serving: Serving, tmp_path: Path) -> None:
    inspector = os.path.realpath(FOLDER / JAVASCRIPT / "node_modules" / ".bin" / "inspector")
    command = [str(NODE), inspector, "--cli", f"{serving.url}/prod/{path}", "--transport", "http", "--method"]
    listed = json.loads(run([*command, "tools/list"], JAVASCRIPT, HOME=str(tmp_path)))
    assert [tool["name"] for tool in listed["tools"]] == ["count"]
    call = ["tools/call", "--tool-name", "count", "--tool-arg", "to=2"]
    called = json.loads(run([*command, *call], JAVASCRIPT, HOME=str(tmp_path)))
    assert called["content"] == [{"type": "text", "text": "counted to 2"}]
