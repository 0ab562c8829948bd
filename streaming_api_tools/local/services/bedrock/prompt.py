"""Read the prompt of a request, whatever the operation was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prompt:
    """The prompt of a request.

    :param text: the last text of the last message; where it has none, the results of its tools
    :param words: how many words the messages and the system prompt have, which is what counts as tokens
    :param request: the whole request, as ConverseStream takes it
    :param answers_tools: whether the last message has nothing but the results of tools
    """

    model_id: str
    text: str
    words: int
    max_tokens: int | None
    request: Mapping[str, object] = field(default_factory=dict)
    answers_tools: bool = False

    @property
    def turn(self) -> int:
        """The number of messages."""
        messages = self.request.get("messages")
        return len(messages) if isinstance(messages, list) else 0


def read_prompt(model_id: str, request: object) -> Prompt:
    """Return the prompt of a request of ConverseStream.

    :raises ValueError: when it is not such a request
    """
    if not isinstance(request, dict):
        raise ValueError("the body must be an object")
    messages = request.get("messages") or []
    if not isinstance(messages, list):
        raise ValueError("messages must be a list")
    contents = [message.get("content") if isinstance(message, dict) else None for message in messages]
    texts = [text for content in contents for text in _texts(content)]
    last = contents[-1] if contents else None
    results = [] if _texts(last) else list(_results(last))
    config = request.get("inferenceConfig")
    limit = config.get("maxTokens") if isinstance(config, dict) else None
    words = [*_texts(request.get("system")), *texts, *(text for it in contents for text in _results(it))]
    return Prompt(
        model_id,
        "\n".join(results) or (texts[-1] if texts else ""),
        sum(len(text.split()) for text in words),
        limit if isinstance(limit, int) else None,
        request,
        bool(results),
    )


def _texts(blocks: object) -> list[str]:
    return [text for block in _blocks(blocks) if isinstance(text := block.get("text"), str)]


def _results(blocks: object) -> Iterator[str]:
    """Yield the texts of the results of tools; JSON is one as well."""
    for block in _blocks(blocks):
        result = block.get("toolResult")
        for part in _blocks(result.get("content") if isinstance(result, dict) else None):
            if "json" in part:
                yield json.dumps(part["json"])
            elif isinstance(part.get("text"), str):
                yield str(part["text"])


def _blocks(blocks: object) -> list[dict[str, object]]:
    given = blocks if isinstance(blocks, list) else []
    return [block for block in given if isinstance(block, dict)]
