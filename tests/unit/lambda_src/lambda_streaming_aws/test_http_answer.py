"""Answers of HTTP/1.1, cut anywhere, as ``http.client`` reads them."""

from __future__ import annotations

import socket
from http.client import HTTPResponse
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming_aws.http_answer import BrokenAnswer, HttpAnswer

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def sent(pieces: list[bytes]) -> tuple[HttpAnswer, bytes]:
    """Return an answer that comes in pieces until its connection ends, and its body."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(pieces[0])
        if len(pieces) == 1:
            theirs.shutdown(socket.SHUT_WR)
        answer = HttpAnswer(ours)
        for piece in pieces[1:]:
            theirs.sendall(piece)
        theirs.shutdown(socket.SHUT_WR)
        found = b""
        while data := answer.read():
            found += data
        return answer, found


def read(encoded: bytes) -> tuple[HttpAnswer, bytes]:
    """Return an answer that comes at once, and its body."""
    return sent([encoded])


def by_http_client(encoded: bytes) -> tuple[int, dict[str, str], bytes, bool]:
    """Return status, headers, body and whether the connection stays, as ``http.client`` reads them."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(encoded)
        theirs.shutdown(socket.SHUT_WR)
        with HTTPResponse(ours, method="POST") as response:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, response.read(), not response.will_close


def encode(chunks: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    said = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return said + b"0\r\n" + trailers + b"\r\n"


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    st.sampled_from([b"", b";name=value"]),
    st.sampled_from([b"", b"x-one: 1\r\nx-two: 2\r\n"]),
    st.lists(st.integers(0, 300), max_size=4),
)
def test_http_answer_in_chunks_is_what_http_client_reads_wherever_it_is_cut(
    chunks: list[bytes], extension: bytes, trailers: bytes, cuts: list[int]
) -> None:
    encoded = encode(chunks, extension, trailers)
    at = [0, *sorted(min(cut, len(encoded)) for cut in cuts), len(encoded)]
    first, *rest = (encoded[begin:end] for begin, end in pairwise(at))
    answer, body = sent([CHUNKED + first, *rest])
    assert body == by_http_client(CHUNKED + encoded)[2] == b"".join(chunks)
    assert answer.ended
    assert answer.keeps_connection


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
def test_http_answer_in_chunks_that_are_not_whole_is_broken(encoded: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read(CHUNKED + encoded)


def test_http_answer_with_more_after_its_end_is_broken() -> None:
    with pytest.raises(BrokenAnswer):
        read(CHUNKED + encode([b"ab"]) + b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(BrokenAnswer):
        read(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc")


def test_http_answer_chunk_is_returned_before_the_next_is_there() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(CHUNKED)
        answer = HttpAnswer(ours)
        for piece in (b"one", b"two"):
            theirs.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            assert answer.read() == piece
        theirs.sendall(END)
        assert answer.read() == b""
        assert answer.ended


@pytest.mark.parametrize(
    "encoded",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200\r\ncontent-length:2\r\nX-One:  a b \r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.1 500 Oh: no\r\nx-umlaut: \xe4\r\n\r\nall until the end",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nTransfer-Encoding: Chunked\r\n\r\n" + encode([b"ab"]),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n" + encode([b"ab"]),
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab",
    ],
)
def test_http_answer_is_what_http_client_reads(encoded: bytes) -> None:
    status, headers, body, stays = by_http_client(encoded)
    headers = {name: value.strip() for name, value in headers.items()}
    answer, found = read(encoded)
    assert (answer.status, answer.headers, found) == (status, headers, body)
    assert (answer.keeps_connection, answer.ended) == (stays, True)


def test_http_answer_several_interim_answers_come_before_it() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n"
    answer, body = read(hints + hints + b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na")
    assert (answer.status, answer.headers, body) == (200, {"content-length": "1"}, b"a")


@pytest.mark.parametrize(
    "encoded",
    [
        b"no HTTP\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 020 OK\r\n\r\n",
        b"HTTP/1.1 \xb2\xb2\xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"x" * 70_000,
    ],
)
def test_http_answer_head_that_is_none_is_broken(encoded: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read(encoded)


def test_http_answer_body_shorter_than_its_length_is_broken() -> None:
    with pytest.raises(BrokenAnswer):
        read(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab")


def test_http_answer_connection_that_ends_without_a_byte_is_reset() -> None:
    # which is told apart: the server may have closed an idle connection
    with pytest.raises(ConnectionResetError):
        read(b"")


class Cut:
    """A connection whose bytes come in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def recv(self, _size: int) -> bytes:
        """Return the next piece."""
        return self._pieces.pop(0)


def test_http_answer_cut_anywhere_is_whole() -> None:
    encoded = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab"
    for cut in range(1, len(encoded)):
        answer = HttpAnswer(Cut(encoded[:cut], encoded[cut:]))  # type: ignore[arg-type]
        body = b"".join(iter(answer.read, b""))
        assert (answer.status, answer.headers, body) == (200, {"content-length": "2"}, b"ab")


@pytest.mark.parametrize("size", [b"5", b"05", b"0000005", b"5;name=value"])
def test_http_answer_chunk_cut_anywhere_is_whole(size: bytes) -> None:
    encoded = size + b"\r\nabcde\r\n" + END
    for cut in range(1, len(encoded)):
        answer = HttpAnswer(Cut(CHUNKED, encoded[:cut], encoded[cut:]))  # type: ignore[arg-type]
        assert (b"".join(iter(answer.read, b"")), answer.ended) == (b"abcde", True)
