"""The bare minimum: an aiohttp server that sends every chunk of a request body back as it comes."""

from __future__ import annotations

from aiohttp import web


async def echo(request: web.Request) -> web.StreamResponse:
    """Send the body back."""
    response = web.StreamResponse()
    await response.prepare(request)
    async for chunk in request.content.iter_any():
        await response.write(chunk)
    return response


async def main() -> web.Application:
    """Return the server."""
    app = web.Application()
    app.router.add_post("/", echo)
    return app


if __name__ == "__main__":
    import asyncio

    async def serve() -> None:
        """Listen on a free port, which is printed, until the process is ended."""
        runner = web.AppRunner(await main(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())
