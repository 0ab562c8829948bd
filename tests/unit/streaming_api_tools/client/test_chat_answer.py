"""What `chat` shows of an answer, and how it ends."""

from __future__ import annotations

import json

import pytest

from streaming_api_tools.client.answer import ChatAnswer
from streaming_api_tools.client.moments import End, Ending, Head, Moment, Part, Sent
from streaming_api_tools.errors import CheckFailed, CouldNotRun, ToolError

MS = 1_000_000
STREAM = {"content-type": "text/event-stream; charset=utf-8"}


def event(fields: object, kind: str = "message") -> bytes:
    return f"event: {kind}\ndata: {json.dumps(fields)}\n\n".encode()


def moments(*parts: bytes, status: int = 200, headers: dict[str, str] = STREAM) -> list[Moment]:
    """Return an exchange in which a part arrives every 10 ms."""
    body = [Part(10 * MS * number, part) for number, part in enumerate(parts, start=2)]
    return [Sent(0, 0), Head(10 * MS, status, headers), *body, End(100 * MS, Ending.CLOSED)]


def show(*exchange: Moment) -> str:
    answer = ChatAnswer()
    return "".join(text for moment in exchange for text in answer.take(moment))


def test_chat_answer_shows_each_text_at_once() -> None:
    answer = ChatAnswer()
    exchange = moments(
        event({"text": "Hel"}), event({"text": "lo"})[:9], event({"text": "lo"})[9:], event({}, "done")
    )
    assert ["".join(answer.take(moment)) for moment in exchange] == ["", "", "Hel", "", "lo", "", ""]


def test_chat_answer_stats_have_first_byte_first_token_and_longest_gap() -> None:
    answer = ChatAnswer()
    done = event({"stopReason": "end_turn", "usage": {"inputTokens": 3, "outputTokens": 7}}, "done")
    for moment in moments(b": hi\n\n", event({"text": "a"}), event({"text": ""}), event({"text": "b"}), done):
        list(answer.take(moment))
    assert answer.timing.line() == (
        "first byte 20 ms, first token 30 ms, tokens 7 in 2 pieces, longest gap 20 ms, end 100 ms"
    )


@pytest.mark.parametrize(
    ("exchange", "error", "message"),
    [
        (
            moments(event({"text": "a"}), event({"error": {"message": "try again"}}, "error")),
            CheckFailed,
            "the answer ended in an error: try again",
        ),
        (moments(event({"text": "a"})), CheckFailed, "the answer ended without its terminal event"),
        (
            [*moments(event({"text": "a"}))[:-1], End(0, Ending.CUT, "reset")],
            CheckFailed,
            "the answer ended without its terminal event: reset",
        ),
        (
            moments(b'{"type":"error","error":{"mess', b'age":"prompt is missing"}}', status=400, headers={}),
            CheckFailed,
            "status 400: prompt is missing",
        ),
        (
            moments(b"{}", headers={"content-type": "application/json"}),
            CheckFailed,
            "content-type is application/json",
        ),
        (moments(b"data: no\n\n"), CheckFailed, "an event is not JSON: 'no'"),
        (moments(b"data: [1]\n\n"), CheckFailed, "an event is not JSON"),
        ([End(0, Ending.UNREACHABLE, "connection refused")], CouldNotRun, "no answer: connection refused"),
    ],
)
def test_chat_answer_incomplete_is_an_error(
    exchange: list[Moment], error: type[ToolError], message: str
) -> None:
    with pytest.raises(error, match=message):
        show(*exchange)


def test_chat_answer_endless_error_body_is_bounded() -> None:
    endless = [Part(0, b"x" * 1000)] * 10
    with pytest.raises(CheckFailed, match="status 500"):
        show(Head(0, 500, {}), *endless)


def test_chat_answer_text_before_an_error_in_one_read_is_shown() -> None:
    answer = ChatAnswer()
    head, part = moments(event({"text": "Hel"}) + event({"error": {"message": "no"}}, "error"))[1:3]
    list(answer.take(head))
    texts = answer.take(part)
    assert next(texts) == "Hel"
    with pytest.raises(CheckFailed, match="ended in an error: no"):
        next(texts)
