"""Runs ``streaming-api chat``: sends a prompt and prints the answer as it arrives."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import aclosing

import click

from .client.answer import ChatAnswer
from .client.http_post import post
from .client.moments import Request
from .options import HTTP_VERSION, RouteUrl, calling_an_api, find_signer, secret_headers
from .printable import harmless

#: Seconds; API Gateway ends a regional stream after 5 minutes of silence, so nothing comes later.
IDLE = 310.0


class Printer:
    """Prints text at once, and remembers whether the line is still open."""

    def __init__(self) -> None:
        self._to_terminal = sys.stdout.isatty()
        self._open = False

    def show(self, text: str) -> None:
        """Print a piece of text."""
        if text := harmless(text, "") if self._to_terminal else text:
            # click.echo would write UTF-8 to a terminal that cannot show it
            sys.stdout.write(text)
            sys.stdout.flush()
            self._open = not text.endswith("\n")

    def close(self) -> None:
        """End the line."""
        if self._open:
            sys.stdout.write("\n")


async def print_answer(request: Request, answer: ChatAnswer) -> None:
    """Send the request and print what comes, until the exchange ends."""
    printer = Printer()
    try:
        async with aclosing(post(request, idle=IDLE)) as moments:
            async for moment in moments:
                for text in answer.take(moment):
                    printer.show(text)
    finally:
        printer.close()


@click.command()
@click.argument("url", type=RouteUrl("chat"))
@click.argument("prompt", required=False)
@calling_an_api
@HTTP_VERSION
@click.option("--stats", is_flag=True, help="Print to stderr when the answer arrived.")
def chat(
    url: str,
    prompt: str | None,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    http_version: str,
    stats: bool,
) -> None:
    """Send PROMPT to the chat route at URL and print the answer as it arrives.

    URL is the route; to the URL of a stage, or a function URL, with / at its end, "chat" is added. Without
    PROMPT it is read from stdin. An answer that is an error, or ends without its terminal event, ends with
    exit code 1.

    \b
    Examples:
      streaming-api chat https://abc123.execute-api.eu-west-1.amazonaws.com/prod/ "Tell me a story."
      git diff | streaming-api chat --stats http://127.0.0.1:8080/prod/chat
    """  # noqa: D301 - click looks for the character
    if prompt is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("no PROMPT, and nothing on stdin")
        prompt = sys.stdin.read()
    headers = secret_headers(auth, os.environ) | headers
    body = json.dumps({"prompt": prompt}).encode()
    request = Request(url, body, {"Content-Type": "application/json", **headers}, http_version=http_version)
    if signer := find_signer(url, auth, region, headers):
        request = signer.sign(request)
    answer = ChatAnswer()
    try:
        asyncio.run(print_answer(request, answer))
    finally:
        if stats and answer.timing.ended:
            click.echo(answer.timing.line(), err=True)
