"""The two operations of the Lambda API that invoke functions, so that SDKs can call them without a gateway.

Lambda's page on an operation is named where its rules are: in ``lambda_request``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from aiohttp import web

from ..application import Application, Function
from ..functions.invoke_request import (
    LATEST,
    MAX_PAYLOAD,
    LambdaError,
    check_payload,
    find,
    invocation_type,
    read_client_context,
    read_target,
)
from ..functions.pool import FunctionRunner
from ..functions.response_pipe import FunctionError, Output
from ..http.event_stream import CONTENT_TYPE, encode
from .authorizers.iam import Access, verify
from .incoming import BodyTooLargeError, read_body, read_head, receive
from .request.errors import GatewayError

#: What Lambda calls an error of the function, whether it caught it or not.
UNHANDLED = "Unhandled"


@dataclass(frozen=True)
class _Call:
    """One request that has passed every check."""

    function: Function
    version: str
    kind: str
    payload: bytes
    client_context: str | None
    tail: bool


class LambdaApi:
    """Serves ``Invoke`` and ``InvokeWithResponseStream``.

    :param runner: runs the functions
    :param log: takes a line for the developer
    """

    def __init__(
        self, application: Application, runner: FunctionRunner, access: Access, log: Callable[[str], None]
    ) -> None:
        self._application = application
        self._runner = runner
        self._access = access
        self._log = log

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes of both operations."""
        router.add_post("/2015-03-31/functions/{name}/invocations", self.invoke)
        router.add_post(
            "/2021-11-15/functions/{name}/response-streaming-invocations", self.invoke_with_response_stream
        )

    async def invoke(self, http: web.Request) -> web.StreamResponse:
        """Answer when the function is done."""
        try:
            call = await self._read(http, ("RequestResponse", "DryRun", "Event"))
        except (LambdaError, GatewayError) as error:
            return _refuse(error)
        if call.kind == "DryRun":
            return web.Response(status=204, headers=_headers(call))
        output = self._start(http, call)
        if call.kind == "Event":
            output.abandon()
            return web.Response(status=202, headers={"x-amzn-RequestId": output.request_id})
        headers = {**_headers(call), "x-amzn-RequestId": output.request_id}
        try:
            payload = await output.whole()
        except FunctionError as error:
            payload = _details(error)
            headers["X-Amz-Function-Error"] = UNHANDLED
        if call.tail:
            headers["X-Amz-Log-Result"] = await _log_result(output)
        return web.Response(body=payload, headers=headers, content_type="application/json")

    async def invoke_with_response_stream(self, http: web.Request) -> web.StreamResponse:
        """Answer in events while the function writes; when the caller leaves, the function runs on."""
        try:
            call = await self._read(http, ("RequestResponse", "DryRun"))
        except (LambdaError, GatewayError) as error:
            return _refuse(error)
        if call.kind == "DryRun":
            return web.Response(status=204, headers=_headers(call))
        output = self._start(http, call)
        headers = {**_headers(call), "x-amzn-RequestId": output.request_id, "Content-Type": CONTENT_TYPE}
        response = web.StreamResponse(headers=headers)
        try:
            await response.prepare(http)
            await _stream(response, output, call.tail)
        except ConnectionError:
            self._log(f"{call.function.name}: the client disconnected; the function runs on")
        finally:
            output.abandon()
        return response

    def _start(self, http: web.Request, call: _Call) -> Output:
        trace_id = receive(http).trace_id
        return self._runner.invoke(call.function, call.payload, trace_id, call.client_context)

    async def _read(self, http: web.Request, kinds: tuple[str, ...]) -> _Call:
        request = read_head(http)
        kind = invocation_type(http.headers.get("X-Amz-Invocation-Type"), kinds)
        try:
            body = await read_body(http, MAX_PAYLOAD[kind])
        except BodyTooLargeError:
            message = (
                f"Request must be smaller than {MAX_PAYLOAD[kind]} bytes for the InvokeFunction operation"
            )
            raise LambdaError("RequestTooLargeException", message) from None
        application = self._application
        if self._access.enforced and self._access.keys is not None:
            now = datetime.now(timezone.utc)
            signed = request.with_body(body)
            verify(signed, self._access.keys, application.region, application.account, now, "lambda")
        target = read_target(http.match_info["name"], http.query.get("Qualifier"))
        version = target.qualifier if target.qualifier and target.qualifier.isdecimal() else LATEST
        return _Call(
            function=find(application.functions, target, application.region, application.account),
            version=version,
            kind=kind,
            payload=check_payload(body, kind),
            client_context=read_client_context(http.headers.get("X-Amz-Client-Context")),
            tail=http.headers.get("X-Amz-Log-Type") == "Tail",
        )


async def _stream(response: web.StreamResponse, output: Output, tail: bool) -> None:
    complete: dict[str, str] = {}
    try:
        while chunk := await output.read():
            await response.write(_event("PayloadChunk", "application/octet-stream", chunk))
    except FunctionError as error:
        complete = {"ErrorCode": UNHANDLED, "ErrorDetails": _details(error).decode("utf-8", "replace")}
    if tail:
        complete["LogResult"] = await _log_result(output)
    await response.write(_event("InvokeComplete", "application/json", json.dumps(complete).encode()))
    await response.write_eof()


def _details(error: FunctionError) -> bytes:
    return error.payload or json.dumps({"errorType": error.kind}).encode()


async def _log_result(output: Output) -> str:
    """Return the end of the log, which is complete when the invocation is over."""
    await output.over()
    return base64.b64encode(output.log.text()).decode()


def _event(name: str, content_type: str, payload: bytes) -> bytes:
    headers = {":message-type": "event", ":event-type": name, ":content-type": content_type}
    return encode(headers, payload)


def _headers(call: _Call) -> dict[str, str]:
    return {"X-Amz-Executed-Version": call.version}


def _refuse(error: LambdaError | GatewayError) -> web.Response:
    kind = error.kind if isinstance(error, LambdaError) else error.exception
    body = {"Type": "User", "message": error.message}
    if kind == "ResourceNotFoundException":
        # of all errors this one is documented with a capital letter
        body = {"Type": "User", "Message": error.message}
    return web.json_response(body, status=error.status, headers={"x-amzn-ErrorType": kind})
