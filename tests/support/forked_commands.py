"""Serve the command line to tests: import it once, and fork for each command that a test runs.

Each connection is a command. It begins with a byte and four descriptors: a file with the request, and the
command's standard input, output and error. It gets the process id and the exit code, a line each. The server
ends with its own standard input.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from importlib import import_module

from streaming_api_tools import __main__ as program
from streaming_api_tools.cli import COMMANDS


def serve(listener: socket.socket) -> bool:
    """Fork for each connection until nobody is there any more; return whether this process is a command."""
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return False
        connection, _ = listener.accept()
        with connection:
            if not (keeper := os.fork()):
                listener.close()
                return _keep(connection)
        os.waitpid(keeper, 0)


def _keep(connection: socket.socket) -> bool:
    """Start the command, report its end, and let the server go on in the meantime."""
    _, (request, *streams), _, _ = socket.recv_fds(connection, 1, 4)
    if os.fork():
        os._exit(0)
    if not (command := os.fork()):
        connection.close()
        _become(request, streams)
        return True
    for each in streams:
        os.close(each)
    connection.sendall(f"{command}\n".encode())
    _, status = os.waitpid(command, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: int, streams: Sequence[int]) -> None:
    with open(request, encoding="utf-8") as file:
        wanted = json.load(file)
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["cwd"])
    sys.argv[1:] = wanted["arguments"]
    # https://docs.python.org/3/using/cmdline.html#envvar-PYTHONIOENCODING
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    strict = errors or "strict"
    sys.stdin = open(0, encoding=encoding, errors=strict, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding=encoding, errors=strict, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding, "backslashreplace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Import every command, then be its server, on the socket whose descriptor is the argument."""
    # who ends with Ctrl-C is the one that started this
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module, _, _ in COMMANDS.values():
        import_module(f"streaming_api_tools.{module}")
    gc.freeze()
    if serve(socket.socket(fileno=int(sys.argv[1]))):
        sys.argv[0] = "streaming-api"
        program.main()


if __name__ == "__main__":
    main()
