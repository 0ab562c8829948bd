"""A FastAPI application that the runtime tests run in Lambda's stead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import lambda_streaming
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse

from tests.runtime.functions import gate

app = FastAPI()


@app.get("/gated")
async def gated(tasks: BackgroundTasks) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        await asyncio.to_thread(gate.wait)
        yield "data: 2\n\n"

    tasks.add_task(after)
    return StreamingResponse(events(), media_type="text/event-stream")


async def after() -> None:
    gate.say(b"response sent")
    await asyncio.to_thread(gate.wait)


@app.get("/endless")
async def endless() -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        while True:
            yield "data: x\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/stuck")
async def stuck() -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        await asyncio.Event().wait()

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/broken")
async def broken() -> None:
    raise RuntimeError("in the application")


handler = lambda_streaming.asgi(app, grace=0.05, heartbeat=0.05, margin=0.5)
