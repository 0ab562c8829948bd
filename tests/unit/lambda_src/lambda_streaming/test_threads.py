"""Handlers of the writer form whose threads die, which Python only prints."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest
from lambda_streaming import ResponseWriter, stream

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
N1 = b'data: {"n":1}\n\n'


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.parametrize("written", [0, 1])
def test_thread_that_dies_fails_the_response(written: int) -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        def work() -> None:
            for _ in range(written):
                response.write({"n": 1})
            raise KeyError("in the thread")

        in_a_thread(work)

    with pytest.raises(KeyError, match="in the thread"):
        handler({}, None)


def test_thread_that_dies_beside_a_response_leaves_it_alone() -> None:
    def work() -> None:
        raise KeyError("of no concern")

    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        in_a_thread(work)
        response.write({"n": 1})

    assert handler({}, None).chunks == [N1]


def test_thread_that_exits_by_intention_leaves_the_response_alone() -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        def work() -> None:
            response.write({"n": 1})
            sys.exit()

        in_a_thread(work)

    assert handler({}, None).chunks == [N1]


def test_thread_that_exits_with_a_code_fails_the_response_and_not_the_process() -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        def work() -> None:
            response.write({"n": 1})
            sys.exit(3)

        in_a_thread(work)

    with pytest.raises(RuntimeError, match="a thread of the handler exited with 3"):
        handler({}, None)


@pytest.mark.parametrize("result", [{"statusCode": 200}, (n for n in "ab")], ids=["dict", "generator"])
def test_writer_result_that_would_be_lost_is_refused(result: object) -> None:
    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> object:
        return result

    with pytest.raises(TypeError, match="must write to it"):
        handler({}, None)


@pytest.mark.parametrize("chained", [False, True])
def test_thread_that_dies_fails_the_response_beside_a_hook_of_the_function(
    monkeypatch: pytest.MonkeyPatch, chained: bool
) -> None:
    @stream
    def quick(event: object, context: object, response: ResponseWriter) -> None:
        response.write({"n": 1})

    @stream
    def handler(event: object, context: object, response: ResponseWriter) -> None:
        def work() -> None:
            response.write({"n": 1})
            raise KeyError("in the thread")

        in_a_thread(work)

    def hook(args: threading.ExceptHookArgs) -> None:
        called.append(args)
        if chained:
            before(args)

    called: list[threading.ExceptHookArgs] = []
    quick({}, None)
    before = threading.excepthook
    monkeypatch.setattr(threading, "excepthook", hook)
    for _ in range(2):
        with pytest.raises(KeyError, match="in the thread"):
            handler({}, None)
    assert len(called) == 2
