"""The headers with which a page may read a response of the probe."""

from __future__ import annotations

import json
import os
from unittest import mock

import pytest
from lambda_streaming_cors import CorsHeaders
from probe.handler import EXPOSED, handler


@pytest.mark.parametrize("challenge", [{}, {"pad": -1}])
def test_probe_cors_headers_are_on_responses_and_errors(challenge: dict[str, int]) -> None:
    event = {"body": json.dumps(challenge), "headers": {"Origin": "https://b.example"}}
    with mock.patch("probe.handler.CORS", CorsHeaders("https://a.example,https://b.example")):
        response = handler(event, None)
    assert response.status == (400 if challenge else 200)
    assert response.headers["access-control-allow-origin"] == "https://b.example"


def test_probe_lets_pages_read_the_id_of_a_kept_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ALLOW_ORIGIN", "*")
    fields = CorsHeaders.of(os.environ, EXPOSED).headers("https://a.example")
    assert fields["access-control-expose-headers"] == "x-stream-id"
