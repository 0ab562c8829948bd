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
# json.loads would look for white space as well.
_decode = json.JSONDecoder().raw_decode
# Random text that hides the length of what the model wrote.
_PADDING = "p"


def events(chunks: Iterable[bytes]) -> Iterator[dict[str, dict[str, Any]]]:
    """Yield each event as soon as its last byte is there.

    :raises BedrockError: for an exception inside the stream; its code is the name of the stream's member,
        ``throttlingException``
    :raises StreamBroken: when the bytes are not an event stream
    """
    decoder = Decoder()
    known: object = None
    name = ""
    for chunk in chunks:
        for headers, payload in decoder.feed(chunk):
            if headers is not known:  # nearly every event has those of the last
                if headers.get(":message-type") != "event":
                    raise BedrockError({"Error": _error(headers, payload)})
                known, name = headers, headers.get(":event-type", "")
            if name != "initial-response":
                yield {name: _members(payload)}


def _members(payload: bytes) -> dict[str, Any]:
    text = payload.decode("utf-8", "surrogatepass")
    members: dict[str, Any]
    try:
        members, end = _decode(text)
    except ValueError:
        end = -1
    if end != len(text):  # there is white space around it, or it is an error
        members = json.loads(text)
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
