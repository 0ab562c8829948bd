"""Finds how many events a second ``streaming-api load`` can read before it marks itself invalid."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import Any

from bench.machine import Machine
from bench.results import ROOT, Row, save, target, target_lines

from .server import EventServer

STREAMS = 50
#: Events a second of the first step, and how many times as many each following one has.
FIRST, FACTOR, MOST = 2_000, 1.3, 200_000


def main() -> int:
    """Return 0 when everything was measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each step (default: 5)")
    parser.add_argument("--first", type=float, default=FIRST, help=f"events a second (default: {FIRST})")
    arguments = parser.parse_args()
    machine = Machine.look()
    rows = asyncio.run(steps(arguments.first, arguments.seconds))
    targets = ceiling(rows)
    for row in rows:
        print(
            "  ".join(f"{name} {value}" if name != "name" else f"{value:<24}" for name, value in row.items())
        )
    print("\n".join(["", *target_lines(targets)]))
    save("load", machine, rows, targets, streams=STREAMS)
    return 0


async def steps(first: float, seconds: float) -> list[Row]:
    """Raise the events a second until the load generator says, twice, that it is the bottleneck."""
    rows: list[Row] = []
    rate = first
    while rate < MOST:
        print(f"{rate:,.0f} events a second", file=sys.stderr)
        rows.append(await _step(rate, seconds))
        if rows[-1]["valid"] == "no":
            # once may be the machine
            rows[-1] = await _step(rate, seconds)
        if rows[-1]["valid"] == "no":
            break
        rate *= FACTOR
    return rows


async def _step(rate: float, seconds: float) -> Row:
    server = EventServer(STREAMS, rate, seconds)
    async with server.serve():
        report = await _load(server.port, seconds)
    return row(rate, server.rate, report)


def row(asked: float, sent: float, report: dict[str, Any]) -> Row:
    """Return the row of a step."""
    measures = report["measures"]
    lag = measures["lag_ms"]
    return {
        "name": f"{asked:,.0f} events a second",
        "sent": round(sent),
        "read": measures["itl_ms"]["count"] + measures["ttft_ms"]["count"],
        "its loop late, p99 ms": round(lag.get("p99", lag.get("p95", lag["max"])), 1),
        "valid": "yes" if report["valid"] else "no",
    }


def ceiling(rows: list[Row]) -> list[Row]:
    """Return the most events a second of a valid run, and those of the first that was not."""
    valid = [int(str(each["sent"])) for each in rows if each["valid"] == "yes"]
    invalid = [int(str(each["sent"])) for each in rows if each["valid"] == "no"]
    found = [
        target("events a second that streaming-api load reads, and is valid", max(valid, default=0), None, 0)
    ]
    if invalid:
        found.append(target("events a second at which it marks itself invalid", invalid[0], None, 0))
    return found


async def _load(port: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "streaming_api_tools", "load", f"http://127.0.0.1:{port}/"]
    options = f"--users {STREAMS} --max-requests {STREAMS} --seconds {seconds} --auth none --data x --json"
    process = await asyncio.create_subprocess_exec(
        *command,
        *options.split(),
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if not out:
        raise RuntimeError(f"streaming-api load failed:\n{errors.decode()}")
    report: dict[str, Any] = json.loads(out)
    return report


if __name__ == "__main__":
    sys.exit(main())
