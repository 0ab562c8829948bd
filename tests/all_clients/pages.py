"""Build the page of a client with Vite, and run it in Chromium."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from node import node_binary
from playwright.sync_api import TimeoutError as Late

from tests.all_clients.clients import HERE, Client
from tests.all_clients.results import Outcome
from tests.support.browsers import launching

PAGE = HERE / "page"


def run_page(client: Client, url: str, wanted: Sequence[str], seconds: float) -> dict[str, Outcome]:
    """Return what the page of a client tells of scenarios; of one that hangs, what it told before."""
    with serving(_built(client)) as origin, launching() as launch:
        page = launch().new_page()
        asked = {"url": url, "name": client.id, "wanted": ",".join(wanted)}
        page.goto(f"{origin}/?{urlencode(asked)}")
        try:
            ended = f"Object.keys(window.outcomes).length === {len(wanted)}"
            page.wait_for_function(ended, timeout=seconds * 1000)
        except Late:
            pass
        told: dict[str, Outcome] = page.evaluate("window.outcomes")
        return told


def _built(client: Client) -> Path:
    """Return the folder of the page, which looks for its packages beside it."""
    folder = client.environment.folder
    for each in [client.driver, HERE / "scenarios.json", *PAGE.iterdir()]:
        shutil.copy(each, folder)
    vite = [str(node_binary()), "node_modules/vite/bin/vite.js", "build", "--logLevel", "error"]
    subprocess.run(vite, cwd=folder, check=True)
    return folder / "dist"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder, at another origin than the API's."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""
