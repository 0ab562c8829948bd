"""Handlers that do what no handler should, and responses of other frameworks."""

from __future__ import annotations

import _socket
import signal
import threading
from collections import UserDict
from collections.abc import Iterator, Mapping
from types import FrameType

from lambda_streaming import Response, ResponseWriter, stream

from tests.runtime.functions import gate


@stream
def inner(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}


@stream
def nested(event: object, context: object) -> object:
    return inner(event, context)


@stream
def nested_in_the_middle(event: object, context: object) -> Iterator[object]:
    yield {"n": 0}
    yield from inner(event, context)  # type: ignore[misc]


def one_after_another(event: object, context: object) -> None:
    inner(event, context)
    inner(event, context)


@stream
def proxy_response(event: object, context: object) -> Mapping[str, object]:
    return {"statusCode": 201, "headers": {"x-a": "1"}, "body": '{"made":true}'}


@stream
def mapping(event: object, context: object) -> Response:
    return Response(200, body=UserDict(made=True))


@stream
def one_cookie(event: object, context: object) -> Response:
    return Response(200, cookies="a=1", body={})


@stream
def stuck_in_a_chunk(event: Mapping[str, bool], context: object, response: ResponseWriter) -> None:
    """Send a chunk that nobody reads, which a signal handler of the application breaks off."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("a signal handler of the application")

    signal.signal(signal.SIGUSR1, interrupt)
    response.write({"n": 1})
    gate.say(b"sending")
    try:
        response.write(b"x" * 32_000_000)
    except TimeoutError:
        gate.say(b"interrupted")
        if not event["goes_on"]:
            raise
        response.write({"n": 2})


@stream
def works_in_threads(event: object, context: object, response: ResponseWriter) -> None:
    def work() -> None:
        while True:
            response.write({"n": 1})

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


Socket = _socket.socket


class CutInItsConnect(Socket):
    """A connection whose thread gets the processor back only when it has been cut."""

    def connect(self, address: tuple[str, int]) -> None:  # type: ignore[override]
        super().connect(address)
        # the Runtime API says nothing before it has a request
        self.recv(1)


@stream
def late_in_its_connect(event: Mapping[str, bool], context: object) -> Iterator[object]:
    # below `socket`, whose class has been made of it already
    vars(_socket)["socket"] = CutInItsConnect if event["late"] else Socket
    yield {"n": 1}
