"""Serves the page: its files, and the relay to the API."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from importlib.resources import files

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .guard import Guard
from .relay import Relay, refusal
from .verdict import new_challenge, verdict_of

HOST = "127.0.0.1"
#: API Gateway takes no larger body.
MOST_BYTES = 10 * 1024 * 1024
#: File -> media type.
FILES = {
    "index.html": "text/html",
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
    "main.js": "text/javascript",
    "decoders.js": "text/javascript",
    "exchange.js": "text/javascript",
    "figures.js": "text/javascript",
    "lag.js": "text/javascript",
    "formats.js": "text/javascript",
    "picture.js": "text/javascript",
}


def headers(api: str) -> dict[str, str]:
    """Return the headers of every response, also of those that come from the API.

    Nothing is loaded from elsewhere, nothing inline runs, text cannot become markup, and the page talks to
    its own server and to the API alone. https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/trusted-types/

    :param api: the origin of the API
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' {api}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


class Page:
    """The page for one API.

    :param relay: the way to the API
    :param token: the secret of this run
    :param prices: USD for a million tokens of requests and of answers. Default: - not known
    """

    def __init__(self, relay: Relay, token: str, prices: tuple[float, float] | None = None) -> None:
        self._relay = relay
        self._prices = prices
        self._token = token
        self._guard: Guard | None = None
        self._headers = headers(relay.api.origin)
        folder = files(__package__) / "static"
        self._files = {name: (folder / name).read_text("utf-8") for name in FILES}

    def open_to(self, origin: str) -> str:
        """Set the origin of the page and return the link that opens it."""
        self._guard = Guard(origin, self._token)
        # browsers keep the part after # to themselves: it is in no request and in no log
        return f"{origin}/#{self._token}"

    def application(self) -> web.Application:
        """Return the application that answers the requests."""
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self._guarded()])
        app.on_response_prepare.append(self._add_headers)
        app.router.add_get("/", self._file)
        app.router.add_get("/settings", self._settings)
        app.router.add_get("/challenge", self._challenge)
        app.router.add_post("/verdict", self._verdict)
        app.router.add_get("/{name}", self._file)
        # without allow_head: a HEAD would be a request to the API
        app.router.add_get("/relay/{route:.*}", self._relay.answer, allow_head=False)
        app.router.add_post("/relay/{route:.*}", self._relay.answer)
        return app

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._headers)

    def _guarded(self) -> Middleware:
        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            assert self._guard is not None
            reads = request.method == "GET" and request.path.lstrip("/") in ("", *FILES)
            check = self._guard.against_reading if reads else self._guard.against_use
            refused = check(request.headers)
            return refusal(403, refused) if refused else await handler(request)

        return guarded

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        if name not in self._files:
            return refusal(404, "no such file")
        return web.Response(text=self._files[name], content_type=FILES[name])

    async def _settings(self, request: web.Request) -> web.Response:
        api = self._relay.api
        settings = {
            "stage": api.stage,
            "route": api.route,
            "signed": self._relay.signer is not None,
            "prices": self._prices,
        }
        return web.json_response(settings)

    async def _challenge(self, request: web.Request) -> web.Response:
        return web.json_response(new_challenge())

    async def _verdict(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(verdict_of(await request.json()))
        except (ValueError, RecursionError) as failure:
            return refusal(400, str(failure))


async def serve(
    relay: Relay,
    port: int,
    ready: Callable[[str], None],
    stop: asyncio.Event,
    prices: tuple[float, float] | None = None,
) -> None:
    """Serve the page until ``stop`` is set.

    :param port: 0 for a free one
    :param ready: called with the link that opens the page, once connections are accepted
    :param prices: USD for a million tokens of requests and of answers. Default: - not known
    :raises OSError: when the port is taken
    """
    page = Page(relay, secrets.token_urlsafe(32), prices)
    # a page that is closed, or stops, lets go of the API at once
    runner = web.AppRunner(
        page.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        ready(page.open_to(f"http://{HOST}:{runner.addresses[0][1]}"))
        await stop.wait()
    finally:
        await runner.cleanup()
