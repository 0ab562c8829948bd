"""Write docs/images: the arrivals of a streamed and of a buffered answer.

``.venv/bin/python scripts/pictures.py`` after ``make synth``. The arrivals are real: `streaming-api smoke
--svg` against the synthesized stack on the local gateway, straight, and through a proxy that collects.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from processes import running

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
TOOL = [sys.executable, "-m", "streaming_api_tools"]
#: The same schedule in both pictures.
SEED = "7"


@contextmanager
def gateway(assembly: Path) -> Iterator[str]:
    """Serve the reference stack and yield the URL."""
    local = [*TOOL, "local", str(assembly), "--stack", "StreamingChat", "--port", "0", "--no-auth", "--json"]
    with running(local, os.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        with process.stdout as lines:
            yield str(json.loads(lines.readline())["url"])


@contextmanager
def collecting(upstream: str) -> Iterator[str]:
    """Serve a proxy that sends an answer when it has all of it, and yield its URL."""

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {"Content-Type": self.headers["Content-Type"]}
            request = urllib.request.Request(upstream + self.path, body, headers)  # noqa: S310 - the gateway
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                whole = answer.read()
            self.send_response(200)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def arrivals(url: str, picture: Path, *options: str) -> str:
    """Draw how the probe's events arrive, and return the verdict."""
    smoke = [*TOOL, "smoke", f"{url}/prod/probe", "--runs", "1", "--seed", SEED, "--auth", "none", *options]
    done = subprocess.run([*smoke, "--json", "--svg", str(picture)], capture_output=True, text=True)
    # the port is another one in every run
    picture.write_text(picture.read_text("utf-8").replace(url, "http://127.0.0.1:3000"), "utf-8")
    return str(json.loads(done.stdout)["verdict"])


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with gateway(ROOT / "cdk.out") as url, collecting(url) as proxy:
        print(arrivals(url, IMAGES / "arrivals-streamed.svg"))
        print(arrivals(proxy, IMAGES / "arrivals-buffered.svg"))


if __name__ == "__main__":
    main()
