from __future__ import annotations

import pytest

from streaming_api_tools.local.gateway.request.headers import (
    DROPPED_FROM_REQUEST,
    to_client,
    to_function,
)


@pytest.mark.parametrize("name", sorted(DROPPED_FROM_REQUEST))
def test_request_headers_of_the_connection_are_dropped(name: str) -> None:
    assert to_function([(name.title(), "x"), ("X-Own", "y")], signed=False) == (("X-Own", "y"),)


@pytest.mark.parametrize(
    "name", ["Accept", "Content-Encoding", "Content-Type", "Date", "Host", "User-Agent", "Via"]
)
def test_request_headers_other_are_passed_to_the_function(name: str) -> None:
    assert to_function([(name, "x")], signed=True) == ((name, "x"),)


@pytest.mark.parametrize(
    ("value", "signed", "reaches"),
    [("Bearer x", False, True), ("Bearer x", True, False), ("AWS4-HMAC-SHA256 Credential=x", False, False)],
)
def test_request_headers_signature_is_never_passed_to_the_function(
    value: str, signed: bool, reaches: bool
) -> None:
    assert bool(to_function([("Authorization", value)], signed)) is reaches


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("Content-Type", "Content-Type"),
        ("Set-Cookie", "Set-Cookie"),
        ("Content-Length", "Content-Length"),
        ("Server", "x-amzn-Remapped-Server"),
        ("date", "x-amzn-Remapped-date"),
        ("WWW-Authenticate", "x-amzn-Remapped-WWW-Authenticate"),
        ("Connection", "x-amzn-Remapped-Connection"),
        ("Transfer-Encoding", None),
        ("Trailer", None),
        ("Via", None),
    ],
)
def test_response_headers_are_passed_renamed_or_dropped(name: str, becomes: str | None) -> None:
    sent = [name for name, value in to_client([(name, "x")]) if value == "x"]
    assert sent == ([becomes] if becomes else [])


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_response_with_content_type_keeps_it(name: str) -> None:
    assert to_client([(name, "text/event-stream")]) == ((name, "text/event-stream"),)


def test_response_without_content_type_gets_json() -> None:
    expected = (("X-Own", "y"), ("Content-Type", "application/json"))
    assert to_client([("X-Own", "y"), ("Via", "z")]) == expected
