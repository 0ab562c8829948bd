"""HTTP/2 over real sockets: what streams, what is cut, and which version is spoken."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from h2.errors import ErrorCodes

from streaming_api_tools.client.http_post import post
from streaming_api_tools.client.moments import AUTO, HTTP_2, End, Ending, Head, Moment, Part, Request, Sent
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import draw
from streaming_api_tools.measure.runs import Plan, challenge_once
from streaming_api_tools.measure.targets import ApiTarget
from tests.support.curl import curl
from tests.support.http2 import STREAM, Authority, Http2Server, Peer
from tests.support.servers import ScriptedServer, SocketServer, whole

CHALLENGE = draw(random.Random(7), 12, (5, 15))
PLAN = Plan(1, 0, 12, (5, 15), CadenceLimits())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("tls"))
    with made.trusted():
        yield made


async def collect(request: Request, idle: float, saw: Callable[[Moment], None]) -> list[Moment]:
    moments = []
    async for moment in post(request, idle=idle):
        moments.append(moment)
        saw(moment)
    return moments


def exchange(
    url: str,
    body: bytes = b"{}",
    version: str = HTTP_2,
    idle: float = 10,
    saw: Callable[[Moment], None] = lambda moment: None,
) -> list[Moment]:
    return asyncio.run(collect(Request(url, body, http_version=version), idle, saw))


def end_of(moments: list[Moment]) -> End:
    assert isinstance(moments[-1], End)
    return moments[-1]


def body_of(moments: list[Moment]) -> bytes:
    return b"".join(moment.data for moment in moments if isinstance(moment, Part))


def test_http2_each_data_frame_is_seen_before_the_server_writes_the_next(authority: Authority) -> None:
    seen = threading.Semaphore(0)

    def gated(peer: Peer) -> None:
        peer.head()
        for number in range(20):
            peer.data(b"%02d" % number)
            assert seen.acquire(timeout=60)
        peer.data(end=True)

    def saw(moment: Moment) -> None:
        if isinstance(moment, Part):
            seen.release()

    with Http2Server(gated, authority.serves("h2")) as server:
        moments = exchange(server.url, saw=saw)
    assert [type(moment) for moment in moments] == [Sent, Head, *[Part] * 20, End]
    assert body_of(moments) == b"".join(b"%02d" % number for number in range(20))
    assert end_of(moments).how is Ending.CLOSED
    times = [moment.ns for moment in moments]
    assert times == sorted(times)


def test_http2_request_is_the_one_of_http1(authority: Authority) -> None:
    def answer(peer: Peer) -> None:
        peer.head(status=201, x_two="2", x_amzn_requestid="r-1")
        peer.data(end=True)

    headers = {"X-One": "1", "Connection": "keep-alive", "Host": "api.example.com"}
    with Http2Server(answer, authority.serves("h2")) as server:
        request = Request(f"{server.url}?a=b%20c#d", b"x" * 200_000, headers, http_version=HTTP_2)
        moments = asyncio.run(collect(request, 10, lambda moment: None))
        (peer,) = server.peers
    assert peer.body == request.body
    assert peer.request == {
        ":method": "POST",
        ":authority": "api.example.com",
        ":scheme": "https",
        ":path": "/prod/probe?a=b%20c",
        "content-length": "200000",
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "user-agent": "cdk-streaming-api",
        "x-one": "1",
    }
    (head,) = [moment for moment in moments if isinstance(moment, Head)]
    assert (head.status, head.http_version, head.headers["x-two"]) == (201, "2", "2")
    assert ":status" not in head.headers


def test_http2_large_answer_never_waits_for_a_window() -> None:
    def answer(peer: Peer) -> None:
        peer.head()
        peer.data(b"x" * 2_000_000, end=True)

    with Http2Server(answer) as server:
        moments = exchange(server.url)
        # a server that is never short of a window is never held up by this client
        assert server.peers[0].smallest_window > 100_000_000
    assert len(body_of(moments)) == 2_000_000


def reset(code: int) -> Callable[[Peer], None]:
    def then(peer: Peer) -> None:
        peer.http.reset_stream(STREAM, code)
        peer.flush()
        peer.wait()

    return then


def goaway(code: int, last: int) -> Callable[[Peer], None]:
    def then(peer: Peer) -> None:
        peer.http.close_connection(code, last_stream_id=last)
        peer.flush()

    return then


def short(peer: Peer) -> None:
    peer.data(end=True)


CUTS: dict[str, tuple[Callable[[Peer], None], dict[str, str], str]] = {
    "reset": (reset(ErrorCodes.INTERNAL_ERROR), {}, "RST_STREAM with INTERNAL_ERROR (err 2)"),
    "cancelled": (reset(ErrorCodes.CANCEL), {}, "RST_STREAM with CANCEL (err 8)"),
    "reset with 0": (reset(ErrorCodes.NO_ERROR), {}, "RST_STREAM with NO_ERROR (err 0)"),
    "unknown code": (reset(4711), {}, "RST_STREAM with an unknown code (err 4711)"),
    "goaway": (goaway(ErrorCodes.ENHANCE_YOUR_CALM, 1), {}, "GOAWAY with ENHANCE_YOUR_CALM (err 11)"),
    "goaway, not answered": (goaway(ErrorCodes.NO_ERROR, 0), {}, "GOAWAY with NO_ERROR (err 0)"),
    "goaway, then closed": (
        goaway(ErrorCodes.NO_ERROR, 1),
        {},
        "the connection was closed within the HTTP/2 stream after GOAWAY with NO_ERROR (err 0)",
    ),
    "closed": (lambda peer: None, {}, "the connection was closed within the HTTP/2 stream"),
    "short": (
        short,
        {"content_length": "100"},
        "the body has another length than announced: 15 bytes came where content-length says 100",
    ),
}


#: How curl ends: 92 is "HTTP/2 stream was not closed cleanly", 16 another error of HTTP/2, 56 and 18 a
#: connection that went away. A reset without an error, which RFC 9113, section 8.1, allows only after the end
#: of an answer, curl takes for its end; to us it is a cut, as to browsers and Node. For a body that is too
#: short curl says 18 if it has read all of it before nghttp2 complains.
CURL: dict[str, tuple[int, ...]] = {name: (92,) for name in ("reset", "cancelled", "unknown code")}
CURL |= {"reset with 0": (0, 52, 92), "short": (18, 92)}
LOST = (16, 18, 56, 92)


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("encrypted", [True, False])
def test_http2_cut_answer_ends_with_the_name_of_its_code(
    authority: Authority, name: str, encrypted: bool
) -> None:
    then, headers, detail = CUTS[name]

    def answer(peer: Peer) -> None:
        peer.head(200, **headers)
        peer.data(b"data: partial\n\n")
        then(peer)

    with Http2Server(answer, authority.serves("h2") if encrypted else None) as server:
        moments = exchange(server.url)
    assert body_of(moments) == b"data: partial\n\n"
    assert (end_of(moments).how, end_of(moments).detail) == (Ending.CUT, detail)


@pytest.mark.parametrize("name", CUTS)
def test_http2_cut_answer_is_a_cut_for_curl(name: str) -> None:
    """Hold our endings against nghttp2, which curl speaks HTTP/2 with."""
    then, headers, _ = CUTS[name]

    def answer(peer: Peer) -> None:
        peer.head(200, **headers)
        peer.data(b"data: partial\n\n")
        then(peer)

    with Http2Server(answer) as server:
        done = curl("-sSN", "--http2-prior-knowledge", "--max-time", "20", "-d", "{}", server.url)
    assert done.returncode in CURL.get(name, LOST), done.stderr


def test_smoke_http2_reset_is_truncated_with_the_name_of_its_code() -> None:
    def answer(peer: Peer) -> None:
        peer.head()
        peer.data(b'data: {"i": 0, "s": 1}\n\n')
        reset(ErrorCodes.INTERNAL_ERROR)(peer)

    with Http2Server(answer) as server:
        finding = challenge_once(ApiTarget(server.url, http_version=HTTP_2), CHALLENGE, PLAN)
    assert finding.verdict.value == "TRUNCATED"
    assert finding.evidence == (
        "the connection was cut after 1 of 13 events: RST_STREAM with INTERNAL_ERROR (err 2)",
    )


def test_http2_graceful_goaway_lets_the_answer_end() -> None:
    def answer(peer: Peer) -> None:
        peer.head()
        peer.data(b"before")
        # RFC 9113, section 6.8: the streams up to the last one are answered
        peer.raw(bytes([0, 0, 8, 7, 0, 0, 0, 0, 0]) + (1).to_bytes(4, "big") + bytes(4))
        peer.data(b", after", end=True)

    with Http2Server(answer) as server:
        moments = exchange(server.url)
    assert (body_of(moments), end_of(moments).how) == (b"before, after", Ending.CLOSED)


def test_http2_interim_answers_and_trailers_are_no_parts() -> None:
    def answer(peer: Peer) -> None:
        peer.http.send_headers(STREAM, [(":status", "103"), ("link", "</a>")])
        peer.head()
        peer.data(b"body")
        peer.http.send_headers(STREAM, [("lambda-runtime-function-error-type", "X")], end_stream=True)
        peer.flush()
        peer.wait()

    with Http2Server(answer) as server:
        moments = exchange(server.url)
    assert [type(moment) for moment in moments] == [Sent, Head, Part, End]
    assert end_of(moments).how is Ending.CLOSED


def test_http2_answer_before_the_request_is_whole_is_read() -> None:
    def refuse(peer: Peer) -> None:
        while not peer.request:
            peer.pump()
        peer.head(status=413)
        peer.data(end=True)
        # RFC 9113, section 8.1: the rest of the request is not wanted
        reset(ErrorCodes.NO_ERROR)(peer)

    with Http2Server(refuse, early=True) as server:
        moments = exchange(server.url, body=b"x" * 10_000_000)
    (head,) = [moment for moment in moments if isinstance(moment, Head)]
    assert (head.status, end_of(moments).how) == (413, Ending.CLOSED)


def speaks(authority: Authority, offered: tuple[str, ...], version: str) -> list[Moment]:
    with ScriptedServer(whole(200, b"one"), tls=authority.serves(*offered)) as server:
        return exchange(server.url, version=version)


@pytest.mark.parametrize("offered", [("http/1.1",), ()])
def test_http2_server_without_it_is_unreachable(authority: Authority, offered: tuple[str, ...]) -> None:
    (end,) = speaks(authority, offered, HTTP_2)
    assert isinstance(end, End)
    assert end.how is Ending.UNREACHABLE
    assert end.detail == "the server does not offer HTTP/2 in the TLS handshake (ALPN)"


def test_http2_server_of_http1_without_tls_is_named() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.recv(1 << 16)

    with SocketServer(refuse) as server:
        end = end_of(exchange(f"http://{server.address}/"))
    assert end.how is Ending.CUT
    assert "the answer is one of HTTP/1" in end.detail


def test_http_version_auto_without_tls_is_http1() -> None:
    with ScriptedServer(whole(200, b"one")) as server:
        moments = exchange(server.url, version=AUTO)
    assert [moment.http_version for moment in moments if isinstance(moment, Head)] == ["1.1"]


def test_http_version_auto_takes_http2_where_it_is_offered(authority: Authority) -> None:
    def answer(peer: Peer) -> None:
        peer.head()
        peer.data(b"two", end=True)

    with Http2Server(answer, authority.serves("h2", "http/1.1")) as server:
        moments = exchange(server.url, version=AUTO)
    assert [moment.http_version for moment in moments if isinstance(moment, Head)] == ["2"]


def test_http2_unknown_certificate_is_unreachable(tmp_path_factory: pytest.TempPathFactory) -> None:
    stranger = Authority(tmp_path_factory.mktemp("other"))
    with Http2Server(lambda peer: None, stranger.serves("h2")) as server:
        (end,) = exchange(server.url)
    assert isinstance(end, End)
    assert end.how is Ending.UNREACHABLE
    assert "certificate verify failed" in end.detail


def test_http2_through_a_proxy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    (end,) = exchange("https://example.invalid/probe")
    assert isinstance(end, End)
    assert end.detail == "HTTP/2 is not spoken through a proxy: set NO_PROXY, or ask for HTTP/1.1"
