"""`streaming-api chat` in front of a scripted model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest
from aiohttp import web

from tests.smoke.conftest import STREAMING_API, CommandLine
from tests.smoke.servers import Handler, serving, sse, streamed

DONE = sse({"stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 3}}, "done")
ERROR = {"error": {"type": "api_error", "message": "try again"}}


def saying(*parts: bytes) -> Handler:
    async def route(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        for part in parts:
            await response.write(part)
        return response

    return route


async def echo(request: web.Request) -> web.StreamResponse:
    """Say the prompt back."""
    prompt = json.loads(await request.text())["prompt"]
    return await saying(sse({"text": prompt}), DONE)(request)


async def refuse(request: web.Request) -> web.StreamResponse:
    return web.json_response({"type": "error", **ERROR, "request_id": "r-1"}, status=400)


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """Serve a route for each kind of answer."""
    with serving(
        lambda: {
            "/prod/chat": echo,
            "/failed": saying(sse({"text": "Hel"}), sse(ERROR, "error")),
            "/ended": saying(sse({"text": "Hel"})),
            "/refused": refuse,
            "/wide": saying(sse({"text": "caf\u00e9 \U0001f642"}), DONE),
        }
    ) as url:
        yield url


def test_chat_command_sends_the_prompt_and_prints_the_answer(streaming_api: CommandLine, model: str) -> None:
    done = streaming_api("chat", f"{model}/prod/", "Say it\nslowly.", "--stats")
    assert (done.returncode, done.stdout) == (0, "Say it\nslowly.\n")
    assert done.stderr.startswith("first byte ")
    assert "tokens 3 in 1 piece," in done.stderr


def test_chat_command_figures_follow_the_answer_in_a_file_of_both(model: str) -> None:
    command = [str(STREAMING_API), "chat", f"{model}/prod/", "Hello", "--stats"]
    both = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    answer, figures = both.stdout.splitlines()
    assert answer == "Hello"
    assert figures.startswith("first byte ")


def test_chat_command_prompt_may_come_from_stdin(streaming_api: CommandLine, model: str) -> None:
    done = streaming_api("chat", f"{model}/prod/chat", input="from a pipe\n")
    assert done.stdout == "from a pipe\n"


@pytest.mark.parametrize(
    ("route", "shown", "code", "message"),
    [
        ("failed", "Hel\n", 1, "the answer ended in an error: try again"),
        ("ended", "Hel\n", 1, "the answer ended without its terminal event"),
        ("refused", "", 1, "status 400: try again"),
        ("nowhere", "", 1, "status 404: 404: Not Found"),
    ],
)
def test_chat_command_incomplete_answer_keeps_its_text_and_fails(
    streaming_api: CommandLine, model: str, route: str, shown: str, code: int, message: str
) -> None:
    done = streaming_api("chat", f"{model}/{route}", "Hello")
    assert (done.returncode, done.stdout, done.stderr) == (code, shown, f"streaming-api: {message}\n")


def test_chat_command_no_server_and_usage_error_have_own_exit_codes(streaming_api: CommandLine) -> None:
    absent = streaming_api("chat", "http://127.0.0.1:1/", "Hello")
    assert absent.returncode == 3
    assert absent.stderr.startswith("streaming-api: no answer: ")
    assert streaming_api("chat", "nowhere", "Hello").returncode == 2


def test_chat_command_ascii_terminal_gets_replaced_characters(streaming_api: CommandLine, model: str) -> None:
    done = streaming_api("chat", f"{model}/wide", "Hello", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (0, "caf? ?\n")


@pytest.fixture
def talking(environ: dict[str, str]) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Return a function that starts a chat whose output is read as it comes."""
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [STREAMING_API, "chat", url, "Hello"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read(process: subprocess.Popen[bytes], size: int) -> bytes:
    assert process.stdout is not None
    return os.read(process.stdout.fileno(), size)


def test_chat_command_prints_each_text_before_the_next_is_sent(
    talking: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    """The model goes on only when the test has read what the command printed."""
    turns: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str]]] = []

    async def gated(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        queue: asyncio.Queue[str] = asyncio.Queue()
        turns.append((asyncio.get_running_loop(), queue))
        await response.write(sse({"text": "0"}))
        while text := await queue.get():
            await response.write(sse({"text": text}))
        await response.write(DONE)
        return response

    with serving(lambda: {"/chat": gated}) as url:
        process = talking(f"{url}/chat")
        for number in range(5):
            assert read(process, 100) == str(number).encode()
            loop, queue = turns[0]
            loop.call_soon_threadsafe(queue.put_nowait, str(number + 1) if number < 4 else "")
        assert process.wait(60) == 0


async def endless(request: web.Request) -> web.StreamResponse:
    response = await streamed(request)
    while True:
        await response.write(sse({"text": "and so on\n"}))
        await asyncio.sleep(0.001)


def test_chat_command_sigint_ends_without_traceback(
    talking: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    with serving(lambda: {"/chat": endless}) as url:
        process = talking(f"{url}/chat")
        assert read(process, 3) == b"and"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.strip() == b""


def test_chat_command_closed_stdout_ends_without_traceback(
    talking: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    with serving(lambda: {"/chat": endless}) as url:
        process = talking(f"{url}/chat")
        assert read(process, 3) == b"and"
        assert process.stdout is not None
        process.stdout.close()
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 141  # as a shell reports SIGPIPE
    assert stderr == b""
