"""Read a request for a stream: whose it is, which one, and from where on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lambda_streaming import HTTPError
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.rows import partition_key

_ID = re.compile("[0-9a-f]{32}")
# More than any stream has, and still no number that takes long to read.
_LONGEST_NUMBER = 12


def partition_of(event: Mapping[str, object]) -> str:
    """Return the partition key of the stream that a request names, below its caller.

    :raises HTTPError: 404 for what is no id
    """
    stream_id = _stream_id(event)
    if not _ID.fullmatch(stream_id):
        raise unknown()
    return partition_key(owner_of(event), stream_id)


def position_of(event: Mapping[str, object]) -> int:
    """Return the offset that a request wants to go on from: ``Last-Event-ID``, else ``after``, else 0.

    A browser repeats the URL with its query when it reconnects, so the header counts more.

    :raises HTTPError: 400 for what is no position in this stream
    """
    headers = event.get("headers")
    fields = headers.items() if isinstance(headers, Mapping) else ()
    last = next((str(value) for name, value in fields if name.lower() == "last-event-id"), "")
    if last:
        stream_id, _, position = last.rpartition(".")
        if stream_id != _stream_id(event):
            raise HTTPError(
                400, "Last-Event-ID is not an id of this stream; use the query parameter after", param="after"
            )
        return _number(position)
    query = event.get("queryStringParameters")
    return _number(str(query["after"])) if isinstance(query, Mapping) and "after" in query else 0


def unknown() -> HTTPError:
    """Return the one answer to an id that is not known, has expired, or belongs to somebody else."""
    return HTTPError(404, "there is no such stream", code="stream_not_found", param="id")


def _stream_id(event: Mapping[str, object]) -> str:
    parameters = event.get("pathParameters")
    return str(parameters.get("id", "")) if isinstance(parameters, Mapping) else ""


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise HTTPError(400, "after must be the number of bytes that are there already", param="after")
    return int(text)
