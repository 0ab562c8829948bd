"""The pages that may read a function's responses, held against the Fetch standard's CORS protocol."""

from __future__ import annotations

import pytest
from lambda_streaming_cors import CorsHeaders, origin_of

A, B = "https://a.example", "https://b.example"
SEVERAL = {"CORS_ALLOW_ORIGIN": f"{A},{B}", "CORS_ALLOW_CREDENTIALS": "true"}


@pytest.mark.parametrize("environ", [{}, {"CORS_ALLOW_ORIGIN": ""}], ids=["absent", "empty"])
def test_cors_without_origins_has_no_headers(environ: dict[str, str]) -> None:
    assert CorsHeaders.of(environ, "retry-after").headers(A) == {}


@pytest.mark.parametrize("allowed", ["*", A])
@pytest.mark.parametrize("origin", [None, A, B])
def test_cors_single_origin_is_sent_to_every_request(allowed: str, origin: str | None) -> None:
    expected = {"access-control-allow-origin": allowed}
    assert CorsHeaders.of({"CORS_ALLOW_ORIGIN": allowed}).headers(origin) == expected


@pytest.mark.parametrize("origin", [A, B])
def test_cors_matching_origin_of_several_is_sent(origin: str) -> None:
    assert CorsHeaders.of(SEVERAL, "retry-after, x-stream-id").headers(origin) == {
        "vary": "origin",
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "retry-after, x-stream-id",
    }


@pytest.mark.parametrize("origin", [None, "https://evil.example", "", f"{A},{B}"])
def test_cors_unknown_origin_gets_no_allow_origin(origin: str | None) -> None:
    assert CorsHeaders.of(SEVERAL, "retry-after").headers(origin) == {"vary": "origin"}


@pytest.mark.parametrize("credentials", ["", "false", "True"])
def test_cors_credentials_are_allowed_by_the_word_true_alone(credentials: str) -> None:
    environ = {"CORS_ALLOW_ORIGIN": A, "CORS_ALLOW_CREDENTIALS": credentials}
    assert "access-control-allow-credentials" not in CorsHeaders.of(environ).headers(A)


@pytest.mark.parametrize(
    ("event", "origin"),
    [
        ({"headers": {"Origin": A}}, A),
        ({"headers": {"host": "b", "oRIGIN": A}}, A),
        ({"headers": {}}, None),
        ({"headers": None}, None),
        ({}, None),
    ],
    ids=["as browsers send it", "as nobody does", "without", "a console's test event", "no proxy event"],
)
def test_origin_is_that_of_the_request(event: dict[str, object], origin: str | None) -> None:
    assert origin_of(event) == origin
