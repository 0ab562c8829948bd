"""The decoder against section 9.2.6 of the HTML standard, with the bytes cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_api_tools.client.sse import Event, EventDecoder, EventTooLarge

EXAMPLES = {
    "one of several lines": (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event("YHOO\n+2\n10")]),
    "a comment, an id, an empty id and a leading space": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [Event("first event", id="1"), Event("second event"), Event(" third event")],
    ),
    "empty data, and an end without a blank line": (b"data\n\ndata\ndata\n\ndata:", [Event(""), Event("\n")]),
    "the space after the colon is optional": (b"data:test\n\ndata: test\n\n", [Event("test"), Event("test")]),
    "the type holds for one event": (
        b"event: done\ndata: {}\n\ndata: {}\n\n",
        [Event("{}", "done"), Event("{}")],
    ),
    "an event without data is none, and its type is forgotten": (b"event: ping\n\ndata: 1\n\n", [Event("1")]),
    "carriage returns": (b"data: 1\r\rdata: 2\r\r", [Event("1"), Event("2")]),
    "both": (b"data: 1\r\n\r\ndata: 2\r\n\r\n", [Event("1"), Event("2")]),
    "a byte order mark": (b"\xef\xbb\xbfdata: 1\n\n", [Event("1")]),
    "a byte order mark after the first line": (b"\n\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", [Event("2")]),
    "an id with NUL is ignored": (b"id: a\0b\ndata: 1\n\n", [Event("1")]),
    "other fields are ignored": (b"retry: 10\nfoo: bar\ndata: 1\n\n", [Event("1")]),
    "text of several bytes": ("data: \u6f22\U0001f642\n\n".encode(), [Event("\u6f22\U0001f642")]),
    "bytes that are no text": (b"data: \xff\n\n", [Event("\ufffd")]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_sse_decoder_follows_the_html_standard_wherever_it_is_cut(name: str) -> None:
    stream, expected = EXAMPLES[name]
    for cut in range(len(stream) + 1):
        decoder = EventDecoder()
        assert decoder.feed(stream[:cut]) + decoder.feed(stream[cut:]) == expected, cut
    single = EventDecoder()
    assert [event for byte in stream for event in single.feed(bytes([byte]))] == expected


@given(st.lists(st.sampled_from([b"data: a", b"data", b":", b"event: x", b"\r", b"\n", b"\r\n", b"z"])))
def test_sse_decoder_any_pieces_give_the_same_events(pieces: list[bytes]) -> None:
    cut, whole = EventDecoder(), EventDecoder()
    assert [event for piece in pieces for event in cut.feed(piece)] == whole.feed(b"".join(pieces))
    assert cut.pending == whole.pending


def test_sse_decoder_event_without_blank_line_is_pending() -> None:
    decoder = EventDecoder()
    decoder.feed(b"data: 1\n\ndata: 2\n")
    assert decoder.pending
    decoder.feed(b"\n")
    assert not decoder.pending


@pytest.mark.parametrize("endless", [b"x" * 60, b"data: x\n" * 10])
def test_sse_decoder_event_over_the_limit_is_refused(endless: bytes) -> None:
    decoder = EventDecoder(limit=100)
    decoder.feed(endless)
    with pytest.raises(EventTooLarge, match="larger than 100 bytes"):
        decoder.feed(endless)


def test_sse_decoder_events_below_the_limit_may_follow_endlessly() -> None:
    decoder = EventDecoder(limit=100)
    assert sum(len(decoder.feed(b"data: " + b"x" * 80 + b"\n\n")) for _ in range(100)) == 100
