"""Read what a call used from the events that tell it, in the words of every API of Bedrock.

``input_tokens`` are Bedrock's: without those that were read from a cache or written into one. OpenAI counts
them in, and they are taken out here. Output has the tokens of reasoning in it, everywhere.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from ..converse.meter import Meter

INPUT, OUTPUT = "input_tokens", "output_tokens"
READ, WRITTEN = "cache_read_tokens", "cache_write_tokens"
#: The part of WRITTEN that is kept for an hour, which costs more.
HOUR = "cache_write_1h_tokens"
REASONING = "reasoning_tokens"
#: How a count that Bedrock did not tell was estimated: by the pieces that it sent, by CountTokens, or by the
#: size of the request.
DELTAS, COUNT_TOKENS, SIZE = "deltas", "count_tokens", "size"

_METRICS = "amazon-bedrock-invocationMetrics"
# Names in the words of an API -> here; a path has dots.
# "Amazon Bedrock Runtime API Reference", TokenUsage.
_CONVERSE = {
    "inputTokens": INPUT,
    "outputTokens": OUTPUT,
    "cacheReadInputTokens": READ,
    "cacheWriteInputTokens": WRITTEN,
}
# The last chunk of InvokeModelWithResponseStream, as langchain-aws and LiteLLM read it.
_INVOKE = {
    "inputTokenCount": INPUT,
    "outputTokenCount": OUTPUT,
    "cacheReadInputTokenCount": READ,
    "cacheWriteInputTokenCount": WRITTEN,
}
# https://platform.claude.com/docs/en/api/messages
_ANTHROPIC = {
    "input_tokens": INPUT,
    "output_tokens": OUTPUT,
    "cache_read_input_tokens": READ,
    "cache_creation_input_tokens": WRITTEN,
    "cache_creation.ephemeral_1h_input_tokens": HOUR,
    "output_tokens_details.thinking_tokens": REASONING,
}
# https://platform.openai.com/docs/api-reference/responses/object
_RESPONSES = {
    "input_tokens": INPUT,
    "output_tokens": OUTPUT,
    "input_tokens_details.cached_tokens": READ,
    "input_tokens_details.cache_write_tokens": WRITTEN,
    "output_tokens_details.reasoning_tokens": REASONING,
}
# https://platform.openai.com/docs/api-reference/chat/object
_CHAT = {
    "prompt_tokens": INPUT,
    "completion_tokens": OUTPUT,
    "prompt_tokens_details.cached_tokens": READ,
    "prompt_tokens_details.cache_write_tokens": WRITTEN,
    "completion_tokens_details.reasoning_tokens": REASONING,
}


class Usage:
    """The tokens of a call.

    :param counts: name of a count -> number of tokens; those that are missing are zero
    :param estimated: name of a count -> how it was estimated. Default: - Bedrock told all of them

    Those of the request are without those of a cache, those of the answer have those of reasoning in them.
    ``reasoning_tokens`` are None where nobody tells them.
    """

    __slots__ = (
        *("cache_read_tokens", "cache_write_1h_tokens", "cache_write_tokens", "estimated"),
        *("input_tokens", "output_tokens", "reasoning_tokens"),
    )

    def __init__(self, counts: Mapping[str, int], estimated: Mapping[str, str] | None = None) -> None:
        self.input_tokens = counts.get(INPUT, 0)
        self.output_tokens = counts.get(OUTPUT, 0)
        self.cache_read_tokens = counts.get(READ, 0)
        self.cache_write_tokens = counts.get(WRITTEN, 0)
        self.cache_write_1h_tokens = counts.get(HOUR, 0)
        self.reasoning_tokens = counts.get(REASONING)
        self.estimated = dict(estimated or {})

    @property
    def total_tokens(self) -> int:
        """The sum of input, output, cache reads and cache writes."""
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens


def usage_of(meter: Meter, input_tokens: Callable[[], tuple[int, str]] | None = None) -> Usage:
    """Return what a call used.

    Where the stream broke before Bedrock told it, the output is the number of its pieces, of which each is a
    token or a few.

    :param input_tokens: returns an estimate of the input, and how it was made; called only where nothing is
        known. Default: - the input is zero then
    """
    counts: dict[str, int] = {}
    final = False
    for event in meter.kept:
        for told, ends in _told(event):
            counts |= told
            final = final or ends
    estimated: dict[str, str] = {}
    if final or not meter.asked:
        return Usage(counts)
    if INPUT not in counts and input_tokens:
        counts[INPUT], estimated[INPUT] = input_tokens()
    counts[OUTPUT] = max(meter.deltas, counts.get(OUTPUT, 0) if meter.deltas else 0)
    estimated[OUTPUT] = DELTAS
    return Usage(counts, estimated)


def members_of(event: Any) -> dict[str, Any]:  # noqa: ANN401 - an event of any stream of Bedrock
    """Return an event as JSON: itself, or what its chunk has."""
    chunk = event.get("chunk")
    if chunk is None:
        return event if isinstance(event, dict) else {}
    try:
        members = json.loads(chunk.get("bytes") or b"{}")
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _told(event: Any) -> Iterator[tuple[dict[str, int], bool]]:  # noqa: ANN401
    """Yield the counts that an event has, and whether they are the last."""
    members = members_of(event)
    if usage := _object(members, "metadata", "usage"):
        yield _named(usage, _CONVERSE) | _hour_of(usage), True
    if usage := _object(members, "message", "usage"):
        yield _named(usage, _ANTHROPIC), False
    if usage := _object(members, "response", "usage"):
        yield _without_cached(_named(usage, _RESPONSES)), True
    if usage := _object(members, "usage"):
        if members.get("type") == "message_delta":
            yield _all_iterations(usage), True
        elif "prompt_tokens" in usage:
            yield _without_cached(_named(usage, _CHAT)), True
    # Bedrock's own counts, whatever the model says
    if metrics := _object(members, _METRICS):
        yield _named(metrics, _INVOKE), True


def _object(members: Mapping[str, Any], *path: str) -> dict[str, Any]:
    value: object = members
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _named(usage: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path, name in names.items():
        *within, last = path.split(".")
        value = _object(usage, *within).get(last)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            counts[name] = value
    return counts


def _without_cached(counts: dict[str, int]) -> dict[str, int]:
    """Return OpenAI's counts, whose input has what the caches have, as Bedrock counts."""
    if INPUT in counts:
        cached = counts.get(READ, 0) + counts.get(WRITTEN, 0)
        counts[INPUT] = max(0, counts[INPUT] - cached)
    return counts


def _hour_of(usage: Mapping[str, Any]) -> dict[str, int]:
    details = usage.get("cacheDetails")
    hours = [
        each.get("inputTokens")
        for each in (details if isinstance(details, list) else ())
        if isinstance(each, dict) and each.get("ttl") == "1h"
    ]
    return {HOUR: sum(count for count in hours if isinstance(count, int))} if hours else {}


def _all_iterations(usage: Mapping[str, Any]) -> dict[str, int]:
    """Return Anthropic's counts; a compaction is billed as an iteration of its own, beside the answer's."""
    counts = _named(usage, _ANTHROPIC)
    iterations = usage.get("iterations")
    if not isinstance(iterations, list) or len(iterations) < 2:
        return counts
    told = [_named(each, _ANTHROPIC) for each in iterations if isinstance(each, dict)]
    for name in (INPUT, OUTPUT, READ, WRITTEN, HOUR):
        if any(name in each for each in told):
            counts[name] = sum(each.get(name, 0) for each in told)
    return counts
