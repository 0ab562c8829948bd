"""Hold what must not happen whatever a handler does: two answers, another meaning, broken framing."""

from __future__ import annotations

import json
import time

import pytest

from tests.runtime.function import Function
from tests.runtime.test_lifecycle import LOOPS

N1 = b'data: {"n":1}\n\n'


def posts(function: Function) -> list[str]:
    """Return the paths of the answers that the runtime has posted."""
    return [path for path in function.api.paths if not path.endswith("/next")]


def wait_for_the_end(function: Function) -> None:
    function.api.wait_for_poll()
    function.api.wait_for_poll()


@pytest.mark.parametrize("loop", list(LOOPS))
@pytest.mark.parametrize(
    ("handler", "payload"), [("nested", N1), ("nested_in_the_middle", b'data: {"n":0}\n\n' + N1)]
)
def test_nested_handler_answers_the_invocation_once(loop: str, handler: str, payload: bytes) -> None:
    with Function(f"attacks.{handler}", command=LOOPS[loop]) as function:
        answer = function.api.invoke().wait()
        wait_for_the_end(function)
        assert len(posts(function)) == 1
    assert answer.payload == payload
    assert answer.complete
    assert not answer.trailers


@pytest.mark.parametrize("loop", list(LOOPS))
def test_second_handler_of_an_invocation_is_an_error_in_the_log_and_no_second_answer(loop: str) -> None:
    with Function("attacks.one_after_another", command=LOOPS[loop]) as function:
        answer = function.api.invoke().wait()
        wait_for_the_end(function)
        assert len(posts(function)) == 1
        assert "already answered" in function.output
    assert answer.payload == N1


def test_proxy_response_is_the_response() -> None:
    with Function("attacks.proxy_response") as function:
        answer = function.api.invoke().wait()
    assert answer.prelude["statusCode"] == 201
    assert answer.prelude["headers"]["x-a"] == "1"
    assert answer.prelude["headers"]["content-type"] == "application/json"
    assert answer.payload == b'{"made":true}'


def test_mapping_is_one_body_and_not_its_keys() -> None:
    with Function("attacks.mapping") as function:
        answer = function.api.invoke().wait()
    assert answer.prelude["headers"]["content-type"] == "application/json"
    assert json.loads(answer.payload) == {"made": True}


def test_value_of_a_wrong_type_is_a_function_error_before_the_first_byte() -> None:
    with Function("attacks.one_cookie") as function:
        answer = function.api.invoke().wait()
    assert answer.path.endswith("/error")
    assert "cookies of a response must be several strings" in json.loads(answer.body)["errorMessage"]


@pytest.mark.parametrize("goes_on", [False, True])
def test_chunk_that_a_signal_handler_breaks_off_is_never_continued(goes_on: bool) -> None:
    with Function("attacks.stuck_in_a_chunk") as function:
        invocation = function.api.invoke({"goes_on": goes_on}, held=True)
        invocation.skip_head()
        assert function.said() == b"sending"
        # Nobody reads, so the chunk is stuck as soon as the buffers are full.
        time.sleep(0.5)
        function.interrupt()
        assert function.said() == b"interrupted"
        wait_for_the_end(function)
        invocation.hold.set()
        answer = invocation.wait()
    if answer.truncated:  # and else the machine was too busy for the chunk to begin
        assert b"event: error" not in answer.payload
        assert answer.payload.removeprefix(N1).strip(b"x") == b""
    else:
        assert answer.complete


def test_deadline_of_a_writing_thread_never_ends_in_order() -> None:
    with Function("attacks.works_in_threads") as function:
        answers = [function.api.invoke(timeout_s=0.6).wait() for _ in range(5)]
    # on a busy machine the thread may leave the end no turn, which then cuts the connection
    told = [answer for answer in answers if not answer.truncated]
    assert told
    for answer in told:
        assert b"function_timeout" in answer.payload[-300:]
        assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.DeadlineExceeded"


@pytest.mark.parametrize("loop", list(LOOPS))
def test_response_that_is_cut_before_its_first_byte_leaves_no_invocation_unanswered(loop: str) -> None:
    with Function("attacks.late_in_its_connect", command=LOOPS[loop]) as function:
        late = function.api.invoke({"late": True}, timeout_s=0.6).wait()
        after = function.api.invoke({"late": False}).wait()
    assert late.path.endswith("/error")
    assert json.loads(late.body)["errorType"] == "DeadlineExceeded"
    assert after.payload == N1
