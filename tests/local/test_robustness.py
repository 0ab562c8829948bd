"""What clients and functions may do to the gateway, which goes on."""

from __future__ import annotations

import http.client
import os
import re
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streaming_api_tools.local.functions.runtime_api import MAX_STREAMED
from streaming_api_tools.local.limits import NO_LIMITS
from tests.local.conftest import Serve
from tests.local.gateway_process import GatewayProcess, gateway_process
from tests.local.serving import PATIENCE, Client, Gate, Serving, template

Connect = Callable[[Serving], Client]
MEGABYTE = 1024 * 1024
CHUNK = 65536
Routes = dict[str, dict[str, object]]
PATH: Routes = {"ANY /{proxy+}": {"handler": "robust.path"}}
POST = b"POST /prod/x HTTP/1.1\r\nHost: x\r\n"


def connection(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE)


def exchange(url: str, data: bytes) -> bytes:
    """Send bytes and return everything that comes until the gateway closes the connection."""
    answer = b""
    with connection(url) as raw, suppress(ConnectionError):
        raw.sendall(data)
        while piece := raw.recv(CHUNK):
            answer += piece
    return answer


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/\S+ (\d{3}) ", answer)
    assert found, answer
    return int(found[1])


def test_a_client_that_disconnects_leaves_the_function_running_while_the_gateway_drains_it(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve({"POST /floods": {"handler": "handlers.floods"}}, limits=NO_LIMITS)
    client = connect(serving)
    client.ask("POST", "/prod/floods", b"1000")
    function = gate.accept()
    response = client.answer()
    assert len(response.read(CHUNK)) == CHUNK
    response.close()
    client.close()
    # 64 MB, which nothing between here and the function could hold
    assert [function.hear() for _ in range(1000)] == ["+"] * 1000
    serving.logged("the client disconnected")
    serving.logged("REPORT")
    again = connect(serving)
    again.ask("POST", "/prod/floods", b"1")
    gate.accept()
    assert len(again.answer().read()) == CHUNK
    assert sum("Init Duration" in line for line in serving.log) == 1


def test_a_handler_that_crashes_is_a_502_or_a_cut_and_its_process_takes_the_next_request(
    serve: Serve, connect: Connect
) -> None:
    serving = serve(
        {"POST /fails": {"handler": "handlers.fails"}, "POST /midway": {"handler": "handlers.fails_midway"}}
    )
    for _ in range(2):
        assert connect(serving).send("POST", "/prod/fails").status == 502
        response = connect(serving).send("POST", "/prod/midway")
        with pytest.raises(http.client.IncompleteRead) as error:
            response.read()
        assert error.value.partial.startswith(b'first\n{"type":"error"')
    assert sum("Init Duration" in line for line in serving.log) == 2


def test_a_process_that_exits_is_a_502_or_a_cut_and_the_next_request_gets_a_new_one(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve(
        {"POST /exits": {"handler": "handlers.exits"}, "POST /midway": {"handler": "handlers.exits_midway"}}
    )
    for _ in range(2):
        assert connect(serving).send("POST", "/prod/exits").status == 502
        response = connect(serving).send("POST", "/prod/midway")
        gate.accept().let_go()
        with pytest.raises(http.client.IncompleteRead) as error:
            response.read()
        assert error.value.partial == b"first\n"


def test_infinite_output_ends_where_lambda_ends_it_and_takes_no_memory(tmp_path: Path) -> None:
    routes: Routes = {"GET /endless": {"handler": "robust.endless"}, **PATH}
    with gateway_process(tmp_path, template(routes), "--no-limits") as gateway:
        with Client(gateway.url) as other:
            other.send("GET", "/prod/x").read()
        before, received = gateway.resident(), 0
        with Client(gateway.url) as reader, Client(gateway.url) as other:
            response = reader.send("GET", "/prod/endless")
            with suppress(http.client.IncompleteRead):
                while True:
                    received += len(response.read(MEGABYTE))
                    assert gateway.resident() - before < 24 * MEGABYTE
                    if received == 10 * MEGABYTE:
                        # others are served meanwhile
                        assert other.send("GET", "/prod/x").read()
        assert MAX_STREAMED - MEGABYTE <= received <= MAX_STREAMED
        assert "failed with Function.ResponseSizeTooLarge" in gateway.stderr()


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Let this process have as many connections as the test opens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip(f"the machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_a_thousand_half_open_connections_keep_nobody_out(tmp_path: Path) -> None:
    with gateway_process(tmp_path, template(PATH), descriptors=256) as gateway, ExitStack() as opened:
        with Client(gateway.url) as client:
            client.send("GET", "/prod/x").read()
        before = gateway.resident()
        for number in range(1000):
            raw = opened.enter_context(closing(connection(gateway.url)))
            raw.sendall(b"POST /prod/x HTTP/1.1\r\nHost: x\r\nContent-Le"[: number % 50])
        with Client(gateway.url) as client:
            assert client.send("GET", "/prod/half").read().startswith(b"/half\n")
        assert gateway.resident() - before < 64 * MEGABYTE
        assert "Traceback" not in gateway.stderr()


def test_slow_readers_hold_their_functions_back_instead_of_filling_the_memory(
    tmp_path: Path, gate: Gate
) -> None:
    readers, chunks = 3, 1000
    routes: Routes = {
        "POST /floods": {"handler": "handlers.floods", "environment": {"GATE": gate.address}},
        **PATH,
    }
    with gateway_process(tmp_path, template(routes), "--no-limits") as gateway, ExitStack() as opened:
        with Client(gateway.url) as other:
            other.send("GET", "/prod/x").read()
        before = gateway.resident()
        clients = [opened.enter_context(Client(gateway.url)) for _ in range(readers)]
        functions = []
        for client in clients:
            client.ask("POST", "/prod/floods", str(chunks).encode())
            functions.append(gate.accept())
        for function in functions:
            written = 0
            # it stops by itself, since nobody reads
            while True:
                try:
                    assert function.hear(patience=0.5) == "+"
                except TimeoutError:
                    break
                written += 1
            assert 0 < written < chunks // 2
        # of 190 MB
        assert gateway.resident() - before < readers * 4 * MEGABYTE
        for client in clients:
            assert len(client.answer().read()) == chunks * CHUNK


#: What is wrong with a request, and the request.
MALFORMED = {
    "no request": b"\r\n\r\n\r\nnonsense\r\n\r\n",
    "no version": b"GET /prod/x\r\n\r\n",
    "a version of nobody": b"GET /prod/x HTTP/9.9\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method with a space": b"GE T /prod/x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET /prod/x HTTP/1.1\r\nHost\r\n\r\n",
    "a header with a space in its name": b"GET /prod/x HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
    "a header with NUL": b"GET /prod/x HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a coding that nobody knows": POST + b"Transfer-Encoding: chunked, x\r\n\r\n",
    "a chunk without a size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"),
}


def test_malformed_http_is_a_400_that_reaches_no_function(serve: Serve, connect: Connect) -> None:
    serving = serve(PATH)
    answers = {what: exchange(serving.url, request) for what, request in MALFORMED.items()}
    assert {what: status(answer) for what, answer in answers.items()} == dict.fromkeys(MALFORMED, 400)
    assert not any(b"Traceback" in text for text in [*answers.values(), "".join(serving.log).encode()])
    # all that the parser sees, which is without what has no version
    assert sum("refused a malformed request: " in line for line in serving.log) == len(MALFORMED) - 1
    assert not [line for line in serving.log if "START RequestId" in line]
    assert connect(serving).send("GET", "/prod/x").status == 200


#: Requests that are too much before their head is whole.
FLOODS = {
    "headers": b"GET /prod/x HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100_000,
    "a header": b"GET /prod/x HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 8 * MEGABYTE,
    "a name": b"GET /prod/x HTTP/1.1\r\nHost: x\r\n" + b"A" * 8 * MEGABYTE,
    "a path": b"GET /prod/" + b"x" * 8 * MEGABYTE,
    "a method": b"G" * 8 * MEGABYTE,
}


def test_a_flood_of_headers_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with gateway_process(tmp_path, template(PATH)) as gateway:
        before = gateway.resident()
        answers = {what: exchange(gateway.url, request) for what, request in FLOODS.items()}
        assert {status(answer) for answer in answers.values() if answer} <= {400, 431}
        # 35 MB were sent
        assert gateway.resident() - before < 10 * MEGABYTE
        with Client(gateway.url) as client:
            assert client.send("GET", "/prod/x").read().startswith(b"/x\n")
        assert gateway.stderr().count("START RequestId") == 1
        assert "Traceback" not in gateway.stderr()


#: Paths below the stage as they are on the wire.
TRAVERSALS = [
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/..%5c..%5cetc%5cpasswd",
    "//etc/passwd",
    "/./x",
    "/%252e%252e/x",
    "/x/..;/x",
]


def asking(method: str, path: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def test_a_path_is_only_a_text_to_the_function(serve: Serve) -> None:
    serving = serve(PATH)
    answers = {path: exchange(serving.url, asking("GET", f"/prod{path}")) for path in TRAVERSALS}
    assert {path: status(answer) for path, answer in answers.items()} == dict.fromkeys(TRAVERSALS, 200)
    assert [path for path, answer in answers.items() if f"\r\n{path}\n".encode() not in answer] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_outside_of_a_stage_leads_nowhere(method: str, serve: Serve) -> None:
    serving = serve(PATH)
    paths = [*TRAVERSALS, "/%00", "/2015-03-31/functions/..%2f..%2fetc%2fpasswd/invocations"]
    answers = {path: exchange(serving.url, asking(method, path)) for path in paths}
    assert {
        path: status(answer) for path, answer in answers.items() if status(answer) not in (400, 403, 404)
    } == {}
    assert not any(b"root:" in answer or b"Traceback" in answer for answer in answers.values())
    assert not [line for line in serving.log if "START RequestId" in line]


def test_ctrl_c_ends_streams_functions_and_files_without_a_word(tmp_path: Path, gate: Gate) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    routes: Routes = {"POST /gated": {"handler": "handlers.gated", "environment": {"GATE": gate.address}}}
    with (
        gateway_process(tmp_path, template(routes), environment={"TMPDIR": str(temporary)}) as gateway,
        ExitStack() as opened,
    ):
        clients = [opened.enter_context(Client(gateway.url)) for _ in range(3)]
        functions = []
        for client in clients:
            client.ask("POST", "/prod/gated", b"2")
            functions.append(gate.accept())
            functions[-1].hear()
            functions[-1].let_go()
        responses = [client.answer() for client in clients]
        assert [response.readline() for response in responses] == [b"0\n"] * 3
        assert list(temporary.iterdir())
        assert gateway.interrupt() == 0
        for function, response in zip(functions, responses, strict=True):
            assert function.hear() == ""  # its process is gone
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                response.read()
        assert "Traceback" not in gateway.stderr()
        assert not list(temporary.iterdir())
        with pytest.raises(ConnectionRefusedError):
            connection(gateway.url)


def reaches(gateway: GatewayProcess, address: str) -> bool:
    """Tell whether the gateway listens on an address."""
    try:
        socket.create_connection((address, urlsplit(gateway.url).port or 0), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_it_listens_on_loopback_alone_unless_it_is_told_to_and_then_warns(tmp_path: Path) -> None:
    if os.uname().sysname != "Linux":
        pytest.skip("only Linux has all of 127.0.0.0/8")
    with gateway_process(tmp_path, template(PATH)) as gateway:
        assert (reaches(gateway, "127.0.0.1"), reaches(gateway, "127.0.0.2")) == (True, False)
        assert "warning: listening" not in gateway.stderr()
    with gateway_process(tmp_path, template(PATH), "--host", "0.0.0.0") as gateway:
        assert gateway.url.startswith("http://127.0.0.1:")
        assert reaches(gateway, "127.0.0.2")
        assert "warning: listening on 0.0.0.0, not only on loopback" in gateway.stderr()
