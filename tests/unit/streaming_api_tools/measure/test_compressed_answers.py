"""What the browser check says of a compressed answer that it cannot expand, on a client that is late."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import pytest

from streaming_api_tools.checks.browser import _compressed
from streaming_api_tools.client.moments import End, Ending
from streaming_api_tools.client.sse import Event
from streaming_api_tools.measure.challenge import Challenge
from tests.unit.streaming_api_tools.measure.intermediaries import recorded

CHALLENGE = Challenge((100,) * 8 + (300,) * 8)
STREAMED = list(accumulate(CHALLENGE.gaps_ms, initial=0))


@pytest.mark.parametrize(
    ("moments", "lag_ms", "verdict"),
    [
        (STREAMED, 0, "STREAMING"),
        (STREAMED, 1000, "STREAMING"),
        ([3200] * 17, 0, "BUFFERED"),
        # a client that was late by less than the gaps explains nothing
        ([3200] * 17, 99, "BUFFERED"),
        ([3200] * 17, 299, "BUFFERED"),
        ([3200] * 17, 300, "INCONCLUSIVE"),
        ([800] * 9 + STREAMED[9:], 99, "BATCHED"),
        ([800] * 9 + STREAMED[9:], 100, "INCONCLUSIVE"),
    ],
)
def test_compressed_answer_is_held_back_unless_the_client_may_have_been_late(
    moments: Sequence[float], lag_ms: float, verdict: str
) -> None:
    events = [Event(str(number)) for number in range(CHALLENGE.events)]
    end = End(round(moments[-1] * 1e6), Ending.CLOSED, lag_ms=lag_ms)
    recording = recorded(events, [1 + moment for moment in moments], end=end)
    assert _compressed(recording, CHALLENGE).verdict.value == verdict
