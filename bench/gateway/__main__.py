"""Runs the benchmark, prints its table and writes it to ``bench/out/gateway.json``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from bench.runtime.install import ROOT

from . import servers
from .load import Functions, echo_streams, gateway_requests, gateway_streams
from .report import ECHO, GATEWAY, Memory, Sample, rows, table, targets

OUT = ROOT / "bench" / "out" / "gateway.json"
WARM_REQUESTS = 1000
AT_ONCE = 20


def main() -> int:
    """Return 0 when everything was measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--streams", type=int, default=200, help="at the same time (default: 200)")
    parser.add_argument("--interval", type=float, default=40, help="ms between tokens (default: 40)")
    parser.add_argument("--seconds", type=float, default=5, help="of each stream (default: 5)")
    parser.add_argument("--requests", type=int, default=10_000, help="for the memory (default: 10000)")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with ExitStack() as running:
        scratch = Path(running.enter_context(tempfile.TemporaryDirectory()))
        echo = running.enter_context(servers.echo())
        gateway = running.enter_context(servers.gateway(scratch))
        samples, memory = asyncio.run(measure(echo, gateway, arguments))
    found = rows(samples, arguments.streams, memory), targets(samples, arguments.streams, memory)
    machine = {
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "load": round(load, 2),
        "python": platform.python_version(),
        "tokens a second and stream": 1000 / arguments.interval,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(
        json.dumps({"machine": machine, "rows": found[0], "targets": found[1]}, indent=1) + "\n", "utf-8"
    )
    print(table(*found))
    print(f"\nwritten to {OUT.relative_to(ROOT)}")
    return 0


async def measure(
    echo: servers.Server, gateway: servers.Server, arguments: argparse.Namespace
) -> tuple[dict[str, list[Sample]], Memory]:
    """Measure the servers in turns, and then the memory of the gateway."""
    assert gateway.rendezvous is not None
    streams, interval = arguments.streams, arguments.interval / 1000
    count = int(arguments.seconds / interval)
    functions = Functions(gateway.rendezvous)
    runs: dict[str, Callable[[], Awaitable[list[int]]]] = {
        ECHO: lambda: echo_streams(echo.address, streams, count, interval),
        GATEWAY: lambda: gateway_streams(gateway.address, functions, streams, count, interval),
    }
    under_test = {ECHO: echo, GATEWAY: gateway}
    samples: dict[str, list[Sample]] = {name: [] for name in runs}
    # every function is started before anything is counted
    await gateway_streams(gateway.address, functions, streams, 1, interval)
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for name in list(runs)[:: 1 if number % 2 else -1]:
            server, began = under_test[name], time.monotonic()
            cpu = server.cpu()
            delays = await runs[name]()
            samples[name].append(Sample(delays, server.cpu() - cpu, time.monotonic() - began))
    print(f"{arguments.requests} requests", file=sys.stderr)
    await gateway_requests(gateway.address, functions, WARM_REQUESTS, AT_ONCE)
    before = gateway.resident()
    await gateway_requests(gateway.address, functions, arguments.requests, AT_ONCE)
    memory = Memory(arguments.requests, before, gateway.resident())
    functions.close()
    return samples, memory


if __name__ == "__main__":
    sys.exit(main())
