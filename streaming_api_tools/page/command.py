"""Runs ``streaming-api open``: options and terminal output."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import threading
import webbrowser

import click

from .. import event_loop
from ..errors import cannot_listen
from ..options import RouteUrl, calling_an_api, find_signer, secret_headers
from .chat_api import chat_api_of
from .relay import Relay
from .server import serve

_PRICES = re.compile(r"\d{1,6}(\.\d{1,6})?,\d{1,6}(\.\d{1,6})?", re.ASCII)
#: Where `make local` serves the stack of this project.
LOCAL_STAGE = "http://127.0.0.1:3000/prod/"


def check_prices(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Return two prices."""
    if value is None:
        return None
    if not _PRICES.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not two prices like 0.3,2.5")
    request, answer = map(float, value.split(","))
    return request, answer


@click.command()
@click.argument("url", type=RouteUrl("chat"), default=LOCAL_STAGE)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one."
)
@click.option("--no-browser", is_flag=True, help="Only print the link.")
@click.option(
    "--prices",
    metavar="INPUT,OUTPUT",
    callback=check_prices,
    help="USD for a million tokens of requests and of answers, to show the cost of each answer.",
)
@calling_an_api
@click.option("--json", "as_json", is_flag=True, help="Print the address in JSON.")
def open_page(
    url: str,
    port: int,
    no_browser: bool,
    prices: tuple[float, float] | None,
    auth: str,
    region: str | None,
    headers: dict[str, str],
    as_json: bool,
) -> None:
    """Open a page that talks to the API at URL and shows how its answers arrive.

    URL is a stage, with / at its end, or a chat route. The page is served on loopback. Its requests go
    through that server, which signs them as the other commands do, so that no key is in the page; or straight
    to an API that allows it by CORS. The link is the key to the server: it works until Ctrl-C.

    \b
    Examples:
      streaming-api open https://abc123.execute-api.eu-west-1.amazonaws.com/prod/
      streaming-api open                     the local gateway, as `make local` runs it
      streaming-api open --prices 0.3,2.5    and what each answer costs
    """  # noqa: D301 - click looks for the character
    headers = secret_headers(auth, os.environ) | headers
    relay = Relay(chat_api_of(url), headers, find_signer(url, auth, region, headers))
    event_loop.run(_run(relay, port, no_browser, as_json, prices))


async def _run(
    relay: Relay, port: int, no_browser: bool, as_json: bool, prices: tuple[float, float] | None
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(link: str) -> None:
        listening = {
            "url": link,
            "api": relay.api.stage,
            "signed": relay.signer is not None,
            "pid": os.getpid(),
        }
        print(json.dumps(listening) if as_json else f"listening on {link}", flush=True)
        if not no_browser:
            # a browser of the terminal does not return before it is left
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    try:
        await serve(relay, port, ready, stop, prices)
    except OSError as error:
        raise cannot_listen(port, error) from error
