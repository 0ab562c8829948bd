"""The head of a response: what is sent, and what is refused before it could do harm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming import HTTPError
from lambda_streaming._failure import error_prelude
from lambda_streaming._head import DELIMITER, MAX_PRELUDE, OF_THE_CONNECTION, Options, Prelude

tokens = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-_.!#$%&'*+^`|~", min_size=1, max_size=20)
values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=30
)


def test_prelude_header_names_are_lower_case_and_multiple_values_kept() -> None:
    prelude = Prelude(200, {"Content-Type": "a/b", "X-Many": ["1", "2"], "X-One": ["1"], "X-None": []})
    assert json.loads(prelude.encoded) == {
        "statusCode": 200,
        "headers": {"content-type": "a/b", "x-one": "1"},
        "multiValueHeaders": {"x-many": ["1", "2"]},
    }


def test_prelude_set_cookie_becomes_cookies() -> None:
    prelude = Prelude(200, {"Set-Cookie": ["b=2", "c=3"]}, ["a=1"])
    assert json.loads(prelude.encoded) == {"statusCode": 200, "headers": {}, "cookies": ["a=1", "b=2", "c=3"]}


def test_options_without_a_status_are_of_a_200() -> None:
    options = Options(media_type="text/plain", grace=None, heartbeat=None, margin=1)
    assert options.prelude("r-1").status == 200


def test_prelude_connection_headers_are_dropped() -> None:
    prelude = Prelude(200, {"Connection": "keep-alive", "Transfer-Encoding": "chunked", "Keep-Alive": "5"})
    assert prelude.headers == {}


def test_prelude_content_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="content-encoding cannot be set"):
        Prelude(200, {"Content-Encoding": "gzip"})


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=1", "a\nb", "a\rb", "a\0b", "a\x7fb", "a\u20acb"])
def test_prelude_header_value_with_line_break_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="value of header 'x-a' must be Latin-1 without control characters"):
        Prelude(200, {"X-A": value})
    with pytest.raises(ValueError, match="value of header 'set-cookie'"):
        Prelude(200, {}, [value])


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "a\nb", "a\0b", "é"])
def test_prelude_header_name_that_is_not_a_token_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no token"):
        Prelude(200, {name: "x"})


@pytest.mark.parametrize("status", [200, 201, 598, 599])
def test_prelude_status_within_the_bounds_is_sent(status: int) -> None:
    assert Prelude(status, {}).status == status


@pytest.mark.parametrize("status", [0, 100, 199, 600, -1])
def test_prelude_status_outside_200_to_599_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"must be 200 to 599, got {status}"):
        Prelude(status, {})


@pytest.mark.parametrize("status", [200.5, 200.0, True, "200", None])
def test_prelude_status_that_is_not_a_whole_number_is_refused(status: object) -> None:
    with pytest.raises(TypeError, match="status of a response must be a whole number, got"):
        Prelude(status, {})  # type: ignore[arg-type]


def test_prelude_status_of_an_enumeration_is_its_number() -> None:
    assert json.loads(Prelude(HTTPStatus.CREATED, {}).encoded)["statusCode"] == 201


@pytest.mark.parametrize("value", [5, None, 1.5, b"5", {"a": "b"}, [5], [None], [b"x"]])
def test_prelude_header_value_that_is_not_a_string_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="value of header 'x-a' must be a string or several, got"):
        Prelude(200, {"X-A": value})  # type: ignore[dict-item]


@pytest.mark.parametrize("cookies", ["a=1", b"a=1", {"a": "1"}, None, 5, [b"a=1"], [None]])
def test_prelude_cookies_that_are_not_several_strings_are_refused(cookies: object) -> None:
    with pytest.raises(TypeError, match=r"must be (several strings|a string or several), got"):
        Prelude(200, {}, cookies)  # type: ignore[arg-type]


@pytest.mark.parametrize("cookies", [("a=1", "b=2"), iter(["a=1", "b=2"])])
def test_prelude_cookies_may_be_any_several(cookies: Sequence[str]) -> None:
    assert Prelude(200, {}, cookies).cookies == ["a=1", "b=2"]


def test_prelude_content_type_in_two_values_is_refused() -> None:
    with pytest.raises(ValueError, match="content-type must be set once"):
        Prelude(200, {"content-type": ["a/b", "c/d"]})


@pytest.mark.parametrize("headers", [[("a", "b")], {1: "x"}, {b"a": "x"}])
def test_prelude_headers_that_are_not_a_mapping_of_strings_are_refused(headers: object) -> None:
    with pytest.raises(TypeError, match="must"):
        Options(media_type="a/b", headers=headers, grace=None, heartbeat=None, margin=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["-1", "abc", "1.5", "", "+1", "1 2", "\u00b2", "1" * 19, ["1", "1"], ["1", "2"]]
)
def test_prelude_invalid_content_length_is_refused(value: str | list[str]) -> None:
    with pytest.raises(ValueError, match="content-length must be"):
        Prelude(200, {"Content-Length": value})


def test_prelude_larger_than_limit_of_api_gateway_is_refused() -> None:
    fixed = len(Prelude(200, {"x": ""}).encoded) + len(DELIMITER)
    assert len(Prelude(200, {"x": "a" * (MAX_PRELUDE - fixed)}).encoded) == MAX_PRELUDE - len(DELIMITER)
    with pytest.raises(ValueError, match="must fit 16384 bytes"):
        Prelude(200, {"x": "a" * (MAX_PRELUDE - fixed + 1)})


@given(st.integers(200, 599), st.dictionaries(tokens, values, max_size=8), st.lists(values, max_size=4))
def test_prelude_any_headers_arrive_as_they_were_sent(
    status: int, headers: dict[str, str], cookies: list[str]
) -> None:
    kept = {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() not in {*OF_THE_CONNECTION, "set-cookie", "content-encoding", "content-length"}
    }
    encoded = Prelude(status, kept, cookies).encoded
    assert b"\0" not in encoded
    assert encoded.isascii()
    head = json.loads(encoded)
    assert head["statusCode"] == status
    assert head["headers"] == kept
    assert head.get("cookies", []) == cookies


def options(**headers: str) -> Options:
    return Options(media_type="a/b", headers=headers, grace=None, heartbeat=None, margin=1)


def test_headers_in_two_spellings_keep_both_values() -> None:
    prelude = options().prelude(
        None, headers={"Set-Cookie": "a=1", "set-cookie": ["b=2"], "X-A": "1", "x-A": "2"}
    )
    assert prelude.cookies == ["a=1", "b=2"]
    assert prelude.multi_value_headers == {"x-a": ["1", "2"]}
    with pytest.raises(ValueError, match="content-length must be set once"):
        options().prelude(None, headers={"content-length": "3", "Content-Length": "4"})


@pytest.mark.parametrize(
    "headers", [{"retry-after": 1}, {"retry-after": None}, {b"a": "b"}, {"a": "b" * 20_000}, None]
)
def test_error_prelude_keeps_the_status_of_an_error_whose_headers_cannot_be_sent(headers: object) -> None:
    error = HTTPError(429, "x")
    error.headers = headers  # type: ignore[assignment]
    prelude = error_prelude(options(), error, None)
    assert (prelude.status, prelude.headers) == (429, {"content-type": "application/json"})


def test_error_prelude_has_no_length_of_what_the_handler_would_have_said() -> None:
    error = HTTPError(429, "x", headers={"Content-Length": "3", "Content-Type": "a/json"})
    prelude = error_prelude(options(**{"Content-Length": "5"}), error, None)
    assert prelude.headers == {"content-type": "a/json"}
