"""Assemble the whole answers of Bedrock's operations from the events of their streams.

"Amazon Bedrock Runtime API Reference", Converse and InvokeModel.
"""

from __future__ import annotations

import json
from binascii import b2a_base64

from lambda_streaming import Response

from ..errors import MALFORMED, UpstreamError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..converse.stream import ConverseEvent

# Stop reasons of an answer that ends somewhere.
_CUT = ("max_tokens", "model_context_window_exceeded")


def json_response(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of JSON, in which blobs are Base64."""
    text = json.dumps(body, default=_base64, separators=(",", ":"))
    return Response(headers={"content-type": "application/json", **(headers or {})}, body=text)


def converse_output(events: Iterable[ConverseEvent]) -> dict[str, Any]:
    """Return the response of Converse.

    :raises UpstreamError: when the input of a tool is no JSON, unless the answer was cut
    """
    message = _Message()
    output: dict[str, Any] = {}
    for event in events:
        ((name, members),) = event.items()
        match name:
            case "contentBlockStart":
                message.start(members["contentBlockIndex"], members["start"])
            case "contentBlockDelta":
                message.add(members["contentBlockIndex"], members["delta"])
            case "messageStop" | "metadata":
                output |= members
    content = message.content(output.get("stopReason") in _CUT)
    return {"output": {"message": {"role": "assistant", "content": content}}, **output}


class _Message:
    """The content blocks of an answer, by their index."""

    def __init__(self) -> None:
        self._blocks: dict[int, dict[str, Any]] = {}
        self._inputs: dict[int, str] = {}
        self._citations: dict[int, list[Any]] = {}

    def start(self, index: int, start: Mapping[str, Any]) -> None:
        """Begin a block that has a head."""
        ((kind, members),) = start.items()
        self._blocks[index] = {kind: dict(members)}
        if kind == "toolUse":
            self._inputs[index] = ""
        elif kind == "toolResult":
            self._blocks[index][kind]["content"] = []

    def add(self, index: int, delta: Mapping[str, Any]) -> None:
        """Add a delta to its block."""
        ((kind, piece),) = delta.items()
        match kind:
            case "text":
                block = self._blocks.setdefault(index, {"text": ""})
                block["text"] = block.get("text", "") + piece
            case "toolUse":
                self._inputs[index] += piece["input"]
            case "reasoningContent":
                self._reason(index, piece)
            case "citation":
                self._citations.setdefault(index, []).append(piece)
            case "toolResult":
                self._blocks[index]["toolResult"]["content"] += piece
            case _:
                self._blocks.setdefault(index, {kind: {}})[kind] |= piece

    def content(self, cut: bool) -> list[dict[str, Any]]:
        """Return the blocks.

        :param cut: whether the answer ends somewhere
        """
        for index, text in self._inputs.items():
            self._blocks[index]["toolUse"]["input"] = _input(text, cut)
        for index, citations in self._citations.items():
            text = self._blocks.get(index, {}).get("text", "")
            self._blocks[index] = {"citationsContent": {"content": [{"text": text}], "citations": citations}}
        return [self._blocks[index] for index in sorted(self._blocks)]

    def _reason(self, index: int, piece: Mapping[str, Any]) -> None:
        block = self._blocks.setdefault(index, {"reasoningContent": {}})["reasoningContent"]
        if (redacted := piece.get("redactedContent")) is not None:
            block["redactedContent"] = block.get("redactedContent", b"") + redacted
            return
        thought = block.setdefault("reasoningText", {"text": ""})
        thought["text"] += piece.get("text") or ""
        if signature := piece.get("signature"):
            thought["signature"] = thought.get("signature", "") + signature


def _input(text: str, cut: bool) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        if not cut:
            raise UpstreamError(MALFORMED) from error
        return {}


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()
