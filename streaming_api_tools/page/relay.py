"""Hands a request of the page on to the API, signed, and the answer back as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from aiohttp import web
from botocore.exceptions import BotoCoreError

from ..client.http_post import post
from ..client.moments import End, Ending, Head, Part, Request
from ..client.sigv4 import RequestSigner
from .chat_api import ChatApi

#: Seconds; API Gateway ends a regional stream after 5 minutes of silence, so nothing comes later.
IDLE = 310.0
#: Seconds before an answer breaks off. With the connection, Chromium drops what it has not yet handed to the
#: page, which may be the event with the reason.
GRACE = 0.25
#: Headers of the answer that the page shows or reads; the others are about the other connection, or none of
#: its business.
PASSED = (
    "content-type",
    "content-encoding",
    "retry-after",
    "request-id",
    "x-request-id",
    "x-amzn-requestid",
    "x-amzn-errortype",
    "x-stream-id",
)


@dataclass(frozen=True)
class Relay:
    """A relay to one API.

    :param headers: sent with every request, secrets among them
    :param signer: Default: - requests are not signed
    """

    api: ChatApi
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    signer: RequestSigner | None = None

    async def answer(self, incoming: web.Request) -> web.StreamResponse:
        """Answer a request of the page; the answer breaks off where the API's does."""
        try:
            request = Request(
                self.api.url(incoming.rel_url.raw_path_qs.removeprefix("/relay/")),
                body := b"" if incoming.method == "GET" else await incoming.read(),
                {**_type_of(incoming, body), **self.headers},
                incoming.method,
            )
            if self.signer:
                # credentials that have expired are fetched anew, over the network
                request = await asyncio.to_thread(self.signer.sign, request)
        except (ValueError, BotoCoreError) as failure:
            return refusal(502, str(failure))
        return await self._pass_on(incoming, request)

    async def _pass_on(self, incoming: web.Request, request: Request) -> web.StreamResponse:
        response: web.StreamResponse | None = None
        async with aclosing(post(request, idle=IDLE)) as moments:
            async for moment in moments:
                if isinstance(moment, Head):
                    passed = {name: moment.headers[name] for name in PASSED if name in moment.headers}
                    response = web.StreamResponse(status=moment.status, headers=passed)
                    await response.prepare(incoming)
                elif isinstance(moment, Part) and response:
                    await response.write(moment.data)
                elif isinstance(moment, End) and response is None:
                    return refusal(502, f"no answer: {moment.detail or moment.how.value}")
                elif isinstance(moment, End) and moment.how is not Ending.CLOSED and incoming.transport:
                    await asyncio.sleep(GRACE)
                    # without the last chunk, so that the browser sees that the answer is not whole
                    incoming.transport.close()
        assert response is not None
        return response


def _type_of(incoming: web.Request, body: bytes) -> dict[str, str]:
    if not body:
        return {}
    return {"Content-Type": incoming.headers.get("Content-Type", "application/json")}


def refusal(status: int, message: str) -> web.Response:
    """Return an error of the page's own server, in the form that the page knows from the API."""
    error = {"type": "page_error", "message": message}
    return web.json_response({"type": "error", "error": error}, status=status)
