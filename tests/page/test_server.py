"""The server behind the page, without a browser: who may use it, and what it hands on."""

from __future__ import annotations

import doctest
import json
import os
import select
import signal
import socket
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from streaming_api_tools.page import chat_api
from streaming_api_tools.page.server import FILES
from tests.page.opened import CREDENTIALS, PATIENCE, Opened, opened, start

STATIC = Path(sys.modules["streaming_api_tools.page"].__file__ or "").with_name("static")


@pytest.fixture(scope="module")
def upstream() -> Iterator[socket.socket]:
    """The API, in the hands of the test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@pytest.fixture(scope="module")
def page(upstream: socket.socket) -> Iterator[Opened]:
    """The page of that API."""
    with opened(f"http://127.0.0.1:{upstream.getsockname()[1]}/prod/", **CREDENTIALS) as running:
        yield running


def ask(
    page: Opened, method: str, path: str, headers: Mapping[str, str | bytes] | None = None
) -> HTTPConnection:
    """Send a request as the page does, but for the headers that are given; None leaves one out."""
    host = page.origin.removeprefix("http://")
    sent: dict[str, str | bytes] = {
        "Host": host,
        "Origin": page.origin,
        "X-Streaming-Api-Token": page.token,
        **(headers or {}),
    }
    connection = HTTPConnection(host, timeout=PATIENCE)
    connection.putrequest(method, path, skip_host=True)
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "2")
    connection.endheaders(b"{}")
    return connection


def message(response: HTTPResponse) -> str:
    """Return what an error says."""
    return str(json.loads(response.read())["error"]["message"])


def request_at(upstream: socket.socket) -> tuple[socket.socket, str]:
    """Accept the request that is handed on and return its head."""
    connection, _ = upstream.accept()
    connection.settimeout(PATIENCE)
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    return connection, head.decode()


def nobody_asked(upstream: socket.socket) -> bool:
    """Tell whether no request was handed on."""
    return select.select([upstream], [], [], 0)[0] == []


STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nSet-Cookie: a=b\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-Streaming-Api-Token": "guess"}, "open the page by the link"),
        ({"X-Streaming-Api-Token": ""}, "open the page by the link"),
        ({"X-Streaming-Api-Token": "gu\xe9ss"}, "open the page by the link"),
        ({"X-Streaming-Api-Token": "\u043a\u043b\u044e\u0447".encode()}, "open the page by the link"),
        ({"Origin": "https://evil.example"}, "requests from other pages are refused"),
        ({"Origin": "null"}, "requests from other pages are refused"),
        ({"Sec-Fetch-Site": "cross-site"}, "requests from other pages are refused"),
        ({"Sec-Fetch-Site": "same-site"}, "requests from other pages are refused"),
        ({"Host": "evil.example"}, "this server is 127.0.0.1:"),
        ({"Host": "localhost"}, "this server is 127.0.0.1:"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "/relay/chat"), ("GET", "/relay/streams/1"), ("GET", "/settings"), ("GET", "/challenge")),
        ("POST", "/verdict"),
    ],
)
def test_page_server_relay_serves_only_the_page_itself(
    page: Opened, upstream: socket.socket, method: str, path: str, headers: dict[str, str | bytes], said: str
) -> None:
    with closing(ask(page, method, path, headers)) as connection:
        response = connection.getresponse()
        assert response.status == 403
        assert said in message(response)
    assert nobody_asked(upstream)


def test_page_server_preflight_of_another_origin_is_refused(page: Opened) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    with closing(ask(page, "OPTIONS", "/relay/chat", headers)) as connection:
        response = connection.getresponse()
        assert response.status == 403
        assert "access-control-allow-origin" not in response.headers


def test_page_server_files_have_no_secret_and_a_strict_policy(page: Opened) -> None:
    for name in ("", *FILES):
        with closing(ask(page, "GET", f"/{name}", {"X-Streaming-Api-Token": ""})) as connection:
            response = connection.getresponse()
            text = response.read().decode()
        assert response.status == 200
        assert page.token not in text
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy


def test_page_answers_of_the_relay_have_the_policy_and_nosniff(page: Opened, upstream: socket.socket) -> None:
    with closing(ask(page, "POST", "/relay/chat")) as connection:
        asked, _ = request_at(upstream)
        with closing(asked):
            html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"
            asked.sendall(html)
            response = connection.getresponse()
            assert response.read() == b"hi"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_page_server_hands_a_get_on_without_a_body(page: Opened, upstream: socket.socket) -> None:
    with closing(ask(page, "GET", "/relay/streams/1?after=12")) as connection:
        asked, head = request_at(upstream)
        with closing(asked):
            asked.sendall(b"HTTP/1.1 204 No Content\r\nX-Stream-Id: 1\r\n\r\n")
            response = connection.getresponse()
            assert (response.status, response.headers["x-stream-id"]) == (204, "1")
    line, *fields = head.lower().splitlines()
    assert line == "get /prod/streams/1?after=12 http/1.1"
    names = {field.partition(":")[0] for field in fields}
    assert "authorization" in names
    assert "content-type" not in names


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
def test_page_server_hands_nothing_else_on(page: Opened, upstream: socket.socket, method: str) -> None:
    with closing(ask(page, method, "/relay/chat")) as connection:
        assert connection.getresponse().status == 405
    assert nobody_asked(upstream)


def test_page_server_refuses_a_report_that_is_none(page: Opened) -> None:
    with closing(ask(page, "POST", "/verdict")) as connection:
        response = connection.getresponse()
        assert (response.status, message(response)) == (400, "the report is not that of a page")


def test_page_refusals_have_the_policy_and_nosniff(page: Opened) -> None:
    with closing(ask(page, "POST", "/relay/chat", {"X-Streaming-Api-Token": ""})) as connection:
        response = connection.getresponse()
    assert (response.status, response.headers["X-Content-Type-Options"]) == (403, "nosniff")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_page_server_refuses_a_rebound_host_name(page: Opened) -> None:
    with closing(ask(page, "GET", "/", {"Host": "evil.example"})) as connection:
        assert connection.getresponse().status == 403


def test_page_server_serves_every_static_file_and_none_writes_markup() -> None:
    assert {path.name for path in STATIC.iterdir()} == set(FILES)
    for path in STATIC.iterdir():
        text = path.read_text("utf-8")
        assert "innerHTML" not in text
        assert "insertAdjacentHTML" not in text
        assert "<style" not in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("https://html.spec", "")


def test_page_relay_passes_each_part_before_the_next_is_sent(page: Opened, upstream: socket.socket) -> None:
    with closing(ask(page, "POST", "/relay/v1/messages?beta=1")) as connection:
        api, head = request_at(upstream)
        with api:
            assert head.startswith("POST /prod/v1/messages?beta=1 HTTP/1.1\r\n")
            assert "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/" in head
            assert page.token not in head
            api.sendall(STREAM)
            response = connection.getresponse()
            assert response.headers["Content-Type"] == "text/event-stream"
            assert "Set-Cookie" not in response.headers
            for number in range(5):
                api.sendall(b"2\r\n%d\n\r\n" % number)
                assert response.readline() == b"%d\n" % number
            api.sendall(b"0\r\n\r\n")
            assert response.read() == b""


def test_page_docstring_examples_give_their_output() -> None:
    assert doctest.testmod(chat_api).attempted > 0
    assert doctest.testmod(chat_api).failed == 0


def test_page_relay_broken_response_is_broken_for_the_page(page: Opened, upstream: socket.socket) -> None:
    with closing(ask(page, "POST", "/relay/chat")) as connection:
        api, _ = request_at(upstream)
        with api:
            api.sendall(STREAM + b"4\r\nhalf\r\n")
            response = connection.getresponse()
            assert response.read(4) == b"half"
        with pytest.raises(Exception, match="IncompleteRead"):
            response.read()


def test_page_relay_aborted_request_closes_the_connection_to_the_api(
    page: Opened, upstream: socket.socket
) -> None:
    connection = ask(page, "POST", "/relay/chat")
    api, _ = request_at(upstream)
    with api:
        api.sendall(STREAM + b"4\r\nhalf\r\n")
        assert connection.getresponse().read(4) == b"half"
        connection.close()
        assert connection.sock is None
        assert api.recv(1) == b""


def test_page_relay_unreachable_api_is_a_502() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with (
        opened(f"http://127.0.0.1:{port}/prod/") as page,
        closing(ask(page, "POST", "/relay/chat")) as connection,
    ):
        response = connection.getresponse()
        assert response.status == 502
        assert message(response).startswith("no answer: ")


@pytest.mark.parametrize("path", ["/relay/..%2f..%2fother", "/relay/%2e%2e/other"])
def test_page_relay_route_cannot_leave_the_stage(page: Opened, upstream: socket.socket, path: str) -> None:
    with closing(ask(page, "POST", path)) as connection:
        response = connection.getresponse()
        assert response.status == 502
        assert "leaves the stage" in message(response)
    assert nobody_asked(upstream)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_open_command_prints_its_address_and_ends_on_a_signal(number: signal.Signals) -> None:
    with start("--no-browser") as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read() == ""
        assert process.stderr
        assert process.stderr.read() == ""


def test_open_command_response_in_progress_does_not_delay_its_end(upstream: socket.socket) -> None:
    with (
        opened(f"http://127.0.0.1:{upstream.getsockname()[1]}/prod/") as page,
        closing(ask(page, "POST", "/relay/chat")) as connection,
    ):
        api, _ = request_at(upstream)
        with api:
            api.sendall(STREAM + b"4\r\nhalf\r\n")
            assert connection.getresponse().read(4) == b"half"
            page.process.send_signal(signal.SIGTERM)
            assert page.process.wait(PATIENCE) == 0


def test_open_command_opens_the_browser_of_the_user(tmp_path: Path) -> None:
    visited = tmp_path / "visited"
    os.mkfifo(visited)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {visited}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    with start("--json", BROWSER=str(browser)) as process:
        assert process.stdout
        link = json.loads(process.stdout.readline())["url"]
        assert visited.read_text("utf-8").strip() == link
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ftp://a.example/",), 2, "is not an http or https URL"),
        (("--auth", "iam"), 3, "no AWS credentials found"),
        (("--auth", "bearer"), 3, "STREAMING_API_TOKEN"),
    ],
)
def test_open_command_failure_is_one_line(arguments: tuple[str, ...], code: int, said: str) -> None:
    with start(*arguments, "--no-browser") as process:
        _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert said in stderr
    assert stderr.count("\n") == 1


def test_open_command_occupied_port_is_named(upstream: socket.socket) -> None:
    with start("--no-browser", "--port", str(upstream.getsockname()[1])) as process:
        _, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "cannot listen on port" in stderr
