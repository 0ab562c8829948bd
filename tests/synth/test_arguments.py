"""Arguments that Python takes and that mean something else, or nothing, to AWS: each is named at synth."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFormat,
    BedrockFunction,
    BedrockModel,
    GradualRollout,
    Stream,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
)

MODEL = BedrockModel("amazon.nova-lite-v1:0")
SECONDS = cast(Duration, 30)


def api(stack: cdk.Stack) -> StreamingApi:
    return StreamingApi(stack, "Api", model=MODEL)


def two_streams(stack: cdk.Stack, one: str, other: str) -> None:
    both = api(stack)
    both.add_stream(one)
    both.add_stream(other)


def profile(*regions: str) -> BedrockModel:
    return BedrockModel("us.amazon.nova-lite-v1:0", destination_regions=regions)


def function_with(stack: cdk.Stack, timeout: Duration) -> StreamingFunction:
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "Own", code=code, handler="index.handler", timeout=timeout)


def on_an_api_of_theirs(stack: cdk.Stack, scopes: str) -> Stream:
    theirs = apigateway.RestApi(stack, "Theirs", cloud_watch_role=False)
    handler = BedrockFunction(stack, "Chat", model=MODEL)
    return Stream(stack, "Stream", resource=theirs.root, handler=handler, authorization_scopes=scopes)


def on_a_whole_api(stack: cdk.Stack) -> Stream:
    theirs = cast(apigateway.IResource, apigateway.RestApi(stack, "Theirs", cloud_watch_role=False))
    return Stream(stack, "Stream", resource=theirs, handler=BedrockFunction(stack, "Chat", model=MODEL))


def of_another_app(stack: cdk.Stack) -> lambda_.Function:
    return cast(lambda_.Function, lambda_.Function.from_function_name(stack, "Imported", "theirs"))


def two_probes(stack: cdk.Stack) -> None:
    probed = api(stack)
    probed.add_probe()
    probed.add_probe("again")


def any_model(value: object) -> BedrockModel:
    return cast(BedrockModel, value)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda stack: StreamingApi(stack, "Api", allow_origins="https://a.example"),
            "allow_origins of StreamingApi 'Api' must be a list of texts, got 'https://a.example'; "
            "write allow_origins=['https://a.example']",
        ),
        (
            lambda stack: api(stack).add_stream("chat", authorization_scopes="chat/ask"),
            "authorization_scopes of add_stream 'chat' must be a list of texts, got 'chat/ask'",
        ),
        (
            lambda stack: on_an_api_of_theirs(stack, "chat/ask"),
            "authorization_scopes of Stream 'Stream' must be a list of texts",
        ),
        (
            lambda _: BedrockModel("us.amazon.nova-lite-v1:0", destination_regions="us-east-1"),
            "destination_regions of BedrockModel must be a list of texts, got 'us-east-1'",
        ),
        (
            lambda stack: api(stack).add_stream("chat", timeout=SECONDS),
            "timeout of add_stream 'chat' must be a Duration, got 30",
        ),
        (
            lambda stack: api(stack).add_http_stream("docs", url="https://example.com", timeout=SECONDS),
            "timeout of add_http_stream 'docs' must be a Duration, got 30",
        ),
        (
            lambda stack: function_with(stack, SECONDS),
            "timeout of StreamingFunction 'Own' must be a Duration, got 30",
        ),
        (
            lambda stack: StreamingApi(stack, "Api", model=any_model("amazon.nova-lite-v1:0")),
            "model of StreamingApi 'Api' must be a BedrockModel, got 'amazon.nova-lite-v1:0'",
        ),
        (
            lambda stack: BedrockFunction(stack, "Chat", model=MODEL, models=[any_model("x")]),
            "models of BedrockFunction 'Chat' must be a list of BedrockModel, got ['x']",
        ),
        (lambda _: BedrockModel(cast(str, None)), "model_id of BedrockModel must be a text, got None"),
        (
            lambda stack: api(stack).add_stream(cast(str, 3)),
            "path of add_stream must be a text, got 3",
        ),
        (
            lambda stack: StreamingApi(stack, "Api", throttling_rate_limit=cast(float, "20")),
            "throttling_rate_limit of StreamingApi 'Api' must be a number, got '20'",
        ),
        (
            lambda stack: on_a_whole_api(stack),
            "resource of Stream 'Stream' must be an IResource, got a RestApi; give its root",
        ),
        (
            lambda stack: GradualRollout(stack, "Rollout", function=of_another_app(stack)),
            "; only a function of this app gets versions",
        ),
        (
            lambda stack: StreamingMonitoring(
                stack, "Watch", api=api(stack), time_to_first_content_threshold=SECONDS
            ),
            "time_to_first_content_threshold of StreamingMonitoring 'Watch' must be a Duration, got 30",
        ),
        (
            lambda stack: BedrockFunction(stack, "Chat", model=MODEL, memory_size=cast(int, "512")),
            "memory_size of BedrockFunction 'Chat' must be a number, got '512'",
        ),
        (
            lambda stack: BedrockFunction(stack, "Chat", model=MODEL, max_tokens=cast(int, "many")),
            "max_tokens of BedrockFunction 'Chat' must be a number, got 'many'",
        ),
        (
            lambda stack: api(stack).add_bedrock_routes(formats=[cast(BedrockFormat, "openai")]),
            "formats of add_bedrock_routes must be a list of BedrockFormat, got ['openai']",
        ),
    ],
)
def test_arguments_of_wrong_type_are_refused(
    stack: cdk.Stack, build: Callable[[cdk.Stack], object], says: str
) -> None:
    with pytest.raises(TypeError) as refused:
        build(stack)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda stack: StreamingApi(stack, "Api", stage_name=cdk.CfnParameter(stack, "P").value_as_string),
            "stage_name must be known at synth",
        ),
        (
            lambda stack: api(stack).add_stream("chat", request_parameters={"querystring.lang": True}),
            "request_parameters of stream '/chat' must name "
            "'method.request.{path|querystring|header}.NAME', got 'querystring.lang'",
        ),
        (
            lambda stack: StreamingMonitoring(stack, "M", api=api(stack), server_error_rate_threshold=5),
            "server_error_rate_threshold must be a share between 0 and 1, got 5",
        ),
        (
            lambda stack: two_streams(stack, "{a}/x", "{b}/x"),
            "path '{b}/x' has '{b}' where path '{a}/x' has '{a}'",
        ),
        (
            lambda stack: two_streams(stack, "files/{id}", "files/{proxy+}"),
            "path 'files/{proxy+}' has '{proxy+}' where path 'files/{id}' has '{id}'",
        ),
        (
            lambda stack: api(stack).add_stream("files/{proxy+}/raw"),
            "path 'files/{proxy+}/raw' goes on after '{proxy+}', which takes all that follows",
        ),
        (
            lambda _: profile("*"),
            "destination regions of 'us.amazon.nova-lite-v1:0' must be names of Regions",
        ),
        (lambda _: profile("us-east-1", ""), "must be names of Regions, got ''"),
        (
            lambda stack: api(stack).add_web_acl("arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/1"),
            "web_acl_arn must be the ARN of a regional web ACL, got 'arn:aws:wafv2:us-east-1:",
        ),
        (
            lambda stack: ApiKeyAuthorizer(stack, "Keys").add_api_key(""),
            "client must be a name that the secret has, got ''",
        ),
        (
            lambda stack: two_probes(stack),
            "the API has a probe already; add_probe can be called once",
        ),
    ],
)
def test_arguments_out_of_range_of_aws_are_refused(
    stack: cdk.Stack, build: Callable[[cdk.Stack], object], says: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        build(stack)
    assert says in str(refused.value)


def test_add_stream_path_parameter_may_have_siblings_and_children(stack: cdk.Stack) -> None:
    streaming = api(stack)
    for path in ("a/{id}", "a/{id}/b", "a/b", "/a/{id}/{rest+}", "/", "c/{other}", "a/b/{name}"):
        streaming.add_stream(path)
    assert len(streaming.streams) == 7


def test_arguments_known_only_at_deployment_are_passed_on(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    region = cdk.CfnParameter(stack, "Elsewhere").value_as_string
    function = BedrockFunction(stack, "Chat", model=profile(region))
    streaming = StreamingApi(stack, "Api", handler=function)
    streaming.add_stream("chat", timeout=Duration.millis(number))
    StreamingMonitoring(stack, "Monitoring", api=streaming, server_error_rate_threshold=number)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "5XXError", "Threshold": {"Ref": "Number"}}
    )
    assert '{"Ref": "Elsewhere"}' in str(template.to_json()).replace("'", '"')


def test_domain_name_that_is_public_on_a_private_endpoint_is_refused(stack: cdk.Stack) -> None:
    endpoint = ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", vpc_endpoint_id="vpce-1", port=443
    )
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", "arn:aws:acm:eu-west-1:1:c/1")
    with pytest.raises(ValueError, match="domain_name is of the public kind, which a private endpoint"):
        StreamingApi(
            stack,
            "Api",
            endpoint_type=apigateway.EndpointType.PRIVATE,
            vpc_endpoints=[endpoint],
            domain_name=apigateway.DomainNameOptions(domain_name="a.example.com", certificate=certificate),
        )


def test_function_environment_over_4096_bytes_is_refused(stack: cdk.Stack) -> None:
    code = lambda_.Code.from_inline("pass")
    known = {"TEXT": "é" * 2047}
    StreamingFunction(stack, "Fits", code=code, handler="a.b", environment={"T": "a" * 4095})
    StreamingFunction(stack, "Tokens", code=code, handler="a.b", environment={"T": cdk.Aws.REGION * 300})
    with pytest.raises(ValueError, match="environment of function 'More' must fit into 4096 bytes, got 4101"):
        StreamingFunction(stack, "More", code=code, handler="a.b", environment={**known, "A": "22"})


def test_bedrock_function_models_over_the_environment_limit_are_refused(stack: cdk.Stack) -> None:
    arn = "arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/abcdefghij"
    models = [BedrockModel(f"{arn}{number}") for number in range(10, 60)]
    with pytest.raises(ValueError, match="environment of function 'Chat' must fit into 4096 bytes, got"):
        BedrockFunction(stack, "Chat", model=models[0], models=models[1:])
