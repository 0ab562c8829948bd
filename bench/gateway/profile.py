"""Print what a chunk costs the gateway by function: calls, which no load changes, and shares of its CPU time.

One chunk at a time is on its way, through one stream after the other. The table is of the profiler, which
makes small functions look dearer than they are; the bench itself has the real figures.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import signal
import sys
import tempfile
import time
from pathlib import Path

from . import servers
from .load import EVENT, PATIENCE, Functions, Reader, Writable, ask, chunk

#: Chunks before the profiler begins: those that begin a response have another way.
WARM = 5
FILE = "PROFILE_FILE"


def main() -> int:
    """Run the gateway under the profiler, and print the table."""
    parser = argparse.ArgumentParser(prog="bench.gateway.profile", description=__doc__)
    parser.add_argument("--streams", type=int, default=20, help="that take turns (default: 20)")
    parser.add_argument("--chunks", type=int, default=200, help="of each stream (default: 200)")
    parser.add_argument("--rows", type=int, default=30, help="of the table (default: 30)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "profile"
        os.environ[FILE] = str(file)
        command = (sys.executable, "-m", "bench.gateway.profile", "local")
        with servers.gateway(Path(folder), command=command) as gateway:
            asyncio.run(_streams(gateway, file, arguments.streams, arguments.chunks))
        print(table(pstats.Stats(str(file)), arguments.streams * arguments.chunks, arguments.rows))
    return 0


async def _streams(gateway: servers.Server, file: Path, streams: int, chunks: int) -> None:
    assert gateway.rendezvous is not None
    functions = Functions(gateway.rendezvous)
    ends: list[tuple[Writable, Reader, list[int]]] = []
    for _ in range(streams):
        delays: list[int] = []
        reader = await ask(gateway.address, delays)
        ends.append((await functions.invoked(), reader, delays))
    for number in range(WARM + chunks):
        if number == WARM:
            gateway.send_signal(signal.SIGUSR1)
        for writable, _, delays in ends:
            writable.send(chunk(EVENT % time.monotonic_ns()))
            while len(delays) <= number:
                await asyncio.sleep(0)
    gateway.send_signal(signal.SIGUSR2)
    while not file.exists():
        await asyncio.sleep(0.05)
    for writable, reader, _ in ends:
        writable.send(b"0\r\n\r\n")
        await asyncio.wait_for(reader.ended, PATIENCE)
        reader.transport.close()
    functions.close()


def table(stats: pstats.Stats, chunks: int, rows: int) -> str:
    """Return the functions that cost most, and all together."""
    found = stats.stats  # type: ignore[attr-defined]
    total = sum(own for _, _, own, _, _ in found.values())
    calls = sum(number for _, number, _, _, _ in found.values())
    lines = [f"calls/chunk {calls / chunks:.1f}"]
    dearest = sorted(found.items(), key=lambda item: -item[1][2])
    for (path, _, name), (_, number, own, _, _) in dearest[:rows]:
        place = name if path == "~" else f"{'/'.join(Path(path).parts[-2:])}: {name}"
        lines.append(f"{number / chunks:7.2f} calls/chunk {100 * own / total:5.1f} %  {place}")
    return "\n".join(lines)


def profiled() -> None:
    """Run ``streaming-api local``, under the profiler from one signal to the other."""
    from streaming_api_tools.__main__ import main as streaming_api

    # of the thread, so that waiting costs nothing
    profiler = cProfile.Profile(time.thread_time)
    file = Path(os.environ[FILE])

    def dump(*_: object) -> None:
        profiler.disable()
        profiler.dump_stats(file.with_suffix(".part"))
        file.with_suffix(".part").rename(file)

    signal.signal(signal.SIGUSR1, lambda *_: profiler.enable())
    signal.signal(signal.SIGUSR2, dump)
    streaming_api()


if __name__ == "__main__":
    if sys.argv[1:2] == ["local"]:
        profiled()
    sys.exit(main())
