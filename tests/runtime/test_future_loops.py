"""Streaming goes on, or says why not, when AWS changes its runtime loop; docs/versioning.md has the plan."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.runtime.function import Function
from tests.support.runtime_api import Request

LOOP = str(Path(__file__).with_name("future_loops.py"))
OWN_LOOP = "runs its own loop"


def future(change: str, handler: str = "future.gated") -> Function:
    """Return a function on a changed runtime loop."""
    return Function(handler, command=(sys.executable, LOOP, change))


def streamed(function: Function, event: object = None) -> Request:
    """Return the answer of the gated handler, after its first item has arrived while it waits."""
    invocation = function.api.invoke(event)
    invocation.skip_head()
    assert invocation.next_chunk() == b"data: one\n\n"
    function.release()
    assert invocation.next_chunk() == b"data: two\n\n"
    return invocation.wait()


@pytest.mark.parametrize(("change", "own"), [("renamed", True), ("streaming", False)])
def test_future_loop_stream_arrives_while_the_handler_runs(change: str, own: bool) -> None:
    with future(change) as function:
        for _ in range(2):
            answer = streamed(function)
            assert answer.complete
            assert answer.trailers == {}
        assert not [path for path in function.api.paths if path.endswith("/error")]
        assert (OWN_LOOP in function.output) == own


def test_future_loop_with_renamed_functions_reports_errors() -> None:
    with Function("conformance.by_event", command=(sys.executable, LOOP, "renamed")) as function:
        failed = function.api.invoke({"handler": "fails"}).wait()
        assert failed.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.ModelError"
        crash = function.api.invoke({"handler": "crashes"}).wait()
        assert crash.path.endswith("/error")
        assert json.loads(crash.body)["errorType"] == "RuntimeError"


def test_future_loop_that_streams_leaves_decorated_handlers_to_the_library() -> None:
    with future("streaming", "future.chosen") as function:
        plain = function.api.invoke({"handler": "plain"}).wait()
        assert plain.body == b"streamed by the loop: onetwo"
        assert streamed(function, {"handler": "gated"}).complete


def test_future_loop_that_bypasses_the_functions_is_named_in_the_error() -> None:
    with future("bypassed") as function:
        answer = function.api.invoke().wait()
    assert answer.path.endswith("/error")
    said = json.loads(answer.body)["errorMessage"]
    assert said == "a streaming handler was called outside of an invocation of the runtime loop"
