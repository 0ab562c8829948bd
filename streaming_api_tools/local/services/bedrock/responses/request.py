"""Translate a request of the Responses API to one of ConverseStream, and refuse what Bedrock refuses of it.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..validation.refusals import refused

Json = Mapping[str, Any]
#: Models with this API: GPT from 5.4, by profile only.
MODEL = re.compile(r"(us|global|us-gov)\.openai\.gpt-[5-9]")
#: A file in the request itself; Bedrock fetches none.
DATA_URL = re.compile(r"data:(image|application|text)/([a-z]+);base64,(.*)", re.DOTALL)
TOOLS = frozenset({"function", "mcp", "custom", "apply_patch", "namespace", "tool_search", "computer"})
MEMBERS = frozenset(
    {
        "client_metadata",
        "include",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt_cache_key",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)


def check_request(body: Json) -> None:
    """Check a request.

    :raises RefusedError: when Bedrock would refuse it
    """
    if body.get("background"):
        raise refused("background")
    for name in body:
        if name not in MEMBERS | {"background"}:
            raise refused("unknown parameter", name=name)
    if not MODEL.match(str(body.get("model"))):
        raise refused("model of responses", model=body.get("model"))
    for tool in body.get("tools") or []:
        if tool.get("type") not in TOOLS:
            raise refused("tool of responses", kind=str(tool.get("type")).replace("_", " "))
    if identifier := body.get("previous_response_id"):
        raise refused("previous response", id=identifier)


def converse_request(body: Json) -> dict[str, object]:
    """Return a request of Responses as one of ConverseStream."""
    system = [{"text": body["instructions"]}] if body.get("instructions") else []
    messages: list[dict[str, Any]] = []
    given = body.get("input")
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else given or []:
        role, blocks = _item(item)
        if role in ("system", "developer"):
            system += blocks
        elif messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    request: dict[str, object] = {"messages": messages, "system": system}
    names = {"max_output_tokens": "maxTokens", "temperature": "temperature", "top_p": "topP"}
    request["inferenceConfig"] = {
        ours: body[name] for name, ours in names.items() if body.get(name) is not None
    }
    if tools := [_tool(tool) for tool in body.get("tools") or [] if tool.get("type") == "function"]:
        request["toolConfig"] = {"tools": tools, **_tool_choice(body.get("tool_choice"))}
    form = (body.get("text") or {}).get("format") or {}
    if form.get("type") == "json_schema":
        structure = {"jsonSchema": {"schema": json.dumps(form["schema"])}}
        request["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": structure}}
    return request


def _item(item: Json) -> tuple[str, list[dict[str, Any]]]:
    """Return the role and the blocks of an input item."""
    match item.get("type", "message"):
        case "message":
            return str(item["role"]), list(_parts(item["content"]))
        case "function_call":
            arguments = json.loads(item.get("arguments") or "{}")
            use = {"toolUseId": item["call_id"], "name": item["name"], "input": arguments}
            return "assistant", [{"toolUse": use}]
        case "function_call_output":
            content = list(_parts(item["output"]))
            return "user", [{"toolResult": {"toolUseId": item["call_id"], "content": content}}]
        case "reasoning":
            texts = [part["text"] for part in item.get("summary") or []]
            thought = {"text": "".join(texts), "signature": item.get("encrypted_content") or ""}
            return "assistant", [{"reasoningContent": {"reasoningText": thought}}]
    # a model would read it, the stand-in does not
    return "assistant", []


def _parts(content: object) -> Iterator[dict[str, Any]]:
    if isinstance(content, str):
        yield {"text": content}
        return
    for part in content if isinstance(content, list) else []:
        found = DATA_URL.match(str(part.get("image_url") or part.get("file_data")))
        if "text" in part:
            yield {"text": part["text"]}
        elif found:
            kind, form, data = found.groups()
            file = {"format": form, "source": {"bytes": data}}
            named = {"name": part["filename"]} if part.get("filename") else {}
            yield {"image": file} if kind == "image" else {"document": {**file, **named}}


def _tool(tool: Json) -> dict[str, Any]:
    schema = tool.get("parameters") or {"type": "object"}
    return {"toolSpec": {"name": tool["name"], "inputSchema": {"json": schema}}}


def _tool_choice(choice: object) -> dict[str, object]:
    if choice == "required":
        return {"toolChoice": {"any": {}}}
    if isinstance(choice, dict) and choice.get("type") == "function":
        return {"toolChoice": {"tool": {"name": choice["name"]}}}
    return {}
