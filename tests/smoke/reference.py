"""The probe and the chat route of the reference stack on loopback, written from their contracts."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from tests.smoke.servers import probe_events, sse, streamed

ORIGIN = "https://app.example.com"


def envelope(status: int, code: str) -> web.Response:
    error = {"type": "invalid_request_error", "message": "no", "code": code}
    return web.json_response({"type": "error", "error": error}, status=status)


async def whole_probe(request: web.Request) -> web.StreamResponse:
    """Answer as the probe route does, with CORS, also to what is wrong."""
    response = await _answer(request)
    if not response.prepared:
        response.headers["Access-Control-Allow-Origin"] = ORIGIN
    return response


async def _answer(request: web.Request) -> web.StreamResponse:
    if request.method == "OPTIONS":
        return web.Response(
            status=204, headers={"Access-Control-Allow-Headers": "Authorization,Content-Type"}
        )
    if request.method != "POST" or request.path != "/prod/probe":
        return envelope(403, "missing_token")
    try:
        challenge = json.loads(await request.text())
    except ValueError:
        return envelope(400, "invalid_probe")
    if "no" in challenge:
        return envelope(400, "invalid_probe")
    if "fail_before" in challenge:
        return envelope(challenge["fail_before"], "asked_to_fail")
    if "gaps_ms" not in challenge:
        return envelope(401, "unauthorized")
    response = await streamed(
        request, **{"Access-Control-Allow-Origin": ORIGIN, "x-amzn-RequestId": "request-1"}
    )
    async for part in probe_events(request):
        await response.write(part)
        await asyncio.sleep(0)
    return response


async def chat(request: web.Request) -> web.StreamResponse:
    done = {"usage": {"outputTokens": 1}, "stopReason": "end_turn"}
    if request.query.get("format") == "text":
        return web.Response(text="yes")
    if request.query.get("format") == "ndjson":
        lines = [{"type": "delta", "text": "yes"}, {"type": "done", **done}]
        body = "".join(f"{json.dumps(line)}\n" for line in lines)
        return web.Response(text=body, content_type="application/x-ndjson")
    response = await streamed(request)
    await response.write(sse({"text": "yes"}) + sse(done, "done"))
    return response


async def story(request: web.Request) -> web.StreamResponse:
    """Answer at length, a piece every 50 ms."""
    response = await streamed(request)
    for _ in range(30):
        await asyncio.sleep(0.05)
        await response.write(sse({"text": "Hello "}))
    await response.write(sse({"usage": {"outputTokens": 30}, "stopReason": "end_turn"}, "done"))
    return response
