"""Write Anthropic's events as they are, or as the one message that they make."""

from __future__ import annotations

import json

from lambda_streaming import Event

from ...errors import MALFORMED, UpstreamError
from .events import START

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

# Members of a delta that its block has under another name.
_BLOCK_NAMES = {"partial_json": "input", "citation": "citations"}
# Stop reasons of an answer that ends somewhere.
_CUT = ("max_tokens", "model_context_window_exceeded")


def message_events(
    events: Iterable[dict[str, Any]], model: str | None, tool_names: Mapping[str, str]
) -> Iterator[Event]:
    """Yield the events of a stream.

    :param model: what the model is called here
    :param tool_names: the caller's names of the tools that have other names in the request
    """
    for event in events:
        yield Event(_named(event, model, tool_names), event=event["type"])


def message(
    events: Iterable[dict[str, Any]], model: str | None, tool_names: Mapping[str, str]
) -> dict[str, Any]:
    """Return the whole answer as one message.

    :param model: what the model is called here. Default: - as Bedrock calls it
    :raises UpstreamError: when the input of a tool is no JSON, unless the answer was cut
    """
    whole: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for event in events:
        event = _named(event, model, tool_names)
        match event["type"]:
            case "message_start":
                whole = dict(event["message"])
            case "content_block_start":
                blocks[event["index"]] = dict(event["content_block"])
            case "content_block_delta":
                _add(event["index"], event["delta"], blocks, inputs)
            case "message_delta":
                usage = {**(whole.get("usage") or {}), **_given(event.get("usage") or {})}
                others = {name: value for name, value in event.items() if name not in _OF_THE_EVENT}
                whole |= {**others, **event["delta"], "usage": usage}
    for index, text in inputs.items():
        blocks[index]["input"] = _input(text, whole.get("stop_reason"))
    return {**whole, "content": [blocks[index] for index in sorted(blocks)]}


_OF_THE_EVENT = ("type", "delta", "usage")


def _named(event: dict[str, Any], model: str | None, tool_names: Mapping[str, str]) -> dict[str, Any]:
    """Return an event with the names that the caller knows."""
    if event["type"] == START and model:
        return {**event, "message": {**event["message"], "model": model}}
    block = event.get("content_block")
    if tool_names and block and block.get("name") in tool_names:
        return {**event, "content_block": {**block, "name": tool_names[block["name"]]}}
    return event


def _add(
    index: int, delta: Mapping[str, Any], blocks: dict[int, dict[str, Any]], inputs: dict[int, str]
) -> None:
    """Add a delta to its block: text to text, a citation to the list of them."""
    block = blocks[index]
    for name, value in delta.items():
        member = _BLOCK_NAMES.get(name, name)
        if name == "type" or value is None:
            continue
        if name == "partial_json":
            inputs[index] = inputs.get(index, "") + value
        elif name == "citation":
            block[member] = [*(block.get(member) or []), value]
        elif isinstance(value, str):
            block[member] = (block.get(member) or "") + value
        else:
            block[member] = value


def _input(text: str, stop_reason: str | None) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        if stop_reason not in _CUT:
            raise UpstreamError(MALFORMED) from error
        return {}


def _given(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in usage.items() if value is not None}
