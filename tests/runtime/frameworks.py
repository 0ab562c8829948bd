"""The frameworks whose applications are run, and the servers that they are compared with."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from tests.runtime.function import LAYER, ROOT
from tests.support.packages import PACKAGES, package

PATIENCE = 60.0
HOST = "app.example"
MODULES = "tests.runtime.functions.frameworks"
BOUNDARY = "b0undary"
BINARY = bytes(range(256)) * 3
#: Serves an application of WSGI with the server of the standard library.
WSGIREF = """
import importlib, sys
from wsgiref.simple_server import make_server
module, name, port = sys.argv[1:]
make_server("127.0.0.1", int(port), getattr(importlib.import_module(module), name)).serve_forever()
"""


@dataclass(frozen=True)
class Framework:
    """A framework with one of its two interfaces.

    :param name: of the framework
    :param distribution: its package
    :param interface: ``asgi`` or ``wsgi``
    :param module: below ``tests.runtime.functions.frameworks``
    :param handler: its handler for Lambda
    :param example: what of the framework streams
    """

    name: str
    distribution: str
    interface: str
    module: str
    example: str
    handler: str = "handler"

    @property
    def id(self) -> str:
        """The name in the log of the tests."""
        return f"{self.name} {self.interface}"

    @property
    def application(self) -> str:
        """The application in the module."""
        return "app" if self.interface == "asgi" else "application"

    @property
    def versions(self) -> str:
        """The versions that are pinned, the newest of each Python."""
        pins = (each.partition(";")[0] for each in PACKAGES["frameworks"])
        return ", ".join(pin.partition("==")[2] for pin in pins if pin.startswith(f"{self.distribution}=="))

    @property
    def missing(self) -> set[str]:
        """The packages that it needs and that are not for this Python."""
        needed = {self.distribution} | ({"python-multipart"} if self.module in FORMS_APART else set())
        pins = map(Requirement, PACKAGES["frameworks"])
        return needed - {pin.name for pin in pins if pin.marker is None or pin.marker.evaluate()}


#: The modules whose framework reads forms with another package.
FORMS_APART = {"starlette_app", "fastapi_app"}
FRAMEWORKS = (
    Framework("Starlette", "starlette", "asgi", "starlette_app", "`StreamingResponse`"),
    Framework("FastAPI", "fastapi", "asgi", "fastapi_app", "`StreamingResponse` of a plain generator"),
    Framework("Litestar", "litestar", "asgi", "litestar_app", "`Stream`"),
    Framework("Quart", "quart", "asgi", "quart_app", "asynchronous generator"),
    Framework("BlackSheep", "blacksheep", "asgi", "blacksheep_app", "`StreamedContent`"),
    Framework("Django", "django", "asgi", "django_app", "`StreamingHttpResponse`, asynchronous"),
    Framework("Django", "django", "wsgi", "django_app", "`StreamingHttpResponse`", "synchronous"),
    Framework("Flask", "flask", "wsgi", "flask_app", "`stream_with_context`"),
    Framework("Bottle", "bottle", "wsgi", "bottle_app", "generator"),
)
#: Interface -> the servers that an application is compared under.
SERVERS = {"asgi": ("uvicorn", "hypercorn"), "wsgi": ("wsgiref", "a2wsgi and uvicorn")}


def multipart() -> bytes:
    """Return a form with a text and a file."""
    parts = [
        b'content-disposition: form-data; name="name"\r\n\r\ncaf\xc3\xa9',
        b'content-disposition: form-data; name="file"; filename="f.bin"\r\n'
        b"content-type: application/octet-stream\r\n\r\n" + BINARY,
    ]
    dash = f"--{BOUNDARY}".encode()
    return b"".join(dash + b"\r\n" + part + b"\r\n" for part in parts) + dash + b"--\r\n"


FORM = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Answer:
    """What a client gets, without what a server adds for itself."""

    status: int
    content_type: str
    body: bytes


@contextmanager
def server(kind: str, framework: Framework) -> Iterator[int]:
    """Run an application under a server of others; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    module = f"{MODULES}.{framework.module}"
    target = f"{module}:{framework.application}"
    uvicorn = ["-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    command = {
        "uvicorn": [*uvicorn, target],
        "hypercorn": ["-m", "hypercorn", "--bind", f"127.0.0.1:{port}", target],
        "a2wsgi and uvicorn": [*uvicorn, f"{MODULES}.in_a2wsgi:{framework.module}"],
        "wsgiref": ["-c", WSGIREF, module, framework.application, str(port)],
    }[kind]
    paths = os.pathsep.join(map(str, (package("frameworks"), LAYER, ROOT)))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_until_it_listens(port, process)
        yield port
    finally:
        # hypercorn has a worker, which would go on without it
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(f"the server does not listen: {process.poll()}")


def asked(port: int, method: str, path: str, body: bytes = b"", content_type: str = "") -> Answer:
    """Return what a client of a server gets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        headers = {"host": HOST} | ({"content-type": content_type} if content_type else {})
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return Answer(response.status, _type(response.headers["content-type"]), response.read())
    finally:
        connection.close()


def _type(value: str | None) -> str:
    """Return a media type in one spelling."""
    return re.sub(r"\s", "", value or "").lower()


def answer(prelude: dict[str, object], payload: bytes) -> Answer:
    """Return what a client of the function gets."""
    headers = prelude["headers"]
    assert isinstance(headers, dict)
    status = prelude["statusCode"]
    assert isinstance(status, int)
    return Answer(status, _type(headers.get("content-type")), payload)


def requests_page() -> Path:
    """Return the page that has the table of the frameworks."""
    return ROOT / "docs" / "servers.md"


def table() -> str:
    """Return the table of the page."""
    lines = [
        "| framework | version | handler | what streams in the tests | compared with |",
        "|---|---|---|---|---|",
    ]
    for each in FRAMEWORKS:
        compared = ", ".join(SERVERS[each.interface])
        lines.append(
            f"| {each.name} | {each.versions} | `{each.interface}(app)` | {each.example} | {compared} |"
        )
    return "\n".join(lines)
