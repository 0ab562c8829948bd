"""The chat function with a store: each format is resumed, and a cancel stops the model."""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from lambda_streaming_store import rows
from lambda_streaming_store.table import Table

from tests.store.streams import ROUTES, Seen, get, send
from tests.support.bedrock.shipped import standin
from tests.support.gateway import PATIENCE, Client, Serving
from tests.support.ministack import Ministack
from tests.support.templates import ROOT, application, template

MODEL = "amazon.nova-lite-v1:0"
PROMPT = [{"role": "user", "content": "Tell me a story about a river"}]
#: path -> body
FORMATS: dict[str, dict[str, object]] = {
    "/chat": {"prompt": "Tell me a story about a river"},
    "/chat/completions": {"model": MODEL, "messages": PROMPT, "stream": True},
    "/v1/messages": {"model": MODEL, "max_tokens": 500, "messages": PROMPT, "stream": True},
    "/ui/chat": {
        "messages": [{"id": "1", "role": "user", "parts": [{"type": "text", "text": "Tell me a story"}]}]
    },
}


class Tokens:
    """Holds the tokens of the model, and counts those that it was to write."""

    def __init__(self) -> None:
        self._allowed: queue.Queue[None] = queue.Queue()
        self.asked = 0

    async def __call__(self, index: int) -> None:
        """Wait for the test."""
        self.asked += 1
        await asyncio.to_thread(self._allowed.get, timeout=PATIENCE)

    def let_go(self, number: int) -> None:
        """Let the next tokens go."""
        for _ in range(number):
            self._allowed.put(None)


@pytest.fixture(name="tokens")
def _tokens() -> Tokens:
    return Tokens()


@pytest.fixture(name="chat")
def _chat(table_name: str, ministack: Ministack, tokens: Tokens, tmp_path: Path) -> Iterator[Serving]:
    with standin(tokens) as bedrock:
        environment = {
            "BEDROCK_MODEL_ID": MODEL,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock,
            "STREAM_STORE_TABLE": table_name,
            "STREAM_STORE_REPLAY": "true",
        }
        code = str(ROOT / "lambda_src")
        routes: dict[str, dict[str, object]] = {
            f"POST {path}": {"handler": "chat.handler.handler", "code": code, "environment": environment}
            for path in FORMATS
        }
        routes |= {
            route: {
                "handler": f"streams.{name}.handler",
                "code": code,
                "environment": {"STREAM_TABLE": table_name},
            }
            for route, name in ROUTES.items()
        }
        content = application(template(routes), tmp_path)
        with Serving(content, environment=ministack.environment) as serving:
            yield serving
        tokens.let_go(500)  # a model that was cancelled waits for one still


def ask(serving: Serving, path: str, size: int | None = None, **more: object) -> Seen:
    """Ask for an answer; leave after so many bytes, or stay to its end."""
    with Client(serving.url) as client:
        body = json.dumps({**FORMATS[path], **more})
        response = client.send("POST", f"/prod{path}", body, {"content-type": "application/json"})
        return Seen(response, response.read() if size is None else response.read(size), "")


@pytest.mark.parametrize("path", FORMATS)
def test_chat_answer_in_each_format_is_resumed_after_a_cut(chat: Serving, tokens: Tokens, path: str) -> None:
    tokens.let_go(1)
    first = ask(chat, path, 20)
    with Client(chat.url) as client:
        client.ask("GET", f"/prod/streams/{first.stream_id}?after=20")
        tokens.let_go(500)
        response = client.answer()
        rest = response.read()
    assert response.status == 200
    whole = get(chat, f"/streams/{first.stream_id}").body
    assert first.body + rest == whole
    assert whole.count(b"\nid: ") + whole.startswith(b"id: ") > 5
    assert b"error" not in whole
    # a client that repeats its request is not answered by the model
    asked = tokens.asked
    last = whole.rpartition(b"id: ")[2].partition(b"\n")[0].decode()
    with Client(chat.url) as client:
        headers = {"content-type": "application/json", "last-event-id": last}
        again = client.send("POST", f"/prod{path}", json.dumps(FORMATS[path]), headers)
        # a client that sends POST takes a 204 for an error
        assert (again.status, again.read()) == (200, b"")
        assert again.headers["content-type"] == "text/event-stream"
    assert tokens.asked == asked


def test_chat_cancel_stops_the_model_that_is_silent(chat: Serving, tokens: Tokens) -> None:
    tokens.let_go(3)
    first = ask(chat, "/chat", 20)
    assert send(chat, "POST", f"/streams/{first.stream_id}/cancel") == 204
    seen = get(chat, f"/streams/{first.stream_id}").body
    assert b"stream_cancelled" in seen
    assert b'"usage"' not in seen
    asked = tokens.asked
    tokens.let_go(500)
    # an answer that comes whole, after the one that was left
    assert b"error" not in ask(chat, "/chat").body
    whole = tokens.asked - asked
    tokens.asked = 0
    tokens.let_go(500)
    ask(chat, "/chat")
    # the model notices with the first token that it writes into a closed connection
    assert whole - tokens.asked <= 2


def test_chat_cancel_ends_a_ui_message_with_the_part_of_the_protocol(chat: Serving, tokens: Tokens) -> None:
    tokens.let_go(3)
    first = ask(chat, "/ui/chat", 20)
    assert send(chat, "POST", f"/streams/{first.stream_id}/cancel") == 204
    seen = get(chat, f"/streams/{first.stream_id}").body
    assert [line for line in seen.splitlines() if line.startswith(b"data: ")][-2:] == [
        b'data: {"type":"abort"}',
        b"data: [DONE]",
    ]
    assert b"error" not in seen


def test_chat_of_the_ai_sdk_is_resumed_whole_by_its_id_until_it_has_ended(
    chat: Serving, tokens: Tokens
) -> None:
    path = "/ui/chat/chat-1/stream"
    assert get(chat, path).status == 204
    tokens.let_go(3)
    first = ask(chat, "/ui/chat", 20, id="chat-1", trigger="submit-message")
    # the note of the chat is there when a reader of the stream sees it
    assert get(chat, f"/streams/{first.stream_id}", 20).body == first.body
    with Client(chat.url) as client:
        response = client.send("GET", f"/prod{path}")
        assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
        tokens.let_go(500)
        body = response.read()
    assert body == get(chat, f"/streams/{first.stream_id}").body
    assert body.partition(b"data: ")[2].startswith(b'{"type":"start","messageId":')
    assert body.splitlines()[-3] == b"data: [DONE]"
    assert (get(chat, path).status, get(chat, "/ui/chat/another/stream").status) == (204, 204)


def test_chat_record_of_usage_has_the_key_of_the_rows_and_not_the_id(
    chat: Serving, tokens: Tokens, table: Table
) -> None:
    tokens.let_go(500)
    first = ask(chat, "/chat")
    record = json.loads(chat.logged('"event":"usage"').partition("] ")[2])
    # whoever has the id has the stream, where nobody is authenticated
    assert not [line for line in chat.log if first.stream_id in line]
    assert table.call("GetItem", rows.get(record["stream_key"]))["Item"]


@pytest.mark.parametrize(("chat_id", "in_path"), [("chat-1", "chat-1"), ("a b/é..", "a%20b%2F%C3%A9..")])
def test_chat_of_the_ai_sdk_is_stopped_by_its_id_and_its_model_with_it(
    chat: Serving, tokens: Tokens, chat_id: str, in_path: str
) -> None:
    tokens.let_go(3)
    first = ask(chat, "/ui/chat", 20, id=chat_id, trigger="submit-message")
    path = f"/ui/chat/{in_path}"
    assert get(chat, f"/streams/{first.stream_id}", 20).body == first.body
    # what the client means has ended long ago
    stale = json.dumps({"activeStreamId": "0" * 32})
    assert send(chat, "POST", f"{path}/stop", stale) == 204
    with Client(chat.url) as client:
        assert client.send("GET", f"/prod{path}/stream").status == 200
    assert send(chat, "POST", f"{path}/stop", json.dumps({"activeStreamId": first.stream_id})) == 204
    # from now on the chat has none, although the model may still write
    assert get(chat, f"{path}/stream").status == 204
    seen = get(chat, f"/streams/{first.stream_id}").body
    assert [line for line in seen.splitlines() if line.startswith(b"data: ")][-2:] == [
        b'data: {"type":"abort"}',
        b"data: [DONE]",
    ]
    assert tokens.asked <= 4
    assert send(chat, "POST", f"{path}/stop") == 204


def test_chat_stop_of_somebody_else_or_of_no_chat_stops_nothing(chat: Serving, tokens: Tokens) -> None:
    tokens.let_go(3)
    first = ask(chat, "/ui/chat", 20, id="chat-1", trigger="submit-message")
    assert get(chat, f"/streams/{first.stream_id}", 20).body == first.body
    for other in ("another", "..", ".", "%2E%2E", "%00"):
        assert send(chat, "POST", f"/ui/chat/{other}/stop") in (204, 403, 404), other
    tokens.let_go(500)
    assert get(chat, f"/streams/{first.stream_id}").body.splitlines()[-3] == b"data: [DONE]"
    assert b'"abort"' not in get(chat, f"/streams/{first.stream_id}").body


def test_chat_request_that_declines_is_not_kept(chat: Serving, tokens: Tokens) -> None:
    tokens.let_go(500)
    seen = ask(chat, "/chat/completions", store=False)
    assert seen.status == 200
    assert seen.stream_id == ""
    assert b"\nid: " not in seen.body
