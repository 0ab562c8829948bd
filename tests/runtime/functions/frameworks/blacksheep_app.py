"""BlackSheep: a `StreamedContent`, and a file of a form."""

from __future__ import annotations

from collections.abc import AsyncIterator

import lambda_streaming
from blacksheep import Application, Content, Request, Response, StreamedContent

from tests.runtime.functions.frameworks.parts import events_async, received

app = Application()


@app.router.get("/stream")
async def stream() -> Response:
    async def encoded() -> AsyncIterator[bytes]:
        async for event in events_async():
            yield event.encode()

    return Response(200, content=StreamedContent(b"text/event-stream", encoded))


@app.router.post("/upload")
async def upload(request: Request) -> Response:
    form = await request.form()
    assert form
    (file,) = await request.files("file")
    content = file.data if isinstance(file.data, bytes) else file.file.read()
    return Response(200, content=Content(b"text/plain", received(str(form["name"]), content).encode()))


handler = lambda_streaming.asgi(app)
