"""The requests whose stream is kept, in every payload format."""

from __future__ import annotations

import pytest
from lambda_streaming._deadline import Deadline
from lambda_streaming_store.recording import recording

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
