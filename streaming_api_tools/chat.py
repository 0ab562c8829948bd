"""Runs ``streaming-api chat``: sends a prompt and prints the answer as it arrives, also after a cut."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import click

from . import event_loop
from .client.answer import ChatAnswer
from .client.kept_stream import ID, KeptStream, Refused
from .client.moments import Moment, Request
from .client.resume import ResumedAnswer
from .errors import CheckFailed, CouldNotRun
from .options import HTTP_VERSION, RouteUrl, calling_an_api, find_signer, secret_headers
from .printable import harmless, one_line

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

    def note(self, line: str) -> None:
        """Print a line about the answer to stderr, and not into a line of the answer on a terminal."""
        if self._open and self._to_terminal and sys.stderr.isatty():
            click.echo(err=True)
        click.echo(f"streaming-api: {one_line(line)}", err=True)

    def close(self) -> None:
        """End the line."""
        if self._open:
            sys.stdout.write("\n")
            # what stderr tells next would come before it in a file of both
            sys.stdout.flush()
            self._open = False


async def print_answer(moments: AsyncGenerator[Moment, None], answer: ChatAnswer, printer: Printer) -> None:
    """Print what comes, until the exchange ends."""
    try:
        async with aclosing(moments):
            async for moment in moments:
                for text in answer.take(moment):
                    printer.show(text)
    finally:
        printer.close()


def check_id(ctx: click.Context, param: click.Parameter, stream_id: str | None) -> str | None:
    """Refuse what is no id of a stream."""
    if stream_id is not None and not ID.fullmatch(stream_id):
        raise click.BadParameter(f"{stream_id!r} is not the id of a stream: 32 hexadecimal digits")
    return stream_id


@click.command()
@click.argument("url", type=RouteUrl("chat"))
@click.argument("prompt", required=False)
@calling_an_api
@HTTP_VERSION
@click.option(
    "--id",
    "stream_id",
    metavar="STREAM",
    callback=check_id,
    help="Follow an answer that was begun before, from its beginning, instead of sending a prompt.",
)
@click.option("--cancel", is_flag=True, help="With --id: stop that answer, and what it costs.")
@click.option("--stats", is_flag=True, help="Print to stderr when the answer arrived.")
def chat(
    url: str,
    prompt: str | None,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    http_version: str,
    stream_id: str | None,
    cancel: bool,
    stats: bool,
) -> None:
    """Send PROMPT to the chat route at URL and print the answer as it arrives.

    URL is the route; to the URL of a stage, or a function URL, with / at its end, "chat" is added. Without
    PROMPT it is read from stdin. An answer that is an error, or ends without its terminal event, ends with
    exit code 1.

    From an API that keeps its streams (StreamStore), an answer that is cut is resumed. Ctrl-C leaves such an
    answer running, and prints its id: --id follows it, --id with --cancel stops it.

    \b
    Examples:
      streaming-api chat https://abc123.execute-api.eu-west-1.amazonaws.com/prod/ "Tell me a story."
      git diff | streaming-api chat --stats http://127.0.0.1:8080/prod/chat
      streaming-api chat --id 0f1e2d3c4b5a69788796a5b4c3d2e1f0 http://127.0.0.1:8080/prod/chat
    """  # noqa: D301 - click looks for the character
    if cancel and not stream_id:
        raise click.UsageError("--cancel needs --id")
    if stream_id and prompt is not None:
        raise click.UsageError("--id follows an answer that was begun: leave PROMPT out")
    headers = secret_headers(auth, os.environ) | headers
    signer = find_signer(url, auth, region, headers)

    def prepare(request: Request) -> Request:
        request = replace(request, headers={**request.headers, **headers}, http_version=http_version)
        return signer.sign(request) if signer else request

    if cancel and stream_id:
        return stop(KeptStream(url, stream_id, prepare))
    answer, printer = ChatAnswer(), Printer()
    resumed = ResumedAnswer(prepare, lambda: answer.whole, printer.note, IDLE, stream_id or "")
    if stream_id:
        moments = resumed.follow(url)
    else:
        body = json.dumps({"prompt": read_prompt(prompt)}).encode()
        moments = resumed.ask(Request(url, body, {"Content-Type": "application/json"}))
    try:
        event_loop.run(print_answer(moments, answer, printer))
    except KeyboardInterrupt:
        if resumed.stream_id:
            again = shlex.join(["streaming-api", "chat", "--id", resumed.stream_id, url])
            printer.note(f"the answer goes on; this follows it, and with --cancel stops it: {again}")
        raise
    finally:
        answer.timing.resumed = resumed.resumed
        if stats and answer.timing.ended:
            click.echo(answer.timing.line(), err=True)


def read_prompt(prompt: str | None) -> str:
    """Return the prompt, which may come from stdin."""
    if prompt is not None:
        return prompt
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("no PROMPT, and nothing on stdin")
    return sys.stdin.read()


def stop(stream: KeptStream) -> None:
    """Cancel a stream.

    :raises CheckFailed: when it is not cancelled
    :raises CouldNotRun: when there is no answer
    """
    try:
        event_loop.run(stream.cancel())
    except Refused as refused:
        failure = CheckFailed if refused.status else CouldNotRun
        raise failure(f"the stream is not cancelled: {refused}") from None
    click.echo("cancelled")
