"""What one event of each format brings."""

from __future__ import annotations

import json

import pytest

from streaming_api_tools.client.pieces import Piece, piece_of
from streaming_api_tools.client.sse import Event


@pytest.mark.parametrize(
    ("fields", "name", "piece"),
    [
        ({"text": "Hi"}, "delta", Piece("Hi")),
        ({"model": "m"}, "start", Piece()),
        ({"usage": {"outputTokens": 3}}, "done", Piece(done=True, tokens=3)),
        ({"error": {"message": "try again"}}, "error", Piece(error="try again")),
        ({"choices": [{"delta": {"content": "Hi"}}]}, "message", Piece("Hi")),
        ({"choices": [{"delta": {"content": None}}, {"delta": {"content": "a"}}]}, "message", Piece("a")),
        ({"choices": [], "usage": {"completion_tokens": 3}}, "message", Piece(tokens=3)),
        ({"error": {"message": "try again", "code": "x"}}, "message", Piece(error="try again")),
        ({"type": "content_block_delta", "delta": {"text": "Hi"}}, "content_block_delta", Piece("Hi")),
        ({"type": "content_block_delta", "delta": {"thinking": "Hm"}}, "content_block_delta", Piece()),
        ({"type": "message_delta", "usage": {"output_tokens": 3}}, "message_delta", Piece(tokens=3)),
        ({"type": "message_stop"}, "message_stop", Piece(done=True)),
        ({"type": "text-delta", "delta": "Hi"}, "message", Piece("Hi")),
        ({"type": "text-delta", "delta": 5}, "message", Piece("5")),
        ({"type": "reasoning-delta", "delta": "Hm"}, "message", Piece()),
        ({"type": "finish", "messageMetadata": {"usage": {"outputTokens": 3}}}, "message", Piece(tokens=3)),
        ({"type": "error", "errorText": "try again"}, "message", Piece(error="try again")),
        ({"type": "abort"}, "message", Piece(error="the stream was cancelled")),
        ({"type": "response.output_text.delta", "delta": "Hi"}, "response.output_text.delta", Piece("Hi")),
        (
            {"type": "response.completed", "response": {"usage": {"output_tokens": 3}}},
            "response.completed",
            Piece(done=True, tokens=3),
        ),
        ({"type": "response.incomplete", "response": {}}, "response.incomplete", Piece(done=True)),
        (
            {"type": "response.failed", "response": {"error": {"message": "try again"}}},
            "response.failed",
            Piece(error="try again"),
        ),
    ],
)
def test_piece_of_each_format(fields: dict[str, object], name: str, piece: Piece) -> None:
    assert piece_of(Event(json.dumps(fields), name)) == piece


def test_piece_of_done_ends_the_formats_that_have_it() -> None:
    assert piece_of(Event("[DONE]")) == Piece(done=True)


@pytest.mark.parametrize(
    "data",
    [
        "no",
        "[]",
        "1",
        '{"choices": 1}',
        '{"type": "text-delta"}',
        '{"type": "content_block_delta"}',
        "[" * 9999,
    ],
)
def test_piece_of_something_else_is_refused(data: str) -> None:
    with pytest.raises(ValueError, match="an event is not JSON"):
        piece_of(Event(data))
