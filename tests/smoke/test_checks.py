"""The checks of the catalogue both ways, over real sockets."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_api_tools.aws import Account
from streaming_api_tools.checks import stream
from streaming_api_tools.checks.bandwidth import find_knee
from streaming_api_tools.checks.catalogue import CHECKS, bounds
from streaming_api_tools.checks.context import CheckContext
from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.subject import Subject
from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.measure.verdicts import Verdict
from tests.smoke.busy import BusyClient
from tests.smoke.check_contexts import SMALL, check, context_of
from tests.smoke.conftest import CommandLine
from tests.smoke.servers import probe_events, serving, sse, streamed
from tests.support.stretched import until_told


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("duration", "arrived within"),
        ("idle", "silences of 0.2 s, 0.3 s were carried"),
        ("size", "MB arrived complete"),
        ("utf8", "cut within a character"),
        ("errors", "mistakes have their status"),
        (
            "cors",
            "may read all of: the preflight 204, an answer 200, a 400 400",
        ),
        (
            "formats",
            "sse: 1 piece, ndjson: 1 piece, text: 3 characters; the API has no route for openai",
        ),
    ],
)
def test_smoke_checks_correct_api_passes(api: str, name: str, seen: str) -> None:
    def made(times: int) -> CheckResult:
        sizes = replace(SMALL, duration_s=times * SMALL.duration_s)
        return check(name, context_of(api, sizes=sizes))

    case = until_told(made, lambda case: name != "duration" or case.outcome != "error")
    assert case.outcome == "passed", case.message
    assert seen in case.message


async def always_ok(request: web.Request) -> web.StreamResponse:
    """Answer everything with a complete stream, whatever was asked for, and without CORS."""
    response = await streamed(request)
    for number in range(3):
        await response.write(sse({"i": number, "s": number, "u": "?", "x": "no"}))
    await response.write(sse({"events": 3}, "done"))
    return response


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("size", "terminal event came after 3 of"),
        ("utf8", "the terminal event came after 3 of 4"),
        ("errors", "no JSON has status 200 instead of 400"),
        ("cors", "the preflight: access-control-allow-origin is missing (status 200)"),
        ("formats", "text: content-type is text/event-stream, not text/plain"),
    ],
)
def test_smoke_checks_wrong_api_fails_with_the_observation(name: str, seen: str) -> None:
    with serving(lambda: {"/{any:.*}": always_ok}) as url:
        case = check(name, context_of(url))
    assert case.outcome == "failure"
    assert seen in case.message


def test_smoke_checks_duration_and_idle_fail_on_early_end() -> None:
    async def short(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        with_deadline = asyncio.get_running_loop().time() + 0.15
        async for part in probe_events(request):
            if asyncio.get_running_loop().time() > with_deadline:
                assert request.transport
                request.transport.abort()
                return response
            await response.write(part)
        return response

    with serving(lambda: {"/{any:.*}": short}) as url:
        on = context_of(url)
        for name in ("duration", "idle"):
            case = check(name, on)
            assert case.outcome == "failure"
            assert "the connection was cut" in case.message


@pytest.mark.parametrize(("told_nothing", "outcome"), [(2, "passed"), (3, "error")])
def test_smoke_checks_duration_that_cannot_be_judged_is_made_again_and_no_failure(
    api: str, monkeypatch: pytest.MonkeyPatch, told_nothing: int, outcome: str
) -> None:
    verdicts = iter([Verdict.INCONCLUSIVE] * told_nothing + [Verdict.STREAMING])

    def judged(*_: object) -> RunFinding:
        return RunFinding(next(verdicts), ("so it is",))

    monkeypatch.setattr(stream, "classify", judged)
    assert check("duration", context_of(api)).outcome == outcome


def test_smoke_checks_duration_does_not_blame_the_api_for_a_busy_client(api: str) -> None:
    on = context_of(api)
    case = check("duration", replace(on, subject=replace(on.subject, target=BusyClient(on.subject.target))))
    assert case.outcome == "error", case.message


def test_smoke_checks_model_requests_stay_within_the_bound(api: str) -> None:
    assert check("formats", context_of(api), most_model_requests=1).outcome == "skipped"
    assert "ask a model 0 times" in bounds(list(CHECKS), 0)
    assert "ask a model 9 times, for at most 64 tokens each" in bounds(list(CHECKS), 9)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("direct", "--function"),
        ("formats", "ChatUrl"),
        ("access-log", "AccessLogGroupName"),
        ("cors", "--origin"),
    ],
)
def test_smoke_checks_not_applicable_is_skipped_with_the_requirement(name: str, needed: str) -> None:
    bare = CheckContext(Subject(ApiTarget("http://127.0.0.1:1/")), CadenceLimits(), Account("eu-west-1"))
    case = check(name, bare)
    assert case.outcome == "skipped"
    assert needed in case.message


def test_smoke_bandwidth_knee_is_found_where_the_rate_falls() -> None:
    fast = [(n * 0.01, n * 100_000.0) for n in range(61)]
    slow = [(0.6 + n * 0.05, 6e6 + n * 100_000.0) for n in range(1, 181)]
    dice = random.Random(1)
    curve = [(x + dice.uniform(0, 0.004), y) for x, y in (*fast, *slow)]
    knee = find_knee([x for x, _ in curve], [y for _, y in curve])
    assert knee is not None
    assert knee.at_bytes == pytest.approx(6e6, rel=0.05)
    assert knee.after == pytest.approx(2e6, rel=0.05)
    assert find_knee([x for x, _ in fast], [y for _, y in fast]) is None


@pytest.mark.parametrize("late_s", [0.001, 0.01, 0.1])
def test_smoke_bandwidth_last_bytes_that_are_late_are_no_knee(late_s: float) -> None:
    """As it was seen: 33 bytes of 2.4 MB, a millisecond behind a quick transfer."""
    curve = [(n * 0.001, n * 42_000.0) for n in range(58)]
    curve.append((curve[-1][0] + late_s, curve[-1][1] + 33))
    assert find_knee([x for x, _ in curve], [y for _, y in curve]) is None


def test_smoke_bandwidth_half_a_megabyte_at_half_the_rate_is_no_knee() -> None:
    """As it was seen beside twenty busy processes: 7.8 MB/s, then 4.0 MB/s for an eighth of a second."""
    quick = [(n * 0.00625, n * 62_500.0) for n in range(31)]
    slower = [(0.1875 + n * 0.0156, 1.875e6 + n * 62_500.0) for n in range(1, 9)]
    curve = [*quick, *slower]
    assert find_knee([x for x, _ in curve], [y for _, y in curve]) is None


@given(
    pause=st.floats(0.001, 20),
    where=st.integers(1, 95),
    rate=st.floats(1e6, 5e7),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=40, deadline=None)
def test_smoke_bandwidth_pause_of_any_length_is_no_knee(
    pause: float, where: int, rate: float, seed: int
) -> None:
    size, dice = 25_000.0, random.Random(seed)
    curve = [((n + dice.uniform(0, 0.9)) * size / rate + pause * (n > where), n * size) for n in range(97)]
    assert find_knee([x for x, _ in curve], [y for _, y in curve]) is None


@given(
    limit=st.floats(1e6, 4e6),
    free=st.floats(4e6, 1e7),
    pause=st.floats(0, 1),
    where=st.floats(0, 1),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=20, deadline=None)
def test_smoke_bandwidth_limit_that_lasts_is_a_knee_beside_a_pause(
    limit: float, free: float, pause: float, where: float, seed: int
) -> None:
    """24 MB, as the check asks for them: what comes first at 50 MB/s, then as the limit has it."""
    size, dice = 1e5, random.Random(seed)
    begins = free + where * (24e6 - free)
    curve = []
    for n in range(240):
        sent = n * size
        x = min(sent, free) / 5e7 + max(0.0, sent - free) / limit + dice.uniform(0, 0.002)
        curve.append((x + pause * (sent > begins), sent))
    knee = find_knee([x for x, _ in curve], [y for _, y in curve])
    assert knee is not None
    assert knee.after == pytest.approx(limit, rel=0.3)


def test_smoke_checks_option_prints_bounds_first_and_fails_with_a_check(
    streaming_api: CommandLine, api: str
) -> None:
    quick = ("--auth", "none", "--runs", "1", "--gaps", "12", "--gap-ms", "30", "130")
    good = streaming_api("smoke", f"{api}/prod/", *quick, "--checks", "utf8,formats", "--json")
    assert good.stderr.startswith("the checks take about 1 s, invoke the probe function at most once")
    report = json.loads(good.stdout)
    assert {case["name"]: case["outcome"] for case in report["checks"]} == {
        "utf8": "passed",
        "formats": "skipped",
    }
    # a machine that is busy may not tell how the events of the run came
    decided = {"STREAMING": 0, "INCONCLUSIVE": 2}
    assert good.returncode == report["exit_code"] == decided[report["verdict"]]
    bad = streaming_api(
        "smoke", f"{api}/prod/", *quick, "--checks", "cors", "--origin", "https://other.example"
    )
    assert bad.returncode == 1
    assert (
        "failure  cors: the preflight: access-control-allow-origin is https://app.example.com" in bad.stdout
    )
    unknown = streaming_api("smoke", f"{api}/prod/", "--checks", "nonsense")
    assert unknown.returncode == 3
    assert "'nonsense' is not a check; the checks are duration, idle" in unknown.stderr


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ([("Access-Control-Allow-Headers", "*")], "does not allow the header authorization"),
        ([("Access-Control-Allow-Headers", "x-authorization, content-type")], "the header authorization"),
        (
            [
                ("Access-Control-Allow-Headers", "authorization, content-type"),
                ("Access-Control-Allow-Origin", "https://app.example.com"),
            ],
            "access-control-allow-origin is *, https://app.example.com",
        ),
    ],
)
def test_smoke_check_cors_refuses_what_a_browser_refuses(headers: list[tuple[str, str]], seen: str) -> None:
    async def answered(request: web.Request) -> web.StreamResponse:
        response = web.Response()
        response.headers.add("Access-Control-Allow-Origin", "*")
        for name, value in headers:
            response.headers.add(name, value)
        return response

    with serving(lambda: {"/{any:.*}": answered}) as url:
        case = check("cors", context_of(url))
    assert case.outcome == "failure"
    assert seen in case.message
