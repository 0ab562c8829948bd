"""How long servers take to their first answer and to a reload, and what an idle connection takes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from . import servers

#: A connection that asked once and waits.
IDLE_CONNECTIONS = 1000
PATIENCE = 30.0
PATH = "/prod/stream"


def bare_python() -> float:
    """Return the seconds of a Python that does nothing."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start


def bare_aiohttp() -> float:
    """Return the seconds from the start of the bare server to the end of its first answer."""
    start = time.perf_counter()
    with servers.echo() as server:
        answer(server, "/")
        return time.perf_counter() - start


def gateway(scratch: Path) -> float:
    """Return the same of the gateway, before a mock integration."""
    template = servers.mock_template(scratch, "first")
    start = time.perf_counter()
    with servers.local(template, "--access-log", str(scratch / "start.log")) as server:
        answer(server, PATH)
        return time.perf_counter() - start


def reload(scratch: Path) -> float:
    """Return the seconds from a change of the template to the first answer that has it."""
    template = servers.mock_template(scratch, "before")
    with servers.local(template, "--watch", "--access-log", str(scratch / "watch.log")) as server:
        assert b"before" in answer(server, PATH)
        start = time.perf_counter()
        servers.mock_template(scratch, "after")
        while time.perf_counter() < start + PATIENCE:
            # while one gateway follows the other, nobody listens or a connection is cut
            try:
                if b"after" in answer(server, PATH):
                    return time.perf_counter() - start
            except OSError:
                pass
            time.sleep(0.01)
    raise TimeoutError("the gateway did not reload")


def idle_connection(server: servers.Server, path: str) -> float:
    """Return the KB of memory that a server needs for a connection which waits for its next request."""
    with ExitStack() as connections:
        # what the first connections need stays
        for _ in range(100):
            answer(server, path)
        before = server.resident()
        for _ in range(IDLE_CONNECTIONS):
            _ask(connections.enter_context(_connected(server)), path)
        return (server.resident() - before) * 1024 / IDLE_CONNECTIONS


def answer(server: servers.Server, path: str) -> bytes:
    """Send a request on a connection of its own and return the answer."""
    with _connected(server) as connection:
        return _ask(connection, path)


def _connected(server: servers.Server) -> socket.socket:
    return socket.create_connection(server.address, timeout=PATIENCE)


def _ask(connection: socket.socket, path: str) -> bytes:
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n".encode())
    received = b""
    while not _whole(received):
        data = connection.recv(65536)
        if not data:
            raise ConnectionError("the server closed a connection")
        received += data
    return received


def _whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return False
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(head.lower().partition(b"content-length:")[2].split()[0])
