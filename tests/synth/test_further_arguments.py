"""What a platform team sets on everything: names, roles, keys, stages, and what becomes of it all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    StreamingApi,
    StreamingFunction,
)

MODEL = BedrockModel("amazon.nova-lite-v1:0")
LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:theirs:1"


def own(stack: cdk.Stack, **given: Any) -> StreamingFunction:  # noqa: ANN401 - any argument
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "Own", code=code, handler="index.handler", **given)


def chat(stack: cdk.Stack, **given: Any) -> StreamingFunction:  # noqa: ANN401 - any argument
    return BedrockFunction(stack, "Own", model=MODEL, **given)


def api(stack: cdk.Stack, **given: Any) -> StreamingApi:  # noqa: ANN401 - any argument
    found = StreamingApi(stack, "Api", handler=own(stack), **given)
    found.add_stream("chat", throttling_rate_limit=5)
    return found


def properties(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    found = Template.from_stack(stack).find_resources(kind).values()
    return [each.get("Properties", {}) for each in found]


FUNCTION: Mapping[str, tuple[Callable[[cdk.Stack], object], Mapping[str, object]]] = {
    "function_name": (lambda _: "answers", {"FunctionName": "answers"}),
    "description": (lambda _: "Answers", {"Description": "Answers"}),
    "environment": (
        lambda _: {"TEAM": "chat"},
        {"Environment": {"Variables": Match.object_like({"TEAM": "chat"})}},
    ),
    "layers": (
        lambda s: [lambda_.LayerVersion.from_layer_version_arn(s, "L", LAYER)],
        {"Layers": Match.array_with([LAYER])},
    ),
    "architecture": (lambda _: lambda_.Architecture.X86_64, {"Architectures": ["x86_64"]}),
    "ephemeral_storage": (lambda _: Size.gibibytes(1), {"EphemeralStorage": {"Size": 1024}}),
    "tracing": (lambda _: lambda_.Tracing.DISABLED, {"TracingConfig": Match.absent()}),
    "role": (
        lambda s: iam.Role.from_role_arn(s, "Theirs", "arn:aws:iam::111122223333:role/theirs"),
        {"Role": "arn:aws:iam::111122223333:role/theirs"},
    ),
    "log_group": (
        lambda s: logs.LogGroup.from_log_group_name(s, "Theirs", "/theirs"),
        {"LoggingConfig": {"LogGroup": "/theirs"}},
    ),
}


@pytest.mark.parametrize("build", [own, chat], ids=["StreamingFunction", "BedrockFunction"])
@pytest.mark.parametrize("argument", FUNCTION)
def test_function_argument_is_in_the_template(
    stack: cdk.Stack, argument: str, build: Callable[..., StreamingFunction]
) -> None:
    value, expected = FUNCTION[argument]
    build(stack, **{argument: value(stack)})
    Template.from_stack(stack).has_resource_properties("AWS::Lambda::Function", expected)


def test_function_role_that_is_given_gets_the_permissions_and_is_the_only_one(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Theirs", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    function = chat(stack, role=role)
    assert function.role is role
    assert "ManagedPolicyArns" not in properties(stack, "AWS::IAM::Role")[0]
    (policy,) = properties(stack, "AWS::IAM::Policy")
    text = json.dumps(policy)
    assert "bedrock:InvokeModelWithResponseStream" in text
    assert "logs:PutLogEvents" in text


def test_function_role_that_is_given_keeps_its_managed_policies(stack: cdk.Stack) -> None:
    policy = iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSLambdaBasicExecutionRole")
    principal = iam.ServicePrincipal("lambda.amazonaws.com")
    own(stack, role=iam.Role(stack, "Theirs", assumed_by=principal, managed_policies=[policy]))
    assert "AWSLambdaBasicExecutionRole" in json.dumps(properties(stack, "AWS::IAM::Role"))


def test_function_log_group_that_is_given_is_the_only_one(stack: cdk.Stack) -> None:
    group = logs.LogGroup(stack, "Theirs")
    function = own(stack, log_group=group)
    function.metric_stream_errors()
    assert function.log_group is group
    assert len(properties(stack, "AWS::Logs::LogGroup")) == 1
    (metric,) = properties(stack, "AWS::Logs::MetricFilter")
    assert metric["LogGroupName"] == stack.resolve(group.log_group_name)


@pytest.mark.parametrize("argument", ["log_encryption_key", "removal_policy"])
def test_function_log_group_with_arguments_of_its_own_log_is_refused(stack: cdk.Stack, argument: str) -> None:
    value = RemovalPolicy.DESTROY if argument == "removal_policy" else kms.Key(stack, "Key")
    with pytest.raises(ValueError, match=f"{argument} of function 'Own' is of its own log; set it on the"):
        own(stack, log_group=logs.LogGroup(stack, "Theirs"), **{argument: value})


def test_function_log_has_its_key_and_removal_policy(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    own(stack, log_encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    (group,) = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup").values()
    assert group["DeletionPolicy"] == "Delete"
    assert group["Properties"]["KmsKeyId"] == stack.resolve(key.key_arn)
    allowed = json.dumps(properties(stack, "AWS::KMS::Key")[0]["KeyPolicy"]["Statement"][-1])
    assert '"logs.' in allowed
    assert "kms:EncryptionContext:aws:logs:arn" in allowed
    assert ":log-group:*" in allowed


@pytest.mark.parametrize(
    ("build", "given", "says"),
    [
        (own, {"function_name": "a b"}, "function_name of function 'Own' must be 1 to 64 of A-Z, a-z, 0-9,"),
        (
            own,
            {"ephemeral_storage": Size.mebibytes(100)},
            "ephemeral_storage of function 'Own' must be 512 to 10240 MiB, got 100",
        ),
        (
            chat,
            {"environment": {"BEDROCK_MODEL_ID": "mine"}},
            "environment of function 'Own' must not have BEDROCK_MODEL_ID, which arguments decide",
        ),
        (
            chat,
            {"environment": {"A": "b" * 4090}},
            "environment of function 'Own' must fit into 4096 bytes",
        ),
        (
            api,
            {"stage_options": apigateway.StageOptions(stage_name="x")},
            "stage_options must not have stage_name: give the API its stage_name",
        ),
        (
            api,
            {"stage_options": apigateway.StageOptions(caching_enabled=True)},
            "stage_options must not have caching_enabled: API Gateway does not cache streams",
        ),
        (
            api,
            {"endpoint_access_mode": "OPEN"},
            "endpoint_access_mode must be BASIC or STRICT, got 'OPEN'",
        ),
    ],
)
def test_argument_that_aws_would_refuse_is_refused(
    stack: cdk.Stack, build: Callable[..., object], given: Mapping[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        build(stack, **given)
    assert says in str(refused.value)


def test_api_private_endpoint_with_ipv4_alone_is_refused(stack: cdk.Stack) -> None:
    endpoint = ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", vpc_endpoint_id="vpce-1", port=443
    )
    with pytest.raises(ValueError, match="ip_address_type of a private endpoint must be DUAL_STACK"):
        api(
            stack,
            endpoint_type=apigateway.EndpointType.PRIVATE,
            vpc_endpoints=[endpoint],
            ip_address_type=apigateway.IpAddressType.IPV4,
        )


def test_api_has_its_description_addresses_and_security_policy(stack: cdk.Stack) -> None:
    api(
        stack,
        description="Answers",
        ip_address_type=apigateway.IpAddressType.DUAL_STACK,
        security_policy="SecurityPolicy_TLS13_1_3_2025_09",
        endpoint_access_mode="STRICT",
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {
            "Description": "Answers",
            "EndpointConfiguration": {"IpAddressType": "dualstack", "Types": ["REGIONAL"]},
            "SecurityPolicy": "SecurityPolicy_TLS13_1_3_2025_09",
            "EndpointAccessMode": "STRICT",
        },
    )


def test_api_stage_options_go_before_those_of_the_stage(stack: cdk.Stack) -> None:
    certificate = cdk.aws_apigateway.CfnClientCertificate(stack, "Certificate")
    api(
        stack,
        stage_options=apigateway.StageOptions(
            metrics_enabled=True,
            variables={"team": "chat"},
            client_certificate_id=certificate.ref,
            logging_level=apigateway.MethodLoggingLevel.INFO,
            tracing_enabled=False,
        ),
    )
    (stage,) = properties(stack, "AWS::ApiGateway::Stage")
    assert stage["ClientCertificateId"] == {"Ref": "Certificate"}
    assert stage["Variables"] == {"team": "chat"}
    assert stage["TracingEnabled"] is False
    assert stage["StageName"] == "prod"
    assert "$context.integration.responseTransferMode" in stage["AccessLogSetting"]["Format"]
    # a setting of a method takes nothing from that of the stage
    for setting in stage["MethodSettings"]:
        assert setting["MetricsEnabled"] is True
        assert setting["LoggingLevel"] == "INFO"
        assert setting["DataTraceEnabled"] is False
    assert [it["ThrottlingRateLimit"] for it in stage["MethodSettings"]] == [20, 5]


def test_api_logs_have_their_key_and_everything_its_removal_policy(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    api(stack, log_encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    template = Template.from_stack(stack)
    groups = template.find_resources("AWS::Logs::LogGroup")
    assert {name for name, it in groups.items() if "KmsKeyId" in it["Properties"]} == {
        name for name in groups if name.startswith("Api")
    }
    assert {it["DeletionPolicy"] for name, it in groups.items() if name.startswith("Api")} == {"Delete"}
    (rest_api,) = template.find_resources("AWS::ApiGateway::RestApi").values()
    assert rest_api["DeletionPolicy"] == "Delete"


def test_api_removal_policy_retain_keeps_the_api(stack: cdk.Stack) -> None:
    api(stack, removal_policy=RemovalPolicy.RETAIN)
    (rest_api,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::RestApi").values()
    assert rest_api["DeletionPolicy"] == "Retain"


def test_authorizer_has_its_runtime_vpc_and_key(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    key = kms.Key(stack, "Key")
    keys = ApiKeyAuthorizer(
        stack,
        "Keys",
        runtime=lambda_.Runtime.PYTHON_3_13,
        vpc=vpc,
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
    )
    api(stack, authorizer=keys)
    template = Template.from_stack(stack)
    arn = stack.resolve(key.key_arn)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Runtime": "python3.13", "VpcConfig": Match.any_value(), "KmsKeyArn": arn},
    )
    template.has_resource_properties("AWS::SecretsManager::Secret", {"KmsKeyId": arn})
    template.has_resource(
        "AWS::Logs::LogGroup", {"Properties": {"KmsKeyId": arn}, "DeletionPolicy": "Delete"}
    )
    assert "ec2:CreateNetworkInterface" in json.dumps(properties(stack, "AWS::IAM::Policy"))
    # the secret's grant: the function may decrypt through AWS Secrets Manager
    assert "secretsmanager." in json.dumps(properties(stack, "AWS::KMS::Key"))


def test_authorizer_subnets_without_a_vpc_are_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="vpc_subnets without a vpc means nothing"):
        ApiKeyAuthorizer(stack, "Keys", vpc_subnets=ec2.SubnetSelection())
