"""Call a server with the first major version of the official SDK."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


async def main(url: str) -> None:
    """Print what the client has seen."""
    progress: list[float] = []

    async def noted(done: float, _total: float | None, _message: str | None) -> None:
        progress.append(done)

    async with streamable_http_client(url) as (read, write, _), ClientSession(read, write) as session:
        begun: Any = await session.initialize()
        tools = await session.list_tools()
        result: Any = await session.call_tool("count", {"to": 3}, progress_callback=noted)
        told = {
            "version": begun.protocolVersion,
            "tools": [tool.name for tool in tools.tools],
            "progress": progress,
            "text": result.content[0].text,
        }
    print(json.dumps(told))


asyncio.run(main(sys.argv[1]))
