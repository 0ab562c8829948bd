"""The chat function, in a process that the test may have killed in the middle of an answer."""

from __future__ import annotations

import os
import socket
import threading

from chat.handler import handler as chat


def handler(event: dict[str, object], context: object) -> object:
    """Answer a request; the test kills the process when it lets the thread go."""
    threading.Thread(target=_die, daemon=True).start()
    return chat(event, context)


def _die() -> None:
    host, port = os.environ["GATE"].split(":")
    with socket.create_connection((host, int(port))) as gate:
        if gate.recv(1):
            os.kill(os.getpid(), 9)
