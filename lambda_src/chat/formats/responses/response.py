"""Write the events of a model as the typed events of OpenAI's Responses API, or as one response object."""

from __future__ import annotations

from lambda_streaming import Event

from ...converse.content_blocks import MessageStop, Metadata, content_blocks
from .output import COMPLETED, INCOMPLETE, Output
from .resource import failed, identified, usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ...converse.model_call import ResponseMetadata
    from ...converse.stream import ConverseEvent
    from .output import Told
    from .tools import ClientTools

#: Bedrock's stop reasons -> why a response is incomplete; None, and a reason that is newer, for one that is
#: complete.
STOP_REASONS = {
    "end_turn": None,
    "stop_sequence": None,
    "max_tokens": "max_output_tokens",
    "model_context_window_exceeded": "max_output_tokens",
    "tool_use": None,
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}


class ResponseEvents:
    """The body of a streamed response, whose last event is one of completed, incomplete and failed.

    :param events: the checked events of the model
    :param metadata: of the response
    :param members: of the response object when the answer begins
    :param tools: of the request
    """

    def __init__(
        self,
        events: Iterable[ConverseEvent],
        metadata: ResponseMetadata,
        members: Mapping[str, Any],
        tools: ClientTools,
    ) -> None:
        self._events = events
        self._output = Output(metadata.request_id, tools)
        self._response = identified(members, metadata)
        self._number = 0
        self._queued = self._begun = False
        self._status = COMPLETED
        self._seconds = 0

    def __iter__(self) -> Iterator[Event]:
        """Yield the events, the last one after the last of Bedrock's."""
        for kind, members in self._told():
            yield self._event(kind, members)

    def last_event(self, error: BaseException) -> bytes:
        """Return ``error`` and ``response.failed``, which is the last event whatever ends the stream."""
        told = [] if self._begun else list(self._beginning())
        told += failed(self._response, error, self._output.items)
        return b"".join(self._event(kind, members).encode() for kind, members in told)

    def whole(self) -> dict[str, Any]:
        """Return the whole answer as one response object."""
        response: dict[str, Any] = {}
        for _, members in self._told():
            response = members.get("response", response)
        return response

    def queued(self) -> dict[str, Any]:
        """Return the response object of an answer in the background that waits for the model."""
        return {**self._response, "status": "queued"}

    def _told(self) -> Iterator[Told]:
        if self._response["background"]:
            self._queued = True
            for kind in ("created", "queued"):
                yield f"response.{kind}", {"response": self.queued()}
        for part in content_blocks(self._events):
            if not self._begun:
                yield from self._beginning()
            match part:
                case MessageStop(reason):
                    yield from self._stop(reason)
                case Metadata(usage, latency):
                    self._response["usage"] = usage_of(usage)
                    self._seconds = (latency or 0) // 1000
                case _:
                    yield from self._output.read(part)
        yield f"response.{self._status}", {"response": self._ended()}

    def _beginning(self) -> Iterator[Told]:
        self._begun = True
        for kind in ("in_progress",) if self._queued else ("created", "in_progress"):
            yield f"response.{kind}", {"response": dict(self._response)}

    def _stop(self, reason: str) -> Iterator[Told]:
        if why := STOP_REASONS.get(reason):
            self._status = INCOMPLETE
            self._response["incomplete_details"] = {"reason": why}
        yield from self._output.end(self._status)

    def _ended(self) -> dict[str, Any]:
        response = {**self._response, "status": self._status, "output": self._output.items}
        if self._status == COMPLETED:
            response["completed_at"] = response["created_at"] + self._seconds
        return response

    def _event(self, kind: str, members: dict[str, Any]) -> Event:
        number, self._number = self._number, self._number + 1
        return Event({"type": kind, "sequence_number": number, **members}, event=kind)
