from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_api_tools.local.application import (
    Api,
    ApiKey,
    MockIntegration,
    Route,
    Stage,
    Throttle,
    UsagePlan,
)
from streaming_api_tools.local.gateway.authorizers.usage_plans import UsagePlans
from streaming_api_tools.local.gateway.request.errors import GatewayError
from streaming_api_tools.local.templates.access import read_throttles

ROUTE = Route("POST", "/chat", MockIntegration({}, ()))
OTHER = Route("GET", "/chat", MockIntegration({}, ()))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def api(*plans: UsagePlan) -> Api:
    return Api("id", "Api", (ROUTE, OTHER), (), usage_plans=plans)


def test_usage_plans_bucket_fills_at_its_rate_up_to_its_burst() -> None:
    clock = Clock()
    meter = UsagePlans(clock)
    stage = Stage("prod", throttles={"*": Throttle(rate=2, burst=3)})
    for at, allowed in ((0, 3), (0.5, 1), (100, 3)):
        clock.now = at
        for _ in range(allowed):
            meter.count(api(), stage, ROUTE, "POST")
        with pytest.raises(GatewayError, match="Too Many Requests"):
            meter.count(api(), stage, ROUTE, "POST")


def test_usage_plans_method_with_own_limit_does_not_count_for_others() -> None:
    meter = UsagePlans(Clock())
    stage = Stage("prod", throttles={"*": Throttle(0, 1), "/chat POST": Throttle(0, 2)})
    meter.count(api(), stage, ROUTE, "POST")
    meter.count(api(), stage, ROUTE, "POST")
    meter.count(api(), stage, OTHER, OTHER.method)
    with pytest.raises(GatewayError):
        meter.count(api(), stage, OTHER, OTHER.method)


def test_usage_plans_limit_of_all_methods_applies_to_each() -> None:
    meter = UsagePlans(Clock())
    stage = Stage("prod", throttles={"*": Throttle(0, 1)})
    for route in (ROUTE, OTHER):
        meter.count(api(), stage, route, route.method)
    for route in (ROUTE, OTHER):
        with pytest.raises(GatewayError, match="Too Many Requests"):
            meter.count(api(), stage, route, route.method)


def test_usage_plans_plan_may_limit_a_single_method() -> None:
    plan = UsagePlan("Plan", (ApiKey("a", "va"),), ("prod",), throttles={"prod /chat POST": Throttle(0, 1)})
    meter = UsagePlans(Clock())
    for _ in range(2):
        meter.count_key(api(plan), Stage("prod"), "va", OTHER, "GET")
    meter.count_key(api(plan), Stage("prod"), "va", ROUTE, "POST")
    with pytest.raises(GatewayError, match="Too Many Requests"):
        meter.count_key(api(plan), Stage("prod"), "va", ROUTE, "POST")


def test_usage_plans_quota_is_per_key_and_resets_after_its_period() -> None:
    clock = Clock()
    meter = UsagePlans(clock)
    plan = UsagePlan("Plan", (ApiKey("a", "va"), ApiKey("b", "vb")), ("prod",), quota=1, period="DAY")
    for now in (0.0, 86400.0):
        clock.now = now
        assert meter.count_key(api(plan), Stage("prod"), "va", ROUTE, "POST").id == "a"
        with pytest.raises(GatewayError, match="Limit Exceeded"):
            meter.count_key(api(plan), Stage("prod"), "va", ROUTE, "POST")
    assert meter.count_key(api(plan), Stage("prod"), "vb", ROUTE, "POST").id == "b"


@pytest.mark.parametrize(
    ("key", "stage", "value"),
    [
        (ApiKey("a", "va", enabled=False), "prod", "va"),
        (ApiKey("a", "va"), "dev", "va"),
        (ApiKey("a", "va"), "prod", "vb"),
        (ApiKey("a", "va"), "prod", None),
    ],
)
def test_usage_plans_disabled_or_foreign_key_is_refused(key: ApiKey, stage: str, value: str | None) -> None:
    with pytest.raises(GatewayError) as refused:
        UsagePlans(Clock()).count_key(
            api(UsagePlan("Plan", (key,), ("prod",))), Stage(stage), value, ROUTE, "POST"
        )
    assert refused.value.kind == "INVALID_API_KEY"


def test_usage_plans_any_method_and_root_path_have_own_limits() -> None:
    settings: list[object] = [
        {"HttpMethod": method, "ResourcePath": path, "ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
        for method, path in (("PUT", "/"), ("GET", "/~1a~1{id}"))
    ]
    stage = Stage("prod", throttles=read_throttles(settings))
    meter = UsagePlans(Clock())
    for path, method in (("/", "PUT"), ("/a/{id}", "GET")):
        route = replace(ROUTE, method="ANY", path=path)
        meter.count(api(), stage, route, method)
        meter.count(api(), stage, route, "DELETE")
        with pytest.raises(GatewayError, match="Too Many Requests"):
            meter.count(api(), stage, route, method)
        meter.count(api(), stage, route, "DELETE")
