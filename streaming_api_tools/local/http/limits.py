"""Hold requests and responses to the limits of API Gateway and Lambda, each with the page that it is from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html: a stream without
#: data is cut after 5 minutes, behind an edge-optimized endpoint after 30 seconds.
IDLE_SECONDS = {"REGIONAL": 300.0, "PRIVATE": 300.0, "EDGE": 30.0}


#: For how long a client may keep a connection without a request. API Gateway does not say for how long; 60
#: seconds is what nginx gives a head, and a client between two parts of a body:
#: https://nginx.org/en/docs/http/ngx_http_core_module.html#client_header_timeout
REQUEST_SECONDS = 60.0


#: Lambda's default is 1,000, and 10 for a new account; a workstation has no memory for as many processes.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CONCURRENCY = 100
#: Lambda ends an environment that is not used "every few hours"; memory is dearer here.
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
IDLE_ENVIRONMENT_SECONDS = 60.0


@dataclass(frozen=True)
class Rate:
    """The speed that a response may have.

    :param free: bytes that pass at any speed
    :param per_second: bytes per second from then on
    :param refills: whether a slower response gets free bytes back
    """

    free: int
    per_second: int
    refills: bool = False


#: "The first 10 MB of response payload is not subject to any bandwidth restrictions. Response payload data
#: exceeding 10 MB is restricted to 2 MB/s." (the page above)
GATEWAY_RATE = Rate(10_000_000, 2_000_000)
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html: the first 6 MB, then
#: 2 MB/s; a token bucket in MiB in the Runtime API of aws/aws-lambda-runtime-interface-emulator.
FUNCTION_RATE = Rate(6 * 1024 * 1024, 2 * 1024 * 1024, refills=True)


class Bandwidth:
    """Computes how long the next bytes of one response have to wait.

    :param clock: seconds

    >>> bandwidth = Bandwidth(Rate(free=10, per_second=2), clock=lambda: 0.0)
    >>> [bandwidth.delay(size) for size in (10, 2, 2)]
    [0.0, 1.0, 2.0]
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._left = float(rate.free)
        self._at = clock()

    def passes(self, size: int) -> bool:
        """Count a chunk if it need not wait, and tell whether it need not."""
        if self._rate.refills or self._left < 0:
            self._refill()
        if size > self._left:
            return False
        self._left -= size
        return True

    def delay(self, size: int) -> float:
        """Count a chunk and return the seconds before it may be passed on."""
        if self.passes(size):
            return 0.0
        self._refill()
        self._left -= size
        return -self._left / self._rate.per_second

    def _refill(self) -> None:
        now = self._clock()
        most = self._rate.free if self._rate.refills else max(self._left, 0.0)
        self._left = min(most, self._left + (now - self._at) * self._rate.per_second)
        self._at = now


@dataclass(frozen=True)
class Limits:
    """The limits that requests and responses are held to.

    :param request_bytes: size of a request body
    :param idle_seconds: how long a stream may pause, by endpoint type
    :param throttled: whether the throttling settings of stages count
    :param timed: whether the idle timeout and the timeouts of integrations count
    :param gateway_rate: bandwidth of a streamed response to the client. Default: API Gateway's
    :param function_rate: bandwidth of a function that streams. Default: Lambda's
    :param time_scale: how many times faster these clocks go than the wall's
    :param concurrency: invocations of functions that may run at the same time, as of an account
    :param idle_environment_seconds: how long an execution environment waits for another invocation; always by
        the wall's clock
    :param request_seconds: how long a connection may wait for the head of a request, and a request for the
        next part of its body; always by the wall's clock
    """

    #: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    request_bytes: int = 10 * 1024 * 1024
    idle_seconds: Mapping[str, float] = field(default_factory=lambda: IDLE_SECONDS)
    throttled: bool = True
    timed: bool = True
    gateway_rate: Rate | None = GATEWAY_RATE
    function_rate: Rate | None = FUNCTION_RATE
    time_scale: float = 1.0
    request_seconds: float = REQUEST_SECONDS
    concurrency: int = CONCURRENCY
    idle_environment_seconds: float = IDLE_ENVIRONMENT_SECONDS

    def idle(self, endpoint_type: str) -> float | None:
        """Return the seconds of silence after which a stream is cut, None for never."""
        return self.timeout(self.idle_seconds[endpoint_type])

    def timeout(self, seconds: float) -> float | None:
        """Return the seconds of the wall's clock that a time limit stands for, None for no limit."""
        return seconds / self.time_scale if self.timed else None

    def bandwidth(self, rate: Rate | None) -> Bandwidth | None:
        """Return the bandwidth of one response."""
        if rate is None:
            return None
        if self.time_scale == 1:
            return Bandwidth(rate)
        return Bandwidth(rate, lambda: time.monotonic() * self.time_scale)

    def delay(self, bandwidth: Bandwidth | None, size: int) -> float:
        """Return the seconds of the wall's clock before a chunk may be passed on."""
        return 0.0 if bandwidth is None else bandwidth.delay(size) / self.time_scale


#: Nothing slows down or is cut; requests still have their largest size.
NO_LIMITS = Limits(throttled=False, timed=False, gateway_rate=None, function_rate=None)
