"""Build the record of a request: one line of JSON, which CloudWatch reads as metrics as well.

"Specification: Embedded metric format", Amazon CloudWatch User Guide.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_streaming_store.owner import Caller

    from .counts import Usage

#: Stands for a model or a route that a request did not come to; a dimension has no empty value.
NONE = "-"
#: Metric -> its unit in CloudWatch.
METRICS = {
    "InputTokens": "Count",
    "OutputTokens": "Count",
    "CachedTokens": "Count",
    "TimeToFirstToken": "Milliseconds",
    "OutputTokensPerSecond": "Count/Second",
    "EstimatedCost": "None",
    "Errors": "Count",
}
#: Dimensions of each metric, and the one that is there on request.
API, MODEL, CALLER = "Api", "Model", "Caller"
# "Each dimension value must be less than 1024 characters": the specification of the format.
_LONGEST_DIMENSION = 1023


class Call:
    """A request that has ended, in plain values.

    :param usage: the tokens
    :param caller: whoever made it

    Moments are seconds of one clock; those that never came are None.
    """

    def __init__(self, usage: Usage, caller: Caller) -> None:
        self.usage = usage
        self.caller = caller
        self.request_id = NONE
        self.stream_key: str | None = None
        self.api = NONE
        self.route = NONE
        self.format = NONE
        self.model = NONE
        self.started = self.ended = 0.0
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.stop_reason: str | None = None
        self.guardrail_action: str | None = None
        self.error: str | None = None
        self.cost: float | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """The tokens of the answer for each second from its first piece to its last."""
        if self.first_at is None or self.last_at is None or self.last_at <= self.first_at:
            return None
        return round(self.usage.output_tokens / (self.last_at - self.first_at), 3)


def record_of(call: Call) -> dict[str, object]:
    """Return the record of a request, without what is not known of it."""
    usage = call.usage
    caller = {"kind": call.caller.kind, "id": call.caller.id, "name": call.caller.name}
    first = None if call.first_at is None else _milliseconds(call.first_at - call.started)
    record: dict[str, object | None] = {
        "event": "usage",
        "request_id": call.request_id,
        "stream_key": call.stream_key,
        "route": call.route,
        "format": call.format,
        "model": call.model,
        "caller": {name: value for name, value in caller.items() if value is not None},
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "total_tokens": usage.total_tokens,
        "time_to_first_token_ms": first,
        "tokens_per_second": call.tokens_per_second,
        "duration_ms": _milliseconds(call.ended - call.started),
        "stop_reason": call.stop_reason,
        "guardrail_action": call.guardrail_action,
        "error": call.error,
        "estimated": bool(usage.estimated),
        "estimated_by": usage.estimated or None,
        "cost_usd": call.cost,
    }
    return {name: value for name, value in record.items() if value is not None}


def with_metrics(
    record: Mapping[str, object], call: Call, namespace: str, timestamp: int, by_caller: bool
) -> dict[str, object]:
    """Return a record with its metrics, and what tells CloudWatch to read them.

    :param timestamp: milliseconds since the epoch
    :param by_caller: whether the metrics have the caller as a dimension, too
    """
    usage = call.usage
    values: dict[str, float | None] = {
        "InputTokens": usage.input_tokens,
        "OutputTokens": usage.output_tokens,
        "CachedTokens": usage.cache_read_tokens,
        "TimeToFirstToken": record.get("time_to_first_token_ms"),  # type: ignore[dict-item]
        "OutputTokensPerSecond": call.tokens_per_second,
        "EstimatedCost": call.cost,
        "Errors": int(call.error is not None),
    }
    told = {name: value for name, value in values.items() if value is not None}
    dimensions = {API: call.api, MODEL: call.model}
    if by_caller:
        dimensions[CALLER] = call.caller.name or call.caller.id or call.caller.kind
    sets = [[API, MODEL], *([[API, MODEL, CALLER]] if by_caller else [])]
    directive = {
        "Namespace": namespace,
        "Dimensions": sets,
        "Metrics": [{"Name": name, "Unit": METRICS[name]} for name in told],
    }
    allowed = {name: _dimension(value) for name, value in dimensions.items()}
    return {**record, **allowed, **told, "_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [directive]}}


def line_of(record: Mapping[str, object]) -> str:
    """Return a record as one line of ASCII."""
    return json.dumps(record, separators=(",", ":"))


def _dimension(value: str) -> str:
    """Return a value of a dimension: "Dimension", Amazon CloudWatch API Reference."""
    kept = "".join(each if " " <= each <= "~" else "?" for each in value[:_LONGEST_DIMENSION])
    return kept if kept.strip() else NONE


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
