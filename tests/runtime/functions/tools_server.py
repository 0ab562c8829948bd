"""A server of the MCP SDK that the runtime tests run in Lambda's stead."""

from __future__ import annotations

import asyncio
from typing import Any

import lambda_streaming
from mcp.server.mcpserver import Context, MCPServer

from tests.runtime.functions import gate

server = MCPServer("tools")


@server.tool()  # type: ignore[untyped-decorator]
async def count(to: int, ctx: Context[Any, Any]) -> str:
    """Count, and report on the way."""
    await ctx.report_progress(1, to)
    await asyncio.to_thread(gate.wait)
    return f"counted to {to}"


# a Host that is not loopback turns the SDK's protection of loopback off: the API decides who may call
handler = lambda_streaming.asgi(server.streamable_http_app(stateless_http=True, host="0.0.0.0"))
