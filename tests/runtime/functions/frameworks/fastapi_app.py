"""FastAPI: a `StreamingResponse` of a synchronous generator, and an `UploadFile`."""

from __future__ import annotations

import lambda_streaming
from fastapi import FastAPI, Form, UploadFile
from fastapi.responses import PlainTextResponse, StreamingResponse

from tests.runtime.functions.frameworks.parts import events, received

app = FastAPI()


@app.get("/stream")
def stream() -> StreamingResponse:
    return StreamingResponse(events(), media_type="text/event-stream")


@app.post("/upload")
async def upload(file: UploadFile, name: str = Form()) -> PlainTextResponse:
    return PlainTextResponse(received(name, await file.read()))


handler = lambda_streaming.asgi(app)
