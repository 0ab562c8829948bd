"""An ASGI application in AWS's runtime loop, seen from the Runtime API."""

from __future__ import annotations

from tests.runtime.function import Function
from tests.support.runtime_api import Invocation

PING = b": ping\n\n"


def get(path: str) -> dict[str, object]:
    return {"httpMethod": "GET", "path": path}


def next_event(invocation: Invocation) -> bytes | None:
    while (chunk := invocation.next_chunk()) == PING:
        pass
    return chunk


def test_asgi_runtime_response_is_complete_before_background_task_ends() -> None:
    with Function("application.handler") as function:
        invocation = function.api.invoke(get("/gated"))
        invocation.skip_head()
        assert next_event(invocation) == b"data: 1\n\n"
        assert invocation.next_chunk() == PING
        function.release()
        assert next_event(invocation) == b"data: 2\n\n"
        assert next_event(invocation) is None
        assert invocation.wait().complete
        assert function.said() == b"response sent"
        function.release()
        function.api.invoke(get("/nowhere")).wait()
    assert invocation.answer.trailers == {}


def test_asgi_runtime_early_answer_disconnects_the_application() -> None:
    with Function("application.handler") as function:
        function.api.invoke(
            get("/endless"), refuse_after=5000, refusal=b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
        )
        assert function.api.invoke(get("/nowhere")).wait().prelude["statusCode"] == 404
        assert "ClientDisconnect" in function.output


def test_asgi_runtime_deadline_cancels_the_application() -> None:
    with Function("application.handler") as function:
        answer = function.api.invoke(get("/stuck"), timeout_s=0.8).wait()
        assert function.api.invoke(get("/nowhere")).wait().prelude["statusCode"] == 404
    assert b"function_timeout" in answer.payload
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.DeadlineExceeded"


def test_asgi_runtime_exception_of_application_is_a_500_and_logged() -> None:
    with Function("application.handler") as function:
        answer = function.api.invoke(get("/broken")).wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "[ERROR] RuntimeError: in the application" in function.output
    assert answer.prelude["statusCode"] == 500
    assert answer.payload == b"Internal Server Error"
