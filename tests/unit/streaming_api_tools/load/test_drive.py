"""End a load test whose server is not there, and only such a one."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator

import pytest

from streaming_api_tools.client.moments import Moment
from streaming_api_tools.load.drive import REFUSALS, Load, drive, is_dead
from streaming_api_tools.load.samples import Tally
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.measure.verdicts import Verdict


class Refused(ApiTarget):
    """A URL where nobody listens, and the number of requests to it."""

    sent = 0

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Send one more."""
        Refused.sent += 1
        async for moment in super().answer(challenge, idle=idle, total=total):
            yield moment


@pytest.mark.parametrize("load", [Load(users=3, seconds=600), Load(rate=200, seconds=600)])
def test_drive_dead_server_ends_after_the_first_refusals(load: Load) -> None:
    with socket.socket() as reserved:
        # bound and not listening: nobody else gets the port
        reserved.bind(("127.0.0.1", 0))
        Refused.sent = 0
        begun = time.monotonic()
        tally = asyncio.run(drive(Refused(f"http://127.0.0.1:{reserved.getsockname()[1]}/probe"), load))
    assert tally.verdicts[Verdict.UNREACHABLE] == tally.requests == Refused.sent
    assert REFUSALS <= Refused.sent < 100
    assert time.monotonic() - begun < load.seconds / 4


def test_is_dead_needs_as_many_refusals_and_no_answer() -> None:
    tally = Tally()
    tally.verdicts[Verdict.UNREACHABLE] = REFUSALS - 1
    assert not is_dead(tally)
    tally.verdicts[Verdict.UNREACHABLE] = REFUSALS
    assert is_dead(tally)
    tally.verdicts[Verdict.STREAMING] = 1
    assert not is_dead(tally)
