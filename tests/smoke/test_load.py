"""Load over real sockets: closed, open, on honest and on collecting servers."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from streaming_api_tools.load.drive import Load, drive, poisson
from streaming_api_tools.smoke.targets import ApiTarget
from streaming_api_tools.smoke.verdicts import Verdict
from tests.smoke.conftest import CommandLine


def test_closed_load_has_as_many_requests_at_once_as_users(origin: str) -> None:
    load = Load(users=4, seconds=5, most_requests=12, gaps=12, gap_ms=(10, 50))
    tally = asyncio.run(drive(ApiTarget(origin), load))
    assert tally.requests == 12
    assert tally.errors == 0
    assert tally.measures["itl_ms"].count == 12 * 12
    assert tally.measures["lag_ms"].count > 0


def test_open_load_comes_whether_or_not_the_answers_do(faults: str) -> None:
    load = Load(rate=200, seconds=0.5, most_requests=100, most_at_once=10, gaps=12, patience=1)
    tally = asyncio.run(drive(ApiTarget(f"{faults}/silent"), load))
    assert tally.verdicts[Verdict.STALLED] == tally.requests == 10
    assert tally.dropped > 10


def test_the_arrivals_of_an_open_load_are_a_poisson_process() -> None:
    load = Load(rate=2000, seconds=5, most_requests=400)

    async def moments() -> list[int]:
        return [due async for due in poisson(load, random.Random(1))]

    dues = asyncio.run(moments())
    gaps = [(later - earlier) / 1e9 for earlier, later in pairwise(dues)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(1 / 2000, rel=0.15)
    # of an exponential distribution the deviation is the mean
    assert deviation == pytest.approx(mean, rel=0.2)


def test_the_command_measures_and_passes(streaming_api: CommandLine, origin: str) -> None:
    options = (
        "--auth",
        "none",
        "--users",
        "3",
        "--max-requests",
        "6",
        "--gaps",
        "12",
        "--gap-ms",
        "20",
        "90",
    )
    done = streaming_api("load", origin, *options, "--json")
    report = json.loads(done.stdout)
    assert report["requests"] == 6
    assert report["errors"] == 0
    assert report["measures"].keys() <= report["definitions"].keys()
    assert done.returncode == report["exit_code"]
    assert done.stderr == "at most 6 requests, begun within 30 s\n"


def test_the_command_fails_on_a_route_that_collects(streaming_api: CommandLine, intermediaries: str) -> None:
    options = (
        "--auth",
        "none",
        "--users",
        "2",
        "--max-requests",
        "2",
        "--gaps",
        "12",
        "--gap-ms",
        "40",
        "90",
    )
    done = streaming_api("load", f"{intermediaries}/buffering", *options)
    assert done.returncode == 1
    assert "2 requests: 2 BUFFERED" in done.stdout


def test_nothing_that_answers_could_not_be_run(streaming_api: CommandLine) -> None:
    done = streaming_api(
        "load", "http://127.0.0.1:1/", "--auth", "none", "--max-requests", "1", "--seconds", "1"
    )
    assert done.returncode == 3
    both = streaming_api("load", "http://127.0.0.1:1/", "--users", "1", "--rate", "1")
    assert (both.returncode, "choose one" in both.stderr) == (2, True)


def test_locust_reads_the_stream_with_the_file_that_was_written(
    streaming_api: CommandLine, origin: str, tmp_path: Path
) -> None:
    path = tmp_path / "locustfile.py"
    done = streaming_api("load", origin, "--auth", "none", "--write-locustfile", str(path))
    assert done.returncode == 0
    locust = os.environ.get("LOCUST") or (importlib.util.find_spec("locust") and f"{sys.prefix}/bin/locust")
    if not locust:
        pytest.skip("locust is not installed; set LOCUST to its command to run the file with it")
    command = [locust, "-f", str(path), "--headless", "--users", "2", "--run-time", "6s", "--json"]
    started = time.monotonic()
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert time.monotonic() - started < 50
    stats = {row["name"]: row for row in json.loads(ran.stdout)}
    assert stats["ttfb"]["max_response_time"] < 1000
    assert stats["answer"]["num_failures"] == 0
