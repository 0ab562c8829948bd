"""Powertools for AWS Lambda, as installed from PyPI, around handlers that stream."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.function import Function
from tests.support.packages import documented, package
from tests.support.runtime_api import TIMEOUT, Invocation, Request

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
HEADERS = {"Lambda-Runtime-Trace-Id": f"Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1"}


class Daemon:
    """The X-Ray daemon as far as a function sees it: a UDP port."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def segment(self) -> dict[str, Any]:
        """Wait for a segment."""
        self._socket.settimeout(TIMEOUT)
        segment: dict[str, Any] = json.loads(self._socket.recv(65536).partition(b"\n")[2])
        return segment

    def is_idle(self) -> bool:
        """Tell whether no segment is there."""
        self._socket.settimeout(0)
        try:
            self._socket.recv(65536, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Have no daemon any more."""
        self._socket.close()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """Listen for segments."""
    daemon = Daemon()
    yield daemon
    daemon.close()


@contextmanager
def running(
    handler: str, daemon: Daemon, *, module: str = "powertools", **environment: str
) -> Iterator[Function]:
    """Run a handler in AWS's runtime loop, with Powertools."""
    with Function(
        f"{module}.{handler}",
        paths=[package("powertools")],
        environment={"AWS_XRAY_DAEMON_ADDRESS": daemon.address, **environment},
    ) as function:
        function.api.wait_for_poll()
        yield function


def begun(function: Function, **event: object) -> Invocation:
    """Invoke a function, and wait for the first item."""
    invocation = function.api.invoke(event, headers=HEADERS)
    invocation.skip_head()
    assert invocation.next_chunk() == b'data: {"n":1}\n\n'
    return invocation


def ended(function: Function, invocation: Invocation) -> Request:
    """Let a handler go on, and wait until the runtime asks for the next invocation."""
    function.release()
    answer = invocation.wait()
    function.api.wait_for_poll()
    return answer


def logged(function: Function, key: str) -> list[Any]:
    """Return what a function has logged under a key, such as the name of a metric."""
    lines = [json.loads(line) for line in function.output.splitlines() if line.startswith("{")]
    return [line[key] for line in lines if key in line]


def test_powertools_outside_stream_lasts_as_long_as_the_stream(daemon: Daemon) -> None:
    with running("outside", daemon) as function:
        invocation = begun(function)
        assert not logged(function, "Words")
        assert daemon.is_idle()
        assert ended(function, invocation).payload.endswith(b'data: {"n":2}\n\n')
        assert logged(function, "Words") == [[1.0]]
        segment = daemon.segment()
    assert (segment["name"], segment["trace_id"]) == ("## told", TRACE)
    assert "fault" not in segment


@pytest.mark.parametrize("handler", ["outside", "asynchronous"])
def test_powertools_outside_stream_sees_the_exception(daemon: Daemon, handler: str) -> None:
    with running(handler, daemon) as function:
        answer = ended(function, begun(function, fails=True))
        assert logged(function, "Words") == [[1.0]]
        assert logged(function, "message") == [{"fails": True}, "a line that is kept back"]
        segment = daemon.segment()
        assert not [path for path in function.api.paths if path.endswith("/error")]
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.RuntimeError"
    assert b"event: error" in answer.payload
    assert segment["fault"]
    (exception,) = segment["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("RuntimeError", "in the middle")
    # X-Ray's SDK keeps the first ten frames: those of the library must not crowd out the handler's
    assert exception["stack"][-1]["label"] == "told"
    assert len(exception["stack"]) <= 5


def test_powertools_logger_keys_of_one_stream_are_not_in_the_next(daemon: Daemon) -> None:
    with running("outside", daemon) as function:
        for story in ("a fox", "a hen"):
            ended(function, begun(function, story=story, fails=True))
        lines = [json.loads(line) for line in function.output.splitlines() if '"message"' in line]
    assert [line.get("story") for line in lines] == [None, "a fox", None, "a hen"]


def test_powertools_inside_stream_ends_before_the_handler_begins(daemon: Daemon) -> None:
    with running("inside", daemon) as function:
        answer = ended(function, begun(function, fails=True))
        assert answer.trailers
        assert not logged(function, "Words")
        assert logged(function, "message") == [{"fails": True}]
        ended(function, begun(function))
        assert logged(function, "Words") == [[1.0]], "the metric of the invocation before"


def test_powertools_tracer_inside_stream_exhausted_generator_is_an_error(
    daemon: Daemon,
) -> None:
    with running("traced_inside", daemon) as function:
        function.release()
        answer = function.api.invoke(headers=HEADERS).wait()
    assert answer.path.endswith("/error")
    assert "put it outside of stream" in json.loads(answer.body)["errorMessage"]


def test_powertools_tracer_without_daemon_leaves_the_stream_unchanged(daemon: Daemon) -> None:
    daemon.close()
    with running("outside", daemon) as function:
        assert ended(function, begun(function)).payload.endswith(b'data: {"n":2}\n\n')
        assert logged(function, "Words") == [[1.0]]


def test_powertools_tracer_disabled_sends_nothing(daemon: Daemon) -> None:
    with running("outside", daemon, POWERTOOLS_TRACE_DISABLED="true") as function:
        ended(function, begun(function))
        assert logged(function, "Words") == [[1.0]]
    assert daemon.is_idle()


@pytest.mark.parametrize("handler", ["parsed_outside", "parsed_inside"])
def test_powertools_event_parser_passes_a_model_and_refuses_with_an_error(
    daemon: Daemon, handler: str
) -> None:
    with running(handler, daemon) as function:
        assert function.api.invoke({"prompt": "Hi"}).wait().payload == b"data: Hi\n\n"
        refusal = function.api.invoke({"prompt": 1}).wait()
    assert refusal.path.endswith("/error")
    assert json.loads(refusal.body)["errorType"] == "ValidationError"


def test_powertools_idempotent_stream_is_null_the_second_time(daemon: Daemon) -> None:
    with running("around", daemon, module="idempotent") as function:
        first, second = (function.api.invoke({"order": "a fox"}).wait() for _ in range(2))
    assert first.payload == b'data: {"order":1}\n\n'
    assert second.body == b"null", "what no integration that streams can read"


def test_powertools_idempotent_function_in_a_stream_is_run_once(daemon: Daemon) -> None:
    with running("within", daemon, module="idempotent") as function:
        answers = [function.api.invoke({"order": "a fox"}).wait() for _ in range(2)]
    assert [answer.payload for answer in answers] == [b'data: {"order":1}\n\n'] * 2


def test_powertools_documented_handler_logs_traces_and_counts(daemon: Daemon, tmp_path: Path) -> None:
    handler = documented("aws_lambda_powertools.metrics", tmp_path)
    with Function(
        handler,
        package="",
        paths=[tmp_path, package("powertools")],
        environment={"AWS_XRAY_DAEMON_ADDRESS": daemon.address},
    ) as function:
        function.api.wait_for_poll()
        for n in range(2):
            event = {"requestContext": {"requestId": f"api-{n}"}}
            answer = function.api.invoke(event, headers=HEADERS).wait()
            assert answer.payload == b'data: {"text":"Once "}\n\ndata: {"text":"upon "}\n\n'
            function.api.wait_for_poll()
            assert daemon.segment()["annotations"] == {"ColdStart": n == 0, "Service": "story"}
        assert logged(function, "message") == ["the story is told"] * 2
        assert logged(function, "correlation_id") == ["api-0", "api-1"]
        assert logged(function, "function_request_id") == ["request-1", "request-2"]
        assert logged(function, "xray_trace_id") == [TRACE] * 2
        assert logged(function, "cold_start") == [True, False]
        assert logged(function, "ColdStart") == [[1.0]]
        assert logged(function, "Words") == [[1.0, 1.0]] * 2


def test_powertools_documented_parser_refuses_with_a_400(tmp_path: Path) -> None:
    handler = documented("aws_lambda_powertools.utilities.parser", tmp_path)
    with Function(handler, package="", paths=[tmp_path, package("powertools")]) as function:
        accepted = function.api.invoke({"body": '{"prompt": "Hi"}'}).wait()
        refused = [function.api.invoke({"body": body}).wait() for body in ("{}", "[", None)]
    assert accepted.payload == b"data: Hi\n\n"
    assert {answer.prelude["statusCode"] for answer in refused} == {400}
    assert json.loads(refused[0].payload)["error"]["message"] == "the body must be JSON with a prompt"
