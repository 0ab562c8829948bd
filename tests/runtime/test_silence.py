"""Handlers that are silent: heartbeats keep their streams alive, and the deadline ends them in order."""

from __future__ import annotations

import json
import time

import pytest

from tests.runtime.function import Function
from tests.support.runtime_api import Invocation

PING = b": ping\n\n"
N1 = b'data: {"n":1}\n\n'
# The deadline strikes half-way: the end of the response takes no more than half of what there is.
TIMEOUT_S = 0.8


def after_pings(invocation: Invocation) -> bytes | None:
    while (chunk := invocation.next_chunk()) == PING:
        pass
    return chunk


@pytest.mark.parametrize(
    ("handler", "status"), [("slow_start", 200), ("slow_and_asynchronous", 200), ("slow_writer", 201)]
)
def test_heartbeat_comments_are_sent_after_the_grace_period(handler: str, status: int) -> None:
    with Function(f"silence.{handler}") as function:
        invocation = function.api.invoke()
        invocation.skip_head()
        assert [invocation.next_chunk() for _ in range(3)] == [PING] * 3
        function.release()
        assert after_pings(invocation) == N1
        answer = invocation.wait()
        assert after_pings(invocation) is None
    assert answer.prelude["statusCode"] == status
    assert answer.trailers == {}


def test_heartbeat_http_error_after_the_grace_period_is_an_error_event() -> None:
    with Function("silence.slow_refusal") as function:
        invocation = function.api.invoke()
        invocation.skip_head()
        assert invocation.next_chunk() == PING
        function.release()
        event = after_pings(invocation)
        answer = invocation.wait()
    assert event is not None
    assert event.startswith(b"event: error\n")
    assert json.loads(event.partition(b"data: ")[2])["error"]["type"] == "not_found_error"
    assert answer.prelude["statusCode"] == 200
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.HTTPError"


@pytest.mark.parametrize("handler", ["blocked", "waits_asynchronously", "blocked_writer"])
def test_deadline_ends_the_stream_before_the_timeout(handler: str) -> None:
    with Function("silence.by_event") as function:
        invocation = function.api.invoke({"handler": handler}, timeout_s=TIMEOUT_S)
        answer = invocation.wait()
        if handler != "blocked_writer":
            assert function.said() == b"finally"
        again = function.api.invoke({"handler": "quick"}).wait()
        assert again.complete
        assert "DeadlineExceeded" in function.output
    first, error = answer.payload.split(b"\n\n")[:2]
    assert first + b"\n\n" == N1
    assert error.startswith(b"event: error\n")
    assert json.loads(error.partition(b"data: ")[2])["error"] == {
        "type": "timeout_error",
        "message": "the function ran out of time",
        "code": "function_timeout",
        "param": None,
    }
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.DeadlineExceeded"
    assert b"swallowed" not in answer.payload


def test_deadline_before_first_byte_is_a_504_and_a_traceback_in_the_log() -> None:
    with Function("silence.blocked_from_the_start") as function:
        answer = function.api.invoke(timeout_s=TIMEOUT_S).wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "DeadlineExceeded" in function.output
        # The traceback leads to where the handler was.
        assert "gate.wait()" in function.output
    assert answer.prelude["statusCode"] == 504
    assert json.loads(answer.payload)["error"]["code"] == "function_timeout"
    # with trailers the gateway would cut what is complete, and clients would try it again
    assert answer.complete
    assert not answer.trailers


def test_chunk_in_flight_at_the_deadline_arrives_whole_before_the_cut() -> None:
    with Function("silence.one_large_chunk") as function:
        invocation = function.api.invoke(timeout_s=6, held=True)
        invocation.skip_head()
        # Nobody reads until the deadline, at 3 s, has passed; then there are 1.1 s before the chunk is cut.
        time.sleep(3.1)
        invocation.hold.set()
        answer = invocation.wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "DeadlineExceeded" in function.output
    assert answer.truncated
    assert len(answer.payload) == 32_000_000


def test_chunk_stuck_at_the_deadline_is_cut_and_the_loop_goes_on() -> None:
    with Function("silence.one_large_chunk") as function:
        invocation = function.api.invoke(timeout_s=TIMEOUT_S, held=True)
        function.api.wait_for_poll()
        function.api.wait_for_poll()  # nobody has read anything
        assert "DeadlineExceeded" in function.output
        invocation.hold.set()
        answer = invocation.wait()
    assert answer.truncated
    assert len(answer.payload) < 32_000_000
