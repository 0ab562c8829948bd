"""Call a server with the official SDK in its newest version: with discovery, and with a handshake."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from mcp import Client


async def main(url: str, mode: str) -> None:
    """Print what the client has seen."""
    progress: list[float] = []

    async def noted(done: float, _total: float | None, _message: str | None) -> None:
        progress.append(done)

    async with Client(url, mode=mode) as client:
        tools = await client.list_tools()
        result: Any = await client.call_tool("count", {"to": 3}, progress_callback=noted)
        told = {
            "version": client.protocol_version,
            "tools": [tool.name for tool in tools.tools],
            "progress": progress,
            "text": result.content[0].text,
        }
    print(json.dumps(told))


asyncio.run(main(*sys.argv[1:3]))
