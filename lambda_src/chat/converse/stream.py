"""Check that a stream of Bedrock is complete.

Its events are the one model of a stream; every format of the response is a writer over them.
"""

from __future__ import annotations

import json
from collections import deque

import lambda_streaming  # whose errors load when they are caught

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from lambda_streaming import HTTPError

    from ..errors import UpstreamError

    # One key per event: "Amazon Bedrock Runtime API Reference", ConverseStreamOutput.
    ConverseEvent: TypeAlias = Mapping[str, Mapping[str, Any]]

# Members of a model's last chunks: Bedrock's own, or the model's stop reason. "Inference
# request parameters and response fields for foundation models", Amazon Bedrock User Guide.
_ENDS = (
    "amazon-bedrock-invocationMetrics",
    "stop_reason",  # Anthropic, Meta, Mistral
    "stopReason",  # Amazon Nova
    "completionReason",  # Amazon Titan
    "finish_reason",  # Cohere, AI21, and all that write as OpenAI does
)
# Usage, and OpenAI's [DONE], come after the chunk that says why.
_LAST = 4
# Stop reasons for which no client has a word, so they end as errors.
_UNUSABLE = {"malformed_model_output", "malformed_tool_use"}


def checked(
    events: Iterable[ConverseEvent], on_error: Callable[[HTTPError], None] | None = None
) -> Iterator[ConverseEvent]:
    """Return the events of a stream; one that is not complete ends in an error.

    The first event waits for the second: it carries nothing, and what fails right after it can still be a
    status.

    :param events: the stream, which is closed at the end if it can be
    :param on_error: called with the error that ends the stream. Default: - none
    :raises UpstreamError: when the stream breaks off, also when it does so without an exception: a
        connection that is cut between two events looks to botocore like the end
    """
    return observed(_complete(translated(events)), on_error)


def checked_chunks(
    events: Iterable[Any], on_error: Callable[[HTTPError], None] | None = None
) -> Iterator[Any]:
    """Return the chunks of InvokeModelWithResponseStream, as :func:`checked` does.

    Bodies of every model pass here, so the end is recognized by what any of them has there.
    """
    return observed(_complete_chunks(translated(events)), on_error)


def translated(events: Iterable[Any]) -> Iterator[Any]:
    """Yield the events of any stream of Bedrock, and raise its failures as errors for the client."""
    try:
        yield from events
    except lambda_streaming.HTTPError:
        raise
    except Exception as error:
        from ..errors import translate  # only a failure pays for it

        raise translate(error) from error
    finally:
        if close := getattr(events, "close", None):
            close()


def json_event(chunk: Any) -> dict[str, Any]:  # noqa: ANN401 - an event of a stream
    """Return the JSON of a chunk; an empty object for a chunk without bytes.

    :raises UpstreamError: for what is no JSON
    """
    data = chunk.get("chunk", {}).get("bytes") if isinstance(chunk, dict) else None
    if not data:
        return {}
    try:
        event = json.loads(data)
    except (ValueError, RecursionError) as error:
        from ..errors import UNKNOWN, UpstreamError  # only a failure pays for it

        raise UpstreamError(UNKNOWN) from error
    return event if isinstance(event, dict) else {}


def observed(events: Iterator[Any], on_error: Callable[[HTTPError], None] | None) -> Iterator[Any]:
    """Yield events, and tell of the error that ends them."""
    try:
        yield from events
    except lambda_streaming.HTTPError as error:
        if on_error:
            on_error(error)
        raise


def _complete(events: Iterable[ConverseEvent]) -> Iterator[ConverseEvent]:
    held: list[ConverseEvent] = []
    stop_reason = None
    in_tool = False
    for event in events:
        if "contentBlockDelta" in event and not held:  # nearly every event
            yield event
            continue
        if "messageStart" in event:
            held.append(event)
            continue
        if "messageStop" in event:
            stop_reason = event["messageStop"].get("stopReason")
            if stop_reason in _UNUSABLE:
                raise _malformed()
        if held:
            yield held.pop()
        yield event
        if "contentBlockStart" in event:
            in_tool = "toolUse" in event["contentBlockStart"].get("start", ())
        elif in_tool and "contentBlockStop" in event:
            in_tool = False
            lambda_streaming.keep_now()  # the client has the call, and runs the tool
    if stop_reason is None:
        raise _truncated()


def _complete_chunks(events: Iterable[Any]) -> Iterator[Any]:
    last: deque[bytes] = deque(maxlen=_LAST)
    for event in events:
        last.append(event.get("chunk", {}).get("bytes", b""))
        yield event
    if not any(_is_end(chunk) for chunk in last):
        raise _truncated()


def _is_end(chunk: bytes) -> bool:
    try:
        waiting = [json.loads(chunk)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if any(value.get(name) is not None for name in _ENDS):
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _malformed() -> UpstreamError:
    """Return the error for output of the model that no client can use."""
    from ..errors import MALFORMED, UpstreamError  # only a failure pays for it

    return UpstreamError(MALFORMED)


def _truncated() -> UpstreamError:
    """Return the error for a stream that ends too early."""
    from ..errors import TRUNCATED, UpstreamError

    return UpstreamError(TRUNCATED)
