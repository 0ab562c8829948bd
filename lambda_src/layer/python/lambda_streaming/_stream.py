"""The decorator: a handler that yields becomes a handler that streams."""

from __future__ import annotations

import functools
import os

from . import _seam
from ._collected import CollectedResponse
from ._errors import HTTPError, envelope
from ._exchange import Exchange
from ._response import Prelude, Response
from ._runtime_api import RuntimeApiResponse
from ._sse import MEDIA_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias, overload

    from ._response import Body, Headers
    from ._sse import Item

    Handler: TypeAlias = Callable[..., object]
    StreamedHandler: TypeAlias = Callable[[Mapping[str, object], object], CollectedResponse]

else:

    def overload(function):  # the import of `typing` would be the dearest part of a cold start
        return function


@overload
def stream(function: Handler, /) -> StreamedHandler: ...
@overload
def stream(  # noqa: F811
    *, media_type: str = ..., status: int = ..., headers: Headers | None = ...
) -> Callable[[Handler], StreamedHandler]: ...
def stream(  # noqa: F811
    function: Handler | None = None,
    /,
    *,
    media_type: str = MEDIA_TYPE,
    status: int = 200,
    headers: Headers | None = None,
) -> StreamedHandler | Callable[[Handler], StreamedHandler]:
    """Make a Lambda handler stream its response.

    The handler is a generator function, or a function that returns a :class:`Response`. What it yields is
    sent at once: a dict as ``data:`` JSON, a string as ``data:`` lines, bytes as they are, an :class:`Event`
    with all its fields. With a media type that is not SSE a dict is a line of JSON and a string is text.

    The status stays open until the first item. An :class:`HTTPError` until then is a real HTTP status; any
    other exception is a function error as without the decorator. An exception after the first byte is told to
    the client as its last event and to Lambda by trailers, and raised again, so that decorators outside of
    this one see it.

    Example::

        @stream(media_type="application/x-ndjson")
        def handler(event, context):
            yield {"n": 1}

    :param function: the handler
    :param media_type: content type of the response. Default: ``text/event-stream``
    :param status: HTTP status of the response. Default: 200
    :param headers: headers of every response, also of an error. Default: - ``cache-control: no-cache`` and
        ``x-accel-buffering: no``
    :returns: the handler for Lambda; outside Lambda, calling it returns a :class:`CollectedResponse`
    :raises ValueError: for a status or a header that cannot be sent
    """
    options = _Options(media_type, status, headers or {})

    def decorate(function: Handler) -> StreamedHandler:
        @functools.wraps(function)
        def streamed(event: Mapping[str, object], context: object) -> CollectedResponse:
            collected, sink = _sink()
            request_id = getattr(context, "aws_request_id", None)
            exchange = Exchange(
                sink,
                options.prelude(request_id),
                request_id=request_id,
                head=event.get("httpMethod") == "HEAD",
            )
            _answer(exchange, options, request_id, functools.partial(function, event, context))
            # The runtime loop wants something that is JSON, and discards it.
            return collected or None  # type: ignore[return-value]

        return streamed

    return decorate(function) if function else decorate


class _Options:
    """What the decorator was given, which is what every response starts from."""

    def __init__(self, media_type: str, status: int, headers: Headers) -> None:
        self.media_type = media_type
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.prelude(None)

    def prelude(self, request_id: str | None, response: Response | None = None) -> Prelude:
        """Return the head of a response, or of the one that the options alone describe."""
        headers: dict[str, str | list[str]] = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        if request_id:
            # Clients of OpenAI's API look for the one, clients of Anthropic's for the other.
            headers |= {"x-request-id": request_id, "request-id": request_id}
        headers |= self.headers  # type: ignore[arg-type]
        if response is None:
            return Prelude(self.status, {"content-type": self.media_type, **headers})
        own = {name.lower(): value for name, value in response.headers.items()}
        return Prelude(
            response.status,
            {"content-type": _content_type(response.body, self.media_type), **headers, **own},
            response.cookies,
        )

    def error(self, error: HTTPError, request_id: str | None) -> Response:
        """Return the response that tells a client of an error."""
        return Response(error.status, error.headers, body=envelope(error, request_id))


def _sink() -> tuple[CollectedResponse | None, CollectedResponse | RuntimeApiResponse]:
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if address is None:
        collected = CollectedResponse()
        return collected, collected
    invocation = _seam.current()
    if invocation is None:
        raise RuntimeError("a streaming handler was called outside of an invocation of the runtime loop")
    if invocation.answered:
        raise RuntimeError("this invocation is already answered; call one streaming handler per invocation")
    return None, RuntimeApiResponse(address, invocation)


def _answer(
    exchange: Exchange, options: _Options, request_id: str | None, call: Callable[[], object]
) -> None:
    try:
        _produce(exchange, options, request_id, call())
        exchange.end()
    except BaseException as error:
        if exchange.opened:
            exchange.fail(error)
            raise
        if not isinstance(error, HTTPError):
            raise
        response = options.error(error, request_id)
        exchange.set_prelude(options.prelude(request_id, response))
        _send_body(exchange, response.body)
        exchange.end()


def _produce(exchange: Exchange, options: _Options, request_id: str | None, result: object) -> None:
    if isinstance(result, Response):
        exchange.set_prelude(options.prelude(request_id, result))
        _send_body(exchange, result.body)
    elif hasattr(result, "__next__"):
        _send_all(exchange, result)  # type: ignore[arg-type]
    else:
        raise TypeError(
            f"a streaming handler must yield items or return a Response, got {type(result).__name__}"
        )


def _send_body(exchange: Exchange, body: Body) -> None:
    if isinstance(body, (bytes, str, dict)):
        if body and not exchange.bodyless:
            exchange.send(body)
    else:
        _send_all(exchange, body)  # type: ignore[arg-type]


def _send_all(exchange: Exchange, items: Iterable[Item]) -> None:
    try:
        for item in items:
            exchange.send(item)
            if exchange.bodyless:
                break
    finally:
        # A generator that is abandoned would run its `finally` whenever it is collected, if at all.
        close = getattr(items, "close", None)
        if close:
            close()


def _content_type(body: Body, media_type: str) -> str:
    if isinstance(body, (bytes, bytearray, memoryview)):
        return "application/octet-stream"
    if isinstance(body, str):
        return "text/plain; charset=utf-8"
    return "application/json" if isinstance(body, dict) else media_type
