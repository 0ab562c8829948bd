"""Run an ASGI application inside the handler: no server, no port and no second process.

Specification: ASGI 3.0, "HTTP & WebSocket ASGI Message Format" 2.4 and "Lifespan Protocol" 2.0.
"""

from __future__ import annotations

import asyncio
import atexit
from base64 import b64decode
from contextlib import suppress
from urllib.parse import unquote, urlencode

from ._forms.event_loop import kept_loop
from ._head import Options
from ._stream import streamed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping
    from typing import Any, TypeAlias

    from ._forms.writer import ResponseWriter
    from ._stream import StreamedHandler

    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_ASGI = {"version": "3.0", "spec_version": "2.4"}
_LIFESPAN = {"version": "3.0", "spec_version": "2.0"}
# API Gateway streams without content encoding, so an application must not be asked for it.
_HIDDEN_HEADERS = {"accept-encoding"}


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
    :returns: the handler for Lambda; outside Lambda, calling it returns a :class:`CollectedResponse`
    :raises RuntimeError: when the application fails to start
    """
    lifespan = _Lifespan(app)

    async def serve(event: Mapping[str, Any], context: object, response: ResponseWriter) -> None:
        scope = {**_scope(event), "state": dict(lifespan.state), "aws.event": event, "aws.context": context}
        call = _Call(_body(event), response)
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


def _headers_and_cookies(raw: list[tuple[bytes, bytes]]) -> tuple[dict[str, list[str]], list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers, headers.pop("set-cookie", [])


def _scope(event: Mapping[str, Any]) -> Message:
    request = event.get("requestContext") or {}
    headers = _headers(event)
    host = dict(headers).get(b"host", b"").decode("latin-1") or request.get("domainName") or "localhost"
    name, _, port = host.partition(":")
    stage_path, path = request.get("path") or "", event.get("path") or "/"
    root = stage_path[: -len(path)] if stage_path.endswith(path) else ""
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "method": event.get("httpMethod", "GET"),
        "scheme": dict(headers).get(b"x-forwarded-proto", b"https").decode("latin-1"),
        "path": unquote(root + path),
        "raw_path": (root + path).encode(),
        "root_path": root,
        "query_string": urlencode(query, doseq=True).encode(),
        "headers": headers,
        "client": ((request.get("identity") or {}).get("sourceIp", ""), 0),
        "server": (name, int(port or 443)),
    }


def _headers(event: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    several = event.get("multiValueHeaders") or {
        name: [value] for name, value in (event.get("headers") or {}).items()
    }
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, values in several.items()
        for value in values
        if name.lower() not in _HIDDEN_HEADERS
    ]


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    return b64decode(body) if event.get("isBase64Encoded") else body.encode()


class _Lifespan:
    """The lifespan of an application, from here to the end of the process, on the event loop of its requests.

    :param app: the application; one that does not support the protocol has none, as the specification has it
    :raises RuntimeError: when the application says that it failed to start
    """

    def __init__(self, app: Application) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._loop = kept_loop()
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task = self._loop.create_task(self._run())
        answer = self._loop.run_until_complete(self._tell("lifespan.startup"))
        if answer and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application failed to start: {answer.get('message', '')}")
        if answer:
            atexit.register(self._end)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _LIFESPAN, "state": self.state}
        # An application without a lifespan may raise anything at all when it is offered one.
        with suppress(Exception):
            await self._app(scope, self._to_app.get, self._from_app.put)
        await self._from_app.put(None)

    async def _tell(self, kind: str) -> Message | None:
        await self._to_app.put({"type": kind})
        return await self._from_app.get()

    def _end(self) -> None:
        self._loop.run_until_complete(self._tell("lifespan.shutdown"))
