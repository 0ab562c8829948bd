"""Handlers behind `streaming-api local` that break, each in its own way; every one would be whole without."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from lambda_streaming import Response, ResponseWriter, stream


@stream
def writes_in_a_thread(event: object, context: object, response: ResponseWriter) -> None:
    def work() -> None:
        while True:
            response.write({"n": 1})

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


@stream
def writes_at_a_pace_in_a_thread(event: object, context: object, response: ResponseWriter) -> None:
    def work() -> None:
        while True:
            response.write({"n": 1})
            time.sleep(0.005)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


@stream
def cannot_be_left(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
    while True:
        with suppress(BaseException):
            time.sleep(60)


@stream
def raises(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
    raise RuntimeError("in the middle")


@stream(media_type="text/plain")
def raises_in_text(event: object, context: object) -> Iterator[object]:
    yield "one"
    raise RuntimeError("in the middle")


@stream
def exits(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
    os._exit(3)


@stream
def is_too_short(event: object, context: object) -> Response:
    return Response(200, {"content-length": "5"}, body=(part for part in [b"abc"]))


@stream
def is_whole(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
