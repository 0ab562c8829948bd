"""Quart: an asynchronous generator, and a file of a form."""

from __future__ import annotations

from collections.abc import AsyncIterator

import lambda_streaming
from quart import Quart, Response, request

from tests.runtime.functions.frameworks.parts import events_async, received

app = Quart(__name__)


@app.get("/stream")
async def stream() -> Response:
    async def encoded() -> AsyncIterator[bytes]:
        async for event in events_async():
            yield event.encode()

    response = Response(encoded(), content_type="text/event-stream")
    response.timeout = None
    return response


@app.post("/upload")
async def upload() -> Response:
    form, files = await request.form, await request.files
    return Response(received(form["name"], files["file"].read()), content_type="text/plain")


handler = lambda_streaming.asgi(app)
