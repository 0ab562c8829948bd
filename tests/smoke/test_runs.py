"""Runs over real sockets: an honest server, real proxies in front of it, and scripted faults."""

from __future__ import annotations

import asyncio
import random
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiohttp import web

from streaming_api_tools.client.http_post import post
from streaming_api_tools.client.moments import End, Ending, Head, Part, Request, Sent
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.challenge import Challenge, draw
from streaming_api_tools.measure.classify import RunFinding, classify
from streaming_api_tools.measure.lag import ObservedTarget
from streaming_api_tools.measure.runs import Plan, make_runs, record
from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.measure.verdicts import Verdict
from tests.smoke.busy import BusyClient
from tests.smoke.servers import Handler, answering, honest, serving
from tests.support.stretched import until_told

BRIEF = Challenge((5,) * 12)


def challenge(url: str, schedule: Challenge, patience: float = 20) -> RunFinding:
    recording = asyncio.run(record(ObservedTarget(ApiTarget(url)), schedule, patience))
    return classify(recording, schedule, CadenceLimits())


def stretched(url: str) -> RunFinding:
    """Challenge a route, again while a busy machine leaves it open how the events came."""
    return until_told(
        lambda times: challenge(url, draw(random.Random(7), 12, (40 * times, 200 * times))),
        lambda finding: finding.verdict is not Verdict.INCONCLUSIVE,
    )


def test_smoke_run_honest_server_streams_and_buffering_proxy_does_not(
    origin: str, intermediaries: str
) -> None:
    expected = {
        origin: "STREAMING",
        f"{intermediaries}/buffering": "BUFFERED",
        f"{intermediaries}/batching-500": "BATCHED",
    }
    # side by side, since they mostly wait
    with ThreadPoolExecutor() as pool:
        findings = pool.map(stretched, expected)
    assert {url: finding.verdict.value for url, finding in zip(expected, findings, strict=True)} == expected


def test_smoke_run_batching_every_250_ms_is_found(intermediaries: str) -> None:
    finding = stretched(f"{intermediaries}/batching-250")
    assert finding.verdict.value == "BATCHED"
    # a period that is late on a busy machine is longer, by what this process slept at most
    assert 120 <= finding.metrics["hold_max_ms"] <= 400 + finding.metrics["lag_max_ms"]


@pytest.mark.parametrize(
    ("route", "verdict", "evidence"),
    [
        ("forbidden", "AUTH", "status 403: Missing Authentication Token"),
        ("throttled", "THROTTLED", "status 429: Too Many Requests"),
        ("broken", "SERVER_ERROR", "status 500: Internal server error"),
        ("nowhere", "UNREACHABLE", "status 404"),
        ("redirect", "BAD_FRAME", "status 302"),
        ("json", "BAD_FRAME", "content-type is application/json"),
        ("compressed", "BAD_FRAME", "compressed (gzip)"),
        ("ended", "TRUNCATED", "after 3 of 13 events, without a terminal event"),
        ("cut", "TRUNCATED", "the connection was cut after 3 of 13 events"),
        ("failed", "SERVER_ERROR", "the stream ended in an error event: the model is busy"),
        ("endless", "BAD_FRAME", "the answer does not end: more than"),
    ],
)
def test_smoke_run_server_fault_has_its_verdict(faults: str, route: str, verdict: str, evidence: str) -> None:
    finding = challenge(f"{faults}/{route}", BRIEF)
    assert finding.verdict.value == verdict
    assert evidence in finding.evidence[0]


@pytest.mark.parametrize(
    ("route", "evidence"),
    [
        ("hang", "the answer stopped after 3 of 13 events"),
        ("silent", "the answer stopped after 0 of 13 events"),
    ],
)
def test_smoke_run_silent_server_is_stalled(faults: str, route: str, evidence: str) -> None:
    finding = challenge(f"{faults}/{route}", BRIEF, patience=0.3)
    assert finding.verdict.value == "STALLED"
    assert evidence in finding.evidence[0]


def test_smoke_run_closed_port_is_unreachable() -> None:
    with socket.socket() as taken:
        # bound but not listening: the connection is refused, and nothing else can take the port
        taken.bind(("127.0.0.1", 0))
        finding = challenge(f"http://127.0.0.1:{taken.getsockname()[1]}/probe", BRIEF)
    assert finding.verdict.value == "UNREACHABLE"


def test_smoke_run_server_that_never_answers_is_stalled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        finding = challenge(f"http://127.0.0.1:{deaf.getsockname()[1]}/probe", BRIEF, patience=0.3)
    assert finding.verdict.value == "STALLED"
    assert "no answer came" in finding.evidence[0]


def test_http_post_each_read_is_seen_before_the_server_writes_the_next() -> None:
    """The server waits for the client to have seen a part: a transport that collects would wait for ever."""
    seen = asyncio.Event()

    async def gated(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(20):
            await response.write(b"%d" % number)
            await seen.wait()
            seen.clear()
        return response

    async def exchange() -> list[bytes]:
        app = web.Application()
        app.router.add_post("/", gated)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        parts, order = [], []
        try:
            async for moment in post(Request(f"http://127.0.0.1:{runner.addresses[0][1]}/", b""), idle=10):
                order.append(type(moment))
                if isinstance(moment, Part):
                    parts.append(moment.data)
                    seen.set()
        finally:
            await runner.cleanup()
        assert order == [Sent, Head, *[Part] * 20, End]
        return parts

    assert asyncio.run(exchange()) == [b"%d" % number for number in range(20)]


async def ending(url: str, total: float) -> Ending:
    async for moment in post(Request(url, b"{}"), idle=10, total=total):
        if isinstance(moment, End):
            return moment.how
    raise AssertionError("an exchange has an end")


def test_http_post_endless_response_is_overdue_after_total_timeout() -> None:
    async def ticking(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b": tick\n")
            await asyncio.sleep(0.01)

    with serving(lambda: {"/": ticking}) as url:
        assert asyncio.run(ending(f"{url}/", total=0.3)) is Ending.OVERDUE


def flaky(failures: int, then: Handler) -> dict[str, Handler]:
    left = iter(range(failures))
    refuse = answering(403, b'{"message":"Forbidden"}')

    async def route(request: web.Request) -> web.StreamResponse:
        return await (refuse if next(left, None) is not None else then)(request)

    return {"/probe": route}


def run_all(url: str, wait: float) -> tuple[list[str], list[str]]:
    plan = Plan(runs=2, seed=1, gaps=12, gap_range_ms=(5, 40), limits=CadenceLimits())
    waited: list[str] = []
    runs = make_runs(
        ApiTarget(url), plan, wait, lambda finding, _: waited.append(finding.verdict.value), 0.05
    )
    return [finding.verdict.value for _, finding in runs], waited


def test_smoke_wait_settling_deployment_is_waited_for() -> None:
    with serving(lambda: flaky(2, honest)) as url:
        verdicts, waited = run_all(f"{url}/probe", wait=30)
    assert waited == ["AUTH", "AUTH"]
    assert len(verdicts) == 2
    assert "AUTH" not in verdicts


def test_smoke_wait_zero_ends_with_the_first_refusal() -> None:
    with serving(lambda: flaky(1, honest)) as url:
        assert run_all(f"{url}/probe", wait=0) == (["AUTH"], [])


def test_smoke_plan_same_seed_draws_the_same_challenges() -> None:
    plan = Plan(runs=3, seed=5, gaps=16, gap_range_ms=(50, 450), limits=CadenceLimits())
    schedules = list(plan.challenges())
    assert schedules == list(plan.challenges())
    assert len({schedule.gaps_ms for schedule in schedules}) == 3
    assert all(50 <= gap <= 450 for schedule in schedules for gap in schedule.gaps_ms)


def test_http_post_uses_environment_proxy_and_ignores_netrc(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.invalid login somebody password secret")
    asked: list[tuple[str, str]] = []

    async def proxy(request: web.Request) -> web.StreamResponse:
        asked.append((request.raw_path, request.headers["Authorization"]))
        return web.Response()

    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(lambda: {"/{any:.*}": proxy}) as url:
        monkeypatch.setenv("http_proxy", url)
        target = ApiTarget("http://api.invalid/prod/probe", {"Authorization": "AWS4-HMAC-SHA256 x"}, None)
        asyncio.run(record(target, BRIEF))
    assert asked == [("http://api.invalid/prod/probe", "AWS4-HMAC-SHA256 x")]


def test_smoke_run_busy_client_is_inconclusive(origin: str) -> None:
    busy, plan = BusyClient(ApiTarget(origin)), Plan(1, 0, 12, (40, 200), CadenceLimits())

    def found(times: int) -> tuple[RunFinding, RunFinding]:
        (_, blamed), *_ = make_runs(busy, plan, 0.0, lambda finding, left: None)
        (_, finding), *_ = make_runs(ObservedTarget(busy), plan, 0.0, lambda finding, left: None)
        return blamed, finding

    # where the function was busy as well, nothing is told of the client
    blamed, finding = until_told(found, lambda each: "this client did nothing" in each[1].evidence[0])
    assert blamed.verdict.value in ("BATCHED", "STALLED", "BUFFERED", "INCONCLUSIVE")
    assert finding.verdict.value == "INCONCLUSIVE"
    (lag,) = re.findall(r"this client did nothing for (\d+) ms", finding.evidence[0])
    assert int(lag) >= 900


def test_smoke_run_briefly_busy_client_still_sees_buffering(intermediaries: str) -> None:
    finding = stretched(f"{intermediaries}/buffering")
    assert finding.verdict.value == "BUFFERED"


def test_smoke_run_too_short_challenge_is_inconclusive(origin: str) -> None:
    # a busy machine stretches the gaps, so that they may be long enough after all, or irregular
    findings = [challenge(origin, draw(random.Random(7), 12, (0, 5)))]
    while "ask for longer gaps" not in findings[-1].evidence[0] and len(findings) < 20:
        findings.append(challenge(origin, draw(random.Random(7), 12, (0, 5))))
    assert "ask for longer gaps" in findings[-1].evidence[0]
    assert findings[-1].verdict.value == "INCONCLUSIVE"
