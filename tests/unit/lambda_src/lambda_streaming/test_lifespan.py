"""Start and shut down ASGI applications, and tell the log what went wrong."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lambda_streaming import asgi
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

LAYER = Path(__file__).resolve().parents[4] / "lambda_src" / "layer" / "python"
SHUTS_DOWN = """
import lambda_streaming

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    print((await receive())["type"], flush=True)
    %s

lambda_streaming.asgi(app)
"""


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, bool]]:
    """Return level, text and whether there is a traceback, of each record."""
    return [(each.levelname, each.getMessage(), bool(each.exc_info)) for each in caplog.records]


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request."""
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


def test_lifespan_that_says_that_it_failed_fails_the_initialization() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="failed to start: no database"):
        asgi(app)


def test_lifespan_of_starlette_that_raises_fails_the_initialization(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise ConnectionError("no database")
        yield

    with pytest.raises(RuntimeError, match="no database"):
        asgi(Starlette(lifespan=lifespan))


@pytest.mark.parametrize("error", [AssertionError("only http"), NotImplementedError(), KeyError("method")])
def test_lifespan_of_an_application_without_one_is_a_line_of_information(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise error
        await answers(scope, receive, send)

    caplog.set_level(logging.INFO)
    assert asgi(app)({"httpMethod": "GET", "path": "/"}, None).status == 204
    kind = type(error).__name__
    assert logged(caplog) == [("INFO", f"the application has no lifespan: {kind}", False)]


def test_lifespan_that_raises_after_it_was_told_is_logged_and_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            raise ConnectionError("no database")
        await answers(scope, receive, send)

    assert asgi(app)({"httpMethod": "GET", "path": "/"}, None).status == 204
    assert logged(caplog) == [("WARNING", "the application goes on without its lifespan, which failed", True)]
    assert "ConnectionError: no database" in caplog.text


@pytest.mark.parametrize("kind", ["lifespan.shutdown.complete", "http.response.start"])
def test_lifespan_message_out_of_order_is_refused(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": kind})

    asgi(app)
    assert f"got '{kind}'" in caplog.text
    assert "expected lifespan.startup.complete or lifespan.startup.failed" in caplog.text


def test_lifespan_second_answer_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.startup.complete"})
        await answers(scope, receive, send)

    asgi(app)({"httpMethod": "GET", "path": "/"}, None)
    assert "expected no more of the application, got 'lifespan.startup.complete'" in caplog.text
    assert ("ERROR", "the lifespan of the application failed", True) in logged(caplog)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ('await send({"type": "lifespan.shutdown.complete"})', ""),
        ('await send({"type": "lifespan.shutdown.failed", "message": "late"})', "failed to shut down: late"),
        ('raise ConnectionError("gone")', "ConnectionError: gone"),
    ],
    ids=["complete", "failed", "raises"],
)
def test_lifespan_shutdown_comes_with_the_end_of_the_process(end: str, words: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SHUTS_DOWN % end],
        env={"PYTHONPATH": str(LAYER)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "lifespan.shutdown\n"
    assert words in run.stderr
    assert bool(run.stderr) == bool(words)
