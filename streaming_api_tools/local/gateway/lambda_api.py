"""Serve the two operations of the Lambda API that invoke functions, for SDKs that call them directly.

Lambda's page on an operation is named where its rules are: in ``invoke_request``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from aiohttp import web

from ...initiator import Initiator
from ..application import Application, Function
from ..functions.concurrency import RATE_EXCEEDED, THROTTLED_STATUS, ThrottledError
from ..functions.invoke_request import (
    LATEST,
    MAX_PAYLOAD,
    LambdaError,
    check_payload,
    find,
    invocation_type,
    read_client_context,
    read_function_name,
)
from ..functions.pool import FunctionPool
from ..functions.response_pipe import FunctionError, ResponsePipe
from ..http.event_stream import CONTENT_TYPE, encode
from .authorizers.iam import Access, verify
from .guard import Guard
from .request.errors import GatewayError
from .request.incoming import BodyTooLargeError, read_body, read_head, receive

#: The name that Lambda has for an error of the function, whether it caught it or not.
UNHANDLED = "Unhandled"


@dataclass(frozen=True)
class _Invocation:
    """One request that has passed every check."""

    function: Function
    version: str
    kind: str
    payload: bytes
    client_context: str | None
    tail: bool


class LambdaApi:
    """Serves ``Invoke`` and ``InvokeWithResponseStream``.

    :param pool: runs the functions
    :param log: takes a line for the developer
    :param guard: refuses requests of pages
    """

    def __init__(
        self,
        application: Application,
        pool: FunctionPool,
        access: Access,
        log: Callable[[str], None],
        guard: Guard,
    ) -> None:
        self._application = application
        self._pool = pool
        self._access = access
        self._log = log
        self._guard = guard

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes of both operations."""
        router.add_post("/2015-03-31/functions/{name}/invocations", self.invoke)
        router.add_post(
            "/2021-11-15/functions/{name}/response-streaming-invocations", self.invoke_with_response_stream
        )

    async def invoke(self, request: web.Request) -> web.StreamResponse:
        """Answer when the function is done."""
        try:
            invocation = await self._read(request, ("RequestResponse", "DryRun", "Event"))
        except (LambdaError, GatewayError) as error:
            return _refuse(error)
        if invocation.kind == "DryRun":
            return web.Response(status=204, headers=_headers(invocation))
        try:
            pipe = self._start(request, invocation)
        except ThrottledError as error:
            return _throttle(error)
        if invocation.kind == "Event":
            pipe.abandon()
            return web.Response(status=202, headers={"x-amzn-RequestId": pipe.request_id})
        headers = {**_headers(invocation), "x-amzn-RequestId": pipe.request_id}
        try:
            payload = await pipe.whole()
        except FunctionError as error:
            payload = _details(error)
            headers["X-Amz-Function-Error"] = UNHANDLED
        if invocation.tail:
            headers["X-Amz-Log-Result"] = await _log_result(pipe)
        return web.Response(body=payload, headers=headers, content_type="application/json")

    async def invoke_with_response_stream(self, request: web.Request) -> web.StreamResponse:
        """Answer in events while the function writes; when the caller leaves, the function runs on."""
        try:
            invocation = await self._read(request, ("RequestResponse", "DryRun"))
        except (LambdaError, GatewayError) as error:
            return _refuse(error)
        if invocation.kind == "DryRun":
            return web.Response(status=204, headers=_headers(invocation))
        try:
            pipe = self._start(request, invocation)
        except ThrottledError as error:
            return _throttle(error)
        headers = {**_headers(invocation), "x-amzn-RequestId": pipe.request_id, "Content-Type": CONTENT_TYPE}
        response = web.StreamResponse(headers=headers)
        try:
            await response.prepare(request)
            await _stream(response, pipe, invocation.tail)
        except ConnectionError:
            self._log(f"{invocation.function.name}: the client disconnected; the function runs on")
        finally:
            pipe.abandon()
        return response

    def _start(self, request: web.Request, invocation: _Invocation) -> ResponsePipe:
        trace_id = receive(request.headers.get("X-Amzn-Trace-Id")).trace_id
        return self._pool.invoke(invocation.function, invocation.payload, trace_id, invocation.client_context)

    async def _read(self, request: web.Request, kinds: tuple[str, ...]) -> _Invocation:
        if reason := self._guard.refused_page(request.headers, Initiator.NO_PAGE):
            raise GatewayError("ACCESS_DENIED", reason)
        kind = invocation_type(request.headers.get("X-Amz-Invocation-Type"), kinds)
        try:
            body = await read_body(request, MAX_PAYLOAD[kind])
        except BodyTooLargeError:
            message = (
                f"Request must be smaller than {MAX_PAYLOAD[kind]} bytes for the InvokeFunction operation"
            )
            raise LambdaError("RequestTooLargeException", message) from None
        application = self._application
        if self._access.enforced and self._access.keys is not None:
            now = datetime.now(timezone.utc)
            signed = replace(read_head(request), body=body)
            verify(signed, self._access.keys, application.region, application.account, now, "lambda")
        name = read_function_name(request.match_info["name"], request.query.get("Qualifier"))
        version = name.qualifier if name.qualifier and name.qualifier.isdecimal() else LATEST
        return _Invocation(
            function=find(application.functions, name, application.region, application.account),
            version=version,
            kind=kind,
            payload=check_payload(body, kind),
            client_context=read_client_context(request.headers.get("X-Amz-Client-Context")),
            tail=request.headers.get("X-Amz-Log-Type") == "Tail",
        )


async def _stream(response: web.StreamResponse, pipe: ResponsePipe, tail: bool) -> None:
    complete: dict[str, str] = {}
    try:
        while chunk := await pipe.read():
            await response.write(_event("PayloadChunk", "application/octet-stream", chunk))
    except FunctionError as error:
        complete = {"ErrorCode": UNHANDLED, "ErrorDetails": _details(error).decode("utf-8", "replace")}
    if tail:
        complete["LogResult"] = await _log_result(pipe)
    await response.write(_event("InvokeComplete", "application/json", json.dumps(complete).encode()))
    await response.write_eof()


def _details(error: FunctionError) -> bytes:
    return error.payload or json.dumps({"errorType": error.kind}).encode()


async def _log_result(pipe: ResponsePipe) -> str:
    """Return the end of the log, which is complete when the invocation is over."""
    await pipe.over()
    return base64.b64encode(pipe.log).decode()


def _event(name: str, content_type: str, payload: bytes) -> bytes:
    headers = {":message-type": "event", ":event-type": name, ":content-type": content_type}
    return encode(headers, payload)


def _headers(invocation: _Invocation) -> dict[str, str]:
    return {"X-Amz-Executed-Version": invocation.version}


def _throttle(error: ThrottledError) -> web.Response:
    body = {"Reason": error.reason, "Type": "User", "message": RATE_EXCEEDED}
    headers = {"x-amzn-ErrorType": "TooManyRequestsException"}
    return web.json_response(body, status=THROTTLED_STATUS, headers=headers)


def _refuse(error: LambdaError | GatewayError) -> web.Response:
    kind = error.kind if isinstance(error, LambdaError) else error.exception
    body = {"Type": "User", "message": error.message}
    if kind == "ResourceNotFoundException":
        # of all errors this one is documented with a capital letter
        body = {"Type": "User", "Message": error.message}
    return web.json_response(body, status=error.status, headers={"x-amzn-ErrorType": kind})
