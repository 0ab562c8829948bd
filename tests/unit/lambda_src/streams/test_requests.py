"""Requests for a stream: the id, the position, and a stream that is not there yet."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from lambda_streaming import HTTPError
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.follow import StreamUnknown
from lambda_streaming_store.rows import partition_key
from streams.request import find, id_of, is_of_chat, partition_of, position_of

STREAM = "0123456789abcdef" * 2


def request(**more: object) -> dict[str, object]:
    """Return a request for a stream."""
    return {"pathParameters": {"id": STREAM}, **more}


@pytest.mark.parametrize(
    ("more", "position"),
    [
        ({}, 0),
        ({"queryStringParameters": {"after": "7"}}, 7),
        ({"headers": {"Last-Event-ID": f"{STREAM}.9"}, "queryStringParameters": {"after": "7"}}, 9),
        ({"headers": None, "queryStringParameters": None}, 0),
        ({"queryStringParameters": {"after": "9" * 12}}, int("9" * 12)),
    ],
    ids=["beginning", "after", "the header counts more", "nothing", "the longest"],
)
def test_position_is_that_of_the_header_or_the_query(more: dict[str, object], position: int) -> None:
    assert position_of(request(**more)) == position


@pytest.mark.parametrize(
    "more",
    [
        {"queryStringParameters": {"after": "-1"}},
        {"queryStringParameters": {"after": "9" * 13}},
        {"headers": {"last-event-id": f"{STREAM}.x"}},
        {"headers": {"last-event-id": f"{'f' * 32}.1"}},
    ],
    ids=["negative", "too long", "no number", "another stream"],
)
def test_position_that_is_none_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(HTTPError) as caught:
        position_of(request(**more))
    assert caught.value.status == 400


def test_stream_of_another_owner_is_another_partition() -> None:
    alice = request(requestContext={"identity": {"apiKeyId": "alice"}})
    mallory = request(requestContext={"identity": {"apiKeyId": "mallory"}})
    assert partition_of(alice) == partition_key("key alice", STREAM)
    assert partition_of(alice) != partition_of(mallory)


@pytest.mark.parametrize("stream_id", ["", "x", "A" * 32, f"{STREAM}0", None])
def test_id_that_no_stream_can_have_is_unknown_at_once(stream_id: str | None) -> None:
    with pytest.raises(HTTPError) as caught:
        partition_of({"pathParameters": {"id": stream_id}})
    assert caught.value.status == 404


def test_stream_that_is_not_there_after_a_while_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    clock = SimpleNamespace(sleep=waited.append, monotonic=lambda: sum(waited))
    monkeypatch.setattr("streams.request.time", clock)

    def look() -> None:
        raise StreamUnknown

    with pytest.raises(HTTPError) as caught:
        find(look)
    assert caught.value.status == 404
    assert sum(waited) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(("again", "looks"), [(True, 2), (False, 1)])
def test_stream_of_a_table_that_fails_is_looked_for_while_that_may_help(
    again: bool, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 0.0, 9.0])
    # not the clock of the whole process, which others read too
    clock = SimpleNamespace(sleep=lambda seconds: None, monotonic=lambda: next(moments))
    monkeypatch.setattr("streams.request.time", clock)
    looked: list[None] = []

    def look() -> None:
        looked.append(None)
        raise StoreError("busy", again=again)

    with pytest.raises(HTTPError) as caught:
        find(look)
    assert (caught.value.status, len(looked)) == (503, looks)


def function_url(path: str) -> dict[str, object]:
    """Return a request to a function URL, which has no path parameters."""
    caller = {"iam": {"userArn": "arn:aws:sts::111122223333:assumed-role/reader/me"}}
    context = {"http": {"method": "GET"}, "authorizer": caller}
    return {"version": "2.0", "rawPath": path, "requestContext": context}


@pytest.mark.parametrize("path", ["/{}", "/streams/{}", "/streams/{}/", "/streams/{}/cancel"])
def test_id_in_the_path_of_a_function_url_is_read(path: str) -> None:
    event = function_url(path.format(STREAM))
    assert id_of(event) == STREAM
    assert not is_of_chat(event)
    assert partition_of(event) == partition_key("iam arn:aws:sts::111122223333:assumed-role/reader", STREAM)


def test_chat_in_the_path_of_a_function_url_is_read_decoded() -> None:
    event = function_url("/ui/chat/a%2Fb%20c/stream")
    assert is_of_chat(event)
    assert id_of(event) == "a/b c"


@pytest.mark.parametrize("path", ["", "/", "//", "/cancel", "/stream"])
def test_path_of_a_function_url_without_id_is_unknown(path: str) -> None:
    with pytest.raises(HTTPError) as caught:
        partition_of(function_url(path))
    assert caught.value.status == 404
