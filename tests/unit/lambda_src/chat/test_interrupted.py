"""The end of a stream that the deadline or a cancel interrupts, in the words of each format."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from chat.formats.event_stream import CONTENT_TYPE, OTHER
from chat.formats.ui.response import UiMessage
from lambda_streaming import CollectedResponse, DeadlineExceeded, StreamCancelled, _deadline, _test_response

from tests.support.signals import wait_for_alarm
from tests.unit.lambda_src.chat.handling import NATIVE, handle
from tests.unit.lambda_src.chat.streams import TEXT
from tests.unit.lambda_src.chat.test_relay import parsed

OUT_OF_TIME = "the function ran out of time"
MESSAGES = [{"role": "user", "content": "Hi"}]
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
PARTS = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]}
#: Path and body of a stream of each format -> how it ends; the events of SSE by their names.
STREAMS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("/chat", "sse", {"prompt": "Hi"}, [("error", OUT_OF_TIME)]),
    ("/v1/chat/completions", "", {"messages": MESSAGES, "stream": True}, [("error", OUT_OF_TIME)]),
    ("/v1/messages", "", {"messages": MESSAGES, "max_tokens": 9, "stream": True}, [("error", OUT_OF_TIME)]),
    (
        "/v1/responses",
        "",
        {"input": "Hi", "stream": True},
        [("error", OUT_OF_TIME), ("response.failed", OUT_OF_TIME)],
    ),
    (
        "/ui/chat",
        "",
        PARTS,
        [("", '{"type":"error","errorText":"the function ran out of time"}'), ("", "[DONE]")],
    ),
    ("/model/model-1/invoke-with-response-stream", "sse", {"prompt": "Hi"}, [("error", OUT_OF_TIME)]),
]


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, dict[str, Any]], CollectedResponse]:
    """Return what runs a request whose model falls silent after its first text, until the deadline."""

    def run(path: str, query: str, body: dict[str, Any]) -> CollectedResponse:
        def events() -> Iterator[Any]:
            yield from NATIVE[:1] if "invoke" in path else TEXT[:2]
            # the time is up now, on a busy machine as well
            passed.append(60)
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            wait_for_alarm()

        passed: list[float] = []
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(passed))
        monkeypatch.setattr(_deadline, "time", clock)
        response = CollectedResponse()
        monkeypatch.setattr(_test_response, "CollectedResponse", lambda: response)
        context = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: 60_000)
        event = {"path": path, "queryStringParameters": {"format": query}, "body": json.dumps(body)}
        with pytest.raises(DeadlineExceeded):
            handle(event, events(), context)
        return response

    return run


@pytest.mark.parametrize(("path", "query", "body", "ends"), STREAMS, ids=[each[0] for each in STREAMS])
def test_chat_deadline_ends_server_sent_events_in_the_words_of_their_format(
    path: str,
    query: str,
    body: dict[str, Any],
    ends: list[tuple[str, str]],
    interrupted: Callable[[str, str, dict[str, Any]], CollectedResponse],
) -> None:
    blocks = interrupted(path, query, body).body.decode().rstrip("\n").split("\n\n")[-len(ends) :]
    for block, (name, said) in zip(blocks, ends, strict=True):
        *head, data = block.split("\n")
        assert head == ([f"event: {name}"] if name else [])
        assert said in data


def test_chat_deadline_ends_lines_in_an_error(
    interrupted: Callable[[str, str, dict[str, Any]], CollectedResponse],
) -> None:
    last = json.loads(interrupted("/chat", "ndjson", {"prompt": "Hi"}).body.splitlines()[-1])
    assert last["error"]["message"] == OUT_OF_TIME


@pytest.mark.parametrize(
    ("path", "operation", "body"),
    [
        ("/model/model-1/converse-stream", "ConverseStream", CONVERSE),
        (
            "/model/model-1/invoke-with-response-stream",
            "InvokeModelWithResponseStream",
            {"prompt": "Hi"},
        ),
    ],
)
def test_chat_deadline_ends_bedrocks_own_stream_in_an_exception(
    path: str,
    operation: str,
    body: dict[str, Any],
    interrupted: Callable[[str, str, dict[str, Any]], CollectedResponse],
) -> None:
    response = interrupted(path, "eventstream" if "invoke" in path else "", body)
    assert response.headers["content-type"] == CONTENT_TYPE
    *_, last = parsed(operation, response.chunks)
    assert last["Error"] == {"Code": OTHER, "Message": OUT_OF_TIME}


def test_chat_cancel_ends_a_ui_message_in_an_abort() -> None:
    assert UiMessage.last_event(StreamCancelled()) == b'data: {"type":"abort"}\n\ndata: [DONE]\n\n'
