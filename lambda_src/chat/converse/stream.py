"""What of ConverseStream's answer can be relied on.

Its events are the one model of a stream; every format of the response is a writer over them.
"""

from __future__ import annotations

import json
from collections import deque

from ..errors import MALFORMED, TRUNCATED, translate, upstream_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    # One key per event: "Amazon Bedrock Runtime API Reference", ConverseStreamOutput.
    ConverseEvent: TypeAlias = Mapping[str, Mapping[str, Any]]

# What a model's last chunks have: Bedrock's own member, or the models' words for why they ended. "Inference
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
# Stop reasons for which no client has a word, so that they can only be told as errors.
_UNUSABLE = {"malformed_model_output", "malformed_tool_use"}


def checked(events: Iterable[ConverseEvent]) -> Iterator[ConverseEvent]:
    """Pass on the events of a stream, and make sure that a stream which is not complete ends in an error.

    The first event waits for the second: it says nothing, and what fails right after it can still be a
    status.

    :raises UpstreamError: when the stream breaks off, also when it does so without an exception: a connection
        that is cut between two events looks to botocore like the end
    """
    held: list[ConverseEvent] = []
    stop_reason = None
    for event in translated(events):
        if "messageStart" in event:
            held.append(event)
            continue
        if "messageStop" in event:
            stop_reason = event["messageStop"].get("stopReason")
            if stop_reason in _UNUSABLE:
                raise upstream_error(MALFORMED)
        if held:
            yield held.pop()
        yield event
    if stop_reason is None:
        raise upstream_error(TRUNCATED)


def checked_chunks(events: Iterable[Any]) -> Iterator[Any]:
    """Pass on the chunks of InvokeModelWithResponseStream.

    Bodies of every model pass here, so that the end is told by what any of them says there.

    :raises UpstreamError: when the stream breaks off
    """
    last: deque[bytes] = deque(maxlen=_LAST)
    for event in translated(events):
        last.append(event.get("chunk", {}).get("bytes", b""))
        yield event
    if not any(_says_end(chunk) for chunk in last):
        raise upstream_error(TRUNCATED)


def _says_end(chunk: bytes) -> bool:
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


def translated(events: Iterable[Any]) -> Iterator[Any]:
    """Pass on the events of any stream of Bedrock, and raise what a client is told about its failure."""
    try:
        yield from events
    except Exception as error:
        raise translate(error) from error
