"""The deadline of a handler, outside Lambda, where nothing hides what it raises."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from math import inf
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from lambda_streaming import CollectedResponse, DeadlineExceeded, ResponseWriter, _failure, stream
from lambda_streaming._deadline import Deadline, Interruption
from lambda_streaming._forms.event_loop import kept_loop, run
from lambda_streaming._head import Options
from lambda_streaming._response_stream import ResponseStream

N1 = b'data: {"n":1}\n\n'


def remaining(seconds: float) -> SimpleNamespace:
    return SimpleNamespace(aws_request_id="id-1", get_remaining_time_in_millis=lambda: seconds * 1000)


def test_deadline_interrupts_a_quarter_of_the_margin_before_the_response_ends() -> None:
    deadline = Deadline(10, margin=1)
    assert deadline.left == pytest.approx(8.75, abs=0.1)
    assert deadline.left_for_response == pytest.approx(9, abs=0.1)


def test_deadline_leaves_at_least_half_of_the_time_to_the_handler() -> None:
    deadline = Deadline(1, margin=1)
    assert deadline.left == pytest.approx(0.5, abs=0.1)
    assert deadline.left_for_response == pytest.approx(0.6, abs=0.1)


def test_deadline_absent_never_passes() -> None:
    assert (Deadline(None, margin=1).left, Deadline(None, margin=1).left_for_response) == (inf, inf)


def test_response_of_stuck_handler_ends_the_margin_before_the_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def end(response: ResponseStream, handler_thread: int) -> None:
        ended.append(time.monotonic())
        original(response, handler_thread)

    ended: list[float] = []
    original = _failure.end_without_handler
    monkeypatch.setattr(_failure, "end_without_handler", end)

    @stream(margin=1.6)
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        while not ended:
            with suppress(BaseException):
                time.sleep(60)

    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        handler({}, remaining(4))
    # a busy machine is later, and still before the timeout
    assert 2.4 <= ended[0] - began < 4


STRUCK = """
class Struck(Handle):
    def __init__(self, *arguments, **named):
        pthread_sigmask(SIG_UNBLOCK, {SIGALRM})
        super().__init__(*arguments, **named)
"""


def test_deadline_strikes_not_where_the_loop_notes_the_next_step_of_a_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def handler() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(0.3)  # the time of the handler passes, and the signal waits
        await asyncio.sleep(0)  # the loop notes the next step: Struck lets the signal in

    # the function of C, as `signal` has frames of its own
    loop_itself = {
        **vars(vars(signal)["_signal"]),
        "Handle": asyncio.events.Handle,
        "__name__": "asyncio.events",
    }
    exec(STRUCK, loop_itself)
    monkeypatch.setattr(asyncio.events, "Handle", loop_itself["Struck"])
    # a step that is lost never comes
    guard = kept_loop().call_later(10, kept_loop().stop)
    try:
        with pytest.raises(Interruption), Deadline(0.1, margin=0.05) as deadline:
            run(handler(), deadline)
    finally:
        guard.cancel()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def test_deadline_swallowed_by_handler_stops_it_at_next_item() -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        try:
            signal.pause()
        except BaseException:
            yield {"n": 1}
        yield {"n": 2}

    with pytest.raises(DeadlineExceeded):
        handler({}, remaining(0.1))


@pytest.mark.parametrize(("now", "over"), [(4.9, False), (5.0, True)])
def test_deadline_is_over_at_its_moment(now: float, over: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options(media_type="text/plain", status=200, grace=None, heartbeat=None, margin=1)
    deadline = Deadline(None, 1)
    deadline.at = 5.0
    sink = Mock()
    response = ResponseStream(sink, options, deadline, request_id=None, head=False)
    monkeypatch.setattr("lambda_streaming._response_stream.time", SimpleNamespace(monotonic=lambda: now))
    with pytest.raises(Interruption) if over else nullcontext():
        response.send("x")
    sink.write.assert_called_once_with(b"x")


def test_deadline_restores_the_alarm_of_the_process() -> None:
    before = signal.getsignal(signal.SIGALRM)

    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        yield {"alarm": signal.getsignal(signal.SIGALRM) is not before}

    assert handler({}, remaining(60)).chunks == [b'data: {"alarm":true}\n\n']
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_deadline_outside_main_thread_is_checked_between_items() -> None:
    time_is_up = threading.Event()
    raised = []

    @stream
    def handler(event: object, context: object) -> Iterator[object]:
        yield {"n": 1}
        time_is_up.wait(0.2)
        yield {"n": 2}
        yield {"n": 3}

    def call() -> None:
        try:
            handler({}, remaining(0.1))
        except DeadlineExceeded as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert len(raised) == 1


def test_deadline_alarm_waits_while_a_chunk_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(response: CollectedResponse, data: bytes) -> None:
        if not sent:
            signal.pause()
        response.chunks.append(data)
        sent.append(data)

    sent: list[bytes] = []
    monkeypatch.setattr(CollectedResponse, "write", write)

    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        response.write({"n": 1})

    with pytest.raises(DeadlineExceeded):
        handler({}, remaining(0.2))
    assert sent[0] == N1
    assert sent[1].startswith(b"event: error")


def test_deadline_stops_a_handler_that_survived_a_refused_item() -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        with pytest.raises(TypeError):
            response.write(7)  # type: ignore[arg-type]
        waited.wait(10)
        raise AssertionError("nobody stopped the handler")

    waited = threading.Event()
    with pytest.raises(DeadlineExceeded):
        handler({}, remaining(0.1))
