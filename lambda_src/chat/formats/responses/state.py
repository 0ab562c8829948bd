"""Answer requests that refer to earlier ones, and keep them, where the function has a store of streams.

https://platform.openai.com/docs/guides/conversation-state and .../guides/background. A response is its kept
stream: their ids are the same. Beside it is the whole conversation that the model was asked, so that a later
request reads one response and not a chain of them. The routes that read a response are another function's.
"""

from __future__ import annotations

import json

from lambda_streaming import HTTPError, Response
from lambda_streaming_store.current import current_stream, own_table
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.follow import StreamUnknown
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.replay import unavailable
from lambda_streaming_store.request_rows import encoded
from lambda_streaming_store.responses import RUNNING, KeptResponse, stream_of, stream_of_item

from ...converse.model_call import ResponseMetadata
from ...json_body import bad_request
from .input_items import referable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Protocol

    from ...converse.model_call import ChatRequest
    from ...json_body import JsonObject

    class Answer(Protocol):
        """The events of an answer, and the response object that they make."""

        def __iter__(self) -> Iterator[Any]: ...
        def queued(self) -> dict[str, Any]: ...
        def whole(self) -> dict[str, Any]: ...


_PREVIOUS, _STORE, _BACKGROUND = "previous_response_id", "store", "background"
_REFERENCE = "item_reference"
_EVENTS = {"content-type": "text/event-stream"}


class State:
    """Makes the input of a request whole, and keeps what it wants kept.

    :param request: of the client
    :param body: of it, which loses the members that are honoured here
    :raises HTTPError: 400 for what cannot be kept or referred to, 503 when the store does not answer
    """

    def __init__(self, request: ChatRequest, body: JsonObject) -> None:
        stores = body.value.get(_STORE) is None or body.flag(_STORE)
        self.background = body.flag(_BACKGROUND)
        self._stream = current_stream() if stores else None
        if self.background and self._stream is None:
            message = "a response in the background must be stored; leave store: false out"
            raise bad_request(message, "unsupported_value", _STORE)
        self._streamed = body.flag("stream")
        previous = body.text(_PREVIOUS)
        items = _whole_input(body, previous, _Earlier(owner_of(request.event)))
        for name in (_PREVIOUS, _STORE, _BACKGROUND):
            body.value.pop(name, None)
        if self._stream:
            self._input = referable(items, self._stream.stream_id)
            self._check_size(body)
        self._members = {_PREVIOUS: previous, _STORE: self._stream is not None, _BACKGROUND: self.background}

    @property
    def stream_id(self) -> str | None:
        """The id of the stream that is kept; None where nothing is."""
        return self._stream.stream_id if self._stream else None

    def opening(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of the response object when the answer begins."""
        return {**members, **self._members}

    def identified(self, metadata: ResponseMetadata) -> ResponseMetadata:
        """Return metadata whose id is that of the stream, if the response is stored."""
        if self._stream is None:
            return metadata
        return ResponseMetadata(self._stream.stream_id, metadata.model, metadata.created)

    def respond(self, answer: Answer) -> Response:
        """Return the response of an answer, which goes on without its client if it is in the background.

        :raises HTTPError: 503 when nobody would ever find a response in the background
        """
        if self._stream:
            self._keep(answer)
        if self.background or self._streamed:
            return Response(headers=_EVENTS, body=answer)
        return Response(body=answer.whole())

    def _keep(self, answer: Answer) -> None:
        assert self._stream is not None
        kept: dict[str, Any] = {"input": self._input, _BACKGROUND: self.background, "stream": self._streamed}
        if self.background:
            kept["response"] = answer.queued()
        self._stream.keep_request(encoded(kept))
        if not self.background:
            return
        if self._streamed:
            self._stream.outlive_client()
            return
        try:
            # the client has nothing but the id, under which there must be something then
            self._stream.begin()
        except StoreError as error:
            raise unavailable() from error
        self._stream.outlive_client(json.dumps(kept["response"], separators=(",", ":")).encode())

    def _check_size(self, body: JsonObject) -> None:
        """Keep nothing of a request that is too large, and say so in the response: the answer is what counts.

        :raises HTTPError: 400 for one in the background, which would have no answer
        """
        assert self._stream is not None
        if len(encoded({"input": self._input})) <= self._stream.max_bytes:
            return
        if self.background:
            message = f"the conversation is larger than the {self._stream.max_bytes} bytes that are stored"
            raise bad_request(message, "conversation_too_large", "input")
        self._stream = None
        body.drop(_STORE)


def _whole_input(body: JsonObject, previous: str | None, earlier: _Earlier) -> list[dict[str, Any]]:
    """Return the whole conversation, which takes the place of ``input`` if the client has not sent all of it.

    What is no item is left for whoever reads ``input``, and refused there.
    """
    value = body.value.get("input")
    if isinstance(value, str):
        value = [{"type": "message", "role": "user", "content": value}]
    given = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    items = earlier.conversation(previous) if previous else []
    if value is not None and (not isinstance(value, list) or len(given) != len(value)):
        return given
    refers = any(item.get("type") == _REFERENCE for item in given)
    whole = [*items, *(earlier.resolved(given, {item.get("id") for item in items}) if refers else given)]
    if previous or refers:
        body.value["input"] = whole
    return whole


class _Earlier:
    """The earlier responses of a caller, each of which is read once.

    :param owner: whose they are
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._items: dict[str, dict[str, Any]] = {}

    def conversation(self, response_id: str) -> list[dict[str, Any]]:
        """Return what a response was asked, and what it answered.

        :raises HTTPError: 400 when this caller has no such response, or it goes on
        """
        try:
            found = self._read(stream_of(response_id))
        except StreamUnknown:
            message = f"Previous response with id '{response_id}' not found."
            raise bad_request(message, "previous_response_not_found", _PREVIOUS) from None
        if found is None:
            message = f"Previous response with id '{response_id}' has not ended yet."
            raise bad_request(message, "previous_response_in_progress", _PREVIOUS)
        return found

    def resolved(self, given: list[dict[str, Any]], known: set[Any]) -> Iterator[dict[str, Any]]:
        """Yield the items of a client, with those that references name in place of the references.

        :param known: ids of items that are in the conversation already
        :raises HTTPError: 404 for a reference to an item that this caller does not have
        """
        references = [item["id"] for item in given if item.get("type") == _REFERENCE and _is_id(item)]
        # the newest response has the items of those before it
        for item_id in reversed(references):
            if item_id not in self._items and item_id not in known:
                self._find(item_id)
        for item in given:
            if item.get("type") != _REFERENCE:
                yield item
            elif not _is_id(item) or item["id"] not in {*self._items, *known}:
                raise _item_unknown(item.get("id"))
            elif item["id"] not in known:
                yield self._items[item["id"]]

    def _find(self, item_id: str) -> None:
        stream_id = stream_of_item(item_id)
        if stream_id is not None:
            try:
                self._read(stream_id)
            except StreamUnknown:
                return

    def _read(self, stream_id: str) -> list[dict[str, Any]] | None:
        """Return the conversation with its answer; None while that goes on."""
        try:
            kept = KeptResponse(own_table(), self._owner, stream_id)
            response = kept.resource()
        except StoreError as error:
            raise unavailable() from error
        if response["status"] in RUNNING:
            return None
        items = [*kept.input, *response["output"]]
        self._items.update({item["id"]: item for item in items if _is_id(item)})
        return items


def _is_id(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("id"), str)


def _item_unknown(item_id: object) -> HTTPError:
    message = f"Item with id '{str(item_id)[:80]}' not found. Items are not stored with store: false."
    return HTTPError(404, message, type="invalid_request_error", code="item_not_found", param="input")
