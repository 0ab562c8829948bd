"""Whose schedule do the stamps of an answer follow?"""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from streaming_api_tools.measure.challenge import Challenge, draw, follows


def due(challenge: Challenge) -> list[float]:
    return [float(moment) for moment in accumulate((challenge.first_ms, *challenge.gaps_ms))]


def test_challenge_follows_accepts_one_late_event() -> None:
    challenge = draw(random.Random(1))
    late = due(challenge)
    late[5] += 120.0
    assert follows(challenge, late)


def test_challenge_follows_accepts_a_drifting_probe() -> None:
    challenge = draw(random.Random(2))
    assert follows(challenge, [moment + 3.0 * k for k, moment in enumerate(due(challenge))])


def test_challenge_follows_refuses_an_early_event() -> None:
    challenge = draw(random.Random(3))
    early = due(challenge)
    early[7] -= 20.0
    assert not follows(challenge, early)


@pytest.mark.parametrize("slower", [1.0, 1.3])
def test_challenge_follows_distinguishes_other_schedules(slower: float) -> None:
    dice = random.Random(4)
    pairs = [(draw(dice), draw(dice)) for _ in range(1000)]
    taken = sum(follows(one, [slower * moment for moment in due(other)]) for one, other in pairs)
    assert taken <= 5
