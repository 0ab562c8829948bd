"""Litestar: a `Stream`, and a form with an `UploadFile`."""

from typing import Annotated, Any

import lambda_streaming
from litestar import Litestar, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Stream

from tests.runtime.functions.frameworks.parts import events_async, received


@get("/stream")
async def stream() -> Stream:
    return Stream(events_async(), media_type="text/event-stream")


@post("/upload", status_code=200, media_type="text/plain")
async def upload(
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> str:
    file = data["file"]
    assert isinstance(file, UploadFile)
    return received(data["name"], await file.read())


app = Litestar([stream, upload])
handler = lambda_streaming.asgi(app)
