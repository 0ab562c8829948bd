"""A probe whose streams are kept in memory, with one fault at a time in how it keeps its promises."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress

from aiohttp import web

from tests.smoke.servers import Handler, cut, probe_events, sse, streamed

ERROR = {"type": "error", "error": {"type": "api_error", "message": "cancelled", "code": "stream_cancelled"}}


class Kept:
    """One stream."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(16)
        self.log = b""
        self.over = self.cancelled = False
        self.changed = asyncio.Condition()


class KeptProbe:
    """Answers challenges, and keeps them.

    :param fault: what it does wrong. Default: nothing
    """

    def __init__(self, fault: str = "") -> None:
        self._fault = fault
        self._streams: dict[str, Kept] = {}

    def routes(self, stage: str = "/prod") -> dict[str, Handler]:
        """Return the routes."""
        return {
            f"{stage}/probe": self.probe,
            f"{stage}/streams/{{id}}": self.stream,
            f"{stage}/streams/{{id}}/cancel": self.cancel,
        }

    async def probe(self, request: web.Request) -> web.StreamResponse:
        """Answer a challenge."""
        kept = Kept()
        self._streams[kept.id] = kept
        response = await streamed(request, **{"x-stream-id": kept.id})
        # as Lambda does: it writes on when nobody reads
        await asyncio.shield(asyncio.ensure_future(self._write(kept, request, response)))
        return response

    async def _write(self, kept: Kept, request: web.Request, response: web.StreamResponse) -> None:
        async for event in probe_events(request):
            if kept.cancelled and self._fault != "goes on":
                event = sse({"events": 0}, "done") if self._fault == "ends as whole" else sse(ERROR, "error")
            await self._append(kept, event, response)
            if b"event: error" in event or b"event: done" in event:
                break
        async with kept.changed:
            kept.over = True
            kept.changed.notify_all()

    async def _append(self, kept: Kept, event: bytes, response: web.StreamResponse) -> None:
        head = f"id: {kept.id}.".encode()
        size = len(kept.log) + len(head) + len(event) + 1
        digits = next(n for n in range(1, 9) if len(str(size + n)) == n)
        event = b"%b%d\n%b" % (head, size + digits + (self._fault == "ids"), event)
        async with kept.changed:
            kept.log += event
            kept.changed.notify_all()
        with suppress(ConnectionError):
            await response.write(event)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Replay a stream, and follow it."""
        kept = self._streams[request.match_info["id"]]
        after = int(request.query.get("after", "0"))
        if last := request.headers.get("Last-Event-ID"):
            after = int(last.rpartition(".")[2])
        if kept.over and after >= len(kept.log) and self._fault != "no 204":
            return web.Response(status=204)
        if self._fault == "not kept" and after:
            error = {"type": "api_error", "message": "no", "code": "stream_not_kept"}
            return web.json_response({"type": "error", "error": error}, status=410)
        response = await streamed(request, **{"x-stream-id": kept.id})
        after += {"lost": 1, "doubled": -1}.get(self._fault, 0) if after else 0
        while True:
            async with kept.changed:
                while not (kept.over or (self._fault != "held back" and len(kept.log) > after)):
                    await kept.changed.wait()
                data, over = kept.log[after:], kept.over
            if self._fault == "another replay" and not after:
                data = data.replace(b"xxxx", b"xxxy", 1)
            await response.write(data)
            after += len(data)
            if over:
                break
            if self._fault == "cut" and after:
                await cut(request, response)
                break
        return response

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Stop a stream."""
        if self._fault == "refused":
            return web.json_response({"Message": "User: x is not authorized to perform: y"}, status=403)
        self._streams[request.match_info["id"]].cancelled = self._fault != "no cancel"
        return web.Response(status=204)
