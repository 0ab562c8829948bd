"""A FastAPI application as it is anywhere else; its last line makes it a function that streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from lambda_streaming import asgi
from pydantic import BaseModel

app = FastAPI()


class Search(BaseModel):
    """What is looked for."""

    words: str
    limit: int = 25


@app.post("/search")
async def search(wanted: Search) -> StreamingResponse:
    """Send each item as soon as it is found."""
    return StreamingResponse(found(wanted), media_type="text/event-stream")


async def found(wanted: Search) -> AsyncIterator[str]:
    """Yield the items as server-sent events."""
    for number in range(wanted.limit):
        await asyncio.sleep(0.08)
        yield f"data: {json.dumps({'item': number, 'words': wanted.words})}\n\n"
    yield "event: done\ndata: {}\n\n"


handler = asgi(app)
