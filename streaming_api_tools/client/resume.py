"""Read an answer that is kept over as many connections as it takes.

The rest begins at the byte at which the answer was cut, so what the caller decodes goes on within an event.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter_ns

from ..errors import CheckFailed
from .http_post import post
from .kept_stream import NOTHING_MORE, KeptStream, Refused, stream_id_of
from .moments import End, Ending, Head, Moment, Part, Request

#: Seconds before each attempt to come back; what arrives begins the list again.
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass
class ResumedAnswer:
    """One answer, and what is told of its way.

    :param prepare: makes a request ready to be sent: its headers, and a signature of now
    :param whole: tells whether the answer has come to its end, so that there is nothing to come back for
    :param tell: is told in a line that the answer was cut, and goes on
    :param idle: as for :func:`~streaming_api_tools.client.http_post.post`
    :param stream_id: of the stream that the answer is; empty where none is known
    :param resumed: how often it went on
    """

    prepare: Callable[[Request], Request]
    whole: Callable[[], bool]
    tell: Callable[[str], None]
    idle: float
    stream_id: str = ""
    resumed: int = 0
    pauses: tuple[float, ...] = PAUSES
    _position: int = 0

    async def ask(self, request: Request) -> AsyncGenerator[Moment, None]:
        """Send a request and yield the moments of its answer as if it came over one connection.

        :raises CheckFailed: when an answer that is kept was cut, and its rest does not come
        """
        end = End(0, Ending.UNREACHABLE)
        async with aclosing(post(self.prepare(request), idle=self.idle)) as moments:
            async for moment in moments:
                if isinstance(moment, End):
                    end = moment
                    break
                if isinstance(moment, Head):
                    self.stream_id = stream_id_of(moment)
                yield self._counted(moment)
        if self.whole() or not self.stream_id:
            yield end
            return
        async with aclosing(self._go_on(request.url, end)) as moments:
            async for moment in moments:
                yield moment

    async def follow(self, url: str) -> AsyncGenerator[Moment, None]:
        """Yield the moments of the stream from its beginning.

        :param url: of the route that began it, or of another beside it
        :raises CheckFailed: when it does not come
        """
        async with aclosing(self._go_on(url, None)) as moments:
            async for moment in moments:
                yield moment

    async def _go_on(self, url: str, end: End | None) -> AsyncGenerator[Moment, None]:
        """Yield what follows the position.

        :param end: how the answer was cut. Default: - it has not begun
        """
        stream, pauses = KeptStream(url, self.stream_id, self.prepare, self.idle), deque(self.pauses)
        while pauses:
            await asyncio.sleep(pauses.popleft() * random.uniform(0.5, 1))  # noqa: S311
            before, cut = self._position, end
            try:
                async with aclosing(stream.read(before)) as moments:
                    async for moment in moments:
                        if isinstance(moment, End):
                            end = moment
                        elif cut is None or isinstance(moment, Part):
                            yield self._counted(moment)
                        elif isinstance(moment, Head):
                            self._tell_of(cut)
            except Refused as refused:
                if refused.status == NOTHING_MORE:
                    yield End(perf_counter_ns(), Ending.CLOSED)
                    return
                if not refused.may_pass:
                    raise CheckFailed(f"{self._subject}: {refused}") from None
                end = End(perf_counter_ns(), Ending.CUT, str(refused))
            assert end
            if self.whole() or (end.how is Ending.UNREACHABLE and not self._position):
                yield end
                return
            if self._position > before:
                pauses = deque(self.pauses)
        tried = f"{self._subject} by {len(self.pauses)} attempts{_why(end)}"
        raise CheckFailed(f"{tried}; it is kept for a while: --id {self.stream_id}")

    def _tell_of(self, cut: End) -> None:
        if self._position:
            self.resumed += 1
            self.tell(f"the answer was cut after {self._position} bytes{_why(cut)}, and goes on from there")

    @property
    def _subject(self) -> str:
        return "the rest of the answer does not come" if self._position else "the stream does not come"

    def _counted(self, moment: Moment) -> Moment:
        self._position += len(moment.data) if isinstance(moment, Part) else 0
        return moment


def _why(end: End | None) -> str:
    return f" ({end.detail})" if end and end.detail else ""
