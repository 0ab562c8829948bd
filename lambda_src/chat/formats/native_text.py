"""Assemble the whole answers of models that write text, from the chunks of their streams.

"Inference request parameters and response fields for foundation models", Amazon Bedrock User Guide.
"""

from __future__ import annotations

import json

from ..errors import TRUNCATED, UNKNOWN, UpstreamError
from ..settings import RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    Chunk = dict[str, Any]

# Members of Bedrock's metrics -> OpenAI's usage.
_USAGE = {"inputTokenCount": "prompt_tokens", "outputTokenCount": "completion_tokens"}
# Members of a delta that are not pieces of a text.
_WHOLE = ("role", "refusal")


def whole_text(form: str, chunks: Iterable[bytes], metrics: Mapping[str, Any]) -> Chunk:
    """Return the body of InvokeModel's response.

    :param form: of the chunks, in :data:`FORMS`
    :param metrics: gets Bedrock's metrics while the chunks are read
    :raises UpstreamError: for a chunk that is not of that form
    """
    try:
        return FORMS[form](_parsed(chunks), metrics)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UpstreamError(UNKNOWN) from error


def _parsed(chunks: Iterable[bytes]) -> Iterator[Chunk]:
    for data in chunks:
        if data and data != b"[DONE]":
            members = json.loads(data)
            yield {name: value for name, value in members.items() if not name.startswith(RESERVED)}


def _llama(chunks: Iterable[Chunk], metrics: Mapping[str, Any]) -> Chunk:
    whole: Chunk = {"generation": ""}
    for chunk in chunks:
        text = whole["generation"] + (chunk.get("generation") or "")
        whole |= {name: value for name, value in chunk.items() if value is not None}
        whole["generation"] = text
    return whole


def _titan(chunks: Iterable[Chunk], metrics: Mapping[str, Any]) -> Chunk:
    seen: Chunk = {}
    text = ""
    for chunk in chunks:
        text += chunk.get("outputText") or ""
        seen |= {name: value for name, value in chunk.items() if value is not None}
    result = {
        "tokenCount": seen.get("totalOutputTextTokenCount"),
        "outputText": text,
        "completionReason": seen.get("completionReason"),
    }
    taken = metrics.get("inputTokenCount", seen.get("inputTextTokenCount"))
    return {"inputTextTokenCount": taken, "results": [result]}


def _mistral(chunks: Iterable[Chunk], metrics: Mapping[str, Any]) -> Chunk:
    kept: list[Chunk] = []
    for chunk in chunks:
        if "choices" in chunk:  # later models of the company write as OpenAI does
            kept.append(chunk)
            continue
        for number, output in enumerate(chunk.get("outputs") or []):
            if number == len(kept):
                kept.append({"text": "", "stop_reason": None})
            kept[number]["text"] += output.get("text") or ""
            kept[number]["stop_reason"] = output.get("stop_reason") or kept[number]["stop_reason"]
    if kept and "choices" in kept[0]:
        return _chat(kept, metrics)
    return {"outputs": kept}


def _cohere(chunks: Iterable[Chunk], metrics: Mapping[str, Any]) -> Chunk:
    for chunk in chunks:
        if isinstance(whole := chunk.get("response"), dict):
            return whole
    raise UpstreamError(TRUNCATED)


def _chat(chunks: Iterable[Chunk], metrics: Mapping[str, Any]) -> Chunk:
    whole: Chunk = {}
    choices: dict[int, Chunk] = {}
    usage: Chunk = {}
    for chunk in chunks:
        whole |= {name: value for name, value in chunk.items() if name not in ("choices", "usage")}
        usage = chunk.get("usage") or usage
        for part in chunk.get("choices") or []:
            empty = {"index": part["index"], "message": {}, "finish_reason": None}
            choice = choices.setdefault(part["index"], empty)
            _add(choice["message"], part.get("delta") or {})
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
    if not usage and metrics:
        usage = {theirs: metrics.get(ours, 0) for ours, theirs in _USAGE.items()}
        usage["total_tokens"] = sum(usage.values())
    done = [choices[index] for index in sorted(choices)]
    return {**whole, "object": "chat.completion", "choices": done, "usage": usage}


def _add(message: Chunk, delta: Chunk) -> None:
    """Add a delta to its message: text to text, and calls of tools by their index."""
    for name, value in delta.items():
        if name == "tool_calls":
            calls = message.setdefault(name, [])
            for call in value:
                if call.get("index", 0) == len(calls):
                    calls.append({"function": {"name": "", "arguments": ""}})
                known, function = calls[call.get("index", 0)], call.get("function") or {}
                known |= {key: each for key, each in call.items() if key not in ("index", "function")}
                for key, piece in function.items():
                    known["function"][key] = known["function"].get(key, "") + (piece or "")
        elif isinstance(value, str) and name not in _WHOLE:
            message[name] = (message.get(name) or "") + value
        elif value is not None or name not in message:
            message[name] = value


FORMS: dict[str, Callable[[Iterable[Chunk], Mapping[str, Any]], Chunk]] = {
    "chat": _chat,
    "cohere": _cohere,
    "llama": _llama,
    "mistral": _mistral,
    "titan": _titan,
}
