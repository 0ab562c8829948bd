"""Translate the events of ConverseStream to those of the Responses API.

Bedrock's stream was recorded as ``data:`` lines alone, without ``event:``, with ``data: [DONE]`` at its end;
the first and last events repeat ``instructions`` and ``tools`` of the request.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..message import Message
from ..operations import Event, ServiceError

Json = Mapping[str, Any]
DONE = b"data: [DONE]\n\n"
#: Why a response is incomplete; with another stop reason it is completed.
INCOMPLETE = {
    "max_tokens": "max_output_tokens",
    "model_context_window_exceeded": "max_output_tokens",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
}
FAILED = frozenset({"malformed_model_output", "malformed_tool_use"})
#: Members of a response that are those of the request, and their defaults.
ECHOED: Mapping[str, object] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


class ResponsesTranslation:
    """Translates one response.

    :param body: of the request
    """

    def __init__(self, body: Json) -> None:
        self._body = body
        self._message = Message()
        self._number = 0
        self._kinds: dict[int, str] = {}

    def add(self, event: Event) -> bytes:
        """Return the text of the stream for the next event."""
        self._message.add(event)
        return b"".join(self._data(kind, members) for kind, members in self._translate(*event)) + (
            DONE if event[0] == "metadata" else b""
        )

    def fail(self, error: ServiceError) -> bytes:
        """Return the last event of a response that failed."""
        response = self._response("failed", {"code": "server_error", "message": str(error)})
        return self._data("response.failed", {"response": response}) + DONE

    def whole(self) -> dict[str, object]:
        """Return the whole response."""
        return self._response(self._status())

    def _translate(self, name: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, object]]]:
        match name:
            case "messageStart":
                yield "response.created", {"response": self._response("in_progress")}
                yield "response.in_progress", {"response": self._response("in_progress")}
            case "contentBlockStart":
                yield from self._begin(payload["contentBlockIndex"], "function_call")
            case "contentBlockDelta":
                yield from self._delta(payload["contentBlockIndex"], payload["delta"])
            case "contentBlockStop":
                yield from self._end(payload["contentBlockIndex"])
            case "metadata":
                status = self._status()
                yield f"response.{status}", {"response": self._response(status)}

    def _begin(self, index: int, kind: str) -> Iterator[tuple[str, dict[str, object]]]:
        if index in self._kinds:
            return
        self._kinds[index] = kind
        item = _item(index, kind, self._message.blocks.get(index, {}), "", "in_progress")
        if kind == "message":
            item["content"] = []
        yield "response.output_item.added", {"output_index": index, "item": item}
        if kind == "message":
            yield "response.content_part.added", {**_place(index, kind), "part": _part("")}
        elif kind == "reasoning":
            part = {"type": "summary_text", "text": ""}
            yield "response.reasoning_summary_part.added", {**_place(index, kind), "part": part}

    def _delta(self, index: int, delta: Json) -> Iterator[tuple[str, dict[str, object]]]:
        if "toolUse" in delta:
            place = _place(index, "function_call")
            yield "response.function_call_arguments.delta", {**place, "delta": delta["toolUse"]["input"]}
        elif "text" in delta:
            yield from self._begin(index, "message")
            place = {**_place(index, "message"), "logprobs": []}
            yield "response.output_text.delta", {**place, "delta": delta["text"]}
        else:
            yield from self._begin(index, "reasoning")
            if text := delta["reasoningContent"].get("text"):
                yield "response.reasoning_summary_text.delta", {**_place(index, "reasoning"), "delta": text}

    def _end(self, index: int) -> Iterator[tuple[str, dict[str, object]]]:
        yield from self._begin(index, "message")
        kind, item = self._kinds[index], self._done_item(index)
        place = _place(index, kind)
        if kind == "message":
            text = item["content"][0]["text"]
            yield "response.output_text.done", {**place, "text": text, "logprobs": []}
            yield "response.content_part.done", {**place, "part": item["content"][0]}
        elif kind == "reasoning":
            part = item["summary"][0]
            yield "response.reasoning_summary_text.done", {**place, "text": part["text"]}
            yield "response.reasoning_summary_part.done", {**place, "part": part}
        else:
            yield "response.function_call_arguments.done", {**place, "arguments": item["arguments"]}
        yield "response.output_item.done", {"output_index": index, "item": item}

    def _done_item(self, index: int) -> dict[str, Any]:
        arguments = self._message.inputs.get(index, "") or "{}"
        return _item(index, self._kinds[index], self._message.blocks.get(index, {}), arguments, "completed")

    def _status(self) -> str:
        if self._message.stop_reason in FAILED:
            return "failed"
        return "incomplete" if self._message.stop_reason in INCOMPLETE else "completed"

    def _response(self, status: str, error: object = None) -> dict[str, object]:
        """Return the response object, as far as it has come."""
        begun = status == "in_progress"
        reason = INCOMPLETE.get(self._message.stop_reason)
        echoed = {
            name: default if self._body.get(name) is None else self._body[name]
            for name, default in ECHOED.items()
        }
        if status == "failed" and error is None:
            error = {"code": "server_error", "message": self._message.stop_reason}
        return {
            "id": "resp_standin",
            "object": "response",
            "created_at": 0,
            "completed_at": None if begun else 0,
            "status": status,
            "error": error,
            "incomplete_details": {"reason": reason} if status == "incomplete" else None,
            "model": self._body.get("model"),
            "output": [] if begun else [self._done_item(index) for index in sorted(self._kinds)],
            "usage": None if begun else self._usage(),
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            **echoed,
        }

    def _usage(self) -> dict[str, object]:
        usage = self._message.usage
        cached, written = usage.get("cacheReadInputTokens", 0), usage.get("cacheWriteInputTokens", 0)
        return {
            # OpenAI counts what a cache has as input, too
            "input_tokens": usage.get("inputTokens", 0) + cached + written,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
            "output_tokens": usage.get("outputTokens", 0),
            "output_tokens_details": {"reasoning_tokens": self._message.reasoning_tokens},
            "total_tokens": usage.get("totalTokens", 0),
        }

    def _data(self, kind: str, members: Json) -> bytes:
        event = {"type": kind, "sequence_number": self._number, **members}
        self._number += 1
        return f"data: {json.dumps(event)}\n\n".encode()


def _part(text: str) -> dict[str, object]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _place(index: int, kind: str) -> dict[str, object]:
    """Return where a part of an item is."""
    place: dict[str, object] = {"item_id": f"{kind}_{index}", "output_index": index}
    if kind != "function_call":
        place["summary_index" if kind == "reasoning" else "content_index"] = 0
    return place


def _item(index: int, kind: str, block: Json, arguments: str, status: str) -> dict[str, Any]:
    item: dict[str, Any] = {"id": f"{kind}_{index}", "type": kind}
    if kind == "function_call":
        tool = block["toolUse"]
        return {
            **item,
            "call_id": tool["toolUseId"],
            "name": tool["name"],
            "arguments": arguments,
            "status": status,
        }
    if kind == "message":
        return {**item, "role": "assistant", "status": status, "content": [_part(block.get("text", ""))]}
    reasoning = block.get("reasoningContent") or {}
    thought = reasoning.get("reasoningText") or {}
    secret = reasoning.get("redactedContent") or thought.get("signature")
    summary = [{"type": "summary_text", "text": thought.get("text", "")}] if arguments or thought else []
    return {**item, "summary": summary or [{"type": "summary_text", "text": ""}], "encrypted_content": secret}
