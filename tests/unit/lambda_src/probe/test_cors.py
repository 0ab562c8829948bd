"""Which pages may read what the probe answers."""

from __future__ import annotations

import json
from unittest import mock

import pytest
from probe.cors import cors_headers
from probe.handler import handler

SEVERAL = {"CORS_ALLOW_ORIGIN": "https://a.example,https://b.example", "CORS_ALLOW_CREDENTIALS": "true"}


def test_without_origins_no_page_may_read() -> None:
    assert cors_headers({}, "https://a.example") == {}


@pytest.mark.parametrize("origin", ["*", "https://a.example"])
def test_one_origin_is_named_to_everybody(origin: str) -> None:
    assert cors_headers({"CORS_ALLOW_ORIGIN": origin}, None) == {"access-control-allow-origin": origin}


def test_of_several_origins_the_one_that_asks_is_named() -> None:
    assert cors_headers(SEVERAL, "https://b.example") == {
        "vary": "origin",
        "access-control-allow-origin": "https://b.example",
        "access-control-allow-credentials": "true",
    }


@pytest.mark.parametrize("origin", [None, "https://c.example"])
def test_another_origin_is_told_nothing(origin: str | None) -> None:
    assert cors_headers(SEVERAL, origin) == {"vary": "origin"}


@pytest.mark.parametrize("challenge", [{}, {"pad": -1}])
def test_answers_and_errors_have_the_headers(challenge: dict[str, int]) -> None:
    event = {"body": json.dumps(challenge), "headers": {"Origin": "https://b.example"}}
    with mock.patch.dict("os.environ", SEVERAL):
        response = handler(event, None)
    assert response.status == (400 if challenge else 200)
    assert response.headers["access-control-allow-origin"] == "https://b.example"
