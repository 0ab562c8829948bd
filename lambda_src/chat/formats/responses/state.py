"""Answer requests that refer to earlier ones, and keep them, where the function has a store of streams.

https://platform.openai.com/docs/guides/conversation-state and .../guides/background. A response is its kept
stream: their ids are the same. Beside it is the whole conversation that the model was asked, so that a later
request reads one response and not a chain of them. The routes that read a response are another function's.
"""

from __future__ import annotations

import json

from lambda_streaming import Response
from lambda_streaming_store.current import current_stream
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.owner import owner_of
from lambda_streaming_store.request_rows import encoded

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
        items = _whole_input(body, previous, owner_of(request.event))
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
            from lambda_streaming_store.replay import unavailable  # only a failure pays for it

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


def _whole_input(body: JsonObject, previous: str | None, owner: str) -> list[dict[str, Any]]:
    """Return the whole conversation, which takes the place of ``input`` if the client has not sent all of it.

    What is no item is left for whoever reads ``input``, and refused there.
    """
    value = body.value.get("input")
    if isinstance(value, str):
        value = [{"type": "message", "role": "user", "content": value}]
    given = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    if previous is None and not any(item.get("type") == "item_reference" for item in given):
        return given
    from .earlier import whole_conversation  # most requests refer to nothing

    whole = whole_conversation(previous, given, owner)
    if value is None or (isinstance(value, list) and len(given) == len(value)):
        body.value["input"] = whole
    return whole
