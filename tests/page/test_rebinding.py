"""Attack the local gateway from a page of somebody else, in Chromium."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.local.serving import Serving, application, template
from tests.support.browsers import Launch

NAME = "evil.example"
ROUTES = {"POST /echo": {"handler": "handlers.echo", "mode": "BUFFERED"}}
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\nevil"
SEND = """
async ([url, mode]) => {
  try {
    const answer = await fetch(url, { method: "POST", mode, body: "{}" });
    return [answer.type, answer.status, await answer.text()];
  } catch (error) {
    return [String(error)];
  }
}
"""


class ReboundServer:
    """A server at the attacker's name: its page first, and the gateway once the name has been "rebound"."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.gateway: tuple[str, int] | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop to listen."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client:
            if self.gateway is None:
                client.recv(65536)
                client.sendall(PAGE)
                return
            with socket.create_connection(self.gateway) as gateway:
                there = threading.Thread(target=_copy, args=(client, gateway), daemon=True)
                there.start()
                _copy(gateway, client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture(scope="module")
def chromium(launch: Launch) -> Browser:
    """Return a browser for which the attacker's name leads to this machine."""
    return launch(f"--host-resolver-rules=MAP {NAME} 127.0.0.1")


@pytest.fixture
def evil(chromium: Browser) -> Iterator[tuple[Page, ReboundServer]]:
    """Yield a page of the attacker, and the attacker's server."""
    server = ReboundServer()
    page = chromium.new_page()
    page.goto(f"http://{NAME}:{server.port}/")
    assert page.inner_text("body") == "evil"
    yield page, server
    page.close()
    server.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Serving]:
    """Yield a gateway without authorization."""
    with Serving(application(template(ROUTES), tmp_path)) as serving:
        yield serving


def ran(serving: Serving) -> bool:
    """Tell whether a function ran."""
    return any("START RequestId" in line for line in serving.log)


PATHS = ("/prod/echo", "/2015-03-31/functions/Function0/invocations")


@pytest.mark.parametrize("path", PATHS)
def test_rebound_host_page_reaches_no_function(
    path: str, evil: tuple[Page, ReboundServer], gateway: Serving
) -> None:
    page, server = evil
    parts = urlsplit(gateway.url)
    server.gateway = (str(parts.hostname), int(parts.port or 0))
    answer = page.evaluate(SEND, [path, "same-origin"])
    # to the browser it is the page's own server
    assert (answer[0], answer[1]) == ("basic", 403)
    assert "--allow-host" in answer[2]
    assert not ran(gateway)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", ["no-cors", "cors"])
def test_cross_site_page_reaches_no_function(
    path: str, mode: str, evil: tuple[Page, ReboundServer], gateway: Serving
) -> None:
    page, _ = evil
    answer = page.evaluate(SEND, [f"{gateway.url}{path}", mode])
    assert answer[0] in ("opaque", "TypeError: Failed to fetch")
    assert not ran(gateway)


def test_allowed_origin_page_reaches_the_function(evil: tuple[Page, ReboundServer], tmp_path: Path) -> None:
    page, server = evil
    allowed = (f"http://{NAME}:{server.port}",)
    with Serving(application(template(ROUTES), tmp_path), allow_origins=allowed) as serving:
        page.evaluate(SEND, [f"{serving.url}/prod/echo", "no-cors"])
        assert ran(serving)
