"""Write the record of a request to the log, and its span where a tracer runs.

The only module of this package that knows the log, and the way to Bedrock for an estimate.
"""

from __future__ import annotations

import sys

from .record import line_of, record_of, with_metrics
from .report import call_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bedrock import StreamingClient
    from ..converse.model_call import Exchange
    from ..settings import ChatSettings

DEFAULT_NAMESPACE = "StreamingApi"


def write_record(
    exchange: Exchange,
    error: BaseException | None,
    settings: ChatSettings,
    *,
    ended: float,
    timestamp: int,
    namespace: str | None,
    by_caller: bool,
    counts_tokens: bool,
) -> None:
    """Write the one line of a request.

    :param error: that ended its response
    :param ended: when it ended, by the clock of the meter
    :param timestamp: the same in milliseconds since the epoch
    :param namespace: of the metrics. Default: DEFAULT_NAMESPACE
    :param by_caller: whether the metrics have the caller as a dimension, too
    :param counts_tokens: whether the function may call CountTokens
    """

    def input_tokens() -> tuple[int, str]:
        from .estimate import estimated_input  # only a stream that broke pays for it

        remaining = getattr(exchange.context, "get_remaining_time_in_millis", None)
        left = remaining() / 1000 if remaining else float("inf")
        return estimated_input(exchange, settings, _counting_client if counts_tokens else None, left)

    call = call_of(exchange, error, settings, ended=ended, input_tokens=input_tokens)
    record = with_metrics(record_of(call), call, namespace or DEFAULT_NAMESPACE, timestamp, by_caller)
    # one write, which nothing of another thread comes into
    sys.stdout.write(line_of(record) + "\n")
    sys.stdout.flush()
    if exchange.meter.called and "opentelemetry.trace" in sys.modules:
        from .spans import write_span

        write_span(call, timestamp)


def _counting_client() -> StreamingClient:
    """Return a client of its own, which waits for less time than that of the answers."""
    from ..bedrock import connect

    return connect(connect_timeout=1, read_timeout=2)
