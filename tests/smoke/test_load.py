"""Load over real sockets: closed, open, on honest and on collecting servers."""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from streaming_api_tools.client.moments import Moment
from streaming_api_tools.load.drive import Load, drive, poisson
from streaming_api_tools.load.report import exit_code, invalid
from streaming_api_tools.measure.challenge import Challenge
from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.measure.verdicts import Verdict
from tests.smoke.busy import BusyClient
from tests.smoke.conftest import CommandLine
from tests.smoke.install import locust_folder
from tests.smoke.servers import Handler, honest, serving, sse, streamed
from tests.smoke.test_signing import signature_of
from tests.support.processes import free_port
from tests.support.stretched import UNTOLD, gaps, until_proved, until_told

SHORT_OPTIONS = ("--gaps", "12", "--gap-ms", "40", "90")


def test_load_closed_has_as_many_concurrent_requests_as_users(origin: str) -> None:
    load = Load(users=4, seconds=5, most_requests=12, gaps=12, gap_ms=(10, 50))
    tally = asyncio.run(drive(ApiTarget(origin), load))
    assert tally.requests == 12
    assert tally.errors == 0
    assert tally.measures["itl_ms"].count == 12 * 12
    assert tally.measures["lag_ms"].count > 0


def test_load_open_starts_requests_without_waiting_for_responses(faults: str) -> None:
    load = Load(rate=200, seconds=0.5, most_requests=100, most_at_once=10, gaps=12, gap_ms=(5, 9), patience=1)
    tally = asyncio.run(drive(ApiTarget(f"{faults}/silent"), load))
    # more than ten on a machine that is so busy that the first have ended before the last is due
    assert tally.verdicts[Verdict.STALLED] == tally.requests >= 10
    assert tally.dropped > 10


@dataclass(frozen=True)
class BusyTarget(ApiTarget):
    """A target whose client is busy with something else after every moment."""

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Block the event loop between two moments."""
        async for moment in super().answer(challenge, idle=idle, total=total):
            time.sleep(0.05)
            yield moment


def test_load_busy_client_measures_its_lag_and_is_invalid(
    origin: str,
) -> None:
    load = Load(users=1, seconds=5, most_requests=1, gaps=12, gap_ms=(10, 50))
    lagging = asyncio.run(drive(BusyTarget(origin), load))
    assert "the event loop of this client woke up" in invalid(lagging)[0]
    assert exit_code(lagging, 0.01) == 2


def test_load_busy_client_does_not_blame_the_api(origin: str) -> None:
    load = Load(users=1, seconds=5, most_requests=1, gaps=12, gap_ms=(40, 90))
    busy = asyncio.run(drive(BusyClient(ApiTarget(origin)), load))
    assert busy.verdicts == {Verdict.INCONCLUSIVE: 1}
    assert (busy.errors, busy.collected) == (0, 0)


def test_load_route_that_is_not_a_probe_is_judged_by_its_cadence(
    streaming_api: CommandLine,
) -> None:
    def load(times: int) -> subprocess.CompletedProcess[str]:
        async def story(request: web.Request) -> web.StreamResponse:
            assert await request.json() == {"prompt": "Hello"}
            response = await streamed(request)
            for _ in range(30):
                await asyncio.sleep(0.05 * times)
                await response.write(sse({"text": "Hello"}))
            await response.write(b"data: [DONE]\n\n")
            return response

        with serving(lambda: {"/chat": story}) as api:
            return streaming_api(
                "load",
                f"{api}/chat",
                *("--auth", "none", "--data", '{"prompt": "Hello"}', "--rate", "20", "--max-requests", "2"),
                "--json",
            )

    done = until_proved(load, lambda done: json.loads(done.stdout)["verdicts"] == {"STREAMING": 2})
    report = json.loads(done.stdout)
    assert report["verdicts"] == {"STREAMING": 2}
    assert report["measures"]["itl_ms"]["count"] == 2 * 29
    assert done.returncode == 0 or not report["valid"]
    assert "which a model behind it would charge for" in done.stderr


def test_load_open_arrivals_are_a_poisson_process() -> None:
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


def test_load_command_measures_and_passes(streaming_api: CommandLine, origin: str) -> None:
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


def test_load_command_buffering_route_fails(streaming_api: CommandLine, intermediaries: str) -> None:
    options = ("--auth", "none", "--users", "2", "--max-requests", "2", "--gaps", "12")
    done = until_told(
        lambda times: streaming_api("load", f"{intermediaries}/buffering", *options, *gaps(times, 40, 90)),
        lambda done: done.returncode != 2 and UNTOLD not in done.stdout,
    )
    assert "2 requests: 2 BUFFERED" in done.stdout
    # a client that is busy says so, and leaves it open whose fault that is
    assert done.returncode == (2 if "INVALID: the event loop of this client" in done.stdout else 1)


def test_load_command_without_server_exits_with_3(streaming_api: CommandLine) -> None:
    done = streaming_api(
        "load", "http://127.0.0.1:1/", "--auth", "none", "--max-requests", "1", "--seconds", "1"
    )
    assert done.returncode == 3
    assert re.search(r"^UNREACHABLE: .*Cannot connect to host 127\.0\.0\.1:1 \[", done.stdout, re.MULTILINE)
    assert "collected on the way" not in done.stdout
    assert "next: check the URL" in done.stdout
    both = streaming_api("load", "http://127.0.0.1:1/", "--users", "1", "--rate", "1")
    assert (both.returncode, "choose one" in both.stderr) == (3, True)


def guarding(then: Handler) -> Handler:
    """Return a route that answers only what is signed as API Gateway wants it."""

    async def route(request: web.Request) -> web.StreamResponse:
        signature = request.headers.get("Authorization", "").rpartition("Signature=")[2]
        if signature != signature_of(request, await request.read(), "secret"):
            return web.json_response({"message": "Forbidden"}, status=403)
        return await then(request)

    return route


@pytest.fixture
def locust(environ: dict[str, str]) -> dict[str, str]:
    """Return the environment in which Locust runs, with credentials."""
    keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
    return environ | keys | {"PYTHONPATH": str(locust_folder())}


def swarm(path: Path, env: dict[str, str], run_time: str) -> tuple[subprocess.CompletedProcess[str], bytes]:
    """Run a locustfile on a master and a worker, and return the master's end and what the worker wrote."""
    port = str(free_port())
    command = [sys.executable, "-m", "locust", "-f", str(path), "--headless"]
    run = ["--users", "2", "--spawn-rate", "2", "--run-time", run_time, "--stop-timeout", "3", "--json"]
    master = [*command, *run, "--master", "--expect-workers", "1", "--master-bind-port", port]
    worker = [*command, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    helping = subprocess.Popen(worker, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        ran = subprocess.run(master, env=env, capture_output=True, text=True, timeout=180)
        said, _ = helping.communicate(timeout=60)
    finally:
        helping.kill()
    return ran, said


def test_load_locustfile_runs_on_master_and_worker_and_signs(
    streaming_api: CommandLine, locust: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "locustfile.py"
    with serving(lambda: {"/prod/probe": guarding(honest)}) as api:
        written = streaming_api(
            "load", f"{api}/prod/", *SHORT_OPTIONS, "--write-locustfile", str(path), env=locust
        )
        assert written.returncode == 0, written.stderr
        for run_time in ("3s", "15s", "60s"):  # a busy machine may need 3 s for the first request
            ran, said = swarm(path, locust, run_time)
            stats = {row["name"]: row for row in json.loads(ran.stdout)}
            if stats.get("answer", {}).get("num_requests", 0) > 1:
                break
    assert ran.returncode == 0, (ran.stderr, said)
    assert stats["answer"]["num_requests"] > 1
    assert stats["answer"]["num_failures"] == 0
    assert stats["ttfb"]["num_requests"] == stats["end"]["num_requests"] == stats["answer"]["num_requests"]
    assert stats["ttfb"]["min_response_time"] < 0.5 * stats["end"]["min_response_time"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gap-ms", "450", "50"], "450 is not less than 50"),
        (["--gap-ms", "-5", "50"], "-5 is not in the range"),
    ],
)
def test_load_command_usage_error_is_one_line_and_exits_with_3(
    streaming_api: CommandLine, arguments: list[str], message: str
) -> None:
    done = streaming_api("load", "http://127.0.0.1:1/", "--auth", "none", *arguments)
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert message in line


def test_load_command_recording_is_refused(streaming_api: CommandLine, tmp_path: Path) -> None:
    kept = tmp_path / "exchanges.json"
    challenge = {"gaps_ms": [5] * 12, "pad": 0, "first_ms": 0, "extra": {}}
    exchanges = [{"challenge": challenge, "moments": []}]
    kept.write_text(json.dumps({"recording_version": 1, "exchanges": exchanges}))
    done = streaming_api("load", str(kept))
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
