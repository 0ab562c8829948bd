"""Which pages may read what the probe answers."""

from __future__ import annotations

import json
from unittest import mock

import pytest
from probe.cors import cors_headers
from probe.handler import handler

SEVERAL = {"CORS_ALLOW_ORIGIN": "https://a.example,https://b.example", "CORS_ALLOW_CREDENTIALS": "true"}


def test_probe_cors_without_origins_has_no_headers() -> None:
    assert cors_headers({}, "https://a.example") == {}


@pytest.mark.parametrize("origin", ["*", "https://a.example"])
def test_probe_cors_single_origin_is_sent_to_every_request(origin: str) -> None:
    assert cors_headers({"CORS_ALLOW_ORIGIN": origin}, None) == {"access-control-allow-origin": origin}


def test_probe_cors_matching_origin_of_several_is_sent() -> None:
    assert cors_headers(SEVERAL, "https://b.example") == {
        "vary": "origin",
        "access-control-allow-origin": "https://b.example",
        "access-control-allow-credentials": "true",
    }


@pytest.mark.parametrize("origin", [None, "https://c.example"])
def test_probe_cors_unknown_origin_gets_no_allow_origin(origin: str | None) -> None:
    assert cors_headers(SEVERAL, origin) == {"vary": "origin"}


@pytest.mark.parametrize("challenge", [{}, {"pad": -1}])
def test_probe_cors_headers_are_on_responses_and_errors(challenge: dict[str, int]) -> None:
    event = {"body": json.dumps(challenge), "headers": {"Origin": "https://b.example"}}
    with mock.patch.dict("os.environ", SEVERAL):
        response = handler(event, None)
    assert response.status == (400 if challenge else 200)
    assert response.headers["access-control-allow-origin"] == "https://b.example"
