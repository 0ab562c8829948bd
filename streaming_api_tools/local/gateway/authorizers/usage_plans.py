"""Throttle requests and count them against the usage plans of API keys.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ...application import Api, ApiKey, Route, Stage, Throttle, UsagePlan
from ..request.errors import GatewayError

#: Seconds of a quota's period; a month is as long as the longest.
PERIODS = {"DAY": 86400.0, "WEEK": 7 * 86400.0, "MONTH": 31 * 86400.0}


class TokenBucket:
    """Lets ``burst`` requests through at once and ``rate`` per second on average.

    >>> bucket = TokenBucket(Throttle(rate=1, burst=2))
    >>> [bucket.take(at) for at in (0.0, 0.0, 0.0, 1.0)]
    [True, True, False, True]
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = float(throttle.burst)
        self._filled_at: float | None = None

    def take(self, now: float) -> bool:
        """Take a token if there is one.

        :param now: seconds
        """
        since = 0.0 if self._filled_at is None else now - self._filled_at
        self._tokens = min(self._throttle.burst, self._tokens + since * self._throttle.rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class UsagePlans:
    """Counts the requests of stages and of API keys.

    :param clock: seconds
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, ...], TokenBucket] = {}
        self._used: dict[tuple[str, str], tuple[float, int]] = {}

    def count(self, api: Api, stage: Stage, route: Route, method: str) -> None:
        """Count a request to a route; a setting of the method itself goes before that of the stage.

        "Per-API, per-stage throttling limits are applied at the API method level": also what is set for all
        methods is for each of them.

        :param method: the method of the request, which ``ANY`` does not tell
        :raises GatewayError: when there are too many
        """
        own = f"{route.path} {method}"
        for name in (own, "*"):
            throttle = stage.throttles.get(name)
            if throttle is not None:
                self._take(throttle, api.id, stage.name, own)
                return

    def count_key(self, api: Api, stage: Stage, value: str | None, route: Route, method: str) -> ApiKey:
        """Count a request with an API key and return the key.

        :param method: the method of the request
        :raises GatewayError: when the key is not in a usage plan of the stage, or is used too much
        """
        for plan in api.usage_plans:
            for key in plan.keys:
                if value is not None and key.value == value and key.enabled and stage.name in plan.stages:
                    own = f"{stage.name} {route.path} {method}"
                    if own in plan.throttles:
                        self._take(plan.throttles[own], plan.name, key.id, own)
                    self._count_plan(plan, key)
                    return key
        raise GatewayError(
            "INVALID_API_KEY", detail="the API key is missing, or in no usage plan of the stage"
        )

    def _count_plan(self, plan: UsagePlan, key: ApiKey) -> None:
        if plan.throttle is not None:
            self._take(plan.throttle, plan.name, key.id)
        if plan.quota is None:
            return
        now, length = self._clock(), PERIODS[plan.period]
        began, used = self._used.get((plan.name, key.id), (now, 0))
        if now - began >= length:
            began, used = now, 0
        if used >= plan.quota:
            raise GatewayError("QUOTA_EXCEEDED")
        self._used[plan.name, key.id] = began, used + 1

    def _take(self, throttle: Throttle, *name: str) -> None:
        if name not in self._buckets:
            self._buckets[name] = TokenBucket(throttle)
        if not self._buckets[name].take(self._clock()):
            raise GatewayError("THROTTLED")
