"""An MCP server of FastMCP, without sessions: clients of both eras get an answer from POST."""

import asyncio
import os

from fastmcp import Context, FastMCP
from lambda_streaming import asgi
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

HOSTS = os.environ["MCP_ALLOWED_HOSTS"].split()
ORIGINS = os.environ.get("MCP_ALLOWED_ORIGINS", "").split()
server = FastMCP("tools")


@server.tool
async def count(to: int, context: Context) -> str:
    """Count, and report on the way."""
    for n in range(1, to + 1):
        await context.report_progress(n, to)
        await asyncio.sleep(0.2)
    return f"counted to {to}"


app = server.http_app(
    path="/fastmcp",
    stateless_http=True,
    host_origin_protection=True,
    allowed_hosts=HOSTS,
    allowed_origins=ORIGINS,
    middleware=[Middleware(CORSMiddleware, allow_origins=ORIGINS, expose_headers=["MCP-Protocol-Version"])],
)
handler = asgi(app)
