"""Bytes of a streaming response to its events, as botocore gives them.

They differ from botocore's in one thing: members and kinds of events that are newer than the SDK are kept.
"""

from __future__ import annotations

import json
from binascii import a2b_base64

from .eventstream import Decoder
from .exceptions import BedrockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

# The members that are binary, below contentBlockDelta.delta: botocore's service model.
BLOBS = (("reasoningContent", "redactedContent"), ("image", "source", "bytes"))
# Random text that hides the length of what the model wrote.
_PADDING = "p"


def events(chunks: Iterable[bytes]) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield each event as soon as its last byte is there.

    :raises BedrockError: for an exception inside the stream; its code is the name of the stream's member,
        ``throttlingException``
    :raises StreamBroken: when the bytes are not an event stream
    """
    decoder = Decoder()
    for chunk in chunks:
        for headers, payload in decoder.feed(chunk):
            if headers.get(":message-type") != "event":
                raise BedrockError({"Error": _error(headers, payload)})
            name = headers.get(":event-type", "")
            if name != "initial-response":
                yield {name: _members(payload)}


def _members(payload: bytes) -> dict[str, Any]:
    # of bytes, json.loads would first ask for the encoding, which is UTF-8
    members: dict[str, Any] = json.loads(payload.decode("utf-8", "surrogatepass"))
    members.pop(_PADDING, None)
    if "bytes" in members:  # a chunk of InvokeModelWithResponseStream
        members["bytes"] = a2b_base64(members["bytes"])
    delta = members.get("delta")
    if delta and "text" not in delta:
        for *path, last in BLOBS:
            holder = delta
            for name in path:
                holder = holder.get(name) or {}
            if last in holder:
                holder[last] = a2b_base64(holder[last])
    return members


def _error(headers: dict[str, str], payload: bytes) -> dict[str, str]:
    if headers.get(":message-type") == "error":
        return {"Code": headers.get(":error-code", ""), "Message": headers.get(":error-message", "")}
    from .error_response import error_message  # only an exception pays for it

    return {"Code": headers.get(":exception-type", ""), "Message": error_message(payload)}
