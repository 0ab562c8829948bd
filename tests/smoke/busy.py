"""A client that is kept from its work while an answer comes."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from streaming_api_tools.client.moments import Moment, Part
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.targets import ChallengeTarget


@dataclass(frozen=True)
class BusyClient:
    """Another target, whose answer is not read for a second in its middle."""

    target: ChallengeTarget

    def described(self) -> Mapping[str, object]:
        """Return the description of the other target."""
        return self.target.described()

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Block the event loop after the fourth read."""
        async with aclosing(self.target.answer(challenge, idle=idle, total=total)) as moments:
            parts = 0
            async for moment in moments:
                parts += isinstance(moment, Part)
                if parts == 4 and isinstance(moment, Part):
                    time.sleep(1)
                yield moment
