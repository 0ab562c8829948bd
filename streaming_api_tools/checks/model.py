"""The check that asks a model: each wire format of the chat route."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

from ..answer import Answer
from ..errors import ToolError
from ..exchange import Request
from ..http_post import post
from .case import FAILURE, PASSED, Case
from .ground import Ground, Reply

#: The prompt is short and asks for a short answer: what it costs is bounded by the function's own limit.
PROMPT = "Answer with the word yes."
FORMATS = ("sse", "text")
REQUESTS = len(FORMATS)


def formats(ground: Ground) -> Case:
    """Ask for an answer in each format, and read it strictly."""
    url = ground.output("ChatUrl")
    body = json.dumps({"prompt": PROMPT}).encode()
    headers = {"Content-Type": "application/json"}
    try:
        shown = asyncio.run(_sse(ground.api.prepare(Request(url, body, headers))))
    except ToolError as failure:
        return Case("formats", FAILURE, f"sse: {failure.format_message()}")
    reply = ground.ask(Request(f"{url}?format=text", body, headers))
    if problem := not_text(reply):
        return Case("formats", FAILURE, f"text: {problem}")
    return Case(
        "formats", PASSED, f"sse: {shown} pieces and a terminal event; text: {len(reply.body)} characters"
    )


def not_text(reply: Reply) -> str:
    """Return why a reply is not an answer in plain text, and nothing when it is."""
    kind = reply.headers.get("content-type", "missing")
    if reply.status != 200:
        return f"status {reply.status}: {reply.body[:120]}"
    if kind.replace(" ", "").lower() != "text/plain;charset=utf-8":
        return f"content-type is {kind}, not text/plain; charset=utf-8"
    return "" if reply.body else "the answer is empty"


async def _sse(request: Request) -> int:
    answer = Answer()
    async with aclosing(post(request, idle=60, total=120)) as moments:
        async for moment in moments:
            for _ in answer.take(moment):
                pass
    return answer.timing.pieces
