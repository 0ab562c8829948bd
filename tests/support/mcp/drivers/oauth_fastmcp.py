"""Sign in and list the tools of a server with FastMCP's client, which listens for its code."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from urllib.parse import urlsplit

from fastmcp import Client
from fastmcp.client.auth import OAuth

#: how often the browser has been opened
opened: list[str] = []


def browse(url: str, *_more: object) -> bool:
    """Open a page as a browser does, which is there later than who opens it."""
    opened.append(url)
    threading.Thread(target=_follow, args=(url,), daemon=True).start()
    return True


def _follow(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=10).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)  # nothing listens yet
        else:
            return


async def main(url: str, client_id: str, redirect_uri: str) -> None:
    """Print what the client has seen."""
    port = urlsplit(redirect_uri).port
    auth = OAuth(url, client_id=client_id, callback_port=port)
    async with Client(url, auth=auth) as client:
        tools = [tool.name for tool in await client.list_tools()]
    print(json.dumps({"error": None, "tools": tools, "signed_in": len(opened)}))


webbrowser.open = browse  # type: ignore[assignment]
asyncio.run(main(*sys.argv[1:4]))
