"""Handlers that break behind `streaming-api local`: a client never takes the response for complete."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.local.serving import Client, Serving, application, template
from tests.runtime.gateway import handlers

CODE = Path(handlers.__file__).parent
NAMES = (
    "writes_in_a_thread",
    "writes_at_a_pace_in_a_thread",
    "cannot_be_left",
    "raises",
    "raises_in_text",
    "exits",
    "is_too_short",
    "is_whole",
)
# Half of the time is margin, and a machine that is too busy for it sees what Lambda does: a cut connection.
TIMEOUT_S = 2


@pytest.fixture(scope="module", name="serving")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Serve the handlers, each on a path of its name."""
    routes = {
        f"GET /{name}": {"handler": f"handlers.{name}", "code": str(CODE), "function_timeout": TIMEOUT_S}
        for name in NAMES
    }
    with Serving(application(template(routes), tmp_path_factory.mktemp("gateway"))) as serving:
        yield serving


def seen(serving: Serving, name: str) -> str:
    """Ask for a path, and return how the response ends for its client."""
    with Client(serving.url) as client:
        response = client.send("GET", f"/prod/{name}")
        try:
            body = response.read()
        except http.client.IncompleteRead as error:
            return "cut with an error event" if b"event: error" in error.partial else "cut"
        return "an error event" if b"event: error\n" in body else f"{response.status}, complete"


def test_gateway_passes_a_whole_response_on(serving: Serving) -> None:
    assert seen(serving, "is_whole") == "200, complete"


@pytest.mark.parametrize("name", ["raises", "cannot_be_left"])
def test_broken_stream_of_events_ends_with_an_error_event(serving: Serving, name: str) -> None:
    assert "error event" in seen(serving, name)


@pytest.mark.parametrize("name", ["raises_in_text", "exits", "is_too_short"])
def test_broken_response_without_a_place_for_errors_is_cut(serving: Serving, name: str) -> None:
    assert seen(serving, name) == "cut"


@pytest.mark.parametrize("name", ["writes_in_a_thread", "writes_at_a_pace_in_a_thread"])
def test_deadline_of_a_writing_thread_never_looks_complete_in_ten_requests(
    serving: Serving, name: str
) -> None:
    with ThreadPoolExecutor(2) as clients:
        ends = list(clients.map(lambda _: seen(serving, name), range(10)))
    # a process that had no time for a first byte is a 5xx
    assert not any(end.startswith("200") for end in ends), ends
    # what floods the gateway may still be on its way when the time is over, and is cut then
    if name == "writes_at_a_pace_in_a_thread":
        assert any("error event" in end for end in ends), ends
