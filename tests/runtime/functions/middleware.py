"""A Starlette application whose stream breaks, with and without a middleware that swallows it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import lambda_streaming
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


class Passes(BaseHTTPMiddleware):
    """A middleware that does nothing."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


async def breaks(request: Request) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        raise RuntimeError("in the middle")

    return StreamingResponse(events(), media_type="text/event-stream")


routes = [Route("/breaks", breaks)]
app = Starlette(routes=routes)
behind = Starlette(routes=routes, middleware=[Middleware(Passes)])
handler = lambda_streaming.asgi(behind)
direct = lambda_streaming.asgi(app)
