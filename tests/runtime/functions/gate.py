"""How a handler waits for its test, and tells it something: a socket that the child process inherits."""

from __future__ import annotations

import os
import socket

_socket = socket.socket(fileno=int(os.environ["GATE_FD"]))


def wait() -> None:
    """Block in a socket read until the test calls ``release()``."""
    _socket.recv(1)


def say(text: bytes) -> None:
    """Send something for the test's ``said()``."""
    _socket.sendall(text)
