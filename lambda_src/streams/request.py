"""Read a request for a stream: whose it is, which one, and from where on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import unquote

from lambda_streaming import HTTPError
from lambda_streaming_store.errors import ConditionFailed, StoreError
from lambda_streaming_store.follow import StreamUnknown
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.replay import last_event_id, unavailable, unknown
from lambda_streaming_store.rows import partition_key

#: Response headers that pages may read.
EXPOSED = "retry-after, x-stream-id"
_ID = re.compile("[0-9a-f]{32}")
# More than any stream has, and still no number that takes long to read.
_LONGEST_NUMBER = 12
# What may follow the id in a path.
_BELOW_ID = ("cancel", "stop", "stream")
# A client may have the id before the table has the stream. Seconds that it is looked for, and between looks.
_PATIENCE, _PAUSE = 2.0, 0.1

Found = TypeVar("Found")


def partition_of(event: Mapping[str, object]) -> str:
    """Return the partition key of the stream that a request names, below its caller.

    :raises HTTPError: 404 for what is no id
    """
    stream_id = id_of(event)
    if not _ID.fullmatch(stream_id):
        raise unknown()
    return partition_key(owner_of(event), stream_id)


def position_of(event: Mapping[str, object]) -> int:
    """Return the offset that a request wants to go on from: ``Last-Event-ID``, else ``after``, else 0.

    A browser repeats the URL with its query when it reconnects, so the header counts more.

    :raises HTTPError: 400 for what is no position in this stream
    """
    if last := last_event_id(event):
        stream_id, _, position = last.rpartition(".")
        if stream_id != id_of(event):
            raise HTTPError(
                400, "Last-Event-ID is not an id of this stream; use the query parameter after", param="after"
            )
        return _number(position)
    query = event.get("queryStringParameters")
    return _number(str(query["after"])) if isinstance(query, Mapping) and "after" in query else 0


def find(look: Callable[[], Found]) -> Found:
    """Return what is done with a stream, which may only be about to be there.

    :param look: raises StreamUnknown or ConditionFailed where there is no stream
    :raises HTTPError: 404 when there is none, 503 when the table does not answer
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return look()
        except (StreamUnknown, ConditionFailed):
            if time.monotonic() > until:
                raise unknown() from None
        except StoreError as error:
            if not error.again or time.monotonic() > until:
                raise unavailable() from error
        time.sleep(_PAUSE)


def id_of(event: Mapping[str, object]) -> str:
    """Return the id in the path of a request: ``{id}``, or the part of a function URL's path that it is."""
    parameters = event.get("pathParameters")
    if isinstance(parameters, Mapping):
        return str(parameters.get("id", ""))
    parts = _parts(event)
    return unquote(parts[-2] if parts[-1] in _BELOW_ID else parts[-1])


def is_of_chat(event: Mapping[str, object]) -> bool:
    """Tell whether a request names a chat, and not a stream: ``.../{id}/stream``.

    The AI SDK's DefaultChatTransport.reconnectToStream asks there for the stream of a chat.
    """
    return str(event.get("resource", "")).endswith("/{id}/stream") or _parts(event)[-1] == "stream"


def _parts(event: Mapping[str, object]) -> list[str]:
    """Return the parts of the path of a function URL, of which it decodes none."""
    return ["", *str(event.get("rawPath", "")).strip("/").split("/")]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise HTTPError(400, "after must be the number of bytes that are there already", param="after")
    return int(text)
