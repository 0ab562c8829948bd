"""The gateway with handlers whose streams are kept, and clients that leave and come back."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.gateway import Client, Gate, Serving
from tests.support.ministack import Ministack
from tests.support.templates import ROOT, application, template

CODE = Path(__file__).with_name("functions")
NAMES = (
    *("events", "lines", "text", "raw", "own_bytes", "own_ids", "breaks", "breaks_in_text", "dies"),
    *("blocked", "asks", "awaits"),
)
ROUTES = {
    "GET /ui/chat/{id}/stream": "reader",
    "POST /ui/chat/{id}/stop": "stop",
    "GET /streams/{id}": "reader",
    "POST /streams/{id}/cancel": "cancel",
    "DELETE /streams/{id}": "erase",
}
#: What every id is replaced by, so that two runs of a stream have the same bytes.
ANY_ID = b"0" * 32


@contextmanager
def serving(table: str, ministack: Ministack, scratch: Path, gate: Gate, **more: str) -> Iterator[Serving]:
    """Serve the handlers, and the routes of the store."""
    routes: dict[str, dict[str, object]] = {
        f"GET /{name}": {
            "handler": f"handlers.{name}",
            "code": str(CODE),
            "environment": {"STREAM_STORE_TABLE": table},
            "function_timeout": 20,
        }
        for name in NAMES
    }
    routes |= {
        route: {
            "handler": f"streams.{name}.handler",
            "code": str(ROOT / "lambda_src"),
            "environment": {"STREAM_TABLE": table},
        }
        for route, name in ROUTES.items()
    }
    # this one may read, too
    routes["GET /again"] = {
        **routes["GET /events"],
        "environment": {"STREAM_STORE_TABLE": table, "STREAM_STORE_REPLAY": "true"},
    }
    environment = {**ministack.environment, "GATE": gate.address, **more}
    with Serving(application(template(routes), scratch), environment=environment) as gateway:
        yield gateway


class Seen:
    """What one client has got of a stream.

    :param end: ``whole``, ``cut``, or ``left`` for a client that has left
    """

    def __init__(self, response: http.client.HTTPResponse, body: bytes, end: str) -> None:
        self.status = response.status
        self.headers = response.headers
        self.stream_id = response.headers.get("x-stream-id", "")
        self.body = body
        self.end = end

    @property
    def comparable(self) -> bytes:
        """The body with the stream's id replaced."""
        return self.body.replace(self.stream_id.encode() or b"\0", ANY_ID)


def get(serving: Serving, path: str, size: int | None = None, **headers: str) -> Seen:
    """Ask for a stream; leave after so many bytes, or stay to its end."""
    with Client(serving.url) as client:
        fields: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
        response = client.send("GET", f"/prod{path}", headers=fields)
        try:
            body = response.read(size) if size is not None else response.read()
        except http.client.IncompleteRead as error:
            return Seen(response, error.partial, "cut")
        return Seen(response, body, "whole" if size is None else "left")


def send(serving: Serving, method: str, path: str, body: str = "") -> int:
    """Send a request and return the status."""
    with Client(serving.url) as client:
        response = client.send(method, f"/prod{path}", body)
        response.read()
        return response.status
