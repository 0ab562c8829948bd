"""Sentry's SDK, as installed from PyPI, and a Sentry on loopback that it reports to."""

from __future__ import annotations

import gzip
import json
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.function import FUNCTIONS, Function
from tests.support.packages import documented, package
from tests.support.servers import HttpServer, Request, whole

# As /var/runtime/bootstrap.py of the managed runtimes imports it, which is where Sentry's SDK looks first.
MANAGED = """
import sys
import awslambdaric.__main__ as awslambdaricmain
awslambdaricmain.main(["bootstrap", sys.argv[1]])
"""


class Sentry:
    """Takes what the SDK reports; its events are complete when the function is done with an invocation."""

    def __init__(self) -> None:
        events: list[dict[str, Any]] = []

        def take(connection: socket.socket, request: Request) -> bool:
            zipped = request.headers.get("content-encoding") == "gzip"
            envelope = gzip.decompress(request.body) if zipped else request.body
            items = [json.loads(line) for line in envelope.splitlines()]
            events.extend(item for item in items if "exception" in item)
            return whole(200)(connection)

        self.events = events
        self.server = HttpServer(take)
        self.dsn = f"http://key@{self.server.address}/1"

    def raised(self) -> list[tuple[str, str]]:
        """Return type and message of the exceptions in what was reported."""
        return [
            (exception["type"], exception["value"])
            for event in self.events
            for exception in event["exception"]["values"]
        ]


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    """Serve on loopback."""
    sentry = Sentry()
    with sentry.server:
        yield sentry


@contextmanager
def running(
    handler: str,
    sentry: Sentry,
    *,
    paths: Sequence[Path] = (),
    below: str = FUNCTIONS,
    command: Sequence[str] | None = None,
    **environment: str,
) -> Iterator[Function]:
    """Run a handler in AWS's runtime loop, with Sentry's SDK."""
    with Function(
        handler,
        package=below,
        paths=[*paths, package("sentry")],
        command=command,
        environment={"SENTRY_DSN": sentry.dsn, **environment},
    ) as function:
        function.api.wait_for_poll()
        yield function


@pytest.mark.parametrize(
    ("handler", "command"),
    [("handler", None), ("handler", (sys.executable, "-c", MANAGED)), ("asynchronous", None)],
    ids=["container", "managed", "asynchronous"],
)
def test_sentry_stream_exception_is_reported_once_before_next_invocation(
    sentry: Sentry, handler: str, command: Sequence[str] | None
) -> None:
    with running(f"sentry.{handler}", sentry, command=command) as function:
        for _ in range(2):
            answer = function.api.invoke({"fails": "in the middle"}).wait()
            function.api.wait_for_poll()
            (event,) = sentry.events
            (exception,) = event["exception"]["values"]
            assert (exception["type"], exception["value"]) == ("RuntimeError", "in the middle")
            assert exception["mechanism"] == {"type": "aws_lambda", "handled": False}
            assert exception["stacktrace"]["frames"][-1]["function"] == "told"
            assert answer.path.endswith(f"/{event['extra']['lambda']['aws_request_id']}/response")
            assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.RuntimeError"
            sentry.events.clear()


def test_sentry_error_before_first_byte_is_reported_once_and_posted(sentry: Sentry) -> None:
    with running("sentry.handler", sentry) as function:
        answer = function.api.invoke({"fails": "early"}).wait()
    assert answer.path.endswith("/error")
    assert sentry.raised() == [("RuntimeError", "before the first byte")]


def test_sentry_http_error_is_not_reported(sentry: Sentry) -> None:
    with running("sentry.handler", sentry) as function:
        answer = function.api.invoke({"fails": "refused"}).wait()
        function.api.wait_for_poll()
    assert answer.prelude["statusCode"] == 404
    assert sentry.raised() == []


def test_sentry_timeout_warning_comes_before_the_deadline(sentry: Sentry) -> None:
    with running("sentry.handler", sentry) as function:
        # 1.5 s before the timeout Sentry's SDK warns, 1 s before it the library ends the stream
        answer = function.api.invoke({"fails": "late"}, timeout_s=2.5).wait()
        function.api.wait_for_poll()
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.DeadlineExceeded"
    assert [kind for kind, _ in sentry.raised()] == ["ServerlessTimeoutWarning", "DeadlineExceeded"]


def test_sentry_documented_handler_reports_to_sentry(sentry: Sentry, tmp_path: Path) -> None:
    handler = documented("sentry_sdk.integrations.aws_lambda", tmp_path)
    with running(handler, sentry, paths=[tmp_path], below="") as function:
        answer = function.api.invoke().wait()
        function.api.wait_for_poll()
    assert answer.payload.startswith(b'data: {"text":"Once "}\n\nevent: error\n')
    (event,) = sentry.events
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "handler"


@pytest.mark.parametrize(("ignored", "mechanism"), [("", "logging"), ("tracer", "aws_lambda")])
def test_sentry_with_powertools_tracer_is_still_one_report(
    sentry: Sentry, ignored: str, mechanism: str
) -> None:
    with running(
        "traced_and_reported.handler",
        sentry,
        paths=[package("powertools")],
        POWERTOOLS_TRACE_DISABLED="true",
        IGNORED=ignored and f"aws_lambda_powertools.tracing.{ignored}",
    ) as function:
        function.api.invoke().wait()
        function.api.wait_for_poll()
    (event,) = sentry.events
    (exception,) = event["exception"]["values"]
    assert (exception["value"], exception["mechanism"]["type"]) == ("in the middle", mechanism)
