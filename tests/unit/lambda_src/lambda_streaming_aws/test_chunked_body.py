"""Bodies in chunks, cut anywhere, as ``http.client`` reads them."""

from __future__ import annotations

import socket
from http.client import HTTPException, HTTPResponse, IncompleteRead
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming_aws.chunked_body import ChunkedBody

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def read(pieces: list[bytes]) -> tuple[bytes, bool]:
    """Return a body that comes in pieces, the first with its head, and whether its response is closed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEAD + pieces[0])
        response = HTTPResponse(ours)
        response.begin()
        body = ChunkedBody(response, ours)
        found = b""
        for piece in pieces[1:]:
            theirs.sendall(piece)
        theirs.shutdown(socket.SHUT_WR)
        try:
            while data := body.read():
                found += data
            return found, response.isclosed()
        finally:
            response.close()


def by_http_client(encoded: bytes) -> bytes:
    """Return a body as ``http.client`` reads it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEAD + encoded)
        theirs.shutdown(socket.SHUT_WR)
        response = HTTPResponse(ours)
        response.begin()
        return response.read()


def encode(chunks: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    said = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return said + b"0\r\n" + trailers + b"\r\n"


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.sampled_from([b"", b";name=value"]),
    st.sampled_from([b"", b"x-one: 1\r\nx-two: 2\r\n"]),
    st.lists(st.integers(0, 300), max_size=4),
)
def test_chunked_body_is_what_http_client_reads_wherever_it_is_cut(
    chunks: list[bytes], extension: bytes, trailers: bytes, cuts: list[int]
) -> None:
    encoded = encode(chunks, extension, trailers)
    at = [0, *sorted(min(cut, len(encoded)) for cut in cuts), len(encoded)]
    pieces = [encoded[begin:end] for begin, end in pairwise(at)]
    assert read(pieces) == (by_http_client(encoded), True)
    assert by_http_client(encoded) == b"".join(chunks)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"5\r\nab",
        b"2\r\nab",
        b"2\r\nab\r\n",
        b"2\r\nab\r\n0\r\n",
        b"no size\r\n" + END,
        b"-1\r\n" + END,
        b"0\r\n" + b"x" * 70_000,
    ],
)
def test_chunked_body_that_is_not_whole_is_an_error_as_in_http_client(encoded: bytes) -> None:
    with pytest.raises(IncompleteRead):
        read([encoded])


def test_chunked_body_with_more_after_its_end_is_an_error() -> None:
    with pytest.raises(HTTPException):
        read([encode([b"ab"]) + b"HTTP/1.1 200 OK\r\n"])


def test_chunked_body_chunk_is_returned_before_the_next_is_there() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HEAD)
        response = HTTPResponse(ours)
        response.begin()
        body = ChunkedBody(response, ours)
        for piece in (b"one", b"two"):
            theirs.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            assert body.read() == piece
        theirs.sendall(END)
        assert body.read() == b""
        assert response.isclosed()
