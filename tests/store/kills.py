"""Run the handlers of ``functions`` in this process, each with a table of its own, and read their logs."""

from __future__ import annotations

import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lambda_streaming_store import recording
from lambda_streaming_store.follow import (
    Follower,
    PositionUnknown,
    StreamLost,
    StreamNotKept,
    StreamUnknown,
)
from lambda_streaming_store.recorder import Recorder
from lambda_streaming_store.rows import partition_key

from tests.store.streams import ANY_ID, CODE

#: 3 in `make test`, 100 in `make test-kill`.
SEEDS = range(int(os.environ.get("KILL_RUNS", "3")))
#: server-sent events, lines of JSON, text and bytes
FORMS = ("events", "lines", "text", "raw")
#: how a reader learns that there is no more, although the stream had more
BROKEN = (StreamLost, StreamNotKept, StreamUnknown, PositionUnknown)
_AT_ONCE = 20
_PATIENCE = 60.0

_spec = importlib.util.spec_from_file_location("kept_handlers", CODE / "handlers.py")
assert _spec
assert _spec.loader
HANDLERS = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(HANDLERS)


class Watched(Recorder):
    """A recorder that writes into the table of the thread that runs its handler.

    :param connect: of the recorder
    :param token: of the recorder
    :param options: of the recorder
    """

    running = threading.local()

    def __init__(self, connect: Callable[[], tuple[Any, str]], token: str, **options: Any) -> None:  # noqa: ANN401
        table = self.running.table
        self.running.recorder = self
        super().__init__(lambda: (table, connect()[1]), token, **options)

    def finished(self) -> None:
        """Wait for the thread, which may go on after the response has ended."""
        assert self._thread
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive()


class Run:
    """What the first client of a stream has seen, which has stayed to its end.

    :param body: all bytes
    :param stream_id: of the stream
    :param took: how long that took, in seconds
    """

    def __init__(self, body: bytes, stream_id: str, took: float = 0.0) -> None:
        self.took = took
        self.body = body
        self.partition = partition_key("", stream_id)
        self.comparable = body.replace(stream_id.encode(), ANY_ID)


def keep(patch: Any) -> None:  # noqa: ANN401
    """Have the handlers of this process keep their streams.

    :param patch: pytest's monkeypatch
    """
    patch.setenv("STREAM_STORE_TABLE", "of the thread")
    patch.setattr(recording, "table_of", lambda name: None)
    patch.setattr(recording, "Recorder", Watched)


def run(form: str, seed: int, table: Any, pace: float = 0.0) -> Run:  # noqa: ANN401
    """Run a handler to its end, and the thread that writes to the table."""
    Watched.running.table = table
    query = {"seed": f"{form}{seed}", **({"pace": str(pace)} if pace else {})}
    began = time.monotonic()
    response = getattr(HANDLERS, form)({"queryStringParameters": query, "requestContext": {}}, None)
    took = time.monotonic() - began
    Watched.running.recorder.finished()
    return Run(response.body, response.headers["x-stream-id"], took)


def rest_of(table: Any, partition: str, after: int, **clocks: Any) -> tuple[bytes, Exception | None]:  # noqa: ANN401
    """Return what a reader gets that has the first bytes, and what ends it early."""
    got = b""
    try:
        for chunk in Follower(table, partition, **{**Turns().clocks, **clocks}).chunks(after):
            got += chunk
    except BROKEN as error:
        return got, error
    return got, None


class Turns:
    """A clock that goes on when a reader sleeps: for logs to which nobody writes any more."""

    def __init__(self) -> None:
        self._now = 1000.0

    @property
    def clocks(self) -> Mapping[str, Callable[..., object]]:
        """The arguments of a reader."""
        return {"sleep": self._sleep, "monotonic": lambda: self._now}

    def _sleep(self, seconds: float) -> None:
        self._now += seconds


def check_rest(whole: bytes, cut: int, rest: bytes, error: Exception | None, told: str) -> None:
    """Hold what a second client got behind a cut against the stream: it is the rest, or an error says not.

    :param told: what run this was
    """
    if error is None:
        assert whole[:cut] + rest == whole, told
    else:
        assert whole[cut:].startswith(rest), (told, error)


def side_by_side(job: Callable[[int], None], seeds: Iterable[int] = SEEDS) -> None:
    """Do a job for every seed, many at once: they mostly wait."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(job, seeds):
            pass
