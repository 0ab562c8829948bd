from __future__ import annotations

import json
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_api_tools.client.lambda_response import (
    METADATA_LIMIT,
    LambdaResponseParser,
    MalformedResponseError,
    ResponseMetadata,
    parse_metadata,
)

NULS = bytes(8)
METADATA = {"statusCode": 201, "headers": {"Content-Type": "text/event-stream"}, "cookies": ["a=1; Path=/"]}
WIRE = json.dumps(METADATA).encode() + NULS + b"data: one\n\n" + NULS + b"data: two\n\n"
PARSED = ResponseMetadata(201, (("Content-Type", "text/event-stream"), ("Set-Cookie", "a=1; Path=/")))
BODY = b"data: one\n\n" + NULS + b"data: two\n\n"


@pytest.mark.parametrize("cut", range(len(WIRE) + 1))
def test_lambda_response_parser_accepts_a_cut_at_any_byte(cut: int) -> None:
    parser = LambdaResponseParser()
    body = parser.feed(WIRE[:cut]) + parser.feed(WIRE[cut:])
    parser.finish()
    assert parser.metadata == PARSED
    assert body == BODY


@given(st.lists(st.integers(0, len(WIRE)), max_size=20))
def test_lambda_response_parser_any_number_of_chunks_gives_the_same(cuts: list[int]) -> None:
    edges = sorted({0, len(WIRE), *cuts})
    parser = LambdaResponseParser()
    body = b"".join(parser.feed(WIRE[a:b]) for a, b in pairwise(edges))
    assert (parser.metadata, body) == (PARSED, BODY)


def test_lambda_response_parser_passes_on_body_bytes_at_once() -> None:
    parser = LambdaResponseParser()
    assert parser.feed(b"{}" + NULS) == b""
    assert parser.metadata == ResponseMetadata(200, ())
    assert parser.feed(b"x") == b"x"


def test_lambda_response_multi_value_headers_override_headers() -> None:
    text = b'{"headers":{"x-a":"1","B":"2"},"multiValueHeaders":{"X-A":["3","4"]}}'
    assert parse_metadata(text).headers == (("B", "2"), ("X-A", "3"), ("X-A", "4"))


@pytest.mark.parametrize("status", [200, 201, 598, 599])
def test_lambda_response_status_within_the_bounds_is_taken(status: int) -> None:
    assert parse_metadata(b'{"statusCode":%d}' % status).status == status
    assert parse_metadata(b'{"statusCode":"%d"}' % status).status == status


def test_lambda_response_header_values_that_are_no_text_become_text() -> None:
    text = b'{"headers":{"a":true,"b":false,"c":1,"d":1.5}}'
    assert parse_metadata(text).headers == (("a", "true"), ("b", "false"), ("c", "1"), ("d", "1.5"))


def feed_bytewise(wire: bytes) -> None:
    parser = LambdaResponseParser()
    for byte in wire:
        parser.feed(bytes([byte]))
    parser.finish()


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        (b"", "without a delimiter"),
        (b'{"statusCode":200}', "without a delimiter"),
        (b'{"statusCode":200}' + bytes(7) + b"x", "without a delimiter"),
        (NULS, "not JSON"),
        (b"plain text" + NULS, "not JSON"),
        (b"[]" + NULS, "must be a JSON object"),
        (b'{"status":200}' + NULS, "unknown keys: status"),
        (b'{"statusCode":"ok"}' + NULS, "statusCode"),
        (b'{"statusCode":true}' + NULS, "statusCode"),
        (b'{"statusCode":99}' + NULS, "statusCode"),
        (b'{"statusCode":199}' + NULS, "statusCode"),
        (b'{"statusCode":600}' + NULS, "statusCode"),
        (b'{"headers":{"a":["b"]}}' + NULS, "header a must be text"),
        (b'{"headers":{"a":"b\\r\\nc: d"}}' + NULS, "line break"),
        (b'{"headers":{"a b":"c"}}' + NULS, "'a b' cannot be the name"),
        (b'{"headers":{"":"c"}}' + NULS, "cannot be the name"),
        (b'{"headers":{"Content-Length":"-1"}}' + NULS, "Content-Length must be a number"),
        (b"[" * 16_000 + NULS, "nested too deeply" if sys.version_info < (3, 14) else "not JSON"),
        (b'{"headers":[]}x' + NULS, "not JSON"),
        (b'{"headers":["a"]}' + NULS, "headers must be an object"),
        (b'{"multiValueHeaders":{"a":"b"}}' + NULS, "object of lists"),
        (b'{"cookies":"a=b"}' + NULS, "cookies a list"),
        (b" " * METADATA_LIMIT, "first 16384 bytes"),
        (b'{"headers":{"a":"' + b"b" * METADATA_LIMIT + b'"}}' + NULS, "first 16384 bytes"),
    ],
)
def test_lambda_response_malformed_is_refused_with_the_reason(wire: bytes, reason: str) -> None:
    with pytest.raises(MalformedResponseError, match=reason):
        feed_bytewise(wire)


def test_lambda_response_delimiter_may_end_at_the_metadata_limit() -> None:
    frame = b'{"headers":{"a":""}}'
    padding = METADATA_LIMIT - len(NULS) - len(frame)
    text = b'{"headers":{"a":"' + b"b" * padding + b'"}}'
    assert len(text + NULS) == METADATA_LIMIT
    parser = LambdaResponseParser()
    assert parser.feed(text + NULS + b"body") == b"body"
