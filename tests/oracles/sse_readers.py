"""How each decoder reads a stream: a list of (type, data, id) of its events."""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

import httpx
import httpx_sse
from playwright.sync_api import Browser

from streaming_api_tools.client.sse import EventDecoder
from tests.oracles import npm
from tests.oracles.sse_streams import Stream

Reading: TypeAlias = "list[tuple[str, str, str]]"
#: How many streams the browser reads at once; it opens no more connections to one host.
AT_ONCE = 6
LISTEN = """
async ({ base, types, atOnce }) => {
  const readings = types.map(() => []);
  let next = 0;
  const read = (number) => new Promise((resolve) => {
    const source = new EventSource(`${base}/${number}`);
    const listen = (event) => readings[number].push([event.type, event.data, event.lastEventId]);
    for (const type of types[number]) source.addEventListener(type, listen);
    // at the end of the stream, before it would connect again
    source.onerror = () => { source.close(); resolve(); };
  });
  const worker = async () => { while (next < types.length) await read(next++); };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return readings;
}
"""


def ours(stream: Stream) -> Reading:
    """Return what our decoder makes of a stream."""
    decoder = EventDecoder()
    events = [event for chunk in stream.chunks for event in decoder.feed(chunk)]
    return [(event.type, event.data, event.id) for event in events]


def httpx_events(chunks: list[bytes]) -> list[httpx_sse.ServerSentEvent]:
    """Return what httpx-sse makes of the chunks of a response."""
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=iter(chunks))
    return list(httpx_sse.EventSource(response).iter_sse())


def read_by_httpx_sse(streams: list[Stream]) -> list[Reading]:
    """Return what httpx-sse makes of streams."""
    return [[(each.event, each.data, each.id) for each in httpx_events(stream.chunks)] for stream in streams]


def parsed_by_npm(streams: list[list[bytes]]) -> list[tuple[Reading, list[int]]]:
    """Return the events and the times of retry that eventsource-parser finds."""
    given = [[b64encode(chunk).decode() for chunk in chunks] for chunks in streams]
    return [
        ([(kind, data, last) for kind, data, last in each["events"]], each["retries"])
        for each in npm.run("sse_read.mjs", given)
    ]


def read_by_eventsource_parser(streams: list[Stream]) -> list[Reading]:
    """Return what eventsource-parser makes of streams."""
    return [reading for reading, _ in parsed_by_npm([stream.chunks for stream in streams])]


def read_by_chromium(browser: Browser) -> Callable[[list[Stream]], list[Reading]]:
    """Return what reads streams with the EventSource of a browser, served over loopback."""

    def read(streams: list[Stream]) -> list[Reading]:
        with served(streams) as base, browser.new_context() as context:
            page = context.new_page()
            page.goto(base)
            given = {"base": base, "types": [_types(each.data) for each in streams], "atOnce": AT_ONCE}
            found = page.evaluate(LISTEN, given)
        return [[(kind, data, last) for kind, data, last in each] for each in found]

    return read


def _types(data: bytes) -> list[str]:
    """Return every type that a line may give an event: EventSource tells only those it is asked for."""
    values = {each.decode("utf-8", "replace") for each in re.findall(rb"event:([^\r\n]*)", data)}
    return sorted({"message"} | {each.removeprefix(" ") for each in values if each})


@contextmanager
def served(streams: list[Stream]) -> Iterator[str]:
    """Serve each stream by its number, each of its pieces in a chunk and a segment of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            number = self.path.removeprefix("/")
            kind = "text/event-stream" if number.isdigit() else "text/html"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in streams[int(number)].chunks if number.isdigit() else []:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *arguments: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
