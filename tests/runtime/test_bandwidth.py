"""Producers that outrun Lambda: the end of the response must leave before the function is killed."""

from __future__ import annotations

import time

import pytest

from tests.runtime.function import Function
from tests.support.runtime_api import Bandwidth

MB = 1024 * 1024
TIMEOUT_S = 3.0


def test_flood_ends_before_the_timeout_at_the_bandwidth_of_lambda() -> None:
    with Function("silence.floods") as function:
        # "the first 6 MB of your function's response payload has uncapped bandwidth", then 2 MB a second
        invocation = function.api.invoke(timeout_s=TIMEOUT_S, bandwidth=Bandwidth(6 * MB, 2 * MB))
        invocation.skip_head()
        began = time.monotonic()
        answer = invocation.wait()
        took = time.monotonic() - began
    assert answer.payload.endswith(b"\n\n")
    assert b"function_timeout" in answer.payload[-300:]
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.DeadlineExceeded"
    if (len(answer.payload) - 6 * MB) / took < 1.8 * MB:
        pytest.skip("this machine is too busy to read 2 MB a second")
    assert took < TIMEOUT_S


def test_flood_read_faster_than_documented_is_not_slowed() -> None:
    with Function("silence.floods") as function:
        # Only in the last seconds before the deadline does it matter what is unsent.
        invocation = function.api.invoke(timeout_s=60, refuse_after=64 * MB)
        invocation.skip_head()
        while invocation.next_chunk() and invocation.answer.size < 64 * MB - 100_000:
            pass
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "StreamRejected" in function.output
