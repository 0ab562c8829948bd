"""A stand-in for Amazon Bedrock: ConverseStream, which unmodified SDKs decode event by event."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from aiohttp import web

from .bedrock_script import (
    HTTP_EXCEPTIONS,
    STREAM_EXCEPTIONS,
    EventName,
    Prompt,
    Reply,
    Script,
    closing,
    default_script,
    delta,
    opening,
    read_prompt,
)
from .event_stream import CONTENT_TYPE, encode

#: Waited for before each token; gets the index of the token.
Pace = Callable[[int], Awaitable[None]]


class BedrockStandin:
    """Answers ``POST /model/{modelId}/converse-stream``.

    :param pace: decides when the next token is sent
    :param script: decides what is sent. Default: - a fixed text with the prompt in it
    """

    def __init__(self, pace: Pace, script: Script = default_script) -> None:
        self._pace = pace
        self._script = script
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen on a free port of loopback and return the endpoint URL."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/model/{model:.+}/converse-stream", self._converse_stream)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0]
        return f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop serving."""
        if self._runner:
            await self._runner.cleanup()

    async def _converse_stream(self, http: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        try:
            body = json.loads(await http.read())
            prompt = read_prompt(unquote(http.match_info["model"]), body)
        except ValueError as error:
            return _refuse("ValidationException", str(error))
        reply = self._script(prompt)
        if reply.fault and reply.fault.name in HTTP_EXCEPTIONS:
            return _refuse(reply.fault.name, f"{reply.fault.name} was asked for")
        headers = {"Content-Type": CONTENT_TYPE, "x-amzn-RequestId": str(uuid.uuid4())}
        response = web.StreamResponse(headers=headers)
        await response.prepare(http)
        await self._stream(http, response, prompt, reply, began)
        return response

    async def _stream(
        self, http: web.Request, response: web.StreamResponse, prompt: Prompt, reply: Reply, began: float
    ) -> None:
        for name, payload in opening():
            await response.write(_event(name, payload))
        for index, token in enumerate(reply.tokens):
            if reply.fault and reply.fault.after == index:
                break
            await self._pace(index)
            await response.write(_event(*delta(token)))
        if reply.fault:
            return await _fail(http, response, reply.fault.name)
        for name, payload in closing(prompt, reply, int((time.monotonic() - began) * 1000)):
            await response.write(_event(name, payload))


async def _fail(http: web.Request, response: web.StreamResponse, name: str) -> None:
    """End a stream in one of the ways that are no proper end; ``silent-end`` is to do nothing more."""
    if name in STREAM_EXCEPTIONS:
        body = json.dumps({"message": f"{name} was asked for"}).encode()
        headers = {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"}
        await response.write(encode(headers, body))
    elif name == "bad-crc":
        frame = _event(*delta("broken"))
        await response.write(frame[:-1] + bytes([frame[-1] ^ 1]))
    elif name == "stall":
        await asyncio.Event().wait()
    elif name == "cut" and http.transport is not None:
        http.transport.close()


def _event(name: EventName, payload: dict[str, object]) -> bytes:
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    # the service pads its events, so that their sizes do not give the tokens away
    return encode(headers, json.dumps({**payload, "p": "abcdefgh"}).encode())


def _refuse(name: str, message: str) -> web.Response:
    return web.json_response(
        {"message": message},
        status=HTTP_EXCEPTIONS[name],
        headers={
            "x-amzn-ErrorType": f"{name}:http://internal.amazon.com/",
            "x-amzn-RequestId": str(uuid.uuid4()),
        },
    )
