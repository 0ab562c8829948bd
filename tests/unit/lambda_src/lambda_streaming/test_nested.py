"""Decorated handlers that are called while an invocation is being answered: they are undecorated there."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from lambda_streaming import CollectedResponse, Response, ResponseWriter, stream

N1 = b'data: {"n":1}\n\n'


@stream(headers={"x-inner": "1"}, status=201)
def generator(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}


@stream
def response(event: object, context: object) -> Response:
    return Response(203, body=({"n": n} for n in (1,)))


@stream
async def asynchronous(event: object, context: object) -> AsyncIterator[object]:
    yield {"n": 1}


@stream
def writer(event: object, context: object, response: ResponseWriter) -> None:
    response.write({"n": 1})


@pytest.mark.parametrize(
    ("inner", "status"),
    [(generator, 200), (response, 203), (asynchronous, 200)],
    ids=lambda each: str(each)[10:20],
)
def test_nested_handler_gives_the_outer_one_what_it_returns(inner: object, status: int) -> None:
    outer = stream(lambda event, context: inner(event, context))  # type: ignore[operator]
    answer = outer({}, None)
    assert isinstance(answer, CollectedResponse)
    assert (answer.status, answer.chunks) == (status, [N1])
    assert "x-inner" not in answer.headers


def test_nested_writer_writes_to_the_outer_response() -> None:
    @stream
    def outer(event: object, context: object, response: ResponseWriter) -> None:
        writer(event, context, response)  # type: ignore[call-arg]
        response.write({"n": 2})

    assert outer({}, None).chunks == [N1, b'data: {"n":2}\n\n']


def test_nested_handler_decorated_twice_answers_once() -> None:
    assert stream(writer)({}, None).chunks == [N1]


def test_nested_handler_failure_leaves_the_next_invocation_alone() -> None:
    @stream
    def fails(event: object, context: object) -> Iterator[object]:
        raise KeyError("mine")
        yield

    with pytest.raises(KeyError):
        fails({}, None)
    assert generator({}, None).status == 201


def test_nested_handler_is_not_assumed_in_another_thread() -> None:
    answers = []

    @stream
    def outer(event: object, context: object) -> Iterator[object]:
        thread = threading.Thread(target=lambda: answers.append(generator({}, None)))
        thread.start()
        thread.join()
        yield {"n": 1}

    outer({}, None)
    assert answers[0].status == 201
