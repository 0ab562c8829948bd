"""``POST /model/{modelId}/invoke-with-response-stream``: requests in the words of the model itself.

The answer is Bedrock's event stream, as boto3 and Anthropic's ``AnthropicBedrock`` read it, or with
``?format=sse`` the model's chunks as server-sent events, whose last has ``amazon-bedrock-invocationMetrics``.
"""

from __future__ import annotations

from lambda_streaming import Response

from ..body import refusal
from ..call import Call
from ..frames import CONTENT_TYPE, adapt, frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..call import About, Request

__all__ = ["adapt", "read"]

_FORMATS = ("eventstream", "sse")


def read(request: Request) -> Call:
    """Return the call that a request asks for.

    :raises HTTPError: 400 for a body that is no JSON object
    """
    chosen = request.query("format") or _FORMATS[0]
    if chosen not in _FORMATS:
        raise refusal(f"format must be one of {', '.join(_FORMATS)}", "invalid_format", "format")
    body = request.body()

    def respond(events: Iterator[Any], about: About) -> Response:
        if chosen == "sse":
            return Response(headers={"content-type": "text/event-stream"}, body=chunks(events))
        return Response(headers={"content-type": CONTENT_TYPE}, body=frames(events))

    return Call(request.model_in_path(), {}, respond, native=body.value)


def chunks(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield what the model said, chunk by chunk."""
    for event in events:
        if chunk := event.get("chunk", {}).get("bytes"):
            yield chunk.decode("utf-8", "replace")
