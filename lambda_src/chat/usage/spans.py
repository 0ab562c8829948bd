"""Tell a tracer of OpenTelemetry of a call of a model, where one runs in the function.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. Nothing of OpenTelemetry is imported here:
the tracer is that of the function, or there is none.
"""

from __future__ import annotations

import sys

from .record import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .record import Call

_API = "opentelemetry.trace"
_NAME = "cdk-streaming-api"
_OPERATION, _PROVIDER = "chat", "aws.bedrock"


def write_span(call: Call, timestamp: int) -> None:
    """Write the span of a call that has ended, below the span that the function is in.

    :param timestamp: of its end, in milliseconds since the epoch
    """
    trace: Any = sys.modules.get(_API)
    if trace is None:
        return
    end = timestamp * 1_000_000
    span = trace.get_tracer(_NAME).start_span(
        f"{_OPERATION} {call.model}",
        kind=trace.SpanKind.CLIENT,
        start_time=end - int((call.ended - call.started) * 1_000_000_000),
        attributes=attributes_of(call),
    )
    if call.error:
        span.set_status(trace.StatusCode.ERROR)
    span.end(end_time=end)


def attributes_of(call: Call) -> dict[str, Any]:
    """Return the attributes of a call by OpenTelemetry's conventions; what was said is none of them."""
    usage = call.usage
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": _OPERATION,
        "gen_ai.provider.name": _PROVIDER,
        "gen_ai.request.model": call.model,
        "gen_ai.response.finish_reasons": [call.stop_reason] if call.stop_reason else None,
        # which have the tokens of caches in them there
        "gen_ai.usage.input_tokens": usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
        "error.type": call.error,
        "http.route": None if call.route == NONE else call.route,
    }
    return {name: value for name, value in attributes.items() if value is not None}
