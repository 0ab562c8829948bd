"""Write the events of the Responses API as the model's, or as the one response object that they make.

Bedrock repeats ``instructions`` and ``tools`` as it got them, the system prompt of the deployment among them.
What the client gets is what the client said.
"""

from __future__ import annotations

from lambda_streaming import Event

from ..resource import failed
from .events import CREATED, IN_PROGRESS, QUEUED
from .item_ids import findable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

#: Members of a response that the client knows better than Bedrock, or that are not for the client.
TOLD = (
    "background",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "previous_response_id",
    "prompt_cache_key",
    "safety_identifier",
    "store",
    "tool_choice",
    "tools",
)


class RelayedEvents:
    """The body of a streamed response, whose last event is one of completed, incomplete and failed.

    :param events: the checked events of the model
    :param response: the response object as it is when the answer begins
    :param stream_id: goes into the ids of the items, so that they are found by them, where the response is
        stored. Default: - all ids are Bedrock's
    """

    def __init__(
        self, events: Iterable[dict[str, Any]], response: Mapping[str, Any], stream_id: str | None = None
    ) -> None:
        self._events = findable(events, stream_id) if stream_id else events
        self._response = dict(response)
        # a stored response has the id of its stream
        self._told = {name: response[name] for name in (("id", *TOLD) if stream_id else TOLD)}
        self._output: list[Any] = []
        self._number = 0

    def __iter__(self) -> Iterator[Event]:
        """Yield the events, the last one after the last of Bedrock's."""
        for event in self._read():
            yield self._named(event)

    def last_event(self, error: BaseException) -> bytes:
        """Return ``error`` and ``response.failed``, which is the last event whatever ends the stream."""
        response = {"response": dict(self._response)}
        told = [] if self._number else [{"type": kind, **response} for kind in (CREATED, IN_PROGRESS)]
        ends = failed(self._response, error, self._output)
        told += [{"type": kind, **members} for kind, members in ends]
        return b"".join(self._named(event).encode() for event in told)

    def whole(self) -> dict[str, Any]:
        """Return the whole answer as one response object."""
        for _ in self._read():
            pass
        return self._response

    def queued(self) -> dict[str, Any]:
        """Return the response object of an answer in the background that waits for the model."""
        return {**self._response, "status": "queued"}

    def _read(self) -> Iterator[dict[str, Any]]:
        waits = self._response["background"]
        if waits:
            yield from ({"type": kind, "response": self.queued()} for kind in (CREATED, QUEUED))
        for event in self._events:
            if waits and event["type"] in (CREATED, QUEUED):
                continue
            if event["type"] == "response.output_item.done":
                self._output.append(event.get("item"))
            if isinstance(response := event.get("response"), dict):
                self._response = {**self._response, **response, **self._told}
                event = {**event, "response": self._response}
            yield event

    def _named(self, event: dict[str, Any]) -> Event:
        # counted anew: an event of the function's own may be among them
        number, self._number = self._number, self._number + 1
        return Event({**event, "sequence_number": number}, event=event["type"])
