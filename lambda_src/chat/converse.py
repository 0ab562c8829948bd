"""Bedrock's ConverseStream: what it is asked, and what of its answer can be relied on.

Its events are the one model of a stream; every format of the response is a writer over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from .errors import MALFORMED, TRUNCATED, translate, upstream_error
from .request import ChatRequest

# One key per event: "Amazon Bedrock Runtime API Reference", ConverseStreamOutput.
ConverseEvent: TypeAlias = Mapping[str, Mapping[str, Any]]

# Stop reasons for which no client has a word, so that they can only be told as errors.
_UNUSABLE = {"malformed_model_output", "malformed_tool_use"}


def arguments(request: ChatRequest, model_id: str) -> dict[str, Any]:
    """Return the keyword arguments of boto3's ``converse_stream``."""
    wanted: dict[str, Any] = {
        "modelId": model_id,
        "messages": [{"role": "user", "content": [{"text": request.prompt}]}],
    }
    if request.inference_config:
        wanted["inferenceConfig"] = dict(request.inference_config)
    return wanted


def checked(events: Iterable[ConverseEvent]) -> Iterator[ConverseEvent]:
    """Pass on the events of a stream, and make sure that a stream which is not complete ends in an error.

    :raises UpstreamError: when the stream breaks off, also when it does so without an exception: a connection
        that is cut between two events looks to botocore like the end
    """
    stop_reason = None
    for event in _translated(events):
        if "messageStop" in event:
            stop_reason = event["messageStop"].get("stopReason")
            if stop_reason in _UNUSABLE:
                raise upstream_error(MALFORMED)
        yield event
    if stop_reason is None:
        raise upstream_error(TRUNCATED)


def _translated(events: Iterable[ConverseEvent]) -> Iterator[ConverseEvent]:
    try:
        yield from events
    except Exception as error:
        raise translate(error) from error
