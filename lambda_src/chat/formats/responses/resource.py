"""Say a request back as the members of a response object, which has all of them, nulls included."""

from __future__ import annotations

from lambda_streaming import StreamCancelled

from ...errors import client_error
from .tools import CUSTOM, FUNCTION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ...converse.model_call import ResponseMetadata
    from ...json_body import JsonObject

# Type of an error -> code of a response that failed. Codex takes every other code for worth a retry.
_ERROR_CODES = {"rate_limit_error": "rate_limit_exceeded", "invalid_request_error": "invalid_prompt"}
_CONTEXT_LENGTH = "context_length_exceeded"
_TEXT = {"format": {"type": "text"}}
_SCHEMA = {"name": "", "description": None, "schema": None, "strict": False}
# OpenAI's response object repeats these of a function.
_TOOL = {"description": None, "parameters": None, "strict": None}


def opening(body: JsonObject) -> dict[str, Any]:
    """Return the members that are known before the answer begins.

    :raises HTTPError: 400 for a member of the wrong type
    """
    temperature, top_p = body.number("temperature"), body.number("top_p")
    metadata, parallel = body.member("metadata"), body.value.get("parallel_tool_calls")
    return {
        "background": False,
        "completed_at": None,
        "error": None,
        "frequency_penalty": 0,
        "incomplete_details": None,
        "instructions": body.text("instructions"),
        "max_output_tokens": body.integer("max_output_tokens"),
        "max_tool_calls": None,
        "metadata": metadata.value if metadata else {},
        "output": [],
        "parallel_tool_calls": True if parallel is None else body.flag("parallel_tool_calls"),
        "presence_penalty": 0,
        "previous_response_id": None,
        "prompt_cache_key": _said(body, "prompt_cache_key"),
        "reasoning": _reasoning(body),
        "safety_identifier": _said(body, "safety_identifier"),
        "service_tier": body.text("service_tier") or "default",
        "status": "in_progress",
        "store": False,
        "temperature": 1 if temperature is None else temperature,
        "text": _text(body),
        "tool_choice": body.value.get("tool_choice") or "auto",
        "tools": [shown for tool in body.objects("tools") for shown in _tool(tool)],
        "top_logprobs": 0,
        "top_p": 1 if top_p is None else top_p,
        "truncation": "disabled",
        "usage": None,
    }


def identified(members: Mapping[str, Any], metadata: ResponseMetadata) -> dict[str, Any]:
    """Return the response object as it is when the answer begins."""
    return {
        "id": f"resp_{metadata.request_id}",
        "object": "response",
        "created_at": metadata.created,
        "model": metadata.model,
        **members,
    }


def failed(
    response: Mapping[str, Any], error: BaseException, output: list[Any]
) -> list[tuple[str, dict[str, Any]]]:
    """Return the events that end an answer that has failed, or was cancelled.

    Clients that read no status raise an error for ``error``, as Open Responses has it; Codex reads only
    ``response.failed``. There is no event for a cancelled response; the one for an incomplete one has its
    status, and nobody asks again for it.

    :param response: as it was before
    :param output: the items that are whole
    """
    said = client_error(error)
    if isinstance(said, StreamCancelled):
        return [("response.incomplete", {"response": {**response, "status": "cancelled", "output": output}})]
    code = said.code if said.code == _CONTEXT_LENGTH else _ERROR_CODES.get(said.type, "server_error")
    told = {"code": code, "message": said.message}
    ended = {**response, "status": "failed", "error": told, "output": output}
    return [
        ("error", {"error": {"type": said.type, **told, "param": None}}),
        ("response.failed", {"response": ended}),
    ]


def usage_of(usage: Mapping[str, int]) -> dict[str, Any]:
    """Return OpenAI's usage, in which what the cache has is a part of the input; Bedrock counts it apart."""
    cached, written = usage.get("cacheReadInputTokens", 0), usage.get("cacheWriteInputTokens", 0)
    taken, given = usage.get("inputTokens", 0) + cached + written, usage.get("outputTokens", 0)
    return {
        "input_tokens": taken,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "output_tokens": given,
        # Bedrock does not tell how many of them were reasoning
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": taken + given,
    }


def _said(body: JsonObject, name: str) -> str | None:
    """Return a member without effect, which is no reason to refuse, whatever it is."""
    value = body.value.get(name)
    return value if isinstance(value, str) else None


def _reasoning(body: JsonObject) -> dict[str, Any]:
    reasoning = body.member("reasoning")
    return {name: reasoning.text(name) if reasoning else None for name in ("effort", "summary")}


def _text(body: JsonObject) -> dict[str, Any]:
    text = body.member("text")
    wanted = text.member("format") if text else None
    if wanted is None:
        return _TEXT
    return {"format": {**(_SCHEMA if wanted.text("type") == "json_schema" else {}), **wanted.value}}


def _tool(tool: JsonObject) -> list[dict[str, Any]]:
    kind = tool.text("type")
    if kind == FUNCTION:
        return [{**_TOOL, **tool.value}]
    return [dict(tool.value)] if kind in (CUSTOM, "namespace") else []
