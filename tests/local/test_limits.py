"""Time limits and bandwidth over real sockets, with clocks that go faster."""

from __future__ import annotations

import http.client
import time

import pytest

from streaming_api_tools.local.http.limits import NO_LIMITS, Limits, Rate
from tests.local.conftest import Serve
from tests.local.serving import Gate
from tests.local.test_streaming import Connect

FLOODS = {"POST /floods": {"handler": "handlers.floods"}}
MIB = 1024 * 1024
SLOW = Rate(MIB, MIB)


@pytest.mark.parametrize(
    ("limits", "least"),
    [
        (Limits(gateway_rate=SLOW, function_rate=None, time_scale=4), 0.7),
        (Limits(gateway_rate=None, function_rate=SLOW, time_scale=4), 0.7),
        # without a free part 4 MiB would take 20 s or more
        (Limits(time_scale=0.1), 0.0),
        (NO_LIMITS, 0.0),
    ],
)
def test_limits_response_is_as_fast_as_gateway_and_function_allow(
    limits: Limits, least: float, serve: Serve, connect: Connect, gate: Gate
) -> None:
    client = connect(serve(FLOODS, limits=limits))
    client.ask(
        "POST", "/prod/floods", b"64"
    )  # 4 MiB: the first is free, and a quarter of a second for each other
    response = client.answer()
    began = time.monotonic()
    assert len(response.read()) == 4 * MIB
    took = time.monotonic() - began
    assert took >= least
    if not least:
        assert took < 15, "within the free part nothing waits"


@pytest.mark.parametrize(("endpoint", "scale", "cut"), [("EDGE", 100, True), ("REGIONAL", 100, False)])
def test_limits_idle_timeout_of_30_seconds_is_for_edge_endpoints_only(
    endpoint: str, scale: float, cut: bool, serve: Serve, connect: Connect, gate: Gate
) -> None:
    api = {
        "Type": "AWS::ApiGateway::RestApi",
        "Properties": {"Name": "Api", "EndpointConfiguration": {"Types": [endpoint]}},
    }
    for slower in (
        1,
        4,
        16,
    ):  # on a busy machine the first chunk may take longer than 30 seconds of this clock
        limits = Limits(time_scale=scale / slower)
        serving = serve({"POST /gated": {"handler": "handlers.gated"}}, limits=limits, Api=api)
        client = connect(serving)
        client.ask("POST", "/prod/gated", b"2")
        function = gate.accept()
        function.let_go()
        response = client.answer()
        if (first := response.readline()) == b"0\n":
            break
    assert first == b"0\n"
    if cut:
        with pytest.raises(http.client.IncompleteRead):
            response.read()
        assert "idle timeout" in serving.logged("the response was cut")
    else:
        time.sleep(0.6 * slower)  # 60 seconds of the gateway's clock
        function.let_go()
        assert response.read() == b"1\n"


def test_limits_integration_timeout_follows_the_time_scale(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    route = {"handler": "handlers.gated", "timeout": 50_000}
    serving = serve({"POST /gated": route}, limits=Limits(time_scale=100))
    client = connect(serving)
    client.ask("POST", "/prod/gated", b"1")
    assert client.answer().status == 504
    serving.logged("integration timeout 50 s")
