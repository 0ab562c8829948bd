"""Whose schedule do the stamps of an answer follow?"""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from streaming_api_tools.measure.challenge import Challenge, draw, precedes, resembles


def due(challenge: Challenge) -> list[float]:
    return [float(moment) for moment in accumulate((challenge.first_ms, *challenge.gaps_ms))]


def test_challenge_resembles_one_late_event() -> None:
    challenge = draw(random.Random(1))
    late = due(challenge)
    late[5] += 120.0
    assert resembles(challenge, late)
    assert not precedes(challenge, late)


def test_challenge_resembles_a_drifting_probe() -> None:
    challenge = draw(random.Random(2))
    drifting = [moment + 3.0 * k for k, moment in enumerate(due(challenge))]
    assert resembles(challenge, drifting)
    assert not precedes(challenge, drifting)


def test_challenge_precedes_an_early_event() -> None:
    challenge = draw(random.Random(3))
    early = due(challenge)
    early[7] -= 20.0
    assert precedes(challenge, early)


@pytest.mark.parametrize("slower", [1.0, 1.3])
def test_challenge_does_not_resemble_other_schedules(slower: float) -> None:
    dice = random.Random(4)
    pairs = [(draw(dice), [slower * moment for moment in due(draw(dice))]) for _ in range(1000)]
    assert sum(resembles(one, other) and not precedes(one, other) for one, other in pairs) <= 5


def test_challenge_never_precedes_a_busy_probe() -> None:
    dice = random.Random(5)
    for _ in range(1000):
        challenge = draw(dice)
        late = [moment + dice.expovariate(1 / 150) for moment in due(challenge)]
        assert not precedes(challenge, late)


def test_challenge_precedes_most_other_schedules() -> None:
    dice = random.Random(6)
    pairs = [(draw(dice), due(draw(dice))) for _ in range(1000)]
    assert sum(precedes(one, other) for one, other in pairs) >= 700
