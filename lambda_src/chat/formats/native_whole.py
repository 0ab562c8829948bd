"""Assemble the whole answers of InvokeModel from the chunks of the families that say all of it in them."""

from __future__ import annotations

import json

from ..json_body import bad_request
from ..limits.families import ANTHROPIC, NOVA, begins
from ..settings import RESERVED
from .whole import converse_output, json_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from lambda_streaming import Response

    from ..json_body import JsonObject
    from ..limits.families import Family

_METRICS = f"{RESERVED}invocationMetrics"
#: What a model's id begins with -> the form of its chunks, where these say all of an answer: the parsers of
#: langchain-aws and LiteLLM. They disagree about DeepSeek-R1.
ASSEMBLED = {
    "ai21.jamba": "chat",
    "amazon.titan-t": "titan",
    "cohere.command-r": "cohere",
    "deepseek.v3": "chat",
    "meta.": "llama",
    "mistral.": "mistral",
    "moonshot": "chat",
    "openai.": "chat",
    "qwen.": "chat",
    "writer.": "chat",
}
# Member of Bedrock's metrics -> header of InvokeModel's response, which langchain-aws reads.
HEADERS = {
    "inputTokenCount": "x-amzn-bedrock-input-token-count",
    "outputTokenCount": "x-amzn-bedrock-output-token-count",
    "invocationLatency": "x-amzn-bedrock-invocation-latency",
    "cacheReadInputTokenCount": "x-amzn-bedrock-cache-read-input-token-count",
    "cacheWriteInputTokenCount": "x-amzn-bedrock-cache-write-input-token-count",
}


def whole_answer(
    model_id: str, family: Family | None, body: JsonObject
) -> Callable[[Iterable[Any]], Response]:
    """Return what assembles the answer of a model.

    :param model_id: of the model
    :param family: of the model; None where its id does not tell it
    :param body: of the request, by which a model of Anthropic's is known as well
    :raises HTTPError: 400 for a family whose chunks do not say all of the answer
    """
    if family is ANTHROPIC or (family is None and body.has("anthropic_version")):
        return _claude
    if family is NOVA:
        return _nova
    if begins(model_id, tuple(ASSEMBLED)):
        from .native_text import whole_text  # few models

        assemble = next(ASSEMBLED[name] for name in ASSEMBLED if begins(model_id, (name,)))
        return lambda chunks: _text(whole_text, assemble, chunks)
    message = (
        "whole answers of this model are not assembled here; use invoke-with-response-stream, or converse"
    )
    raise bad_request(message, "unsupported_value")


def _text(
    whole_text: Callable[[str, Iterable[bytes], dict[str, Any]], dict[str, Any]],
    form: str,
    chunks: Iterable[Any],
) -> Response:
    metrics: dict[str, Any] = {}
    body = whole_text(form, (_noted(chunk, metrics) for chunk in chunks), metrics)
    return json_response(body, _headers(metrics))


def _claude(chunks: Iterable[Any]) -> Response:
    from .claude.events import checked_events
    from .claude.response import message

    metrics: dict[str, Any] = {}
    read = (_noted(chunk, metrics) for chunk in chunks)
    whole = message(checked_events({"chunk": {"bytes": each}} for each in read), None, {})
    return json_response(whole, _headers(metrics))


def _nova(chunks: Iterable[Any]) -> Response:
    metrics: dict[str, Any] = {}
    output = converse_output(_events(chunks, metrics))
    # which the body of InvokeModel does not have
    output.pop("metrics", None)
    return json_response(output, _headers(metrics))


def _events(chunks: Iterable[Any], metrics: dict[str, Any]) -> Iterator[Any]:
    for chunk in chunks:
        members = json.loads(_noted(chunk, metrics) or b"{}")
        for name, value in members.items():
            if not name.startswith(RESERVED):
                yield {name: value}


def _noted(chunk: Any, metrics: dict[str, Any]) -> bytes:  # noqa: ANN401 - an event of a stream
    """Return the bytes of a chunk, whose metrics are noted."""
    data: bytes = chunk.get("chunk", {}).get("bytes", b"")
    if _METRICS.encode() in data:
        metrics.update(json.loads(data).get(_METRICS, {}))
    return data


def _headers(metrics: dict[str, Any]) -> dict[str, str]:
    return {header: str(metrics[name]) for name, header in HEADERS.items() if name in metrics}
