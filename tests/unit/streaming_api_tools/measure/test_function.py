from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from streaming_api_tools.client.lambda_response import CONTENT_TYPE
from streaming_api_tools.client.moments import End, Ending, Head, Moment, Part
from streaming_api_tools.measure.function import StreamedEvent, StreamedInvocation, event_of, invoke
from tests.unit.streaming_api_tools.client.malformed_metadata import MALFORMED


class Events:
    """The event stream of a function that writes chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[StreamedEvent]:
        for chunk in self._chunks:
            yield {"PayloadChunk": {"Payload": chunk}}
        yield {"InvokeComplete": {}}

    def close(self) -> None:
        """Close the connection that there is not."""


def moments(*chunks: bytes) -> list[Moment]:
    """Return the moments of an invocation."""
    invocation: StreamedInvocation = {
        "ResponseStreamContentType": CONTENT_TYPE,
        "EventStream": Events(*chunks),
    }
    return list(invoke(lambda: invocation, total=60))


def test_function_invoke_response_in_chunks_has_head_and_body() -> None:
    wire = b'{"statusCode":201,"headers":{"X-A":"b"},"cookies":["c=d"]}' + bytes(8)
    _, head, part, end = moments(wire[:7], wire[7:], b"body")
    assert isinstance(head, Head)
    assert (head.status, head.headers["x-a"], head.headers["set-cookie"]) == (201, "b", "c=d")
    assert isinstance(part, Part)
    assert part.data == b"body"
    assert isinstance(end, End)
    assert end.how is Ending.CLOSED


@pytest.mark.parametrize("name", MALFORMED)
def test_function_invoke_malformed_metadata_ends_malformed(name: str) -> None:
    *before, end = moments(MALFORMED[name])
    assert isinstance(end, End)
    assert end.how is Ending.MALFORMED
    assert not any(isinstance(moment, (Head, Part)) for moment in before)


def test_function_invoke_response_without_delimiter_ends_malformed() -> None:
    end = moments(b'{"statusCode":200}')[-1]
    assert isinstance(end, End)
    assert (end.how, end.detail) == (
        Ending.MALFORMED,
        "the response ended after 18 bytes without a delimiter",
    )


def test_function_invoke_event_has_every_member_of_a_proxy_event() -> None:
    event = json.loads(event_of(b'{"a":1}', "/probe"))
    assert (event["path"], event["resource"], event["body"]) == ("/probe", "/probe", '{"a":1}')
    assert event["multiValueQueryStringParameters"] is None
    assert event["requestContext"]["requestId"] == "direct-invocation"
