"""An MCP server of the official SDK, without sessions: clients of both eras get an answer from POST."""

import asyncio
import os

from lambda_streaming import asgi
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware.cors import CORSMiddleware

HOSTS = os.environ["MCP_ALLOWED_HOSTS"].split()
ORIGINS = os.environ.get("MCP_ALLOWED_ORIGINS", "").split()
server = MCPServer("tools")


@server.tool()
async def count(to: int, context: Context) -> str:
    """Count, and report on the way."""
    for n in range(1, to + 1):
        await context.report_progress(n, to)
        await asyncio.sleep(0.2)
    return f"counted to {to}"


app = server.streamable_http_app(
    streamable_http_path="/mcp",
    stateless_http=True,
    transport_security=TransportSecuritySettings(allowed_hosts=HOSTS, allowed_origins=ORIGINS),
)
app.add_middleware(CORSMiddleware, allow_origins=ORIGINS, expose_headers=["MCP-Protocol-Version"])
handler = asgi(app)
