"""Errors as clients and Lambda see them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming import DeadlineExceeded, HTTPError
from lambda_streaming._errors import envelope, error_text, lambda_error_type


def test_the_envelope_is_the_one_that_all_clients_read() -> None:
    error = HTTPError(404, "no report 7", code="report_not_found", param="id")
    assert envelope(error, "id-1") == {
        "type": "error",
        "error": {
            "type": "not_found_error",
            "message": "no report 7",
            "code": "report_not_found",
            "param": "id",
        },
        "request_id": "id-1",
    }


@pytest.mark.parametrize(
    ("status", "type"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
    ],
)
def test_the_type_follows_from_the_status(status: int, type: str) -> None:
    error = HTTPError(status, "x")
    assert (error.type, error.code) == (type, type.removesuffix("_error"))


@pytest.mark.parametrize("status", [200, 399, 600])
def test_a_status_that_is_no_error_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"must be 400 to 599, got {status}"):
        HTTPError(status, "x")


@pytest.mark.parametrize("status", [429.5, True, "500"])
def test_status_of_an_http_error_that_is_no_whole_number_is_refused(status: object) -> None:
    with pytest.raises(TypeError, match="must be a whole number, got"):
        HTTPError(status, "x")  # type: ignore[arg-type]


def test_error_without_text_is_told_in_a_fixed_one() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert error_text(Mute()) == "the exception has no text"


def test_what_an_unexpected_exception_says_stays_inside() -> None:
    said = str(envelope(RuntimeError("arn:aws:secret"), None))
    assert "arn" not in said
    assert "internal_error" in said


def test_a_deadline_is_a_gateway_timeout() -> None:
    error = DeadlineExceeded()
    assert (error.status, error.type, error.code) == (504, "timeout_error", "function_timeout")


def test_lambda_gets_the_name_of_the_exception() -> None:
    assert lambda_error_type(HTTPError(500, "x")) == "Function.HTTPError"


@given(st.text(min_size=1).filter(str.isidentifier))
def test_the_type_for_lambda_is_always_a_legal_one(name: str) -> None:
    error = type(name, (Exception,), {})()
    assert re.fullmatch(r"(Function|Runtime)\.[A-Z]\w+", lambda_error_type(error), re.ASCII)
