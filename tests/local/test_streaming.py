"""What a client sees of a function, over real sockets; the functions wait for the test, not for a clock."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from streaming_api_tools.local.http.limits import NO_LIMITS
from tests.local.conftest import Serve
from tests.local.serving import PATIENCE, Client, Gate, Serving

Connect = Callable[[Serving], Client]
GATED = {"POST /gated": {"handler": "handlers.gated"}}


def test_streaming_chunk_reaches_the_client_before_the_next_is_produced(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    client = connect(serve(GATED))
    client.ask("POST", "/prod/gated", b"3")
    function = gate.accept()
    function.hear()
    function.let_go()
    response = client.answer()
    assert (response.status, response.headers["Content-Type"]) == (200, "text/plain")
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.readline() == b"0\n"
    for number in (1, 2):
        function.let_go()
        assert response.readline() == b"%d\n" % number
    assert function.hear() == "done"
    assert response.read() == b""


def test_streaming_chunks_to_a_client_of_http_1_0_have_no_framing(serve: Serve, gate: Gate) -> None:
    address = urlsplit(serve(GATED).url)
    with socket.create_connection((address.hostname, address.port or 0), timeout=PATIENCE) as client:
        client.sendall(b"POST /prod/gated HTTP/1.0\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n4")
        function = gate.accept()
        function.hear()
        with client.makefile("rb") as response:
            function.let_go()
            while response.readline() != b"\r\n":
                pass
            assert response.readline() == b"0\n"
            for number in (1, 2, 3):
                function.let_go()
                assert response.readline() == b"%d\n" % number
            assert response.read() == b""


def test_streaming_status_and_headers_arrive_before_the_first_byte(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    response = connect(serve({"GET /x": {"handler": "handlers.head_first"}})).send("GET", "/prod/x")
    assert response.status == 201
    function = gate.accept()
    function.let_go()
    assert response.read() == b"body"


def test_streaming_concurrent_requests_get_own_processes_then_a_warm_one(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve(GATED)
    clients = [connect(serving), connect(serving)]
    for client in clients:
        client.ask("POST", "/prod/gated", b"1")
    functions = [gate.accept(), gate.accept()]
    pids = {function.hear() for function in functions}
    assert len(pids) == 2
    for function in functions:
        function.let_go()
    for client in clients:
        client.answer().read()
    for request_id in re.findall(r"START RequestId: (\S+)", "\n".join(serving.log)):
        serving.logged(f"END RequestId: {request_id}")
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"0")
    assert gate.accept().hear() in pids
    client.answer().read()
    reports = [line for line in serving.log if "REPORT" in line]
    assert sum("Init Duration" in line for line in reports) == 2
    assert sum("INIT_START Runtime Version: python3.13" in line for line in serving.log) == 2
    assert re.search(r"\tMemory Size: 512 MB\tMax Memory Used: \d+ MB", reports[0])


def test_streaming_function_runs_on_after_disconnect_and_is_reused(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve(GATED)
    client = connect(serving)
    chunks = 1000
    client.ask("POST", "/prod/gated", str(chunks).encode())
    function = gate.accept()
    pid = function.hear()
    function.let_go()
    response = client.answer()
    response.readline()
    response.close()
    client.close()
    serving.logged_while("the client disconnected", function.let_go)
    while function.steps < chunks:  # a step too many would meet a handler that is gone
        function.let_go()
    assert function.hear() == "done"
    serving.logged("REPORT")
    again = connect(serving)
    again.ask("POST", "/prod/gated", b"0")
    assert gate.accept().hear() == pid


def test_streaming_slow_client_holds_the_function_back_and_gets_all(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    chunks = 1000  # 64 MB; the buffers of the kernel take some 20 MB on their way
    client = connect(serve({"POST /floods": {"handler": "handlers.floods"}}, limits=NO_LIMITS))
    client.ask("POST", "/prod/floods", str(chunks).encode())
    function = gate.accept()
    written = 0
    # it stops by itself, since nobody reads
    with suppress(TimeoutError):
        while function.hear(patience=1.0) == "+":
            written += 1
    assert 0 < written < chunks // 2
    assert len(client.answer().read()) == chunks * 65536


def test_streaming_every_byte_arrives_as_written(serve: Serve, connect: Connect) -> None:
    client = connect(serve({"POST /responds": {"handler": "handlers.responds"}}))
    everything = bytes(range(256)) * 300
    body = json.dumps({"hex": everything.hex(), "status": 207, "cookies": ["a=1", "b=2"]})
    response = client.send("POST", "/prod/responds", body)
    assert response.status == 207
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.read() == everything


def test_streaming_headers_of_the_gateway_are_remapped(serve: Serve, connect: Connect) -> None:
    client = connect(serve({"POST /responds": {"handler": "handlers.responds"}}))
    response = client.send(
        "POST", "/prod/responds", json.dumps({"headers": {"server": "mine", "x-own": "1"}})
    )
    response.read()
    assert response.headers["x-amzn-Remapped-server"] == "mine"
    assert response.headers["x-own"] == "1"
    assert response.headers["Server"] is None
    for name in ("x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id", "Date"):
        assert response.headers[name]


def test_streaming_http_error_of_the_handler_is_a_status(serve: Serve, connect: Connect) -> None:
    client = connect(serve({"POST /responds": {"handler": "handlers.responds"}}))
    response = client.send("POST", "/prod/responds", json.dumps({"refuse": 429}))
    assert response.status == 429
    assert json.loads(response.read())["error"]["message"] == "refused"


FAILURES = {
    "POST /fails": {"handler": "handlers.fails"},
    "POST /exits": {"handler": "handlers.exits"},
    "POST /hangs": {"handler": "handlers.hangs", "function_timeout": 1},
    "POST /broken": {"handler": "broken.handler"},
    "POST /missing": {"handler": "handlers.missing"},
}


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("fails", "ValueError"),
        ("exits", "Runtime exited with error: exit status 3"),
        ("hangs", "Task timed out after 1.00 seconds"),
        ("broken", "RuntimeError"),
        ("missing", "failed with Runtime.HandlerNotFound"),
    ],
)
def test_streaming_failure_before_first_byte_is_a_502_without_details(
    path: str, logged: str, serve: Serve, connect: Connect
) -> None:
    serving = serve(FAILURES)
    response = connect(serving).send("POST", f"/prod/{path}")
    assert response.status == 502
    assert json.loads(response.read()) == {"message": "Internal server error"}
    assert response.headers["x-amzn-ErrorType"] == "InternalServerErrorException"
    serving.logged(logged)


CUTS = {
    "POST /exits_midway": {"handler": "handlers.exits_midway"},
    "POST /hangs_midway": {"handler": "handlers.hangs_midway", "function_timeout": 1},
    "POST /times_out": {"handler": "handlers.hangs_midway", "timeout": 4000},
}


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("exits_midway", "failed with Runtime.TruncatedResponse"),
        ("hangs_midway", "Task timed out after 1.00 seconds"),
        # longer than a busy machine takes to start the function
        ("times_out", "integration timeout 4 s"),
    ],
)
def test_streaming_failure_after_first_byte_cuts_the_connection(
    path: str, logged: str, serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve(CUTS)
    response = connect(serving).send("POST", f"/prod/{path}")
    assert response.status == 200
    assert response.readline() == b"first\n"
    if path == "exits_midway":
        gate.accept().let_go()
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    assert logged in serving.logged("the response was cut")


def test_streaming_crashed_process_is_replaced_for_the_next_request(serve: Serve, connect: Connect) -> None:
    serving = serve({"POST /exits": {"handler": "handlers.exits"}})
    for _ in range(2):
        assert connect(serving).send("POST", "/prod/exits").status == 502
    assert sum("Init Duration" in line for line in serving.log) == 2


# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
MODES = {
    "POST /buffered": {"handler": "handlers.echo", "mode": "BUFFERED"},
    "POST /mismatch": {"handler": "handlers.echo"},
    "POST /headers_only": {"handler": "handlers.responds", "mode": "BUFFERED"},
}


def test_buffered_integration_of_a_buffered_function_works(serve: Serve, connect: Connect) -> None:
    response = connect(serve(MODES)).send("POST", "/prod/buffered", b"hi")
    assert (response.status, response.headers["X-Buffered"]) == (200, "yes")
    assert json.loads(response.read())["event"]["body"] == "hi"


def test_streaming_integration_of_a_buffered_function_is_a_500(serve: Serve, connect: Connect) -> None:
    serving = serve(MODES)
    assert connect(serving).send("POST", "/prod/mismatch").status == 500
    serving.logged("is not a streaming function, but its integration is STREAM")


def test_buffered_integration_of_a_streaming_function_has_no_body(serve: Serve, connect: Connect) -> None:
    body = json.dumps({"status": 202, "headers": {"x-own": "1"}, "hex": "ff"})
    response = connect(serve(MODES)).send("POST", "/prod/headers_only", body)
    assert (response.status, response.headers["x-own"], response.read()) == (202, "1", b"")


def test_function_process_has_environment_of_lambda_and_none_of_the_gateway(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_GATEWAY", "x")
    route = {
        "handler": "handlers.echo",
        "mode": "BUFFERED",
        "environment": {"OWN": "1"},
        "function_timeout": 7,
    }
    serving = serve({"POST /echo/{id}": route}, stage={"Variables": {"color": "blue"}})
    seen = json.loads(connect(serving).send("POST", "/prod/echo/a%20b?q=1", b"x").read())
    environ = seen["environ"]
    assert environ["OWN"] == "1"
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == "Function0"
    assert environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert environ["AWS_REGION"] == "us-east-1"
    assert environ["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert "SECRET_OF_THE_GATEWAY" not in environ
    assert seen["cwd"] == environ["LAMBDA_TASK_ROOT"]
    assert seen["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:Function0"
    assert 5000 < seen["remaining"] <= 7000
    assert seen["event"]["pathParameters"] == {"id": "a b"}
    assert seen["event"]["stageVariables"] == {"color": "blue"}
    assert seen["pid"] != os.getpid()
    serving.logged("to stdout")
    assert re.fullmatch(r"\[Function0 [0-9a-f-]{36} stderr\] to stderr", serving.logged("to stderr"))


def test_function_runtime_not_installed_is_one_warning(serve: Serve) -> None:
    other = {"handler": "handlers.echo", "mode": "BUFFERED", "runtime": "python3.8"}
    serving = serve({"GET /a": other, "GET /b": other})
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    serving.logged(f"warning: Function0, Function1 are for python3.8, and run with {python}")
