"""Servers on loopback that a tester may meet: an honest probe, intermediaries before it, and scripted faults.

They share nothing with the code of the project: the probe is written from its contract.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from aiohttp import ClientSession, web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
EVENT_STREAM = {"Content-Type": "text/event-stream"}


def sse(fields: object, event: str = "") -> bytes:
    kind = f"event: {event}\n" if event else ""
    return f"{kind}data: {json.dumps(fields)}\n\n".encode()


async def probe_events(request: web.Request) -> AsyncIterator[bytes]:
    """Yield what a probe writes, each event when its time has come."""
    challenge = json.loads(await request.text())
    started = time.perf_counter()
    await asyncio.sleep(challenge["first_ms"] / 1000)
    padding = {"x": "x" * challenge["pad"]} if challenge.get("pad") else {}
    for number, gap in enumerate([0, *challenge["gaps_ms"]]):
        if number == challenge.get("truncate"):
            return
        if number == challenge.get("fail_after"):
            yield sse({"type": "error", "error": {"message": "asked to fail", "code": None}}, "error")
            return
        await asyncio.sleep(gap / 1000)
        event = {"i": number, "s": (time.perf_counter() - started) * 1000, **padding}
        if challenge.get("utf8"):
            wire = f"data: {json.dumps(event | {'u': 'é漢🙂'}, ensure_ascii=False)}\n\n".encode()
            cut = wire.index("é".encode()) + 1
            yield wire[:cut]
            yield wire[cut:]
        else:
            yield sse(event)
    yield sse({"events": len(challenge["gaps_ms"]) + 1}, "done")


async def streamed(request: web.Request, **headers: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={**EVENT_STREAM, **headers})
    await response.prepare(request)
    return response


async def honest(request: web.Request) -> web.StreamResponse:
    response = await streamed(request)
    async for part in probe_events(request):
        await response.write(part)
    return response


def relaying(origin: str | None, **headers: str) -> Handler:
    """Return a proxy that forwards each part as it comes; without an origin it is the probe itself."""

    async def proxy(request: web.Request) -> web.StreamResponse:
        response = await streamed(request, **headers)
        if origin is None:
            async for part in probe_events(request):
                await response.write(part)
            return response
        async with ClientSession() as session, session.post(origin, data=await request.read()) as answer:
            async for part in answer.content.iter_any():
                await response.write(part)
        return response

    return proxy


def buffering(origin: str) -> Handler:
    """Return a proxy that forwards the answer once it is complete."""

    async def proxy(request: web.Request) -> web.StreamResponse:
        async with ClientSession() as session, session.post(origin, data=await request.read()) as answer:
            return web.Response(body=await answer.read(), headers=EVENT_STREAM)

    return proxy


def collecting(then: Handler) -> Handler:
    """Return a route that answers as another one does, once that is complete."""

    async def route(request: web.Request) -> web.StreamResponse:
        with serving(lambda: {"/": then}) as origin:
            return await buffering(f"{origin}/")(request)

    return route


def batching(origin: str, period: float) -> Handler:
    """Return a proxy that forwards what it collected every ``period`` seconds."""

    async def proxy(request: web.Request) -> web.StreamResponse:
        async with ClientSession() as session, session.post(origin, data=await request.read()) as answer:
            response = await streamed(request)
            collected = bytearray()
            closed = asyncio.Event()

            async def flush() -> None:
                while not closed.is_set():
                    with suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(closed.wait(), period)
                    part = bytes(collected)
                    collected.clear()
                    await response.write(part)

            flushing = asyncio.ensure_future(flush())
            async for part in answer.content.iter_any():
                collected += part
            closed.set()
            await flushing
            return response

    return proxy


@contextmanager
def serving(routes: Callable[[], dict[str, Handler]]) -> Iterator[str]:
    """Serve routes on a free port, from a thread with an event loop of its own, and yield the base URL."""
    loop = asyncio.new_event_loop()
    ready: list[str] = []
    started, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=1 << 20)
        for path, handler in routes().items():
            app.router.add_route("*", path, handler)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ready.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    try:
        assert started.wait(60)
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        loop.close()


def answering(status: int, body: bytes = b"", **headers: str) -> Handler:
    """Return a route that answers the same to everything."""

    async def route(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return route


def after(events: int, then: Callable[[web.Request, web.StreamResponse], Awaitable[None]]) -> Handler:
    """Return a probe that does something else after some events."""

    async def route(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        written = 0
        async for part in probe_events(request):
            if written == events:
                await then(request, response)
                return response
            await response.write(part)
            written += 1
        return response

    return route


async def end(request: web.Request, response: web.StreamResponse) -> None:
    """End the answer as if it were complete."""


async def cut(request: web.Request, response: web.StreamResponse) -> None:
    """Cut the connection within the answer."""
    assert request.transport
    request.transport.abort()


async def hang(request: web.Request, response: web.StreamResponse) -> None:
    """Write nothing more, and keep the connection."""
    await asyncio.Event().wait()


async def chatter(request: web.Request, response: web.StreamResponse) -> None:
    """Write comments without end."""
    while True:
        await response.write(b": still here\n" * 500)


async def fail(request: web.Request, response: web.StreamResponse) -> None:
    """Write an error event, as a function does that fails after its first byte."""
    error = {"type": "api_error", "message": "the model is busy", "code": None, "param": None}
    await response.write(sse({"type": "error", "error": error, "request_id": "r-1"}, "error"))
