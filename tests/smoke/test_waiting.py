"""Deployments that settle: what is waited for, and for how long."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import web

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.resolve import DeployedStack
from streaming_api_tools.measure.runs import Plan, make_runs
from streaming_api_tools.measure.targets import ApiTarget
from tests.smoke.aws_standin import cloudformation
from tests.smoke.conftest import CommandLine
from tests.smoke.servers import STRETCHED, Handler, answering, collecting, honest, serving

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
    now = datetime.now(timezone.utc).isoformat()
    quick = ("--runs", "1", "--gaps", "12", "--gap-ms", "30", "130")
    with serving(lambda: {"/prod/probe": changing(refusing, honest)}) as api:
        outputs = {"Chat": {"ProbeUrl": f"{api}/prod/probe"}}
        with serving(lambda: {"/": cloudformation(outputs, {"Chat": {}}, now)}) as endpoint:
            keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}
            done = streaming_api("smoke", "Chat", *quick, env=keys | {"AWS_ENDPOINT_URL": endpoint})
    assert done.returncode == 0, done.stdout
    assert re.search(r"waiting up to 1\d\d s more: AUTH", done.stderr)


def waited(first: Handler, times: int) -> tuple[list[str], list[str]]:
    """Run a probe that streams from its second answer on; return what was said, and the verdicts."""
    said: list[str] = []
    plan = replace(PLAN, gap_range_ms=(20 * times, 60 * times))
    with serving(lambda: {"/": changing(first, honest)}) as api:
        target = ApiTarget(f"{api}/")
        runs = list(make_runs(target, plan, 60, lambda found, _: said.append(found.verdict.value), 0.05))
    return said, [finding.verdict.value for _, finding in runs]


def test_smoke_wait_old_buffering_configuration_is_waited_for() -> None:
    for times in STRETCHED:
        said, verdicts = waited(collecting(honest), times)
        if "INCONCLUSIVE" not in [*said, *verdicts]:  # a busy machine leaves it open how the events came
            break
    assert said == ["BUFFERED"]
    assert verdicts == ["STREAMING"]
