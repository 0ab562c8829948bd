"""Refuse requests that are no HTTP, or too much of it, before they reach a function."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.local.conftest import Serve
from tests.local.gateway_process import gateway_process
from tests.local.serving import PATIENCE, Client, Serving, template

Connect = Callable[[Serving], Client]
MEGABYTE = 1024 * 1024
CHUNK = 65536
Routes = dict[str, dict[str, object]]
PATH: Routes = {"ANY /{proxy+}": {"handler": "robust.path"}}
POST = b"POST /prod/x HTTP/1.1\r\nHost: localhost\r\n"


def connection(url: str, patience: float = PATIENCE) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=patience)


def exchange(url: str, data: bytes, patience: float = PATIENCE) -> bytes:
    """Send bytes and return everything that comes until the gateway closes the connection."""
    answer = b""
    with connection(url, patience) as raw, suppress(ConnectionError):
        raw.sendall(data)
        while piece := raw.recv(CHUNK):
            answer += piece
    return answer


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/\S+ (\d{3}) ", answer)
    assert found, answer
    return int(found[1])


#: What is wrong with a request, and the request.
MALFORMED = {
    "no request": b"\r\n\r\n\r\nnonsense\r\n\r\n",
    "no version": b"GET /prod/x\r\n\r\n",
    "a version of nobody": b"GET /prod/x HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2 in a request of HTTP/1": b"GET /prod/x HTTP/2.0\r\nHost: localhost\r\n\r\n",
    "nearly HTTP/2": b"PRI * HTTP/2.0\r\n\r\nMS\r\n\r\n",
    "a method with a space": b"GE T /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a header without a colon": b"GET /prod/x HTTP/1.1\r\nHost\r\n\r\n",
    "a header with a space in its name": b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\nA B: c\r\n\r\n",
    "a header with NUL": b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\nA: \x00\r\n\r\n",
    "two hosts": b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a coding that nobody knows": POST + b"Transfer-Encoding: chunked, x\r\n\r\n",
    "a chunk without a size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"),
}


def test_malformed_request_is_a_400_and_reaches_no_function(serve: Serve, connect: Connect) -> None:
    serving = serve(PATH)
    answers = {what: exchange(serving.url, request) for what, request in MALFORMED.items()}
    assert {what: status(answer) for what, answer in answers.items()} == dict.fromkeys(MALFORMED, 400)
    assert not any(b"Traceback" in text for text in [*answers.values(), "".join(serving.log).encode()])
    # all that the parser refuses, which is not what has no version, or one that it knows
    assert sum("refused a malformed request: " in line for line in serving.log) == len(MALFORMED) - 2
    assert not [line for line in serving.log if "START RequestId" in line]
    assert connect(serving).send("GET", "/prod/x").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example@localhost", "localhost/evil.example", "a b", "localhost:99999"]
)
def test_malformed_host_is_a_400(serve: Serve, host: str) -> None:
    serving = serve(PATH)
    request = f"GET /prod/x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    assert status(exchange(serving.url, request)) == 400


def test_connect_request_is_refused_and_connection_closed(serve: Serve) -> None:
    serving = serve(PATH)
    answer = exchange(
        serving.url, b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n", patience=5
    )
    assert status(answer) == 405
    assert not [line for line in serving.log if "START RequestId" in line]


#: Requests that are too much before their head is whole.
FLOODS = {
    "headers": b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 100_000,
    "a header": b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\nA: " + b"b" * 8 * MEGABYTE,
    "a name": b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n" + b"A" * 8 * MEGABYTE,
    "a path": b"GET /prod/" + b"x" * 8 * MEGABYTE,
    "a method": b"G" * 8 * MEGABYTE,
}


def test_malformed_request_header_flood_is_refused_in_bounded_memory(tmp_path: Path) -> None:
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
    head = "Host: localhost\r\nContent-Length: 0\r\nConnection: close"
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n\r\n".encode()


def test_path_traversal_is_plain_text_to_the_function(serve: Serve) -> None:
    serving = serve(PATH)
    answers = {path: exchange(serving.url, asking("GET", f"/prod{path}")) for path in TRAVERSALS}
    assert {path: status(answer) for path, answer in answers.items()} == dict.fromkeys(TRAVERSALS, 200)
    assert [path for path, answer in answers.items() if f"\r\n{path}\n".encode() not in answer] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_path_traversal_outside_a_stage_finds_nothing(method: str, serve: Serve) -> None:
    serving = serve(PATH)
    paths = [*TRAVERSALS, "/%00", "/2015-03-31/functions/..%2f..%2fetc%2fpasswd/invocations"]
    answers = {path: exchange(serving.url, asking(method, path)) for path in paths}
    assert {
        path: status(answer) for path, answer in answers.items() if status(answer) not in (400, 403, 404)
    } == {}
    assert not any(b"root:" in answer or b"Traceback" in answer for answer in answers.values())
    assert not [line for line in serving.log if "START RequestId" in line]
