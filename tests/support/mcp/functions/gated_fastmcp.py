"""A server of FastMCP whose tool waits for the test at a gate."""

from __future__ import annotations

import asyncio
import os
import socket

import lambda_streaming
from fastmcp import Context, FastMCP

server = FastMCP("gated")
host, _, port = os.environ["GATE"].partition(":")


@server.tool
async def steps(to: int, context: Context) -> str:
    """Report each step when the test has let it go on."""
    gate = socket.create_connection((host, int(port)))
    for n in range(1, to + 1):
        await context.report_progress(n, to)
        await asyncio.to_thread(gate.recv, 1)
    gate.close()
    return f"took {to} steps"


app = server.http_app(
    path="/gated-fastmcp",
    stateless_http=True,
    host_origin_protection=True,
    allowed_hosts=os.environ["MCP_ALLOWED_HOSTS"].split(),
)
handler = lambda_streaming.asgi(app)
