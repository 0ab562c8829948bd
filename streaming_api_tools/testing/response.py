"""Reads a response in a test as it arrives."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from types import TracebackType
from urllib.parse import urlsplit

from ..client.moments import Request
from ..client.sse import Event, EventDecoder


class StreamedResponse:
    """The response to one request, for ``with``; a property waits only for what it returns.

    A connection that was cut raises :class:`http.client.IncompleteRead`.

    :param timeout: seconds without a byte after which reading fails with TimeoutError
    """

    def __init__(self, request: Request, timeout: float) -> None:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._http = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        self._http.request(request.method, target, request.body, dict(request.headers))
        self._head: http.client.HTTPResponse | None = None

    @property
    def status(self) -> int:
        """The HTTP status; waits for it."""
        return self._response().status

    @property
    def headers(self) -> http.client.HTTPMessage:
        """The headers, whose names have no case; waits for them."""
        return self._response().headers

    def chunks(self) -> Iterator[bytes]:
        """Yield what arrives as it arrives; its boundaries are not those of the handler's writes."""
        response = self._response()
        while chunk := response.read1():
            yield chunk

    def events(self) -> Iterator[Event]:
        """Yield server-sent events as they arrive."""
        decoder = EventDecoder()
        for chunk in self.chunks():
            yield from decoder.feed(chunk)

    def read(self) -> bytes:
        """Return the rest of the body."""
        return self._response().read()

    def json(self) -> object:
        """Return the rest of the body, which is JSON."""
        return json.loads(self.read())

    def close(self) -> None:
        """Hang up."""
        if self._head is not None:
            self._head.close()
        self._http.close()

    def __enter__(self) -> StreamedResponse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _response(self) -> http.client.HTTPResponse:
        if self._head is None:
            self._head = self._http.getresponse()
        return self._head
