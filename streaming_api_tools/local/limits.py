"""API Gateway's limits, with the page that each is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html: a stream without
#: data is cut after 5 minutes, behind an edge-optimized endpoint after 30 seconds.
IDLE_SECONDS = {"REGIONAL": 300.0, "PRIVATE": 300.0, "EDGE": 30.0}


@dataclass(frozen=True)
class Limits:
    """What requests and responses must keep to.

    :param request_bytes: size of a request body
    :param throttled: whether the throttling settings of stages count
    :param idle_seconds: how long a stream may pause, by endpoint type
    """

    #: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    request_bytes: int = 10 * 1024 * 1024
    idle_seconds: Mapping[str, float] = field(default_factory=lambda: IDLE_SECONDS)
    throttled: bool = True
