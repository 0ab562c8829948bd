"""Call a server with the client of FastMCP."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fastmcp import Client


async def main(url: str) -> None:
    """Print what the client has seen."""
    progress: list[float] = []

    async def noted(done: float, _total: float | None, _message: str | None) -> None:
        progress.append(done)

    async with Client(url) as client:
        tools = await client.list_tools()
        result: Any = await client.call_tool("count", {"to": 3}, progress_handler=noted)
        told = {
            "version": client.protocol_version,
            "tools": [tool.name for tool in tools],
            "progress": progress,
            "text": result.content[0].text,
        }
    print(json.dumps(told))


asyncio.run(main(sys.argv[1]))
