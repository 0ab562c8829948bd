"""Kept streams behind function URLs: written, resumed, read and erased, each at a URL of its own."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.streams import CODE
from tests.support.gateway import Client, Gate, Serving
from tests.support.ministack import Ministack
from tests.support.templates import ROOT, application, function, template


def behind_url(name: str, route: dict[str, Any]) -> dict[str, Any]:
    """Return a function and its URL."""
    properties = {
        "AuthType": "NONE",
        "InvokeMode": "RESPONSE_STREAM",
        "TargetFunctionArn": {"Fn::GetAtt": [f"{name}Function", "Arn"]},
    }
    return {f"{name}Function": function(route), name: {"Type": "AWS::Lambda::Url", "Properties": properties}}


@pytest.fixture(name="urls", scope="module")
def _urls(
    table_name: str, ministack: Ministack, gate: Gate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    writer = {"STREAM_STORE_TABLE": table_name, "STREAM_STORE_REPLAY": "true"}
    resources = behind_url("Write", {"handler": "handlers.events", "code": str(CODE), "environment": writer})
    for name in ("reader", "cancel", "erase"):
        route = {
            "handler": f"streams.{name}.handler",
            "code": str(ROOT / "lambda_src"),
            "environment": {"STREAM_TABLE": table_name},
        }
        resources |= behind_url(name.title(), route)
    scratch: Path = tmp_path_factory.mktemp("urls")
    environment = {**ministack.environment, "GATE": gate.address}
    with Serving(application(template({}, **resources), scratch), environment=environment) as serving:
        yield serving


def ask(
    urls: Serving, method: str, name: str, path: str, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send a request to a function URL."""
    fields = {key.replace("_", "-"): value for key, value in headers.items()}
    with Client(urls.url) as client:
        response = client.send(method, f"/_aws/lambda-url/{name}{path}", headers=fields)
        return response, response.read()


def test_kept_stream_of_a_function_url_is_read_from_any_byte_and_erased(urls: Serving) -> None:
    response, whole = ask(urls, "GET", "Write", "/?seed=1")
    stream_id = response.headers["x-stream-id"]
    read, rest = ask(urls, "GET", "Reader", f"/streams/{stream_id}?after=10")
    assert (read.status, rest) == (200, whole[10:])
    assert read.headers["content-type"] == response.headers["content-type"]
    assert ask(urls, "POST", "Cancel", f"/streams/{stream_id}/cancel")[0].status == 204
    assert ask(urls, "DELETE", "Erase", f"/streams/{stream_id}")[0].status == 204
    assert ask(urls, "GET", "Reader", f"/streams/{stream_id}")[0].status == 404


def test_kept_stream_of_a_function_url_goes_on_at_the_same_url(urls: Serving) -> None:
    _, whole = ask(urls, "GET", "Write", "/?seed=2")
    first, _, rest = whole.partition(b"\n\n")
    (last,) = [line[4:].decode() for line in first.splitlines() if line.startswith(b"id: ")]
    again, body = ask(urls, "GET", "Write", "/?seed=2", last_event_id=last)
    assert (again.status, body) == (200, rest)


def test_head_of_a_function_url_keeps_no_stream(urls: Serving) -> None:
    response, body = ask(urls, "HEAD", "Write", "/?seed=3")
    assert (response.status, body) == (200, b"")
    assert "x-stream-id" not in response.headers
