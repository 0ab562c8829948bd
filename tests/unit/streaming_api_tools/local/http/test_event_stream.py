from __future__ import annotations

from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from streaming_api_tools.local.http.event_stream import encode

# an encoding by AWS's own smithy-aws-event-stream 0.3.0
GOLDEN_HEADERS = {":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"}
GOLDEN = bytes.fromhex(
    "0000005d0000004b44af4c0b0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d747970650700056368756e6b"
    "0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b7d6744ab4e"
)


def test_event_stream_encode_equals_bytes_of_aws() -> None:
    assert encode(GOLDEN_HEADERS, b"{}") == GOLDEN


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.text("abc:-", min_size=1, max_size=30), st.text(max_size=50), max_size=4),
            st.binary(max_size=500),
        ),
        max_size=4,
    ),
    st.integers(1, 97),
)
def test_event_stream_encode_is_decoded_by_botocore_in_any_pieces(
    messages: list[tuple[dict[str, str], bytes]], size: int
) -> None:
    wire = b"".join(encode(headers, payload) for headers, payload in messages)
    buffer, decoded = EventStreamBuffer(), []
    for start in range(0, len(wire), size):
        buffer.add_data(wire[start : start + size])
        decoded += [(event.headers, event.payload) for event in buffer]
    assert decoded == messages
