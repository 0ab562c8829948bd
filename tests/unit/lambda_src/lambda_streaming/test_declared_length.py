"""A response whose declared length its body has to have."""

from __future__ import annotations

import pytest
from lambda_streaming._failure import fail
from lambda_streaming._forms.response import start

from tests.unit.lambda_src.lambda_streaming.test_response_stream import Recorder, response_stream


@pytest.mark.parametrize(("declared", "sent"), [("3", b"ab"), ("1", b"ab")])
def test_declared_length_other_than_the_body_is_cut(declared: str, sent: bytes) -> None:
    response = response_stream(Recorder(), "text/plain")
    start(response, 200, {"content-length": declared}, ())

    def finish() -> None:
        response.send(sent)
        response.end()

    with pytest.raises(ValueError, match=f"must have the {declared} bytes of its content-length, got 2"):
        finish()


def test_declared_length_longer_than_whole_body_is_refused() -> None:
    sink = Recorder()
    response = response_stream(sink)
    start(response, 200, {"content-length": "5"}, ())
    with pytest.raises(ValueError, match="must have the 5 bytes"):
        response.send(b"abc", whole=True)
    assert sink.said == []


def test_declared_length_leaves_no_room_for_comments_and_error_events() -> None:
    sink = Recorder()
    response = response_stream(sink)
    start(response, 200, {"content-type": "text/event-stream", "content-length": "50"}, ())
    assert not response.takes_pings
    response.send("a")
    fail(response, RuntimeError())
    assert sink.said == [200, b"data: a\n\n", "dropped"]
