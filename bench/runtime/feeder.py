"""Gives every client of a socket so many lines, one at a time and so many a second; prints its port."""

from __future__ import annotations

import socket
import sys
import time


def main(lines: int, a_second: int) -> None:
    """Serve one client after the other, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            began = time.monotonic()
            for number in range(lines):
                if (early := began + number / a_second - time.monotonic()) > 0:
                    time.sleep(early)
                client.sendall(b"word%05d\n" % number)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
