"""Collect what connections bring, each cut by this client at a byte, and put them together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from ..client.moments import End, Ending, Head, Moment, Part
from ..measure.challenge import Challenge
from ..measure.recording import Recorder, Recording


@dataclass
class Taken:
    """Holds what one connection has brought."""

    moments: list[Moment] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The bytes of the body."""
        return b"".join(each.data for each in self.moments if isinstance(each, Part))

    @property
    def end(self) -> End:
        """The end; as of a whole answer where this client has left."""
        last = self.moments[-1]
        return last if isinstance(last, End) else End(last.ns, Ending.CLOSED)

    @property
    def head(self) -> Head | None:
        """Status and headers."""
        return next((each for each in self.moments if isinstance(each, Head)), None)


async def take(moments: AsyncGenerator[Moment, None], most: int | None = None) -> Taken:
    """Return what an exchange brings, cut by this client after so many bytes."""
    taken, size = Taken(), 0
    async with aclosing(moments):
        async for moment in moments:
            if isinstance(moment, Part) and most is not None:
                moment = replace(moment, data=moment.data[: most - size])
                size += len(moment.data)
            taken.moments.append(moment)
            if size == most:
                break
    return taken


def size_of(seen: Sequence[Taken]) -> int:
    """Return the number of bytes that several connections have brought."""
    return sum(len(each.body) for each in seen)


def as_one(seen: Sequence[Taken], challenge: Challenge) -> Recording:
    """Return a stream as if it had come over one connection."""
    # each event has an id beside what a challenge asks for
    recorder = Recorder(2 * challenge.most_bytes, challenge.most_events)
    for taken in seen:
        for moment in taken.moments:
            if isinstance(moment, Part) or (taken is seen[0] and not isinstance(moment, End)):
                recorder.take(moment)
    recorder.take(seen[-1].end)
    return recorder.recording()
