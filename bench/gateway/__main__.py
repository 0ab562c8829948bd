"""Runs the benchmark, prints its table and writes it to ``bench/out/gateway.json``."""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from bench.machine import Machine
from bench.results import save

from . import servers, starts
from .load import Functions, echo_streams, gateway_requests, gateway_streams
from .report import ECHO, GATEWAY, Measured, Memory, Sample, rows, table, targets
from .upstream import Carried, Upstream, carried

WARM_REQUESTS = 1000
AT_ONCE = 20
#: Streams through an HTTP integration, their chunks, and the seconds between them.
THROUGH_HTTP, TRICKLE, TRICKLE_SECONDS = 1000, 10, 1.0
#: The bench has both ends of each stream: so many descriptors.
DESCRIPTORS = 4096


def main() -> int:
    """Return 0 when everything was measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--streams", type=int, default=200, help="at the same time (default: 200)")
    parser.add_argument("--interval", type=float, default=40, help="ms between tokens (default: 40)")
    parser.add_argument("--seconds", type=float, default=5, help="of each stream (default: 5)")
    parser.add_argument("--requests", type=int, default=10_000, help="for the memory (default: 10000)")
    arguments = parser.parse_args()
    descriptors = allow_descriptors()
    machine = Machine.look()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        begun = started(scratch, arguments.rounds)
        idle = idle_connections(scratch)
        through_http = asyncio.run(http_streams(scratch))
        with ExitStack() as running:
            echo = running.enter_context(servers.echo())
            gateway = running.enter_context(servers.gateway(scratch))
            samples, memory = asyncio.run(measure(echo, gateway, arguments))
    measured = Measured(samples, arguments.streams, memory, through_http, begun, idle)
    found = rows(measured), targets(measured)
    print(table(*found))
    each = 1000 / arguments.interval
    save("gateway", machine, *found, **{"tokens a second and stream": each, "descriptors": descriptors})
    return 0


def allow_descriptors() -> int:
    """Raise the soft limit of open files where it is too low, say so, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= DESCRIPTORS:
        return soft
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    print(f"open files: raised from {soft} to {most}", file=sys.stderr)
    return most


def started(scratch: Path, rounds: int) -> dict[str, list[float]]:
    """Return the seconds to the first answer of each server, and to that after a reload, round by round."""
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        print(f"starts, round {number + 1} of {rounds}", file=sys.stderr)
        for name, seconds in (
            ("start of Python alone", starts.bare_python()),
            (f"start to the first answer: {ECHO}", starts.bare_aiohttp()),
            (f"start to the first answer: {GATEWAY}", starts.gateway(scratch)),
            (f"reload by --watch: {GATEWAY}", starts.reload(scratch)),
        ):
            found.setdefault(name, []).append(seconds)
    return found


def idle_connections(scratch: Path) -> dict[str, float]:
    """Return the KB of an idle connection of each server."""
    with servers.echo() as echo, servers.mock(scratch) as gateway:
        return {
            ECHO: starts.idle_connection(echo, "/"),
            GATEWAY: starts.idle_connection(gateway, starts.PATH),
        }


async def http_streams(scratch: Path) -> Carried:
    """Run many streams through an HTTP integration."""
    print(f"{THROUGH_HTTP} streams through an HTTP integration", file=sys.stderr)
    async with Upstream().serve() as upstream:
        with servers.gateway_before(upstream.address, scratch) as gateway:
            return await carried(gateway.address, upstream, THROUGH_HTTP, TRICKLE, TRICKLE_SECONDS)


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
