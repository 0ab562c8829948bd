"""Refuse requests that are not as the request validator of their method wants them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import asyncio

from .request.errors import GatewayError
from .request.routed_request import RoutedRequest

#: What a request without a ``Content-Type`` is taken for ("None. API Gateway defaults to application/json"):
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
DEFAULT_MEDIA_TYPE = "application/json"


async def validate(routed: RoutedRequest) -> None:
    """Refuse a request that is not as its method wants it: parameters first, then the body.

    Keys and quotas come before: https://repost.aws/questions/QUfEfeFe3ET_yuByOLVBoxBA

    :raises GatewayError: with what is missing, or what is wrong with the body
    """
    rules = routed.route.rules
    # "included and not blank", says the page above
    missing = [name for name in rules.parameters if not (routed.value(name) or "").strip()]
    if missing:
        names = ", ".join(name.split(".", 3)[3] for name in missing)
        raise GatewayError("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{names}]")
    if not rules.bodies:
        return
    media_type = (routed.http.header("Content-Type") or DEFAULT_MEDIA_TYPE).partition(";")[0]
    schema = rules.bodies.get(media_type.strip().lower()) or rules.bodies.get("$default")
    if schema is None:
        return
    # 10 MB of small objects take 5 s; in a thread they stop the other streams for 0.2 s, while JSON is parsed
    problem = await asyncio.to_thread(schema.problem, routed.http.body)
    if problem is not None:
        raise GatewayError("BAD_REQUEST_BODY", validation=problem)
