"""Serve the Lambda Runtime API to one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Where the documentation is silent it does as
AWS's own emulator does (aws/aws-lambda-runtime-interface-emulator, "emulator" in the comments).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import h11

from ..http.chunks import DirectReader
from ..http.h1 import ServerConnection, TruncatedError
from ..http.limits import Limits
from .response_pipe import MAX_BUFFERED, FunctionError, ResponsePipe

VERSION = "/2018-06-01/runtime"
INVOCATION = re.compile(rf"{VERSION}/invocation/(?P<id>[^/]+)/(?P<action>response|error)")
MODE = b"lambda-runtime-function-response-mode"
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 200 MB for streamed responses.
MAX_STREAMED = 200 * 1024 * 1024
#: A runtime that closes the connection of a response asks for the next event on another one, which may be
#: read first.
CLOSING_SECONDS = 1.0
#: Error types that Lambda passes on; anything else becomes Runtime.Unknown (emulator).
KNOWN_ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z]\w+")


@dataclass(frozen=True)
class Invocation:
    """One event for a function.

    :param pipe: takes the response
    :param deadline_ms: milliseconds since the epoch
    """

    pipe: ResponsePipe
    event: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str
    client_context: str | None = None


class RuntimeApi:
    """Serves one runtime; a runtime handles one invocation at a time.

    :param log: takes a line for the developer
    :param limits: how fast a response may be streamed
    """

    def __init__(self, log: Callable[[str], None], limits: Limits | None = None) -> None:
        self._log = log
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._polled = asyncio.Event()
        self._offered: asyncio.Queue[Invocation] = asyncio.Queue()
        self._invocation: Invocation | None = None
        self._responding = False
        self.init_error: FunctionError | None = None

    async def start(self) -> str:
        """Listen on a free port of loopback and return host:port, the value of AWS_LAMBDA_RUNTIME_API."""
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(DirectReader(loop=loop), self._accept, loop)

        self._server = await loop.create_server(protocol, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def close(self) -> None:
        """Close every connection."""
        if self._server:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def polled(self) -> None:
        """Wait until the runtime asks for an invocation: it is done with everything before."""
        await self._polled.wait()

    def offer(self, invocation: Invocation) -> None:
        """Hand out an invocation to the runtime, which must be polling."""
        self._invocation = invocation
        self._responding = False
        self._polled.clear()
        self._offered.put_nowait(invocation)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        connection = ServerConnection(reader, writer)
        try:
            with suppress(TruncatedError, ConnectionError, asyncio.CancelledError):
                while request := await connection.next_request():
                    await self._route(request, connection)
        finally:
            self._connections.discard(task)
            with suppress(asyncio.CancelledError):
                await connection.close()

    async def _route(self, request: h11.Request, connection: ServerConnection) -> None:
        method, path = request.method.decode(), request.target.decode("latin-1")
        if (method, path) == ("GET", f"{VERSION}/invocation/next"):
            return await self._next(connection)
        if (method, path) == ("POST", f"{VERSION}/init/error"):
            return await self._init_error(request, connection)
        found = INVOCATION.fullmatch(path)
        if method != "POST" or not found:
            return await _refuse(connection, 404, "NotFound", f"no such API: {method} {path}")
        if self._invocation is None or found["id"] != self._invocation.pipe.request_id:
            return await _refuse(connection, 400, "InvalidRequestID", "Invalid request ID")
        if found["action"] == "error":
            return await self._error(request, connection, self._invocation.pipe)
        return await self._response(request, connection, self._invocation.pipe)

    async def _next(self, connection: ServerConnection) -> None:
        if self._invocation is not None and not await self._invocation.pipe.ends_within(CLOSING_SECONDS):
            return await _refuse_transition(connection)
        self._polled.set()
        invocation = await self._offered.get()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.pipe.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        if invocation.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        await connection.respond(200, headers, invocation.event)

    async def _response(self, request: h11.Request, connection: ServerConnection, pipe: ResponsePipe) -> None:
        if self._responding or pipe.ended:
            return await _refuse_transition(connection)
        headers = dict(request.headers)
        mode = headers.get(MODE)
        if mode not in (None, b"streaming"):
            message = f"Lambda-Runtime-Function-Response-Mode must be exactly 'streaming', got {mode!r}"
            self._log(message)
            return await _refuse(connection, 400, "InvalidFunctionResponseMode", message)
        self._responding = True
        pipe.content_type = headers.get(b"content-type", b"").decode("latin-1")
        declared = _declared_trailers(request)
        try:
            complete = await _Copy(pipe, mode is not None, self._limits).run(connection)
        except TruncatedError:
            pipe.end(FunctionError("Runtime.TruncatedResponse"))
            raise
        if not complete:
            pipe.end(FunctionError("Function.ResponseSizeTooLarge"))
            message = "Exceeded maximum allowed payload size"
            return await _refuse(connection, 413, "RequestEntityTooLarge", message)
        pipe.end(self._trailing_error(connection, declared))
        return await _acknowledge(connection)

    def _trailing_error(self, connection: ServerConnection, declared: set[str]) -> FunctionError | None:
        kind = connection.trailers.get(ERROR_TYPE)
        if kind is None:
            return None
        if ERROR_TYPE not in declared:
            # emulator: the declaration is read before the body, so the error gets lost there as well
            self._log(f"error trailers are lost because no 'Trailer: {ERROR_TYPE}' header declared them")
            return None
        with suppress(binascii.Error, ValueError):
            payload = base64.b64decode(connection.trailers.get(ERROR_BODY, ""), validate=True)
            return FunctionError(kind, payload, in_trailers=True)
        return FunctionError(kind, in_trailers=True)

    async def _error(self, request: h11.Request, connection: ServerConnection, pipe: ResponsePipe) -> None:
        error = await _read_error(request, connection)
        if self._responding and not pipe.ended:
            self._log("POST /error after the response began is not answered; use the error trailers")
            await asyncio.Event().wait()
        if pipe.ended:
            return await _refuse_transition(connection)
        pipe.end(error)
        return await _acknowledge(connection)

    async def _init_error(self, request: h11.Request, connection: ServerConnection) -> None:
        error = await _read_error(request, connection)
        if self._polled.is_set() or self._invocation is not None:
            return await _refuse_transition(connection)
        self.init_error = error
        return await _acknowledge(connection)


class _Copy:
    """Passes a request body on, as fast as it may be.

    :param streaming: whether the function announced a stream
    """

    def __init__(self, pipe: ResponsePipe, streaming: bool, limits: Limits) -> None:
        self._pipe = pipe
        self._streaming = streaming
        self._limits = limits
        self._limit = MAX_STREAMED if streaming else MAX_BUFFERED
        self._bandwidth = limits.bandwidth(limits.function_rate if streaming else None)
        self._size = 0

    async def run(self, connection: ServerConnection) -> bool:
        """Pass on a body, and return whether it was within the limit."""
        async for chunk in connection.body(self._at_once):
            if not self._size:
                self._pipe.streaming = self._streaming
            self._size += len(chunk)
            if self._size > self._limit:
                return False
            delay = self._limits.delay(self._bandwidth, len(chunk))
            if delay:
                await asyncio.sleep(delay)
            await self._pipe.write(chunk)
        return True

    def _at_once(self, chunk: bytes) -> bool:
        """Pass on a chunk that need not wait for anything, and tell whether it need not."""
        size = self._size + len(chunk)
        if size > self._limit or self._pipe.is_full:
            return False
        if self._bandwidth is not None and not self._bandwidth.passes(len(chunk)):
            return False
        self._size = size
        self._pipe.put(chunk)
        return True


async def _read_error(request: h11.Request, connection: ServerConnection) -> FunctionError:
    payload = b"".join([chunk async for chunk in connection.body()])
    kind = dict(request.headers).get(ERROR_TYPE.encode(), b"").decode("latin-1")
    return FunctionError(kind if KNOWN_ERROR_TYPE.fullmatch(kind) else "Runtime.Unknown", payload)


def _declared_trailers(request: h11.Request) -> set[str]:
    values = (value.decode("latin-1") for name, value in request.headers if name == b"trailer")
    return {item.strip().lower() for value in values for item in value.split(",")}


async def _acknowledge(connection: ServerConnection) -> None:
    await connection.respond(202, {"Content-Type": "application/json"}, b'{"status":"OK"}\n')


async def _refuse(connection: ServerConnection, status: int, kind: str, message: str) -> None:
    body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    await connection.respond(status, {"Content-Type": "application/json"}, body)


async def _refuse_transition(connection: ServerConnection) -> None:
    await _refuse(connection, 403, "InvalidStateTransition", "State transition is not allowed")
