"""Run an ASGI application inside the handler: no server, no port and no second process.

Specification: ASGI 3.0, "HTTP & WebSocket ASGI Message Format" 2.4.
"""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from .._head import Options
from .._stream import streamed
from .lifespan import Lifespan
from .request import read_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._forms.writer import ResponseWriter
    from .._stream import StreamedHandler
    from .lifespan import Application, Message
    from .request import Request

_ASGI = {"version": "3.0", "spec_version": "2.4"}


def asgi(
    app: Application,
    *,
    grace: float | None = 15,
    heartbeat: float | None = 15,
    margin: float = 1,
) -> StreamedHandler:
    """Make a Lambda handler of an ASGI application, such as FastAPI's or Starlette's.

    The application starts up (its lifespan) when it is decorated, which is when Lambda initializes the
    function. Its background tasks run after the client has the whole response and before the invocation ends.
    ``scope["aws.event"]`` and ``scope["aws.context"]`` hold what Lambda gave the handler.

    Example::

        app = FastAPI()
        handler = lambda_streaming.asgi(app)

    :param app: the application
    :param grace: as for :func:`stream`, of responses that are SSE. Default: 15
    :param heartbeat: as for :func:`stream`, of responses that are SSE. Default: 15
    :param margin: as for :func:`stream`. Default: 1
    :returns: the handler for Lambda; outside Lambda, calling it returns a :class:`CollectedResponse`. It
        raises ValueError for an event that is no request
    :raises RuntimeError: when the application says that it failed to start
    """
    lifespan = Lifespan(app)

    async def serve(event: object, context: object, response: ResponseWriter) -> None:
        request = read_request(event)
        scope = {**_scope(request), "state": dict(lifespan.state), "aws.event": event, "aws.context": context}
        call = _Call(request.body, response)
        await app(scope, call.receive, call.send)
        if not call.ended.is_set():
            raise RuntimeError("the application returned before its response was complete")

    # What caches and proxies may do is for the application to say.
    options = Options(media_type="", grace=grace, heartbeat=heartbeat, margin=margin)
    return streamed(serve, options)


class _Call:
    """The two channels of one request."""

    def __init__(self, body: bytes, response: ResponseWriter) -> None:
        self._body: bytes | None = body
        self._response = response
        self._expected = "http.response.start"
        self.ended = asyncio.Event()

    async def receive(self) -> Message:
        """Return the whole request, and from then on that the client has gone, once it has its response."""
        if self._body is not None and not self.ended.is_set():
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.ended.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send a part of the response.

        :raises OSError: when the Runtime API takes no more
        :raises RuntimeError: for a message that is not the next one of a response
        :raises TypeError: for a body that is not bytes
        """
        kind = message["type"]
        if kind != self._expected:
            raise RuntimeError(f"expected {self._expected or 'no more'} of the application, got {kind!r}")
        if kind == "http.response.start":
            self._response.start(message["status"], *_headers_and_cookies(message.get("headers", ())))
            self._expected = "http.response.body"
            return
        body = message.get("body", b"")
        if not isinstance(body, (bytes, bytearray, memoryview)):
            raise TypeError(f"a body must be bytes, got {type(body).__name__}")
        try:
            if body:
                self._response.write(body)
            if not message.get("more_body"):
                self._expected = ""
                self.ended.set()
                self._response.end()
        except OSError:
            self.ended.set()
            raise


def _headers_and_cookies(raw: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, list[str]], list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers, headers.pop("set-cookie", [])


def _scope(request: Request) -> Message:
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": unquote(request.path),
        "raw_path": request.path.encode(),
        "root_path": unquote(request.root_path),
        "query_string": request.query,
        "headers": request.headers,
        "client": (request.client, 0) if request.client else None,
        "server": request.server,
    }
