"""Requests that are repeated with the id of an event, and find a stream late or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lambda_streaming import Response
from lambda_streaming_store import recording, replay
from lambda_streaming_store.follow import StreamUnknown

REPEATED = {"headers": {"last-event-id": f"{'0' * 32}.12"}, "httpMethod": "POST", "requestContext": {}}


@pytest.fixture(name="looks")
def _looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the looks into the table, by a clock that only sleeping moves."""
    looks: list[float] = []
    now = [0.0]
    monkeypatch.setenv(recording.TABLE, "streams")
    monkeypatch.setattr(recording, "table_of", lambda name: looks.append(now[0]))
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return looks


def answering(looks: list[float], at: float) -> Callable[..., Response]:
    """Return what replays a stream that the table has from a moment on."""

    def answer(*given: object, **more: object) -> Response:
        if looks[-1] < at:
            raise StreamUnknown
        return Response(200)

    return answer


def test_repeated_request_waits_until_the_table_has_the_stream(
    looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "replay", answering(looks, 1.0))
    assert replay.replay_of(REPEATED)
    assert looks[-1] == pytest.approx(1.0, abs=0.11)


def test_repeated_request_of_a_stream_that_never_comes_runs_the_handler(
    looks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "replay", answering(looks, 1e9))
    assert replay.replay_of(REPEATED) is None
    assert looks[-1] == pytest.approx(2.0, abs=0.11)
