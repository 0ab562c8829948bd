"""`streaming-api chat` on streams that are kept: cut, left, followed by another, cancelled."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.store.test_chat import FORMATS, Tokens, _chat, _tokens, ask
from tests.store.test_resume import SEEDS
from tests.support.command_line import SCRIPT
from tests.support.cutting import CuttingRelay
from tests.support.gateway import PATIENCE, Serving
from tests.support.ministack import ROOT

__all__ = ["_chat", "_tokens"]

PAGE = (ROOT / "docs" / "how-to-resume.md").read_text("utf-8")
PROMPT = "Tell me a story about a river"
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    """Return what starts the command."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    environment |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        started.append(
            subprocess.Popen(
                [SCRIPT, "chat", *arguments], env=environment, stdin=pipe, stdout=pipe, stderr=pipe
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Wait for the end of a command and return its exit code and what it has printed."""
    out, error = process.communicate(timeout=2 * PATIENCE)
    return process.returncode, out.decode(), error.decode()


def read(process: subprocess.Popen[bytes]) -> bytes:
    """Wait for output."""
    assert process.stdout
    return os.read(process.stdout.fileno(), 1000)


def documented(line: str, url: str) -> str:
    """Return a line as the page has it: another stream, another API, another cut."""
    line = re.sub("[0-9a-f]{32}", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", line.strip())
    line = re.sub(r"cut after \d+ bytes( \(.*\))?", "cut after 412 bytes", line)
    return line.replace(url or "\0", "https://abc123.execute-api.eu-west-1.amazonaws.com")


@pytest.fixture(name="whole")
def _whole(chat: Serving, tokens: Tokens, start: Start) -> str:
    """Return the answer as it is printed when nothing is cut."""
    tokens.let_go(500)
    code, out, error = ended(start(f"{chat.url}/prod/", PROMPT))
    assert (code, error) == (0, "")
    while not tokens._allowed.empty():
        tokens._allowed.get()
    tokens.asked = 0
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_chat_command_that_is_cut_twice_goes_on_and_doubles_nothing(
    chat: Serving, tokens: Tokens, start: Start, whole: str, seed: int
) -> None:
    rng = random.Random(seed)
    with CuttingRelay(chat.url, [rng.randrange(1, 300), rng.randrange(1, 300)]) as relay:
        # the model is silent when the first connection is cut, at the latest
        tokens.let_go(8)
        process = start(f"{relay.url}/prod/", PROMPT, "--stats")
        for _ in range(2):
            relay.wait_for_connection()
        tokens.let_go(500)
        code, out, error = ended(process)
    assert (code, out) == (0, whole)
    first, second, stats = error.splitlines()
    assert re.fullmatch(r"streaming-api: the answer was cut after \d+ bytes.*, and goes on from there", first)
    assert re.fullmatch(
        r"streaming-api: the answer was cut after \d+ bytes.*, and goes on from there", second
    )
    assert stats.endswith(", resumed 2 times")
    assert documented(first, relay.url) in documented(PAGE, "")
    # one answer of one model
    assert tokens.asked <= len(whole.split()) + 2


def test_chat_command_over_http2_that_is_cut_goes_on(
    chat: Serving, tokens: Tokens, start: Start, whole: str
) -> None:
    with CuttingRelay(chat.url) as relay:
        tokens.let_go(1)
        process = start(f"{relay.url}/prod/", PROMPT, "--http-version", "2")
        first = read(process).decode()
        assert whole.startswith(first)
        relay.cut()
        tokens.let_go(500)
        code, out, error = ended(process)
    assert (code, first + out) == (0, whole)
    assert error.count("goes on from there") == 1


def test_chat_command_that_is_left_tells_how_to_come_back_and_another_follows(
    chat: Serving, tokens: Tokens, start: Start, whole: str
) -> None:
    tokens.let_go(2)
    process = start(f"{chat.url}/prod/", PROMPT)
    assert whole.startswith(read(process).decode())
    process.send_signal(signal.SIGINT)
    code, _, error = ended(process)
    assert code == 130
    found = re.fullmatch(
        r"streaming-api: the answer goes on; this follows it, and with --cancel stops it:"
        r" streaming-api chat (--id [0-9a-f]{32} \S+)\n+",
        error,
    )
    assert found, error
    assert documented(error, chat.url) in PAGE
    follower = start(*found[1].split())
    assert whole.startswith(read(follower).decode())
    tokens.let_go(500)
    code, _, error = ended(follower)
    assert (code, error) == (0, "")
    assert ended(start(*found[1].split())) == (0, whole, "")


@pytest.mark.parametrize("path", FORMATS)
def test_chat_command_follows_a_stream_in_each_format_of_server_sent_events(
    chat: Serving, tokens: Tokens, start: Start, path: str
) -> None:
    tokens.let_go(3)
    first = ask(chat, path, 20)
    tokens.let_go(500)
    code, out, error = ended(start("--id", first.stream_id, f"{chat.url}/prod/", "--stats"))
    assert code == 0, error
    assert out.startswith("This answer comes from the local stand-in for Amazon Bedrock")
    assert out.endswith("as you would with a model.\n")
    assert re.search(r"tokens \d+ in", error) or path == "/chat/completions"


def test_chat_command_cancels_an_answer_for_everybody(
    chat: Serving, tokens: Tokens, start: Start, whole: str
) -> None:
    tokens.let_go(2)
    left = start(f"{chat.url}/prod/", PROMPT)
    read(left)
    left.send_signal(signal.SIGINT)
    found = re.search(r"--id \S+ \S+(?=\n)", ended(left)[2])
    assert found
    follower = start(*found[0].split())
    assert whole.startswith(read(follower).decode())
    assert ended(start("--cancel", *found[0].split())) == (0, "cancelled\n", "")
    code, out, error = ended(follower)
    assert code == 1
    assert len(out) < len(whole)
    assert error == "streaming-api: the answer ended in an error: the stream was cancelled\n"
    asked = tokens.asked
    tokens.let_go(500)
    # it is cancelled for good, and that is no error
    assert ended(start("--cancel", *found[0].split())) == (0, "cancelled\n", "")
    assert ended(start(*found[0].split()))[2] == error
    assert tokens.asked - asked <= 1


def test_chat_command_of_a_stream_that_is_not_there_says_so(chat: Serving, start: Start) -> None:
    unknown = ("--id", "0" * 32, f"{chat.url}/prod/")
    why = "there is no such stream: it has expired, was deleted, or belongs to somebody else\n"
    assert ended(start(*unknown)) == (1, "", f"streaming-api: the stream does not come: {why}")
    assert ended(start("--cancel", *unknown)) == (1, "", f"streaming-api: the stream is not cancelled: {why}")
