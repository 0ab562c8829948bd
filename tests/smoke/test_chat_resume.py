"""How `chat` comes back for an answer that was cut: where it looks, how often, and what it gives up on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from aiohttp import web

from streaming_api_tools.client.answer import ChatAnswer
from streaming_api_tools.client.kept_stream import KeptStream, Refused
from streaming_api_tools.client.moments import Request
from streaming_api_tools.client.resume import ResumedAnswer
from streaming_api_tools.errors import CheckFailed, CouldNotRun
from tests.smoke.conftest import CommandLine
from tests.smoke.servers import Handler, cut, serving, sse, streamed

STREAM = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
DONE = sse({"stopReason": "end_turn", "usage": {"outputTokens": 3}}, "done")
ANSWER = b": hello\n\n" + sse({"text": "Hel"}) + sse({"text": "lo, "}) + sse({"text": "W\u00f6rld"}) + DONE
AT_ONCE = (0.0, 0.0, 0.0)
KEPT = {"x-stream-id": STREAM}


def reader(code: str, status: int) -> web.Response:
    """Answer as the reader of the store does where it has no stream."""
    error = {"type": "api_error", "message": "no", "code": code}
    return web.json_response({"type": "error", "error": error}, status=status)


class Api:
    """A chat route whose answers are cut, and the route of the kept stream.

    :param turns: what the reader does, one by one: it writes so many bytes of the rest and cuts, writes all
        for None, or answers something else
    """

    def __init__(self, first: int, turns: Sequence[int | Callable[[], web.Response] | None]) -> None:
        self._first = first
        self._turns = list(turns)
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[str] = []

    async def chat(self, request: web.Request) -> web.StreamResponse:
        response = await streamed(request, **KEPT)
        await response.write(ANSWER[: self._first])
        await cut(request, response)
        return response

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path, request.query.get("after", "0")))
        self.headers.append(request.headers.get("x-api-key", ""))
        turn = self._turns.pop(0)
        if callable(turn):
            return turn()
        response = await streamed(request, **KEPT)
        after = int(request.query.get("after", "0"))
        await response.write(ANSWER[after : None if turn is None else after + turn])
        if turn is not None:
            await cut(request, response)
        return response

    def routes(self) -> dict[str, Handler]:
        return {"/prod/v1/chat": self.chat, "/prod/streams/{id}": self.stream, "/{any:.*}": self.nothing}

    async def nothing(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"message": "Missing Authentication Token"}, status=403)


def ask(url: str, stream_id: str = "", headers: dict[str, str] | None = None) -> tuple[str, list[str], int]:
    """Ask, or follow; return the text, the lines that were told, and how often it was resumed."""
    answer = ChatAnswer()
    told: list[str] = []
    text: list[str] = []
    resumed = ResumedAnswer(
        lambda request: Request(
            request.url, request.body, {**request.headers, **(headers or {})}, request.method
        ),
        lambda: answer.whole,
        told.append,
        20.0,
        stream_id,
        pauses=AT_ONCE,
    )

    async def run() -> None:
        moments = resumed.follow(url) if stream_id else resumed.ask(Request(url, b"{}"))
        async for moment in moments:
            text.extend(answer.take(moment))

    asyncio.run(run())
    return "".join(text), told, resumed.resumed


@pytest.mark.parametrize("first", range(1, len(ANSWER), 7))
def test_chat_resume_goes_on_at_the_byte_of_the_cut(first: int) -> None:
    api = Api(first, [1, 2, None])
    with serving(api.routes) as url:
        text, told, resumed = ask(f"{url}/prod/v1/chat", headers={"x-api-key": "secret"})
    assert text == "Hello, W\u00f6rld"
    # where a connection is cut, the last bytes in it may be lost; once the end is there, nothing is asked for
    assert {(method, path) for method, path, _ in api.asked} <= {("GET", f"/prod/streams/{STREAM}")}
    positions = [int(after) for _, _, after in api.asked]
    assert positions == sorted(positions)
    assert len(told) == resumed == len(positions)
    assert all(f"was cut after {after} bytes" in line for after, line in zip(positions, told, strict=True))
    assert positions or first > ANSWER.index(b"event: done")
    assert set(api.headers) == {"secret"}


@pytest.mark.parametrize(
    "passing",
    [
        lambda: web.Response(status=429),
        lambda: web.Response(status=503, headers={"retry-after": "1"}),
        lambda: web.json_response({"message": "Endpoint request timed out"}, status=504),
        0,
    ],
)
def test_chat_resume_waits_for_what_passes_and_gives_up_in_the_end(passing: object) -> None:
    api = Api(20, [passing, passing, None])  # type: ignore[list-item]
    with serving(api.routes) as url:
        assert ask(f"{url}/prod/v1/chat")[0] == "Hello, W\u00f6rld"
    api = Api(20, [1, *[passing] * 3])  # type: ignore[list-item]
    with serving(api.routes) as url, pytest.raises(CheckFailed, match=rf"by 3 attempts.*--id {STREAM}"):
        ask(f"{url}/prod/v1/chat")
    assert len(api.asked) == 4


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (404, "stream_not_found", "there is no such stream"),
        (410, "stream_not_kept", "the rest of the stream was not kept"),
        (416, "position_unknown", "the stream ended before this position"),
        (502, "producer_lost", "the function is lost, and the stream incomplete"),
        (502, "stream_cut", "the stream broke off at the function"),
    ],
)
def test_chat_resume_that_cannot_succeed_says_why_at_once(status: int, code: str, why: str) -> None:
    api = Api(20, [lambda: reader(code, status)])
    with (
        serving(api.routes) as url,
        pytest.raises(CheckFailed, match=f"rest of the answer does not come: {why}"),
    ):
        ask(f"{url}/prod/v1/chat")
    assert len(api.asked) == 1


def test_chat_resume_of_a_stream_that_has_nothing_more_is_an_answer_without_its_end() -> None:
    api = Api(20, [lambda: web.Response(status=204)])
    with serving(api.routes) as url, pytest.raises(CheckFailed, match="without its terminal event"):
        ask(f"{url}/prod/v1/chat")


def test_chat_resume_without_a_route_names_what_the_api_said() -> None:
    api = Api(20, [])
    with (
        serving(lambda: {"/chat": api.chat, "/{any:.*}": api.nothing}) as url,
        pytest.raises(CheckFailed, match="does not come: status 403: Missing Authentication Token"),
    ):
        ask(f"{url}/chat")


def test_chat_resume_takes_nothing_from_a_path_that_is_another_stream() -> None:
    async def other(request: web.Request) -> web.StreamResponse:
        response = await streamed(request, **{"x-stream-id": "f" * 32})
        await response.write(ANSWER)
        return response

    api = Api(20, [])
    with (
        serving(lambda: {"/chat": api.chat, "/{any:.*}": other}) as url,
        pytest.raises(CheckFailed, match="does not come: status 200"),
    ):
        ask(f"{url}/chat")


def test_chat_resume_leaves_answers_that_are_not_kept_as_they_were() -> None:
    async def unkept(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        await response.write(ANSWER[:20])
        await cut(request, response)
        return response

    with (
        serving(lambda: {"/chat": unkept}) as url,
        pytest.raises(CheckFailed, match="the answer ended without its terminal event"),
    ):
        ask(f"{url}/chat")


def test_chat_resume_follows_a_stream_from_its_beginning_and_without_a_server_gives_up_at_once() -> None:
    api = Api(0, [25, None])
    with serving(api.routes) as url:
        text, told, resumed = ask(f"{url}/prod/v1/chat", STREAM)
    assert (text, resumed, len(told)) == ("Hello, W\u00f6rld", 1, 1)
    with pytest.raises(CouldNotRun, match="no answer"):
        ask("http://127.0.0.1:1/chat", STREAM)


@pytest.mark.parametrize(("status", "done"), [(204, True), (404, False)])
def test_chat_cancel_asks_the_route_of_the_stream(status: int, done: bool) -> None:
    asked: list[tuple[str, str]] = []

    async def route(request: web.Request) -> web.StreamResponse:
        asked.append((request.method, request.path))
        return reader("stream_not_found", 404) if status == 404 else web.Response(status=status)

    with serving(lambda: {"/prod/streams/{id}/cancel": route}) as url:
        stream = KeptStream(f"{url}/prod/chat", STREAM, lambda request: request)
        cancelling: Callable[[], Awaitable[None]] = stream.cancel

        async def run() -> None:
            await cancelling()

        if done:
            asyncio.run(run())
        else:
            with pytest.raises(Refused, match="no such stream"):
                asyncio.run(run())
    assert asked == [("POST", f"/prod/streams/{STREAM}/cancel")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--id", STREAM, "Hello"), "leave PROMPT out"),
        (("--id", "none"), "'none' is not the id of a stream"),
        (("--cancel",), "--cancel needs --id"),
    ],
)
def test_chat_command_wrong_usage_of_ids_is_2(
    streaming_api: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    *options, last = arguments
    place = (
        [*options, "http://127.0.0.1:1/", last] if last == "Hello" else [*arguments, "http://127.0.0.1:1/"]
    )
    done = streaming_api("chat", *place)
    assert done.returncode == 2
    assert said in done.stderr
