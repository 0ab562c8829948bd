"""Answer the requests for a kept response of OpenAI's Responses API, by its id and its owner.

https://platform.openai.com/docs/api-reference/responses: get, cancel, delete and input-items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from lambda_streaming import HTTPError, Response
from lambda_streaming_store.follow import StreamUnknown
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.responses import CANCELLED, RUNNING, KeptResponse, stream_of
from lambda_streaming_store.rows import CANCEL, flag
from lambda_streaming_store.table import Table

from .request import find
from .response_events import events_after, unknown_response

_PARAMETER = "responseId"
_ITEMS = "/input_items"
_TRUE = ("true", "1")
_DEFAULT_LIMIT, _LARGEST_LIMIT = 20, 100
_ORDERS = ("desc", "asc")
# How long a writer may take to notice that it is to stop, in seconds: it looks once a second.
_STOP = 6.0

Found = TypeVar("Found")


def is_of_response(event: Mapping[str, object]) -> bool:
    """Tell whether a request names a response, and not a stream."""
    parameters = event.get("pathParameters")
    return isinstance(parameters, Mapping) and _PARAMETER in parameters


def response_id_of(event: Mapping[str, Any]) -> str:
    """Return the id of the response that a request names."""
    return str(event["pathParameters"][_PARAMETER])


def found(table: Table, event: Mapping[str, Any]) -> KeptResponse:
    """Return the response that a request names.

    :raises HTTPError: 404 when its caller has no such response, 503 when the table does not answer
    """
    try:
        stream_id = stream_of(response_id_of(event))
    except StreamUnknown:  # what is no id will not be one in a moment
        raise unknown_response(response_id_of(event)) from None
    return _told(event, lambda: KeptResponse(table, owner_of(event), stream_id))


def answer(table: Table, event: Mapping[str, Any]) -> Response:
    """Return a response object, its events, or what it was asked."""
    kept = found(table, event)
    query = event.get("queryStringParameters") or {}
    if str(event.get("path", "")).rstrip("/").endswith(_ITEMS):
        return Response(body=_page(kept.input, query))
    if str(query.get("stream", "")).lower() in _TRUE:
        return _events(table, kept, query)
    return Response(body=_told(event, kept.resource))


def cancel(table: Table, event: Mapping[str, Any]) -> Response:
    """Stop a response in the background, and return it; one that has ended is no error.

    :raises HTTPError: 400 for a response that is not in the background
    """
    kept = found(table, event)
    if not kept.background:
        raise _refused("Cannot cancel a synchronous response.", "response_id")
    now = _told(event, kept.resource)
    if now["status"] in RUNNING:
        _told(event, lambda: table.call("UpdateItem", flag(kept.partition, CANCEL)))
        _told(event, lambda: kept.ended(_STOP))
        now = _told(event, kept.resource)
        if now["status"] in RUNNING:
            # the flag is set, and the writer has it within a second
            now = {**now, "status": CANCELLED}
    return Response(body=now)


def _told(event: Mapping[str, Any], look: Callable[[], Found]) -> Found:
    try:
        return find(look)
    except HTTPError as error:
        if error.status != 404:
            raise
        raise unknown_response(response_id_of(event)) from None


def _events(table: Table, kept: KeptResponse, query: Mapping[str, Any]) -> Response:
    """Return the events of a response, with the numbers that they have had for its first client."""
    text = str(query.get("starting_after", ""))
    if text and not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _refused("starting_after must be the sequence number of an event", "starting_after")
    if not kept.streamed:
        raise _refused("This response was not created with stream=true.", "stream")
    after = int(text) if text else -1
    headers = {"content-type": "text/event-stream"}
    return Response(headers=headers, body=events_after(table, kept, after))


def _page(items: Sequence[dict[str, Any]], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of the items of a conversation, the newest first unless the client wants it otherwise."""
    limit, order = str(query.get("limit", _DEFAULT_LIMIT)), str(query.get("order", _ORDERS[0]))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= _LARGEST_LIMIT):
        raise _refused(f"limit must be 1 to {_LARGEST_LIMIT}", "limit")
    if order not in _ORDERS:
        raise _refused("order must be asc or desc", "order")
    listed = list(items) if order == "asc" else list(reversed(items))
    if after := query.get("after"):
        ids = [item["id"] for item in listed]
        if after not in ids:
            raise _refused("after is no id of an item of this response", "after")
        listed = listed[ids.index(after) + 1 :]
    data = listed[: int(limit)]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": len(data) < len(listed),
    }


def _refused(message: str, param: str) -> HTTPError:
    return HTTPError(400, message, code="invalid_value", param=param)
