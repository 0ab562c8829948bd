"""Throttle invocations above the concurrency of a function, or of the account, as Lambda does."""

from __future__ import annotations

import json
from contextlib import closing

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from streaming_api_tools.local.application import Function
from streaming_api_tools.local.functions.concurrency import Concurrency, ThrottledError
from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.http.limits import NO_LIMITS, Limits
from tests.local.conftest import Serve
from tests.local.serving import FUNCTIONS, Gate, Serving
from tests.local.test_admission import authorizer, guarded
from tests.local.test_streaming import Connect

LOG = {"AccessLogSetting": {"Format": '{"s":"$context.status","i":"$context.integrationStatus"}'}}
RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT = "ConcurrentInvocationLimitExceeded"


def reserving(serve: Serve, reserved: object, **more: object) -> Serving:
    """Serve a function that reserves concurrency."""
    routes = {
        "POST /gated": {"handler": "handlers.gated", "function": {"ReservedConcurrentExecutions": reserved}}
    }
    return serve(routes, **more)


def test_reserved_concurrency_exceeded_through_api_gateway_is_a_500(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = reserving(serve, 1, stage=LOG)
    first = connect(serving)
    first.ask("POST", "/prod/gated", "1")
    function = gate.accept()
    second = connect(serving).send("POST", "/prod/gated", "1")
    assert (second.status, json.loads(second.read())) == (500, {"message": "Internal server error"})
    serving.logged(f"Function0 is throttled: {RESERVED}, which is 1")
    assert json.loads(serving.access_logged()) == {"s": "500", "i": "429"}
    function.let_go()
    assert first.answer().read() == b"0\n"


def test_reserved_concurrency_counts_invocation_until_its_end(
    serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = reserving(serve, 1)
    for _ in range(3):
        client = connect(serving)
        client.ask("POST", "/prod/gated", "1")
        gate.accept().let_go()
        assert client.answer().read() == b"0\n"
        serving.logged("REPORT RequestId")
        serving.log.clear()


@pytest.mark.parametrize(
    ("reserved", "limits", "reason"), [(1, Limits(), RESERVED), (None, Limits(concurrency=1), ACCOUNT)]
)
def test_reserved_concurrency_exceeded_in_lambda_api_is_a_429(
    reserved: int | None, limits: Limits, reason: str, serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = reserving(serve, reserved, limits=limits)
    connect(serving).ask("POST", "/prod/gated", "1")
    function = gate.accept()
    config = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    with closing(
        boto3.client("lambda", "us-east-1", endpoint_url=serving.url, config=config, **keys)
    ) as client:
        for call in (client.invoke, client.invoke_with_response_stream):
            with pytest.raises(ClientError) as raised:
                call(FunctionName="Function0", Payload=b"{}")
            response = raised.value.response
            assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
            assert response["Error"]["Code"] == "TooManyRequestsException"
            assert (response["Reason"], response["message"]) == (reason, "Rate Exceeded.")
    function.let_go()


def test_reserved_concurrency_of_zero_never_invokes(serve: Serve, connect: Connect) -> None:
    serving = reserving(serve, 0)
    assert connect(serving).send("POST", "/prod/gated", "1").status == 500
    assert not any("INIT_START" in line for line in serving.log)


def test_reserved_concurrency_exceeded_by_authorizer_is_a_500(serve: Serve, connect: Connect) -> None:
    resources = authorizer()
    resources["Asks"]["Properties"]["ReservedConcurrentExecutions"] = 0  # type: ignore[index]
    serving = serve(guarded(), access=Access(), **resources)
    response = connect(serving).send("GET", "/prod/echo/1", headers={"Authorization": "Bearer me"})
    assert response.status == 500
    serving.logged("Asks is throttled")


def test_no_limits_turns_concurrency_limits_off(serve: Serve, connect: Connect, gate: Gate) -> None:
    serving = reserving(serve, 1, limits=NO_LIMITS)
    clients = [connect(serving) for _ in range(2)]
    for client in clients:
        client.ask("POST", "/prod/gated", "1")
        gate.accept().let_go()
    assert [client.answer().read() for client in clients] == [b"0\n", b"0\n"]


@pytest.mark.parametrize(
    ("account", "reserved", "unreserved"),
    [(1000, 0, 1000), (1000, 300, 700), (1000, 950, 100), (100, 50, 100), (10, 0, 10), (10, 5, 10)],
)
def test_unreserved_concurrency_is_the_rest_of_the_account(
    account: int, reserved: int, unreserved: int
) -> None:
    reserving = Function("r", "arn:r", "python3.13", "x.y", FUNCTIONS, reserved_concurrency=reserved)
    other = Function("o", "arn:o", "python3.13", "x.y", FUNCTIONS)
    concurrency = Concurrency([reserving, other], account)
    for _ in range(unreserved):
        concurrency.take(other)
    with pytest.raises(ThrottledError, match=ACCOUNT):
        concurrency.take(other)
    concurrency.release(other)
    concurrency.take(other)
