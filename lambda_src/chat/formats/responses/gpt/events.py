"""Read the events of the Responses API from Bedrock's stream, and make sure of their end.

https://platform.openai.com/docs/api-reference/responses-streaming. Bedrock sends no names of events, but
``[DONE]`` at the end.
"""

from __future__ import annotations

from ....converse.stream import json_event, observed, translated
from ....errors import BEDROCK, CONTEXT_LENGTH, TRUNCATED, UNKNOWN, UpstreamError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from lambda_streaming import HTTPError

DONE = b"[DONE]"
#: Types of the events at the beginning, which carry nothing yet, and at the end.
CREATED, QUEUED, IN_PROGRESS = "response.created", "response.queued", "response.in_progress"
BEGINNING = (QUEUED, CREATED, IN_PROGRESS)
ENDS = ("response.completed", "response.incomplete")
FAILED = ("response.failed", "error")
#: Random text that hides the length of what the model wrote.
PADDING = "obfuscation"
# Code of a response that failed -> row of the error table.
ERRORS = {
    "context_length_exceeded": CONTEXT_LENGTH,
    "invalid_prompt": BEDROCK["validationException"],
    "rate_limit_exceeded": BEDROCK["throttlingException"],
    "server_error": BEDROCK["internalServerException"],
}


def checked_events(
    chunks: Iterable[Any], on_error: Callable[[HTTPError], None] | None = None
) -> Iterator[dict[str, Any]]:
    """Return the events without Bedrock's padding; a stream that is not complete ends in an error.

    The first events wait for one that carries something, and the last for the end of the stream: an error
    comes before them or not at all.

    :param chunks: the stream, which is closed at the end if it can be
    :param on_error: called with the error that ends the stream. Default: - none
    :raises UpstreamError: when the stream breaks off, or an event says that the model failed
    """
    return observed(_complete(translated(chunks)), on_error)


def _complete(chunks: Iterable[Any]) -> Iterator[dict[str, Any]]:
    held: list[dict[str, Any]] = []
    last: dict[str, Any] | None = None
    for chunk in chunks:
        if chunk.get("chunk", {}).get("bytes") == DONE:
            continue
        event = json_event(chunk)
        kind = event.get("type")
        if kind in FAILED:
            raise UpstreamError(_row(event))
        if kind in BEGINNING:
            held.append(event)
        elif kind in ENDS:
            last = event
        elif isinstance(kind, str):
            yield from held
            held.clear()
            yield {name: value for name, value in event.items() if name != PADDING}
    if last is None:
        raise UpstreamError(TRUNCATED)
    yield from held
    yield last


def _row(event: dict[str, Any]) -> Any:  # noqa: ANN401 - a row of the table
    """Return the row of an error: in a response, in a member of its own, or flat."""
    response = event.get("response")
    said = (response if isinstance(response, dict) else event).get("error") or event
    return ERRORS.get(str(said.get("code") if isinstance(said, dict) else None), UNKNOWN)
