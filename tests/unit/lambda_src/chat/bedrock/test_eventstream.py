"""The event-stream decoder, against botocore's and a vector of AWS's own encoder."""

from __future__ import annotations

import struct
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from chat.bedrock.eventstream import Decoder
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming_aws.exceptions import StreamBroken

from tests.support.bedrock.scripted import message, pieces

# Encoded with smithy-aws-event-stream 0.3.0.
VECTOR = bytes.fromhex(
    "0000005d0000004b44af4c0b0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d747970650700056368756e"
    "6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b7d6744ab4e"
)
HEADERS = st.dictionaries(st.sampled_from(["message_type", "event_type", "x"]), st.text(max_size=30))


def decoded(data: bytes, size: int) -> list[tuple[dict[str, str], bytes]]:
    decoder = Decoder()
    return [each for piece in pieces(data, size) for each in decoder.feed(piece)]


def test_eventstream_decoder_reads_message_of_aws_encoder() -> None:
    headers = {":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"}
    assert decoded(VECTOR, len(VECTOR)) == [(headers, b"{}")]


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=300))), st.integers(1, 200))
def test_eventstream_decoder_pieces_of_any_size_give_messages_of_botocore(
    messages: list[tuple[dict[str, str], bytes]], size: int
) -> None:
    data = b"".join(message(payload, **headers) for headers, payload in messages)
    botocores = EventStreamBuffer()
    botocores.add_data(data)
    assert decoded(data, size) == [(each.headers, each.payload) for each in botocores]


def test_eventstream_decoder_message_is_complete_with_its_last_byte() -> None:
    decoder = Decoder()
    assert list(decoder.feed(VECTOR[:-1])) == []
    assert len(list(decoder.feed(VECTOR[-1:]))) == 1


def test_eventstream_decoder_non_string_headers_are_skipped() -> None:
    values = {
        0: b"",
        1: b"",
        2: b"\x01",
        3: b"\x00\x01",
        4: b"1234",
        5: b"12345678",
        6: b"\x00\x03abc",
        8: b"12345678",
        9: b"1234567812345678",
    }
    block = b"".join(b"\x01%c%c%b" % (96 + kind, kind, value) for kind, value in values.items())
    data = _message(block + b"\x01s\x07\x00\x02ok")
    botocores = EventStreamBuffer()
    botocores.add_data(data)
    assert next(botocores).headers["s"] == "ok"
    assert decoded(data, len(data)) == [({"s": "ok"}, b"")]


@given(st.integers(0, len(VECTOR) - 1), st.integers(1, 255))
def test_eventstream_decoder_changed_byte_is_refused(at: int, change: int) -> None:
    spoilt = bytearray(VECTOR)
    spoilt[at] ^= change
    with pytest.raises(StreamBroken):
        decoded(bytes(spoilt), len(spoilt))


@pytest.mark.parametrize("lengths", [(0, 0), (15, 0), (40, 30), (2**31, 0), (2**20, 2**20 - 16)])
def test_eventstream_decoder_impossible_length_is_refused_at_once(lengths: tuple[int, int]) -> None:
    prelude = struct.pack(">II", *lengths)
    with pytest.raises(StreamBroken):
        decoded(prelude + struct.pack(">I", crc32(prelude)), 12)


@pytest.mark.parametrize("block", [b"\x05ab", b"\x01a", b"\x01a\x0b", b"\x01a\x07\x00", b"\x01\xff\x00"])
def test_eventstream_decoder_unreadable_headers_are_refused(block: bytes) -> None:
    with pytest.raises(StreamBroken):
        decoded(_message(block), 100)


def _message(block: bytes) -> bytes:
    head = struct.pack(">II", 16 + len(block), len(block))
    body = head + struct.pack(">I", crc32(head)) + block
    return body + struct.pack(">I", crc32(body))
