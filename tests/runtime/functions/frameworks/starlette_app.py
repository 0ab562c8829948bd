"""Starlette: a `StreamingResponse`, and a form with a file."""

from __future__ import annotations

import lambda_streaming
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.runtime.functions.frameworks.parts import events_async, received


async def stream(request: Request) -> StreamingResponse:
    return StreamingResponse(events_async(), media_type="text/event-stream")


async def upload(request: Request) -> PlainTextResponse:
    async with request.form() as form:
        file = form["file"]
        assert isinstance(file, UploadFile)
        return PlainTextResponse(received(str(form["name"]), await file.read()))


app = Starlette(routes=[Route("/stream", stream), Route("/upload", upload, methods=["POST"])])
handler = lambda_streaming.asgi(app)
