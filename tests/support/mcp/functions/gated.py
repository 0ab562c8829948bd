"""A server whose tools wait for the test, and say when they begin and end, over the connection of a gate."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import lambda_streaming
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware.cors import CORSMiddleware

ORIGINS = os.environ.get("MCP_ALLOWED_ORIGINS", "").split()
server = MCPServer("gated")
host, _, port = os.environ["GATE"].partition(":")


@server.tool()
async def steps(to: int, context: Context[Any, Any]) -> str:
    """Report each step when the test has let it go on."""
    gate = socket.create_connection((host, int(port)))
    for n in range(1, to + 1):
        await context.report_progress(n, to)
        await asyncio.to_thread(gate.recv, 1)
    gate.close()
    return f"took {to} steps"


@server.tool()
async def process() -> int:
    """Tell which process this is."""
    return os.getpid()


@server.tool()
async def ask(context: Context[Any, Any]) -> str:
    """Ask the client's user, which a server of the old era without sessions cannot."""
    answer = await context.session.elicit_form(
        message="Which?", requested_schema={"type": "object", "properties": {}}
    )
    return str(answer.action)


app = server.streamable_http_app(
    stateless_http=True,
    streamable_http_path="/gated",
    transport_security=TransportSecuritySettings(
        allowed_hosts=os.environ["MCP_ALLOWED_HOSTS"].split(), allowed_origins=ORIGINS
    ),
)
app.add_middleware(CORSMiddleware, allow_origins=ORIGINS, expose_headers=["MCP-Protocol-Version"])
handler = lambda_streaming.asgi(app)
