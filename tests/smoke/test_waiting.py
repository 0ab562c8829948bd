"""Deployments that settle: what is waited for, and for how long."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import web

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.lag import ObservedTarget
from streaming_api_tools.measure.resolve import DeployedStack
from streaming_api_tools.measure.runs import Plan, make_runs
from streaming_api_tools.measure.targets import ApiTarget
from tests.smoke.aws_standin import cloudformation
from tests.smoke.conftest import CommandLine
from tests.smoke.servers import Handler, answering, collecting, honest, serving
from tests.support.stretched import UNTOLD, gaps, until_told

PLAN = Plan(runs=1, seed=7, gaps=12, gap_range_ms=(30, 130), limits=CadenceLimits())


NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(("ago", "settling"), [(0, 120), (30, 90), (120, 0), (3600, 0), (-60, 120)])
def test_smoke_wait_stack_settles_for_two_minutes(ago: int, settling: float) -> None:
    assert DeployedStack("Chat", {}, NOON - timedelta(seconds=ago)).settling(NOON) == settling
    assert DeployedStack("Chat", {}).settling(NOON) == 0


def changing(first: Handler, then: Handler, times: int = 1) -> Handler:
    """Return a route that answers in another way at first, as a deployment does that is on its way."""
    left = iter(range(times))

    async def route(request: web.Request) -> web.StreamResponse:
        return await (first if next(left, None) is not None else then)(request)

    return route


def test_smoke_wait_recent_deployment_is_waited_for_by_default(
    streaming_api: CommandLine,
) -> None:
    refusing = answering(403, b'{"message":"Forbidden"}')
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}

    def wait(times: int) -> subprocess.CompletedProcess[str]:
        # the clock of AWS may be ahead; so it takes nothing away that the command takes long to start
        now = (datetime.now(timezone.utc) + timedelta(minutes=5)).isoformat()
        quick = ("--runs", "1", "--gaps", "12", *gaps(times, 30, 130))
        with serving(lambda: {"/prod/probe": changing(refusing, honest)}) as api:
            outputs = {"Chat": {"ProbeUrl": f"{api}/prod/probe"}}
            with serving(lambda: {"/": cloudformation(outputs, {"Chat": {}}, now)}) as endpoint:
                return streaming_api("smoke", "Chat", *quick, env=keys | {"AWS_ENDPOINT_URL": endpoint})

    done = until_told(wait, lambda done: done.returncode != 2)
    assert done.returncode == 0, done.stdout
    waits = [int(left) for left in re.findall(r"waiting up to (\d+) s more: AUTH", done.stderr)]
    assert len(waits) == 1, done.stderr
    assert 0 < waits[0] <= 120


def waited(times: int) -> tuple[list[str], list[str]]:
    """Run a probe that streams once a finding was waited on; return what was said, and the verdicts."""
    said: list[str] = []

    async def route(request: web.Request) -> web.StreamResponse:
        # not from the second answer on: the first may be one that tells nothing, and is asked for again
        return await (honest if said else collecting(honest))(request)

    plan = replace(PLAN, gap_range_ms=(20 * times, 60 * times))
    with serving(lambda: {"/": route}) as api:
        target = ObservedTarget(ApiTarget(f"{api}/"))
        runs = list(make_runs(target, plan, 600, lambda found, _: said.append(found.verdict.value), 0.05))
    return said, [finding.verdict.value for _, finding in runs]


def test_smoke_wait_old_buffering_configuration_is_waited_for() -> None:
    said, verdicts = until_told(waited, lambda told: UNTOLD not in told[1])
    assert said == ["BUFFERED"]
    assert verdicts == ["STREAMING"]
