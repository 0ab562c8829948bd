"""Check what Anthropic's models refuse: sampling, prefill, and the rules of extended thinking.

https://docs.claude.com/en/docs/build-with-claude/extended-thinking
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .conversation import blocks_of, messages_of
from .models import ClaudeModel, claude_model, is_claude
from .refusals import refused

Json = Mapping[str, Any]
MIN_BUDGET = 1024
#: How Anthropic calls the blocks of Converse.
BLOCKS = {"toolUse": "tool_use", "toolResult": "tool_result", "text": "text", "image": "image"}
#: A block that belongs to the one before it.
MARKERS = frozenset({"cachePoint"})


def check_claude(model_id: str, request: Json) -> None:
    """Check what one of Anthropic's models refuses; other models are not looked at.

    :param request: valid by the service model
    :raises RefusedError: when the model would refuse it
    """
    if not is_claude(model_id):
        return
    config = request.get("inferenceConfig") or {}
    for sequence in config.get("stopSequences") or []:
        if not sequence.strip():
            raise refused("stop sequence")
    model = claude_model(model_id)
    if model is None:
        return
    fields = request.get("additionalModelRequestFields") or {}
    _check_sampling(model, config, fields)
    if model.thinks:
        _check_signatures(request)
        _check_thinking(request, config, fields.get("thinking"))
    if model.takes_prefill:
        _check_prefilled(request)
    else:
        _check_prefill(request)


def _check_sampling(model: ClaudeModel, config: Json, fields: Json) -> None:
    given = {
        "temperature": config.get("temperature"),
        "top_p": config.get("topP"),
        "top_k": fields.get("top_k"),
    }
    if not model.takes_sampling:
        for member, value in given.items():
            # the default may be said
            if value is not None and (member == "top_k" or value != 1):
                raise refused("sampling", member=member)
    elif not model.takes_both_samplings and None not in (given["temperature"], given["top_p"]):
        raise refused("temperature and top_p")


def _check_thinking(request: Json, config: Json, thinking: object) -> None:
    if not isinstance(thinking, dict) or thinking.get("type") != "enabled":
        return
    budget, limit = thinking.get("budget_tokens"), config.get("maxTokens")
    if isinstance(budget, int):
        if budget < MIN_BUDGET:
            raise refused("thinking minimum")
        if limit is not None and limit <= budget:
            raise refused("thinking budget")
    if config.get("temperature") not in (None, 1):
        raise refused("thinking temperature")
    if ((request.get("toolConfig") or {}).get("toolChoice") or {}).keys() & {"any", "tool"}:
        raise refused("thinking forced tool")
    _check_thinking_order(request)


def _check_signatures(request: Json) -> None:
    """Check that no thoughts come back without the signature that shows whose they are."""
    for index, message in enumerate(messages_of(request)):
        for place, block in enumerate(blocks_of(message)):
            thought = (block.get("reasoningContent") or {}).get("reasoningText")
            if message.get("role") == "assistant" and thought and thought.get("signature") is None:
                raise refused("thinking signature", message=index, block=place)


def _check_thinking_order(request: Json) -> None:
    """Check that the turn whose tools have just answered begins with its thinking."""
    messages = messages_of(request)
    if not any(block.get("toolResult") for block in blocks_of(messages[-1])):
        return
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.get("role") == "assistant":
            kinds = [kind for block in blocks_of(message) for kind in block if kind not in MARKERS]
            if kinds and kinds[0] != "reasoningContent":
                raise refused("thinking order", message=index, found=BLOCKS.get(kinds[0], kinds[0]))
            return


def _check_prefilled(request: Json) -> None:
    """Check the end of what the model goes on from."""
    last = messages_of(request)[-1:]
    blocks = [block for message in last for block in blocks_of(message)]
    if last and last[0].get("role") == "assistant" and blocks:
        text = blocks[-1].get("text", "")
        if text != text.rstrip():
            raise refused("prefill whitespace")


def _check_prefill(request: Json) -> None:
    """Check that the model has something to answer; it takes a message of thoughts alone for a prefill."""
    messages = messages_of(request)
    if messages and messages[-1].get("role") == "assistant":
        raise refused("prefill")
    for message in messages:
        kinds = {kind for block in blocks_of(message) for kind in block} - MARKERS
        if message.get("role") == "assistant" and kinds == {"reasoningContent"}:
            raise refused("prefill")
