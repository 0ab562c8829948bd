"""HTTP/2 servers that are made to harm the client: each ends in one line, in bounded time and memory."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest
from h2.settings import SettingCodes
from hpack import Encoder
from hyperframe.frame import (
    AltSvcFrame,
    ContinuationFrame,
    DataFrame,
    Frame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming_api_tools.client.http2_exchange import Http2Exchange
from streaming_api_tools.client.http_post import post
from streaming_api_tools.client.moments import HTTP_2, End, Ending, Head, Moment, Part, Request
from tests.smoke.conftest import CommandLine
from tests.support.http2 import STREAM, Http2Server, Peer

IDLE = 0.5
REQUEST = Request("http://127.0.0.1/probe", b"{}", http_version=HTTP_2)
MB = 1_000_000


def wire(frame: Frame, *flags: str) -> bytes:
    for flag in flags:
        frame.flags.add(flag)
    return frame.serialize()


def encoded(*fields: tuple[str, str]) -> bytes:
    return Encoder().encode(fields)


def head(*flags: str) -> bytes:
    fields = encoded((":status", "200"), ("content-type", "text/event-stream"))
    return wire(HeadersFrame(STREAM, fields), "END_HEADERS", *flags)


def for_ever(again: bytes, first: bytes = b"") -> Callable[[Peer], None]:
    """Return what sends the same for as long as the client reads."""

    def send(peer: Peer) -> None:
        with suppress(OSError):
            peer.raw(first)
            while True:
                peer.raw(again)

    return send


def then_silence(data: bytes) -> Callable[[Peer], None]:
    def send(peer: Peer) -> None:
        peer.raw(data)
        peer.wait()

    return send


def bomb() -> bytes:
    """Return a header list of 16 KB that is 64 MB when it is expanded: one field again and again."""
    first = Encoder().encode([(":status", "200"), ("x-large", "a" * 4000)], huffman=False)
    return first + bytes([0x80 | 62]) * 12_000


NEVER = "1000 frames came without a byte of the answer"
BEGUN = wire(HeadersFrame(STREAM, b""))
#: Server -> how the exchange ends, and what is said.
HOSTILE: dict[str, tuple[Callable[[Peer], None], Ending, str]] = {
    "continuation": (
        for_ever(wire(ContinuationFrame(STREAM, b"\0" * 1000)), BEGUN),
        Ending.CUT,
        "continuation",
    ),
    "empty continuation": (
        for_ever(wire(ContinuationFrame(STREAM, b"")) * 100, BEGUN),
        Ending.CUT,
        "continuation",
    ),
    "interim answers": (
        for_ever(wire(HeadersFrame(STREAM, encoded((":status", "103"))), "END_HEADERS") * 100),
        Ending.CUT,
        NEVER,
    ),
    "settings": (for_ever(wire(SettingsFrame(0, {4: 65535})) * 100), Ending.CUT, NEVER),
    "pings": (for_ever(wire(PingFrame(0, b"12345678")) * 100), Ending.CUT, NEVER),
    "empty data": (for_ever(wire(DataFrame(STREAM, b"")) * 100, head()), Ending.CUT, NEVER),
    "only padding": (
        for_ever(wire(DataFrame(STREAM, b"", pad_length=200), "PADDED"), head()),
        Ending.CUT,
        NEVER,
    ),
    "unknown frames": (for_ever(bytes([0, 0, 1, 0xBB, 0, 0, 0, 0, 0, 7]) * 100), Ending.CUT, NEVER),
    "alternatives": (for_ever(wire(AltSvcFrame(0, b"a", b"h2=b")) * 100), Ending.CUT, NEVER),
    "a ping now and then": (
        lambda peer: _slowly(peer, wire(PingFrame(0, b"12345678"))),
        Ending.SILENT,
        "nothing of the answer came for 0.5 s",
    ),
    "push": (
        for_ever(wire(PushPromiseFrame(STREAM, 2, encoded((":method", "GET"))), "END_HEADERS")),
        Ending.CUT,
        "no HTTP/2 response",
    ),
    "large header list": (
        then_silence(wire(HeadersFrame(STREAM, bomb()), "END_HEADERS")),
        Ending.CUT,
        "no HTTP/2 response",
    ),
    "large frame": (then_silence(b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"), Ending.CUT, "16777215 bytes"),
    "window overflow": (
        then_silence(wire(WindowUpdateFrame(0, 2**31 - 1)) * 2),
        Ending.CUT,
        "no HTTP/2 response",
    ),
    "data first": (then_silence(wire(DataFrame(STREAM, b"data"))), Ending.CUT, "no HTTP/2 response"),
    "data of another stream": (then_silence(wire(DataFrame(7, b"data"))), Ending.CUT, "no HTTP/2 response"),
    "two heads": (then_silence(head() + head()), Ending.CUT, "no HTTP/2 response"),
    "no status": (
        then_silence(wire(HeadersFrame(STREAM, encoded(("a", "b"))), "END_HEADERS")),
        Ending.CUT,
        "no HTTP/2 response",
    ),
    "status in words": (
        then_silence(wire(HeadersFrame(STREAM, encoded((":status", "fine"))), "END_HEADERS")),
        Ending.CUT,
        "no HTTP/2 response",
    ),
    "invalid compression": (
        then_silence(wire(HeadersFrame(STREAM, b"\xff\xff\xff\xff\xff\xff"), "END_HEADERS")),
        Ending.CUT,
        "no HTTP/2 response",
    ),
    "silence": (then_silence(b""), Ending.SILENT, "nothing of the answer came for 0.5 s"),
    "half a frame": (then_silence(head()[:-3]), Ending.SILENT, "nothing of the answer came for 0.5 s"),
}


def _slowly(peer: Peer, data: bytes) -> None:
    with suppress(OSError):
        peer.socket.settimeout(0.05)
        while True:
            peer.raw(data)
            # the answer to a ping comes at once, and the next ping once there was silence
            with suppress(TimeoutError):
                while peer.socket.recv(1 << 16):
                    pass
                return


async def ending(url: str, idle: float, body: bytes = b"{}") -> End:
    request = Request(url, body, http_version=HTTP_2)
    async for moment in post(request, idle=idle, total=60):
        if isinstance(moment, End):
            return moment
    raise AssertionError("an exchange has an end")


@pytest.mark.parametrize("name", HOSTILE)
def test_http2_hostile_server_ends_in_one_line_and_bounded_memory(name: str) -> None:
    send, how, detail = HOSTILE[name]
    with Http2Server(send) as server:
        tracemalloc.start()
        try:
            end = asyncio.run(ending(server.url, IDLE if how is Ending.SILENT else 30))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert end.how is how
    assert detail in end.detail
    assert end.detail.isprintable()
    assert peak < 20 * MB


def test_http2_window_of_zero_for_ever_is_silent_and_says_why() -> None:
    with Http2Server(
        lambda peer: peer.wait(), early=True, settings={SettingCodes.INITIAL_WINDOW_SIZE: 0}
    ) as server:
        # before the client hears of the window it may send 65535 bytes
        end = asyncio.run(ending(server.url, IDLE, b"x" * 100_000))
    assert end.how is Ending.SILENT
    assert end.detail == (
        "nothing of the answer came for 0.5 s: the server left no window for the request's body"
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [(("smoke", "--runs", "1", "--auth", "none"), 3), (("chat", "--auth", "none"), 3)],
    ids=["smoke", "chat"],
)
def test_http2_hostile_server_ends_a_command_with_its_code(
    streaming_api: CommandLine, command: tuple[str, ...], code: int
) -> None:
    with Http2Server(HOSTILE["settings"][0]) as server:
        name, *options = command
        words = [name, server.url, *options, "--http-version", "2", *(["Hi"] if name == "chat" else [])]
        done = streaming_api(*words)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert NEVER in done.stdout + done.stderr


def read(data: bytes, cuts: list[int]) -> list[Moment]:
    """Return what an exchange makes of bytes that come in pieces."""
    exchange = Http2Exchange(REQUEST)
    exchange.to_send()
    moments: list[Moment] = []
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        moments += exchange.receive(data[start:stop], 1)
        if moments and isinstance(moments[-1], End):
            break
    return moments


def frames() -> st.SearchStrategy[bytes]:
    """Return frames that are nearly right."""
    payloads = st.one_of(
        st.binary(max_size=40),
        st.sampled_from([encoded((":status", "200")), encoded((":status", "103")), encoded(("a", "b"))]),
    )
    kinds, flags = st.integers(0, 11), st.integers(0, 255) | st.sampled_from([0, 1, 4, 5])
    streams = st.sampled_from([0, 1, 1, 1, 2, 3]) | st.integers(0, 2**31 - 1)

    def build(kind: int, flag: int, stream: int, payload: bytes) -> bytes:
        return len(payload).to_bytes(3, "big") + bytes([kind, flag]) + stream.to_bytes(4, "big") + payload

    return st.builds(build, kinds, flags, streams, payloads)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_http2_any_frames_cut_anywhere_end_in_one_line(data: st.DataObject) -> None:
    prefix = wire(SettingsFrame(0)) + data.draw(st.sampled_from([b"", head()]))
    sent = prefix + b"".join(data.draw(st.lists(frames() | st.binary(max_size=30), max_size=8)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    begun = time.perf_counter()
    moments = read(sent, cuts)
    assert time.perf_counter() - begun < 5
    kinds = [type(moment) for moment in moments]
    assert kinds.count(Head) <= 1
    assert kinds.count(End) <= 1
    assert End not in kinds[:-1]
    assert all(moment.detail.isprintable() for moment in moments if isinstance(moment, End))
    whole = read(sent, [])
    assert [m for m in whole if isinstance(m, End)] == [m for m in moments if isinstance(m, End)]
    assert b"".join(m.data for m in whole if isinstance(m, Part)) == b"".join(
        m.data for m in moments if isinstance(m, Part)
    )
