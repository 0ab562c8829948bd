"""Cancel a handler from another thread: as by the deadline, and told as what it is."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from lambda_streaming._deadline import Deadline, Interruption
from lambda_streaming._errors import DeadlineExceeded, StreamCancelled
from lambda_streaming._failure import end_of


def soon(deadline: Deadline, entered: threading.Event) -> threading.Thread:
    """Cancel from another thread once the handler runs."""

    def cancel() -> None:
        entered.wait(10)
        deadline.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    return thread


def test_cancel_interrupts_a_blocked_read() -> None:
    deadline, entered = Deadline(60, 1), threading.Event()
    ours, theirs = socket.socketpair()
    thread = soon(deadline, entered)

    def read() -> None:
        with deadline:
            entered.set()
            ours.recv(1)

    with ours, theirs:
        with pytest.raises(Interruption):
            read()
        thread.join()
    assert isinstance(end_of(deadline), StreamCancelled)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_cancel_before_the_handler_stops_it_at_its_first_line() -> None:
    deadline = Deadline(60, 1)
    deadline.cancel()
    with pytest.raises(Interruption), deadline:
        raise AssertionError("the handler ran")


def test_cancel_after_the_handler_sets_no_timer() -> None:
    deadline = Deadline(60, 1)
    with deadline:
        pass
    deadline.cancel()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_cancel_after_the_deadline_leaves_it_the_deadline() -> None:
    deadline = Deadline(0.001, 1)
    while not deadline.passed:
        time.sleep(0.001)
    deadline.cancel()
    assert isinstance(end_of(deadline), DeadlineExceeded)


def test_cancel_wakes_who_waits_for_the_deadline() -> None:
    deadline, woken = Deadline(60, 1), threading.Event()
    deadline.wakers.append(woken.set)
    deadline.cancel()
    assert woken.is_set()
    assert deadline.left <= 0


@pytest.fixture(autouse=True)
def _no_alarm_is_left() -> Iterator[None]:
    yield
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
