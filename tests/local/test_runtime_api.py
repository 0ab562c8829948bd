"""The Runtime API by its protocol: a client of raw bytes, and what AWS's emulator answers it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable

import pytest

from streaming_api_tools.local.functions.response_pipe import MAX_BUFFERED, FunctionError, ResponsePipe
from streaming_api_tools.local.functions.runtime_api import Invocation, RuntimeApi
from tests.local.raw_runtime import CHUNKED, NEXT, Runtime

ACCEPTED = (202, {"status": "OK"})
STREAMING = ["Lambda-Runtime-Function-Response-Mode: streaming", "Content-Type: application/x"]
TRAILER = "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"


def run(test: Callable[[Runtime], Awaitable[None]]) -> None:
    async def main() -> None:
        log: list[str] = []
        runtime = Runtime(RuntimeApi(log.append), log)
        await runtime.start()
        try:
            await asyncio.wait_for(test(runtime), 10)
        finally:
            await runtime.close()

    asyncio.run(main())


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def test_runtime_api_next_waits_for_an_invocation_and_describes_it() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.connect()
        connection.send(NEXT)
        await runtime.api.polled()
        runtime.api.offer(Invocation(runtime.output, b'{"a":1}', 1234567890123, "arn:f", "Root=1-2-3"))
        assert await connection.answer() == (200, {"a": 1})
        assert connection.headers["lambda-runtime-aws-request-id"] == "r1"
        assert connection.headers["lambda-runtime-deadline-ms"] == "1234567890123"
        assert connection.headers["lambda-runtime-invoked-function-arn"] == "arn:f"
        assert connection.headers["lambda-runtime-trace-id"] == "root=1-2-3"

    run(test)


def test_runtime_api_chunk_is_passed_on_before_the_next_is_sent() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", *STREAMING, CHUNKED)
        for data in (b"one", b"two"):
            connection.send(chunk(data))
            assert await runtime.output.read(5) == data
        assert runtime.output.streaming is True
        connection.send(b"0\r\n\r\n")
        assert await connection.answer() == ACCEPTED
        assert await runtime.output.read(5) == b""

    run(test)


def test_runtime_api_response_without_mode_header_is_buffered() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", body=b'{"b":2}')
        assert await connection.answer() == ACCEPTED
        assert await runtime.body() == b'{"b":2}'
        assert runtime.output.streaming is False

    run(test)


@pytest.mark.parametrize("mode", ["Streaming", "STREAMING", "buffered", ""])
def test_runtime_api_unknown_response_mode_is_refused(mode: str) -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post(
            "invocation/r1/response", f"Lambda-Runtime-Function-Response-Mode: {mode}", body=b"x" * 100000
        )
        status, answer = await connection.answer()
        assert (status, answer["errorType"]) == (400, "InvalidFunctionResponseMode")  # type: ignore[index]
        assert "exactly 'streaming'" in runtime.log[0]

    run(test)


def test_runtime_api_declared_error_trailers_fail_after_the_body() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", *STREAMING, TRAILER, CHUNKED)
        details = base64.b64encode(b'{"errorMessage":"boom"}').decode()
        connection.send(chunk(b"one") + b"0\r\nLambda-Runtime-Function-Error-Type: Function.Boom\r\n")
        connection.send(f"Lambda-Runtime-Function-Error-Body: {details}\r\n\r\n".encode())
        assert await connection.answer() == ACCEPTED
        assert await runtime.output.read(5) == b"one"
        with pytest.raises(FunctionError) as error:
            await runtime.output.read(5)
        assert (error.value.kind, error.value.payload) == ("Function.Boom", b'{"errorMessage":"boom"}')

    run(test)


def test_runtime_api_undeclared_trailers_are_lost() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", *STREAMING, CHUNKED)
        connection.send(chunk(b"one") + b"0\r\nLambda-Runtime-Function-Error-Type: Function.Boom\r\n\r\n")
        assert await connection.answer() == ACCEPTED
        assert await runtime.body() == b"one"
        assert "lost" in runtime.log[0]

    run(test)


def test_runtime_api_error_trailers_on_empty_body_fail_before_first_byte() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", *STREAMING, TRAILER, CHUNKED)
        connection.send(b"0\r\nLambda-Runtime-Function-Error-Type: Error\r\n\r\n")
        with pytest.raises(FunctionError, match="Error"):
            await runtime.output.read(5)

    run(test)


@pytest.mark.parametrize("rest", [b"", b"5\r\ntw", b"not a chunk\r\n"])
def test_runtime_api_broken_response_is_truncated(rest: bytes) -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", *STREAMING, CHUNKED)
        connection.send(chunk(b"one") + rest)
        connection.writer.close()
        with pytest.raises(FunctionError) as error:
            await runtime.body()
        assert error.value.kind == "Runtime.TruncatedResponse"

    run(test)


@pytest.mark.parametrize(
    ("kind", "reported"),
    [
        ("Function.Oops", "Function.Oops"),
        ("Runtime.HandlerNotFound", "Runtime.HandlerNotFound"),
        ("ValueError", "Runtime.Unknown"),
        ("Function.oops", "Runtime.Unknown"),
    ],
)
def test_runtime_api_error_type_is_kept_if_lambda_knows_it(kind: str, reported: str) -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/error", f"Lambda-Runtime-Function-Error-Type: {kind}", body=b'{"e":1}')
        assert await connection.answer() == ACCEPTED
        with pytest.raises(FunctionError) as error:
            await runtime.output.read(5)
        assert (error.value.kind, error.value.payload) == (reported, b'{"e":1}')

    run(test)


def test_runtime_api_error_header_may_have_a_megabyte() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        cause = f"Lambda-Runtime-Function-XRay-Error-Cause: {'x' * 1_000_000}"
        connection.post("invocation/r1/error", cause, body=b"{}")
        assert await connection.answer() == ACCEPTED

    run(test)


def test_runtime_api_error_after_response_began_is_never_answered() -> None:
    async def test(runtime: Runtime) -> None:
        streaming, other = await runtime.invoked(), await runtime.connect()
        streaming.post("invocation/r1/response", *STREAMING, CHUNKED)
        streaming.send(chunk(b"one"))
        await runtime.output.read(5)
        other.post("invocation/r1/error", body=b"{}")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(other.answer(), 0.1)
        assert not runtime.output.ended

    run(test)


def test_runtime_api_out_of_turn_requests_are_refused() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        transition = (
            403,
            {"errorMessage": "State transition is not allowed", "errorType": "InvalidStateTransition"},
        )
        connection.send(NEXT)
        assert await connection.answer() == transition
        connection.post("invocation/other/response", body=b"x")
        assert (await connection.answer())[0] == 400
        connection.post("init/error", body=b"x")
        assert await connection.answer() == transition
        connection.post("invocation/r1/response", body=b"x")
        assert await connection.answer() == ACCEPTED
        connection.post("invocation/r1/response", body=b"again")
        assert await connection.answer() == transition
        connection.post("invocation/r1/error", body=b"{}")
        assert await connection.answer() == transition
        assert await runtime.body() == b"x"
        connection.post("elsewhere", body=b"x")
        assert (await connection.answer())[0] == 404

    run(test)


def test_runtime_api_init_error_is_kept() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.connect()
        kind = "Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError"
        connection.post("init/error", kind, body=b'{"errorMessage":"no"}')
        assert await connection.answer() == ACCEPTED
        assert runtime.api.init_error is not None
        assert runtime.api.init_error.kind == "Runtime.ImportModuleError"

    run(test)


@pytest.mark.parametrize(("size", "status"), [(MAX_BUFFERED, 202), (MAX_BUFFERED + 1, 413)])
def test_runtime_api_buffered_response_has_a_limit(size: int, status: int) -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        runtime.output.abandon()
        connection.post("invocation/r1/response", "Expect: 100-continue", body=b"x" * size)
        assert (await connection.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        assert (await connection.answer())[0] == status
        kind = runtime.output.error.kind if runtime.output.error else None
        assert kind == (None if status == 202 else "Function.ResponseSizeTooLarge")

    run(test)


def test_runtime_api_next_on_the_same_connection_is_served() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", body=b"x")
        await connection.answer()
        connection.send(NEXT)
        await runtime.api.polled()
        second = ResponsePipe("r2")
        runtime.api.offer(Invocation(second, b"{}", 1, "arn:f", ""))
        assert (await connection.answer())[0] == 200
        assert connection.headers["lambda-runtime-aws-request-id"] == "r2"

    run(test)


def test_runtime_that_closes_its_response_gets_the_next_event() -> None:
    async def test(runtime: Runtime) -> None:
        connection = await runtime.invoked()
        connection.post("invocation/r1/response", *STREAMING, CHUNKED)
        connection.send(b"5\r\nfirst\r\n")
        assert await runtime.output.read(5) == b"first"
        # it asks before it has closed: the gateway may see both in this order, and answers in either
        asking = await runtime.connect()
        asking.send(NEXT)
        await asyncio.sleep(0.05)
        connection.writer.close()
        await runtime.api.polled()
        second = ResponsePipe("r2")
        runtime.api.offer(Invocation(second, b"{}", 1, "arn:f", ""))
        assert await asking.answer() == (200, {})
        with pytest.raises(FunctionError, match=r"Runtime\.TruncatedResponse"):
            await runtime.output.read(5)

    run(test)
