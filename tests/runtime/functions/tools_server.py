"""A server of the MCP SDK that the runtime tests run in Lambda's stead."""

from __future__ import annotations

import asyncio
from typing import Any

import lambda_streaming
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from tests.runtime.functions import gate

server = MCPServer("tools")


@server.tool()  # type: ignore[untyped-decorator]
async def count(to: int, ctx: Context[Any, Any]) -> str:
    """Count, and report on the way."""
    await ctx.report_progress(1, to)
    await asyncio.to_thread(gate.wait)
    return f"counted to {to}"


security = TransportSecuritySettings(allowed_hosts=["abc123.execute-api.eu-west-1.amazonaws.com"])
app = server.streamable_http_app(stateless_http=True, transport_security=security)
handler = lambda_streaming.asgi(app)
