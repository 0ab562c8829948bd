"""Errors as clients and Lambda see them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming import DeadlineExceeded, HTTPError
from lambda_streaming._errors import StreamCancelled, envelope, error_text, lambda_error_type


def test_error_envelope_has_the_members_that_clients_read() -> None:
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
        (408, "timeout_error"),
        (409, "conflict_error"),
        (410, "invalid_request_error"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (499, "invalid_request_error"),
        (500, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
    ],
)
def test_http_error_type_and_code_follow_from_status(status: int, type: str) -> None:
    error = HTTPError(status, "x")
    assert (error.type, error.code) == (type, type.removesuffix("_error"))


@pytest.mark.parametrize("status", [200, 399, 600])
def test_http_error_status_outside_400_to_599_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"must be 400 to 599, got {status}"):
        HTTPError(status, "x")


@pytest.mark.parametrize("status", [429.5, True, "500"])
def test_http_error_status_that_is_not_a_whole_number_is_refused(status: object) -> None:
    with pytest.raises(TypeError, match="must be a whole number, got"):
        HTTPError(status, "x")  # type: ignore[arg-type]


def test_http_error_without_text_has_a_fixed_message() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert error_text(Mute()) == "the exception has no text"


def test_error_envelope_of_unexpected_exception_has_no_message_of_it() -> None:
    said = str(envelope(RuntimeError("arn:aws:secret"), None))
    assert "arn" not in said
    assert "internal_error" in said


def test_deadline_exceeded_is_a_504_function_timeout() -> None:
    error = DeadlineExceeded()
    assert (error.status, error.type, error.code) == (504, "timeout_error", "function_timeout")
    assert error.headers == {"x-should-retry": "false"}


def test_stream_cancelled_is_a_409_that_is_not_retried() -> None:
    error = StreamCancelled()
    assert (error.status, error.type, error.code) == (409, "conflict_error", "stream_cancelled")
    assert error.headers == {"x-should-retry": "false"}


def test_lambda_error_type_has_the_exception_name() -> None:
    assert lambda_error_type(HTTPError(500, "x")) == "Function.HTTPError"


@given(st.text(min_size=1).filter(str.isidentifier))
def test_lambda_error_type_of_any_name_is_legal(name: str) -> None:
    error = type(name, (Exception,), {})()
    assert re.fullmatch(r"(Function|Runtime)\.[A-Z]\w+", lambda_error_type(error), re.ASCII)


@pytest.mark.parametrize("status", [400, 599])
def test_http_error_status_at_its_bounds_is_kept(status: int) -> None:
    assert HTTPError(status, "no").status == status
