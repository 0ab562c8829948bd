"""Write the log of an execution environment: the lines that CloudWatch has, and whose they are.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..application import Function

#: A longer line of a function's log is broken up.
MAX_LINE = 1024 * 1024


class LogTail:
    """The last lines of an invocation's log, as ``LogType: Tail`` asks for them.

    :param limit: in bytes; "the last 4 KB"
    """

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._text = b""

    def add(self, line: str) -> None:
        """Add a line."""
        self._text = (self._text + line.encode() + b"\n")[-self._limit :]

    def text(self) -> bytes:
        """Return what is left of the log."""
        return self._text


class FunctionLog:
    """Writes lines with the name of the function and the id of the request that they belong to.

    :param write: takes a line for the developer
    """

    def __init__(self, function: Function, write: Callable[[str], None]) -> None:
        self._function = function
        self._write = write
        self._tail = LogTail()
        self.request_id = "init"
        self.init_ms: float | None = None

    def take_tail(self) -> bytes:
        """Return the last lines of the invocation, and begin those of the next one."""
        tail, self._tail = self._tail.text(), LogTail()
        return tail

    def line(self, text: str, stream: str = "") -> None:
        """Write a line; ``stream`` names where it comes from if it is not stdout."""
        self._tail.add(text)
        origin = " ".join(filter(None, (self._function.name, self.request_id, stream)))
        self._write(f"[{origin}] {text}")

    def init_start(self) -> None:
        """Write what marks a cold start; it is no part of the log that an invocation returns."""
        runtime = self._function.runtime.replace(".x", "")
        self._write(f"[{self._function.name} init] INIT_START Runtime Version: {runtime}:local")

    def start(self, request_id: str) -> None:
        """Write the first line of an invocation."""
        self.request_id = request_id
        self.line(f"START RequestId: {request_id} Version: $LATEST")

    def end(self, duration: float, process: int | None) -> None:
        """Write the last lines of an invocation.

        :param duration: in milliseconds
        """
        self.line(f"END RequestId: {self.request_id}")
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {duration:.2f} ms",
            f"Billed Duration: {math.ceil(duration + (self.init_ms or 0))} ms",
            f"Memory Size: {self._function.memory} MB",
        ]
        used = max_memory(process) if process is not None else None
        if used is not None:
            fields.append(f"Max Memory Used: {used} MB")
        if self.init_ms is not None:
            fields.append(f"Init Duration: {self.init_ms:.2f} ms")
            self.init_ms = None
        self.line("\t".join(fields))

    async def copy(self, source: asyncio.StreamReader, stream: str = "") -> None:
        """Pass on the lines that the function writes."""
        while True:
            try:
                line = await source.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                line = end.partial
            except asyncio.LimitOverrunError as long:
                line = await source.readexactly(long.consumed)
            if not line:
                return
            self.line(line.decode("utf-8", "replace").rstrip("\n"), stream)


def max_memory(process: int) -> int | None:
    """Return the most memory that a process had, in MB; only Linux tells, and only while it runs."""
    if not sys.platform.startswith("linux"):
        return None
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return math.ceil(int(line.split()[1]) / 1024)
    return None
