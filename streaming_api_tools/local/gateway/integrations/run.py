"""The way of a response to the client, the same for every integration: time limit, failures and end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from aiohttp import web

from ..request.errors import GatewayError
from ..request.state import Exchange
from .response_writer import Reply


@dataclass(frozen=True)
class Failure:
    """What went wrong in an integration.

    :param error: what API Gateway answers when the response has not begun; its detail is for the developer
    :param name: what the access log has as the error of the integration
    """

    error: GatewayError
    name: str


async def deliver(
    copying: Coroutine[None, None, web.StreamResponse],
    timeout: float | None,
    exchange: Exchange,
    reply: Reply,
    explain: Callable[[Exception], Failure | None],
    log: Callable[[str], None],
) -> web.StreamResponse:
    """Return the response that ``copying`` writes to ``reply``.

    After the first byte a failure can only cut the connection.

    :param timeout: of the integration, in seconds; None for no limit
    :param explain: says what an exception means; None when it is not a failure of the integration
    :raises GatewayError: when the integration fails, or takes too long, before the response has begun
    """
    try:
        return await asyncio.wait_for(copying, timeout)
    except Exception as exception:
        failure = explain(exception)
        if failure is not None:
            exchange.integration_error = failure.name
            if reply.response is None:
                raise failure.error from exception
            log(f"{exchange.request.path}: the response was cut: {failure.error.detail}")
            reply.cut()
            return reply.response
        if not isinstance(exception, ConnectionError):
            raise
        log(f"{exchange.request.path}: the client disconnected")
        return reply.response or web.Response(status=exchange.status or 499)
    finally:
        exchange.end_integration()
