"""Keep the stream of one invocation, where the environment of the function names a store.

STREAM_STORE_TABLE is the name of the table; STREAM_STORE_MAX_BYTES and STREAM_STORE_TTL are what of a stream
is kept and for how many seconds. STREAM_STORE_REPLAY is there if the function may read the table too.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping

from . import rows
from .batches import with_id
from .owner import owner_of
from .recorder import LAST_WAIT, Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambda_streaming._deadline import Deadline
    from lambda_streaming._head import Prelude
    from lambda_streaming._response_stream import Sink

    from .table import Table

TABLE = "STREAM_STORE_TABLE"
#: is there if the function may read its table, and so answers a client that has come back by itself
REPLAY = "STREAM_STORE_REPLAY"
HEADER = "x-stream-id"
_DEFAULTS = {"STREAM_STORE_MAX_BYTES": 1024 * 1024, "STREAM_STORE_TTL": 3600}
_ID_BYTES = 16
# The part of the time until Lambda kills the function that the last batch may take.
_PART_OF_REST = 0.25


class Recording:
    """A stream that is kept: its id, and the sink that keeps what goes through it.

    :param environ: the environment of the function
    :param event: the request
    :param deadline: of the handler, which a cancel brings forward
    """

    def __init__(self, environ: Mapping[str, str], event: object, deadline: Deadline) -> None:
        self.stream_id = stream_id = os.urandom(_ID_BYTES).hex()
        name = environ[TABLE]
        max_bytes, ttl = (int(environ.get(name, default)) for name, default in _DEFAULTS.items())
        #: How much of a stream is kept.
        self.max_bytes = max_bytes
        self._deadline = deadline
        self._recorder = Recorder(
            lambda: (table_of(name), rows.partition_key(owner_of(event), stream_id)),
            os.urandom(_ID_BYTES).hex()[:16],
            max_bytes=max_bytes,
            ttl=ttl,
            cancel=deadline.cancel,
            active=_active(event, stream_id),
        )

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell the client how to come back."""
        return {HEADER: self.stream_id}

    def keep_before(self, further: Callable[[str, int], list[dict[str, Any]]]) -> None:
        """Have rows written before the head; the function gets the partition key and the expiry."""
        self._recorder.further = further

    def begin(self) -> None:
        """Write the head now, in this thread.

        :raises StoreError: when the table does not take it
        """
        self._recorder.write_head()

    def number(self, event: bytes, start: int) -> bytes:
        """Return a server-sent event with its id; ``start`` is the offset of its first byte."""
        return with_id(event, start, self.stream_id)

    def keep(self, sink: Sink) -> KeptSink:
        """Return a sink that passes everything on to another, and keeps it."""
        return KeptSink(sink, self._recorder, self._deadline)


class KeptSink:
    """A sink whose bytes are kept once the client has them."""

    def __init__(self, sink: Sink, recorder: Recorder, deadline: Deadline) -> None:
        self._sink = sink
        self._recorder = recorder
        self._deadline = deadline
        self._prelude: Prelude | None = None

    def send_through(self, wrap: Callable[[Sink], Sink]) -> None:
        """Put another sink before the one that the response goes to."""
        self._sink = wrap(self._sink)

    def open(self, prelude: Prelude) -> None:
        """Send the head, and keep it."""
        self._sink.open(prelude)
        self._prelude = prelude

    def write(self, data: bytes) -> None:
        """Send a chunk, and keep it."""
        self._sink.write(data)
        # a thread that starts before the first byte would delay it
        self._begin()
        self._recorder.append(data)

    def close(self) -> None:
        """Write the last batch, and end the response."""
        self._end(rows.ENDED)
        self._sink.close()

    def fail(self, error: BaseException) -> None:
        """Write the last batch, which has the error event, and end the response."""
        self._end(rows.ENDED)
        self._sink.fail(error)

    def limit(self, seconds: float) -> None:
        """Limit how long each further step may take, in seconds."""
        self._sink.limit(seconds)

    def cut(self) -> bool:
        """Cut the connection under whoever is stuck in sending."""
        return self._sink.cut()

    def drop(self) -> None:
        """Close the connection; a response that has no end until now is one that was cut."""
        self._sink.drop()
        self._end(rows.CUT)

    def _begin(self) -> None:
        prelude, self._prelude = self._prelude, None
        if prelude:
            headers = {**prelude.headers, **prelude.multi_value_headers}
            self._recorder.begin({"status": prelude.status, "headers": headers})

    def _end(self, status: str) -> None:
        self._begin()
        self._recorder.end(status, min(LAST_WAIT, max(0.0, self._deadline.until_kill) * _PART_OF_REST))


def recording(environ: Mapping[str, str], event: object, deadline: Deadline) -> Recording | None:
    """Return what keeps the stream of a request; None where it must not be kept, or there is no HTTP request.

    A request whose JSON body has ``"store": false`` keeps nothing.
    """
    if not isinstance(event, Mapping) or "requestContext" not in event or _method(event) == "HEAD":
        return None
    if _declines(event.get("body")):
        return None
    return Recording(environ, event, deadline)


def _method(event: Mapping[str, Any]) -> object:
    """Return the method of a request, which payload format 2.0 has in its context."""
    http = event["requestContext"].get("http") if isinstance(event["requestContext"], Mapping) else None
    return http.get("method") if isinstance(http, Mapping) else event.get("httpMethod")


def _active(event: object, stream_id: str) -> Callable[[int], dict[str, Any]] | None:
    """Return what notes a stream in its chat: the transport of the AI SDK sends the id of the chat.

    It asks for the stream by that id, and knows no other.
    """
    body = event.get("body") if isinstance(event, Mapping) else None
    if not isinstance(body, str) or '"trigger"' not in body:
        return None
    chat_id = _members(body).get("id")
    if not isinstance(chat_id, str) or not chat_id:
        return None
    return lambda expires: rows.put_active(rows.chat_key(owner_of(event), chat_id), stream_id, expires)


def _declines(body: object) -> bool:
    if not isinstance(body, str) or '"store"' not in body:
        return False
    return _members(body).get("store") is False


def _members(body: str) -> dict[str, object]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


@functools.cache
def table_of(name: str) -> Table:
    """Return a table, whose connection is kept for the next invocation."""
    from .table import Table  # loads HTTP and TLS, which the first byte need not wait for

    return Table(os.environ, name)
