"""Serve handlers, each in a process that a test kills: it gets every chunk as the first client does.

A process of its own, which forks one for each connection, since forking is quick and starting Python is not.
A connection says form and seed in a line of JSON, and gets the process id, the id of the stream and each
chunk, with their lengths before them; what has no bytes is the end.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

from lambda_streaming import CollectedResponse, _test_response
from lambda_streaming_store import batches

from tests.store.kills import HANDLERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_streaming._head import Prelude

LENGTH = 4


def write(client: socket.socket) -> None:
    """Run a handler, whose store the environment names."""

    def send(data: bytes) -> None:
        client.sendall(len(data).to_bytes(LENGTH, "big") + data)

    class Sent(CollectedResponse):
        """A response whose client is in another process."""

        def open(self, prelude: Prelude) -> None:
            send(prelude.headers["x-stream-id"].encode())

        def write(self, data: bytes) -> None:
            send(data)

        def close(self) -> None:
            send(b"")

    asked = json.loads(client.makefile("rb").readline())
    send(str(os.getpid()).encode())
    batches.LONGEST_WAIT = 0.02
    _test_response.CollectedResponse = Sent  # type: ignore[misc]
    query = {"seed": asked["seed"], "pace": "0.02"}
    getattr(HANDLERS, asked["form"])({"queryStringParameters": query, "requestContext": {}}, None)


def main() -> None:
    """Accept connections until the process is ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    with socket.create_server(("127.0.0.1", 0)) as server:
        sys.stdout.write(f"{server.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            client, _ = server.accept()
            if os.fork() == 0:
                server.close()
                write(client)
                os._exit(0)
            client.close()


if __name__ == "__main__":
    main()
