"""Run the gateway in a thread of the tests, with the gate that holds its functions, and a client."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from streaming_api_tools.local.application import Application
from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.http.limits import Limits
from streaming_api_tools.local.serve import Settings, serve
from tests.support.templates import ROOT

#: Where Node.js packages are kept from one run to the next.
CACHE = ROOT / ".cache" / "streaming-api"
#: Nothing in these tests takes longer, unless it hangs.
PATIENCE = 60.0
#: The first start on a machine downloads three releases of Node.js. A start that fails ends the wait.
INSTALLED = 600.0
#: Seconds for a step to show in the log, before the next is taken.
STEP = 0.1


class Gate:
    """The test's end of the connections of its handlers: they tell it things, it lets them go on."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._opened: list[GatedFunction] = []
        host, port = self._listener.getsockname()
        self.address = f"{host}:{port}"

    def accept(self) -> GatedFunction:
        """Wait until a handler arrives."""
        connection, _ = self._listener.accept()
        self._opened.append(GatedFunction(connection))
        return self._opened[-1]

    def close(self) -> None:
        """Close every connection, which ends the handlers that still wait."""
        for function in self._opened:
            function.close()
        self._listener.close()


class GatedFunction:
    """One handler that has arrived at the gate."""

    def __init__(self, connection: socket.socket) -> None:
        #: How many steps it was let take.
        self.steps = 0
        self._connection = connection
        self._connection.settimeout(PATIENCE)
        self._lines = connection.makefile("r", encoding="utf-8")

    def let_go(self) -> None:
        """Let the handler take its next step."""
        self.steps += 1
        self._connection.sendall(b"!")

    def hear(self, patience: float = PATIENCE) -> str:
        """Wait for the next thing that the handler says; "" when its process has ended."""
        self._connection.settimeout(patience)
        return self._lines.readline().rstrip("\n")

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._connection.close()


class Serving:
    """The gateway for one application, for ``with``.

    :param environment: variables that every function gets
    :param backends: where hosts of HTTP integrations are
    :param commands: command lines for functions, by name
    :param cut_failed: whether a response that fails is cut
    :param allow_hosts: names of hosts that requests may have
    :param allow_origins: origins whose pages may send requests
    :param ministack: a ministack that is installed already
    """

    def __init__(
        self,
        application: Application,
        *,
        access: Access | None = None,
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        token_delay: float | None = None,
        backends: Mapping[str, str] | None = None,
        commands: Mapping[str, str] | None = None,
        cut_failed: bool = False,
        allow_hosts: tuple[str, ...] = (),
        allow_origins: tuple[str, ...] = (),
        ministack: Path | None = None,
    ) -> None:
        self.log: list[str] = []
        self.access_log: list[str] = []
        self.application = application
        self._settings = Settings(
            access=access or Access(enforced=False),
            log=self._note,
            access_log=self._note_access,
            environment=environment or {},
            limits=limits or Limits(),
            token_delay=token_delay,
            backends=backends or {},
            commands=commands or {},
            cut_failed=cut_failed,
            allow_hosts=allow_hosts,
            allow_origins=allow_origins,
            cache=CACHE,
            ministack=ministack,
        )
        self._noted = threading.Condition()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run)
        self.url = ""

    def __enter__(self) -> Serving:
        self._thread.start()
        assert self._ready.wait(INSTALLED), "the gateway has not started yet"
        assert self.url, "the gateway did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the gateway did not stop"

    def logged(self, text: str) -> str:
        """Wait for a line of the log with ``text`` in it and return it."""
        return self._find(self.log, text)

    def logged_while(self, text: str, step: Callable[[], None]) -> str:
        """Take steps until a line of the log has ``text`` in it, and return the line.

        The first steps may tell the gateway nothing: it hears of what else happens when it comes to it.
        """
        over = time.monotonic() + PATIENCE
        with self._noted:
            while time.monotonic() < over:
                step()
                if self._noted.wait_for(lambda: any(text in line for line in self.log), STEP):
                    break
        return self._find(self.log, text)

    def wait_for_reports(self, number: int) -> None:
        """Wait until so many invocations are over, and their environments free for others."""
        with self._noted:
            done = self._noted.wait_for(
                lambda: sum("REPORT RequestId" in line for line in self.log) >= number, PATIENCE
            )
        assert done, self.log

    def wait_for_access(self, number: int) -> None:
        """Wait until so many requests are in the access log."""
        with self._noted:
            done = self._noted.wait_for(lambda: len(self.access_log) >= number, PATIENCE)
        assert done, self.access_log

    def access_logged(self, text: str = "") -> str:
        """Wait for a line of the access log with ``text`` in it and return it."""
        return self._find(self.access_log, text)

    def _find(self, lines: list[str], text: str) -> str:
        with self._noted:
            found = self._noted.wait_for(lambda: [line for line in lines if text in line], PATIENCE)
        assert found, f"no line has {text!r}: {lines}"
        return found[-1]

    def _note(self, line: str) -> None:
        with self._noted:
            self.log.append(line)
            self._noted.notify_all()

    def _note_access(self, line: str) -> None:
        with self._noted:
            self.access_log.append(line)
            self._noted.notify_all()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def ready(url: str) -> None:
            self.url = url
            self._ready.set()

        await serve(self.application, self._settings, ready, self._stop)


class Client:
    """One connection to the gateway; reads chunks as they arrive."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a request."""
        self._http.request(method, path, body, dict(headers or {}))

    def answer(self) -> http.client.HTTPResponse:
        """Wait for status and headers."""
        return self._http.getresponse()

    def send(
        self, method: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """Send a request and wait for status and headers."""
        self.ask(method, path, body, headers)
        return self.answer()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
