"""The requests whose stream is kept, in every payload format."""

from __future__ import annotations

import pytest
from lambda_streaming._deadline import Deadline
from lambda_streaming_store.recording import REPLAY, RETRY, recording

REST = {"httpMethod": "GET", "requestContext": {}}
ENVIRONMENT = {"STREAM_STORE_TABLE": "streams"}


def version_2(method: object) -> dict[str, object]:
    """Return a request of a function URL or an HTTP API."""
    return {"version": "2.0", "requestContext": {"http": {"method": method}}}


@pytest.mark.parametrize("event", [{**REST, "httpMethod": "HEAD"}, version_2("HEAD"), {}, None])
def test_stream_of_head_and_of_no_request_is_not_kept(event: object) -> None:
    assert recording(ENVIRONMENT, event, Deadline(None, 1)) is None


@pytest.mark.parametrize("event", [REST, version_2("GET"), version_2(None), {"requestContext": None}])
def test_stream_of_a_request_with_a_body_is_kept(event: object) -> None:
    assert recording(ENVIRONMENT, event, Deadline(None, 1)) is not None


def test_first_event_of_a_stream_that_its_function_replays_tells_how_soon_to_come_back() -> None:
    found = recording({**ENVIRONMENT, REPLAY: "true"}, REST, Deadline(None, 1))
    assert found
    first = found.number(b"data: 1\n\n", 7)
    second = found.number(b"data: 2\n\n", 7 + len(first))
    position = b".%d\n" % (7 + len(first))
    assert sorted(first.splitlines(True)) == sorted(
        [RETRY, b"data: 1\n", b"id: " + found.stream_id.encode() + position, b"\n"]
    )
    assert RETRY not in second
    # whatever a handler says comes later, and counts
    assert first.index(RETRY) < first.index(b"data: ")


def test_event_of_a_stream_that_would_begin_anew_does_not_tell_to_come_back() -> None:
    found = recording(ENVIRONMENT, REST, Deadline(None, 1))
    assert found
    assert RETRY not in found.number(b"data: 1\n\n", 7)
