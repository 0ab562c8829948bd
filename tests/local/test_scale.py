"""Hold the prediction of refused requests against the gateway, under ``streaming-api load``.

The load test's own seed gives its requests, so that it is compared with a simulation of these very requests
as well as with the expected value. Both tolerances are computed, from the sampling error and from the delays
that the machine had: no quiet machine is needed.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from streaming_api_tools.local.http.limits import Limits
from streaming_api_tools.measure.challenge import draw
from streaming_api_tools.scale.erlang import refused_share
from streaming_api_tools.scale.simulate import Capacity, Refill, simulate
from streaming_api_tools.scale.traffic import Arrival
from tests.local.conftest import Serve
from tests.local.serving import ROOT, Client, Serving
from tests.support.command_line import SCRIPT

LOG = (
    '{"at":"$context.requestTimeEpoch","ms":"$context.responseLatency",'
    '"status":"$context.status","lambda":"$context.integrationStatus"}'
)
GAPS = 12
PLACES = 4
THROTTLE = Refill(5, 5)
#: What the tester calls an answer of a throttle, and one of a function without a place.
REFUSALS = ("THROTTLED", "SERVER_ERROR")
#: Load tests that are simulated for an expected value and a sampling error.
REPEATED = 300


@dataclass(frozen=True)
class Traffic:
    """Open load of the probe.

    :param rate: requests a second
    :param number: of requests
    :param gap_ms: range of the gaps of a stream
    """

    rate: float
    number: int
    gap_ms: tuple[int, int]

    @property
    def seconds(self) -> float:
        """The mean length of a stream."""
        return GAPS * sum(self.gap_ms) / 2000

    def requests(self, seed: int) -> list[Arrival]:
        """Return the requests that ``streaming-api load`` sends with a seed."""
        dice = random.Random(seed)
        at, found = 0.0, []
        for _ in range(self.number):
            at += dice.expovariate(self.rate)
            found.append(Arrival(at, draw(dice, GAPS, self.gap_ms).seconds))
        return found


@dataclass(frozen=True)
class Measured:
    """The result of a load test.

    :param seed: of its requests
    :param share: of requests that were refused
    :param delay: seconds that a stream ran longer than its schedule, on average
    :param late: seconds that requests were sent later than they were due, in the worst cases
    """

    seed: int
    share: float
    delay: float
    late: float


def longer(requests: Sequence[Arrival], delay: float) -> list[Arrival]:
    """Return requests whose streams run longer by a delay."""
    return [Arrival(each.at, each.seconds + delay) for each in requests]


def disturbed(requests: Sequence[Arrival], measured: Measured, dice: random.Random) -> list[Arrival]:
    """Return requests that come late and run longer, by random delays as large as the measured ones."""

    def delay(mean: float) -> float:
        return dice.expovariate(1 / max(mean, 0.001))

    moved = [
        Arrival(each.at + delay(max(measured.late, measured.delay)), each.seconds + delay(measured.delay))
        for each in requests
    ]
    return sorted(moved, key=lambda each: each.at)


def warm_up(serving: Serving) -> None:
    """Start as many environments as there are places, so that no stream of the load test starts one."""

    def stream(_: int) -> None:
        with Client(serving.url) as client:
            client.send("POST", "/prod/probe", '{"gaps_ms": [3000]}').read()

    with ThreadPoolExecutor(PLACES) as threads:
        list(threads.map(stream, range(PLACES)))
    serving.wait_for_reports(PLACES)
    serving.wait_for_access(PLACES)
    serving.access_log.clear()


def load(serving: Serving, traffic: Traffic) -> Measured:
    """Put the probe under open load, and read from the access log what became of the requests."""
    options = f"--rate {traffic.rate} --seconds 900 --max-requests {traffic.number} --max-errors 1"
    gaps = f"--gaps {GAPS} --gap-ms {traffic.gap_ms[0]} {traffic.gap_ms[1]}"
    done = subprocess.run(
        [SCRIPT, "load", f"{serving.url}/prod/probe", *f"{options} {gaps} --auth none --json".split()],
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    serving.wait_for_access(traffic.number)
    records = sorted(map(json.loads, serving.access_log), key=lambda each: int(each["at"]))
    refused = [each for each in records if "429" in (each["status"], each["lambda"])]
    scheduled = traffic.requests(report["load"]["seed"])
    delays = [
        int(each["ms"]) / 1000 - request.seconds
        for each, request in zip(records, scheduled, strict=True)
        if each["status"] == "200"
    ]
    assert len(refused) + len(delays) == traffic.number
    assert report["requests"] == traffic.number
    # a busy machine may stall a stream, which is an error and no refusal
    assert sum(report["verdicts"].get(verdict, 0) for verdict in REFUSALS) == len(refused)
    delay = max(0.0, statistics.mean(delays))
    late = report["measures"]["late_ms"]["p95"] / 1000
    return Measured(report["load"]["seed"], len(refused) / traffic.number, delay, late)


def check(measured: Measured, traffic: Traffic, capacity: Capacity) -> float:
    """Hold a load test against the simulation, and return the sampling error of one load test.

    4 standard errors are exceeded by one right load test in 15,000.
    """

    def share(requests: Sequence[Arrival]) -> float:
        return simulate(requests, capacity).refused_share

    expected = [share(longer(traffic.requests(seed), measured.delay)) for seed in range(REPEATED)]
    error = statistics.stdev(expected)
    assert measured.share == pytest.approx(statistics.mean(expected), abs=4 * error)

    sent = traffic.requests(measured.seed)
    dice = random.Random(1)
    of_these = [share(disturbed(sent, measured, dice)) for _ in range(REPEATED)]
    # and two requests, of which a share of so few is made
    tolerance = 4 * statistics.stdev(of_these) + 2 / traffic.number
    assert measured.share == pytest.approx(statistics.mean(of_these), abs=tolerance)
    return error


def probe(serve: Serve, limits: Limits | None = None, **more: object) -> Serving:
    """Serve the probe.

    :param more: ``stage`` and ``function``: further properties of both
    """
    function, stage = more.get("function", {}), more.get("stage", {})
    assert isinstance(stage, dict)
    code = str(ROOT / "lambda_src")
    route = {"handler": "probe.handler.handler", "code": code, "function": function}
    return serve({"POST /probe": route}, stage={"AccessLogSetting": {"Format": LOG}, **stage}, limits=limits)


@pytest.mark.parametrize("number", [48, pytest.param(480, marks=pytest.mark.slow)])
def test_scale_share_of_429_of_reserved_concurrency_is_as_predicted(serve: Serve, number: int) -> None:
    # 1.44 s on average, which is long against the delays of a gateway
    traffic = Traffic(rate=4.0, number=number, gap_ms=(80, 160))
    serving = probe(serve, function={"ReservedConcurrentExecutions": PLACES})
    warm_up(serving)
    measured = load(serving, traffic)
    error = check(measured, traffic, Capacity(concurrency=PLACES))
    closed = refused_share(traffic.rate * (traffic.seconds + measured.delay), PLACES)
    # the first requests find every place free, which the closed form does not know
    assert measured.share == pytest.approx(closed, abs=4 * error + PLACES / number)


@pytest.mark.slow
def test_scale_share_of_429_of_the_account_is_as_predicted(serve: Serve) -> None:
    traffic = Traffic(rate=4.0, number=240, gap_ms=(80, 160))
    serving = probe(serve, Limits(concurrency=PLACES))
    warm_up(serving)
    check(load(serving, traffic), traffic, Capacity(concurrency=PLACES))


def test_scale_share_of_429_of_a_throttle_is_as_predicted(serve: Serve) -> None:
    setting = {"HttpMethod": "*", "ResourcePath": "/*"}
    limit = {"ThrottlingRateLimit": THROTTLE.rate, "ThrottlingBurstLimit": THROTTLE.burst}
    traffic = Traffic(rate=12.0, number=90, gap_ms=(5, 15))
    serving = probe(serve, stage={"MethodSettings": [{**setting, **limit}]})
    check(load(serving, traffic), traffic, Capacity(stage=THROTTLE))
