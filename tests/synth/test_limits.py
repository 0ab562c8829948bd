"""What one stream takes: requests a second, bodies, and instances of its function."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingApi

ROOT = Path(__file__).resolve().parents[2]
MODEL = BedrockModel("amazon.nova-lite-v1:0")
PROMPT = apigateway.JsonSchema(
    type=apigateway.JsonSchemaType.OBJECT,
    required=["prompt"],
    properties={
        "prompt": apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING, min_length=1, max_length=4000)
    },
)


def method_settings(stack: cdk.Stack) -> list[dict[str, Any]]:
    (stage,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Stage").values()
    settings: list[dict[str, Any]] = stage["Properties"]["MethodSettings"]
    return settings


@pytest.mark.parametrize(
    ("path", "http_method", "resource_path", "method"),
    [
        ("chat", "POST", "/~1chat", "POST"),
        ("a/{id}/chat", "GET", "/~1a~1{id}~1chat", "GET"),
        ("/", "POST", "/", "POST"),
    ],
)
def test_throttling_of_a_route_is_its_method_setting(
    stack: cdk.Stack, path: str, http_method: str, resource_path: str, method: str
) -> None:
    StreamingApi(stack, "Api", model=MODEL).add_stream(
        path, http_method=http_method, throttling_rate_limit=2, throttling_burst_limit=3
    )
    whole, own = method_settings(stack)
    assert (whole["ThrottlingRateLimit"], whole["ThrottlingBurstLimit"]) == (20, 40)
    assert own == {
        "HttpMethod": method,
        "ResourcePath": resource_path,
        "ThrottlingRateLimit": 2,
        "ThrottlingBurstLimit": 3,
        "LoggingLevel": "ERROR",
        "DataTraceEnabled": False,
    }


def limits(stack: cdk.Stack) -> dict[str, int]:
    """Return the rate limits of the single methods, by `path method`."""
    return {
        f"{setting['ResourcePath']} {setting['HttpMethod']}": setting["ThrottlingRateLimit"]
        for setting in method_settings(stack)[1:]
    }


def test_throttling_of_any_is_one_setting_per_method(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("{proxy+}", http_method="ANY", throttling_rate_limit=2)
    every = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    assert limits(stack) == {f"/~1{{proxy+}} {verb}": 2 for verb in every}


@pytest.mark.parametrize("any_first", [True, False])
def test_throttling_of_any_leaves_other_methods_and_preflight_alone(
    stack: cdk.Stack, any_first: bool
) -> None:
    api = StreamingApi(stack, "Api", model=MODEL, allow_origins=["*"])
    streams = {"ANY": 2, "GET": 7}
    for verb in streams if any_first else reversed(streams):
        api.add_stream("chat", http_method=verb, throttling_rate_limit=streams[verb])
    rest = ("DELETE", "HEAD", "PATCH", "POST", "PUT")
    assert limits(stack) == {"/~1chat GET": 7, **{f"/~1chat {verb}": 2 for verb in rest}}


def test_throttling_left_out_is_that_of_the_stage(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("chat", throttling_rate_limit=2)
    api.add_http_stream("docs", url="https://example.com", throttling_burst_limit=1)
    _, chat, docs = method_settings(stack)
    assert (chat["ThrottlingRateLimit"], chat["ThrottlingBurstLimit"]) == (2, 40)
    assert (docs["ThrottlingRateLimit"], docs["ThrottlingBurstLimit"]) == (20, 1)


def test_throttling_limit_of_zero_or_less_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="throttling_rate_limit of the stage must be above 0, got 0"):
        StreamingApi(stack, "Closed", model=MODEL, throttling_rate_limit=0)
    api = StreamingApi(stack, "Api", model=MODEL)
    with pytest.raises(ValueError, match="throttling_rate_limit of stream '/chat' must be above 0, got 0"):
        api.add_stream("chat", throttling_rate_limit=0)
    with pytest.raises(ValueError, match="throttling_burst_limit of stream '/talk' must be above 0, got -1"):
        api.add_stream("talk", throttling_burst_limit=-1)


def test_throttling_of_any_is_for_methods_not_defined_in_any_order(
    stack: cdk.Stack,
) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("chat", http_method="ANY", throttling_rate_limit=2)
    api.add_stream("chat", http_method="GET", throttling_rate_limit=3)
    rates = {each["HttpMethod"]: each["ThrottlingRateLimit"] for each in method_settings(stack)[1:]}
    assert rates == {verb: 2 for verb in ("DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")} | {"GET": 3}


WRITES = """
import sys
import aws_cdk as cdk
from jsii._kernel.providers.process import _NodeProcess
from cdk_streaming_api import BedrockModel, StreamingApi

sent, send = [], _NodeProcess.send
api = StreamingApi(cdk.Stack(cdk.App(), "S"), "Api", model=BedrockModel("amazon.nova-lite-v1:0"))
api.add_stream("first", throttling_rate_limit=1)
_NodeProcess.send = lambda *arguments: sent.append(str(arguments[1])) or send(*arguments)
for number in range(int(sys.argv[1])):
    api.add_stream(f"a{number}", throttling_rate_limit=1)
print(len(sent), sum(map(len, sent)), sum("methodSettings" in each for each in sent))
"""


def test_throttling_of_many_methods_is_written_once() -> None:
    figures = []
    for routes in (5, 15):
        program = [sys.executable, "-c", WRITES, str(routes)]
        done = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT)
        figures.append([int(each) for each in done.stdout.split()])
    (calls, size, writes), (more_calls, more_size, more_writes) = figures
    assert writes == more_writes == 0  # the first limit wrote what the others are added to
    assert more_calls == 3 * calls
    # the names of the routes are a little longer
    assert more_size < 3.2 * size


def test_throttling_burst_that_is_not_a_whole_number_is_refused(stack: cdk.Stack) -> None:
    says = "throttling_burst_limit of {} must be a whole number, got 2.5"
    with pytest.raises(ValueError, match=says.format("the stage")):
        StreamingApi(stack, "Api", model=MODEL, throttling_burst_limit=cast(int, 2.5))
    with pytest.raises(ValueError, match=says.format("stream '/chat'")):
        StreamingApi(stack, "Other", model=MODEL).add_stream("chat", throttling_burst_limit=cast(int, 2.5))


def test_request_schema_validates_every_content_type(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api", model=MODEL).add_stream("chat", request_schema=PROMPT)
    template = Template.from_stack(stack)
    ((name, model),) = template.find_resources("AWS::ApiGateway::Model").items()
    assert model["Properties"]["Schema"]["properties"]["prompt"]["maxLength"] == 4000
    assert model["Properties"]["Schema"]["required"] == ["prompt"]
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "RequestModels": {"application/json": {"Ref": name}, "$default": {"Ref": name}},
            "RequestValidatorId": Match.any_value(),
        },
    )


def test_request_schema_left_out_allows_required_parameters(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api", model=MODEL).add_stream(
        "events", http_method="GET", request_parameters={"method.request.querystring.topic": True}
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::ApiGateway::Model", 0)
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "RequestModels": Match.absent(),
            "RequestParameters": {"method.request.querystring.topic": True},
            "RequestValidatorId": Match.any_value(),
        },
    )


def test_request_schema_of_two_routes_is_two_models(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("chat", request_schema=PROMPT)
    api.add_http_stream("docs", url="https://example.com", request_schema=PROMPT)
    Template.from_stack(stack).resource_count_is("AWS::ApiGateway::Model", 2)


def test_reserved_concurrent_executions_are_in_the_template(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=MODEL, reserved_concurrent_executions=5)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"ReservedConcurrentExecutions": 5}
    )
