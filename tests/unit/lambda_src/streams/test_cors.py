"""Which pages may read a kept stream."""

from __future__ import annotations

import pytest
from streams.cors import cors_headers, origin_of

SEVERAL = {"CORS_ALLOW_ORIGIN": "https://a.example,https://b.example", "CORS_ALLOW_CREDENTIALS": "true"}
EXPOSED = {"access-control-expose-headers": "retry-after, x-stream-id"}


def test_streams_cors_without_origins_has_no_headers() -> None:
    assert cors_headers({}, "https://a.example") == {}


@pytest.mark.parametrize("origin", ["*", "https://a.example"])
@pytest.mark.parametrize("page", [None, "https://b.example"])
def test_streams_cors_single_origin_is_sent_to_every_request(origin: str, page: str | None) -> None:
    headers = {**EXPOSED, "access-control-allow-origin": origin}
    assert cors_headers({"CORS_ALLOW_ORIGIN": origin}, page) == headers


def test_streams_cors_matching_origin_of_several_is_sent() -> None:
    assert cors_headers(SEVERAL, "https://b.example") == {
        **EXPOSED,
        "vary": "origin",
        "access-control-allow-origin": "https://b.example",
        "access-control-allow-credentials": "true",
    }


@pytest.mark.parametrize("origin", [None, "https://c.example"])
def test_streams_cors_unknown_origin_gets_no_allow_origin(origin: str | None) -> None:
    assert cors_headers(SEVERAL, origin) == {"vary": "origin"}


@pytest.mark.parametrize("credentials", ["", "false", "True"])
def test_streams_cors_credentials_are_allowed_by_the_word_true_only(credentials: str) -> None:
    given = {"CORS_ALLOW_ORIGIN": "https://a.example", "CORS_ALLOW_CREDENTIALS": credentials}
    assert "access-control-allow-credentials" not in cors_headers(given, None)


@pytest.mark.parametrize(
    ("event", "origin"),
    [
        ({"headers": {"Origin": "https://a.example", "accept": "*/*"}}, "https://a.example"),
        ({"headers": {"accept": "*/*"}}, None),
        ({"headers": None}, None),
        ({}, None),
    ],
)
def test_streams_cors_origin_is_the_header_of_the_page(event: dict[str, object], origin: str | None) -> None:
    assert origin_of(event) == origin
