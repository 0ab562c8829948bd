"""Measure what a store costs a stream, and how far its readers are behind, and print both.

First an interleaved run of one handler with and without a store, through the local gateway, in random orders;
twice without, so that the difference between these two tells what a factor is worth. Then writers and readers
as threads of this process: some through ministack, many against a table that answers in 5 ms.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from bench.machine import Machine, verdict
from bench.store.report import document
from bench.store.table import MemoryTable

ROOT = Path(__file__).resolve().parents[2]
for _path in ("lambda_src/layer/python", "scripts", "."):
    sys.path.insert(0, str(ROOT / _path))

from lambda_streaming_store import rows  # noqa: E402
from lambda_streaming_store.batches import ROW, WRITE_UNIT, with_id  # noqa: E402
from lambda_streaming_store.follow import Follower, StreamUnknown  # noqa: E402
from lambda_streaming_store.recorder import Recorder  # noqa: E402
from lambda_streaming_store.table import Table  # noqa: E402

from tests.support.gateway import Client, Gate, Serving  # noqa: E402
from tests.support.ministack import Ministack  # noqa: E402
from tests.support.templates import application, template  # noqa: E402

OUT = ROOT / "bench" / "out" / "store.json"
#: of the interleaved run
REQUESTS, EVENTS, GAP = 400, 30, 0.005
WITHOUT, AGAIN, WITH = "without", "again", "with"
#: of an answer: events a second, for how long
RATE, SECONDS = 60, 10.0
#: writers and as many readers: through ministack, and in memory
THROUGH_MINISTACK, IN_MEMORY = 20, 200
HANDLER = """
import time
from lambda_streaming import stream

@stream
def handler(event, context):
    for n in range({events}):
        yield {{"text": "six-letter word", "n": n}}
        time.sleep({gap})
"""


def percentiles(values: list[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    cuts = quantiles(values, n=100)
    return cuts[49], cuts[94]


def interleaved(ministack: Ministack, folder: Path) -> dict[str, dict[str, tuple[float, float]]]:
    """Return times to the first byte and between events, in ms, twice without a store and with one."""
    (folder / "index.py").write_text(HANDLER.format(events=EVENTS, gap=GAP), "utf-8")
    route: dict[str, Any] = {"handler": "index.handler", "code": str(folder)}
    table = ministack.table()
    kept = {**route, "environment": {"STREAM_STORE_TABLE": table}}
    routes = {f"GET /{name}": kept if name == WITH else dict(route) for name in (WITHOUT, AGAIN, WITH)}
    found: dict[str, dict[str, list[float]]] = {
        name: {"time to the first byte": [], "time between events": []} for name in (WITHOUT, AGAIN, WITH)
    }
    # What came before disturbs each: orders by turns let one function follow itself more often than another.
    order, shuffle = [*found.items()], Random(0).shuffle  # noqa: S311
    with Serving(application(template(routes), folder), environment=ministack.environment) as serving:
        for number in range(REQUESTS + 2):
            shuffle(order)
            for name, times in order:
                first, gaps = _timed(serving, f"/prod/{name}")
                if number > 1:  # all functions have started
                    times["time to the first byte"].append(first)
                    times["time between events"] += gaps
    return {name: {row: percentiles(each) for row, each in times.items()} for name, times in found.items()}


def _timed(serving: Serving, path: str) -> tuple[float, list[float]]:
    with Client(serving.url) as client:
        asked = time.perf_counter()
        response = client.send("GET", path)
        moments = []
        while response.read1(65536):
            moments.append(time.perf_counter())
    gaps = [1000 * (after - before) for before, after in pairwise(moments)]
    return 1000 * (moments[0] - asked), gaps


def behind(store: Any, number: int) -> dict[str, float]:  # noqa: ANN401
    """Return how far readers are behind their writers, and what the writers cost."""
    lags: list[float] = []
    cpu: list[float] = []
    threads, tables = [], []
    for each in range(number):
        partition = rows.partition_key("bench", f"{time.time_ns()}-{each}")
        counted = _Counted(store)
        tables.append(counted)
        threads += [
            threading.Thread(target=_write, args=(counted, partition, cpu)),
            threading.Thread(target=_read, args=(store, partition, lags)),
        ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p50, p95 = percentiles(lags)
    return {
        "behind p50, s": p50,
        "behind p95, s": p95,
        "CPU of append, us/event": 1e6 * sum(cpu) / len(cpu),
        "CPU of the thread that writes, us/event": 1e6 * sum(each.cpu for each in tables) / len(cpu),
        "write units per stream": sum(each.units for each in tables) / number,
    }


class _Counted:
    """A table that counts the write units of one stream, and the CPU of the thread that calls it.

    :param store: the table
    """

    def __init__(self, store: Any) -> None:  # noqa: ANN401
        self._store = store
        self.units = 0
        self.cpu = 0.0

    def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        item: Any = members.get("Item", {})
        size = len(item.get("body_bytes", {}).get("B", "")) * 3 // 4 + ROW
        self.units += -(-size // WRITE_UNIT)
        found: dict[str, Any] = self._store.call(operation, members)
        self.cpu = time.thread_time()  # of a thread that does nothing else
        return found


def _write(store: _Counted, partition: str, cpu: list[float]) -> None:
    log = Recorder(lambda: (store, partition), "bench", max_bytes=1 << 20, ttl=3600, cancel=lambda: None)
    log.begin({"status": 200, "headers": {}})
    began, length = time.monotonic(), 0
    for number in range(int(RATE * SECONDS)):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        event = with_id(b'data: {"t":%20d,"x":"abcdef"}\n\n' % time.monotonic_ns(), length, "0" * 32)
        length += len(event)
        used = time.thread_time()
        log.append(event)
        cpu.append(time.thread_time() - used)
    log.end(rows.ENDED, 30)


def _read(store: Any, partition: str, lags: list[float]) -> None:  # noqa: ANN401
    while True:
        try:
            follower = Follower(store, partition)
            break
        except StreamUnknown:
            time.sleep(0.05)
    left = b""
    for chunk in follower.chunks(0):
        now = time.monotonic_ns()
        *events, left = (left + chunk).split(b"\n\n")
        for event in events:
            lags.append((now - int(event.partition(b'"t":')[2].partition(b",")[0])) / 1e9)


def main() -> int:
    """Print the tables and write them to ``bench/out/store.json``; return 0 whatever the figures."""
    machine = Machine.look()
    with ExitStack() as running:
        ministack = running.enter_context(Ministack())
        folder = Path(running.enter_context(TemporaryDirectory()))
        running.callback(Gate().close)
        times = interleaved(ministack, folder)
        real = behind(Table(ministack.environment, ministack.table(), timeout=10), THROUGH_MINISTACK)
        many = behind(MemoryTable(), IN_MEMORY)
    print(
        f"{'ms':24} {'without':>14} {'with a store':>14} {'factor':>12} {'without again':>14} {'target':>8}"
    )
    for row in times[WITH]:
        without, again, kept = (times[name][row] for name in (WITHOUT, AGAIN, WITH))
        cells = ["/".join(f"{value:.2f}" for value in pair) for pair in (without, kept)]
        factors = [
            "/".join(f"{after / before:.3f}" for before, after in zip(without, pair, strict=True))
            for pair in (kept, again)
        ]
        print(f"{row:24} {cells[0]:>14} {cells[1]:>14} {factors[0]:>12} {factors[1]:>12} {'<= 1.05':>8}")
    print(f"\n{'writers and readers':42} {THROUGH_MINISTACK:>12} {IN_MEMORY:>12}")
    for row in real:
        print(f"{row:42} {real[row]:>12.3f} {many[row]:>12.3f}")
    described = machine.described()
    print(f"\n{verdict(described)}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    lags = {
        f"{THROUGH_MINISTACK} through ministack": real,
        f"{IN_MEMORY} in memory": many,
    }
    OUT.write_text(json.dumps(document(times, lags, described), indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
