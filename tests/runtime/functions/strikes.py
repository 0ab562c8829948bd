"""The faults that a handler of :mod:`faults` meets, by name."""

from __future__ import annotations

import _imp
import asyncio
import http.client
import importlib.abc
import os
import resource
import signal
import socket
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from importlib.machinery import ModuleSpec
from types import ModuleType

from lambda_streaming import HTTPError

from tests.runtime.functions import gate

# Longer than any test, in seconds.
AGES = 600


def nothing() -> None:
    """Let the handler go on."""


def produces() -> None:
    """Let the handler produce items for ever."""


def floods() -> None:
    """Let the handler produce items that fit no buffer."""


def raises() -> None:
    raise RuntimeError("in the handler")


def refuses() -> None:
    raise HTTPError(503, "not now")


def cannot_be_told() -> None:
    raise HTTPError(429, b"bytes", param=datetime.now(timezone.utc))  # type: ignore[arg-type]


class Mute(Exception):
    """An exception without a text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def is_mute() -> None:
    raise Mute


def cut_upstream() -> None:
    """Read a response that is cut within a chunk, as from a model behind HTTP."""
    near, far = socket.socketpair()
    far.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nhalf of it")
    far.close()
    upstream = http.client.HTTPResponse(near)
    upstream.begin()
    upstream.read()


def no_files() -> None:
    """Run out of file descriptors, which an exception keeps: no module can be imported then."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    held = []
    while True:
        held.append(os.dup(0))


def exits() -> None:
    sys.exit(3)


def exits_at_once() -> None:
    os._exit(3)


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# The states in which a handler can be blocked at its deadline.


def receive() -> None:
    gate.wait()


def sleep() -> None:
    time.sleep(AGES)


def lock() -> None:
    held = threading.Lock()
    held.acquire()
    held.acquire()


def join() -> None:
    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    thread.join()


def computes() -> None:
    while True:
        pass


def bare_except() -> None:
    while True:
        with suppress(BaseException):
            gate.wait()


def thread_pool() -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(time.sleep, [AGES]))


def sleeps_in_finally() -> None:
    try:
        gate.wait()
    finally:
        time.sleep(AGES)


class Finalized:
    """An object whose finalizer takes ages."""

    def __del__(self) -> None:
        time.sleep(AGES)


def finalizer() -> None:
    Finalized()


def weak_finalizer() -> None:
    weakref.finalize(threading.Lock(), time.sleep, AGES)


def c_code() -> None:
    """Run a query in C code that releases the GIL and looks at no signal."""
    database = sqlite3.connect(":memory:")
    database.execute(
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    ).fetchone()


def c_code_with_gil() -> None:
    """Run C code that holds the GIL, beside which no Python runs in any thread."""
    sum(range(10**15))


class Slow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a module whose import takes ages."""

    def find_spec(self, name: str, *more: object) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == "slow_module" else None

    def exec_module(self, module: ModuleType) -> None:
        gate.wait()


def imports() -> None:
    """Import a module, which holds its lock for ages."""
    sys.meta_path.insert(0, Slow())
    importlib.import_module("slow_module")


def import_lock() -> None:
    """Wait, in C code that looks at no signal, for the lock of all imports, which a thread keeps."""
    held = threading.Event()

    def hold() -> None:
        _imp.acquire_lock()
        held.set()
        sleep()

    threading.Thread(target=hold, daemon=True).start()
    held.wait()
    importlib.import_module("colorsys")


async def async_finally() -> None:
    try:
        await asyncio.sleep(AGES)
    finally:
        await asyncio.sleep(AGES)


async def swallows_cancel() -> None:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(AGES)


async def executor() -> None:
    with ThreadPoolExecutor() as pool:
        await asyncio.get_running_loop().run_in_executor(pool, time.sleep, AGES)


STRIKES: dict[str, Callable[[], Awaitable[None] | None]] = {
    strike.__name__: strike
    for strike in (
        nothing,
        produces,
        floods,
        raises,
        refuses,
        cannot_be_told,
        is_mute,
        cut_upstream,
        no_files,
        exits,
        exits_at_once,
        is_killed,
        receive,
        sleep,
        lock,
        join,
        computes,
        bare_except,
        thread_pool,
        sleeps_in_finally,
        finalizer,
        weak_finalizer,
        c_code,
        c_code_with_gil,
        imports,
        import_lock,
        async_finally,
        swallows_cancel,
        executor,
    )
}
