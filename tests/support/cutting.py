"""A relay between a client and a server that cuts connections where a test wants it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from types import TracebackType
from urllib.parse import urlsplit

#: Nothing in these tests takes longer, unless it hangs.
PATIENCE = 60.0
HEAD_ENDS = b"\r\n\r\n"


class CuttingRelay:
    """Passes bytes on, for ``with``; the first connections are cut.

    :param target: URL of the server
    :param cuts: for each of the first connections, after how many bytes behind the head of the response it is
        cut; None for one that is not
    """

    def __init__(self, target: str, cuts: Sequence[int | None] = ()) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._cuts = list(cuts)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._opened = threading.Semaphore(0)
        self._open: list[asyncio.StreamWriter] = []
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        self.url = ""

    def wait_for_connection(self) -> None:
        """Wait until one connection more is open."""
        assert self._opened.acquire(timeout=PATIENCE), "nobody has connected"

    def cut(self) -> None:
        """Cut every connection that is open."""
        self._loop.call_soon_threadsafe(self._abort)

    def __enter__(self) -> CuttingRelay:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        self._abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cut_after = self._cuts.pop(0) if self._cuts else None
        there, back = await asyncio.open_connection(*self._target)
        self._open += [writer, back]
        self._opened.release()
        await asyncio.wait(
            [
                asyncio.ensure_future(_copy(reader, back, None)),
                asyncio.ensure_future(_copy(there, writer, cut_after)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for each in (writer, back):
            each.transport.abort() if cut_after is not None else each.close()

    def _abort(self) -> None:
        for each in self._open:
            each.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
    try:
        if most is not None:
            writer.write(await reader.readuntil(HEAD_ENDS))
        while data := await reader.read(most if most is not None else 65_536):
            writer.write(data)
            await writer.drain()
            if most is not None and (most := most - len(data)) <= 0:
                return
    except (OSError, asyncio.IncompleteReadError):
        pass
