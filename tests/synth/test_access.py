"""Who may call an API, from where, and by which name."""

from __future__ import annotations

import inspect
import json
from typing import Any

import aws_cdk as cdk
import lambda_streaming
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import ApiKeyAuthorizer, Stream, StreamingApi
from streaming_api_templates.rules.checks.apis import EDGE_IDLE_MS


def handler(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_attributes(
        stack,
        "Theirs",
        function_arn=stack.format_arn(service="lambda", resource="function", resource_name="theirs"),
        same_environment=True,
    )


def only(template: Template, kind: str) -> dict[str, Any]:
    (found,) = template.find_resources(kind).values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def keyed_api(stack: cdk.Stack, keys: ApiKeyAuthorizer) -> StreamingApi:
    api = StreamingApi(stack, "Api", handler=handler(stack), authorizer=keys, api_key_required=True)
    api.add_stream("chat")
    return api


def certificate(stack: cdk.Stack) -> acm.ICertificate:
    arn = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    return acm.Certificate.from_certificate_arn(stack, "Certificate", arn)


def vpc_endpoint(stack: cdk.Stack) -> ec2.IVpcEndpoint:
    return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", vpc_endpoint_id="vpce-1", port=443
    )


def test_api_key_authorizer_is_a_request_authorizer_without_cache(stack: cdk.Stack) -> None:
    keyed_api(stack, ApiKeyAuthorizer(stack, "Keys"))
    template = Template.from_stack(stack)
    authorizer = only(template, "AWS::ApiGateway::Authorizer")
    assert authorizer["Type"] == "REQUEST"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert not authorizer.get("IdentitySource")
    assert only(template, "AWS::ApiGateway::Method")["AuthorizationType"] == "CUSTOM"


def test_api_key_authorizer_may_read_only_its_secret(stack: cdk.Stack) -> None:
    keyed_api(stack, ApiKeyAuthorizer(stack, "Keys", keys_ttl=Duration.seconds(30)))
    template = Template.from_stack(stack)
    (secret,) = template.find_resources("AWS::SecretsManager::Secret")
    environment = only(template, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert environment == {"KEYS_SECRET_ARN": {"Ref": secret}, "KEYS_TTL_SECONDS": "30"}
    statements = only(template, "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    granted = {json.dumps(it["Resource"]) for it in statements if "secretsmanager" in json.dumps(it)}
    assert granted == {json.dumps({"Ref": secret})}
    assert {action.split(":")[0] for it in statements for action in it["Action"]} == {
        "logs",
        "secretsmanager",
        "xray",
    }


def test_api_key_authorizer_new_secret_has_one_generated_key(stack: cdk.Stack) -> None:
    keyed_api(stack, ApiKeyAuthorizer(stack, "Keys"))
    generated = only(Template.from_stack(stack), "AWS::SecretsManager::Secret")["GenerateSecretString"]
    assert generated["GenerateStringKey"] == "default"
    assert generated["SecretStringTemplate"] == "{}"
    assert generated["PasswordLength"] >= 32


def test_api_key_authorizer_own_secret_replaces_the_new_one(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Mine", "mine")
    keyed_api(stack, ApiKeyAuthorizer(stack, "Keys", secret=secret))
    Template.from_stack(stack).resource_count_is("AWS::SecretsManager::Secret", 0)


def test_usage_plan_meters_by_the_key_that_the_authorizer_returns(stack: cdk.Stack) -> None:
    keys = ApiKeyAuthorizer(stack, "Keys")
    keyed_api(stack, keys).add_usage_plan(
        "Small",
        api_keys=[keys.add_api_key("default")],
        throttle=apigateway.ThrottleSettings(rate_limit=5, burst_limit=10),
        quota=apigateway.QuotaSettings(limit=1000, period=apigateway.Period.DAY),
    )
    template = Template.from_stack(stack)
    assert only(template, "AWS::ApiGateway::RestApi")["ApiKeySourceType"] == "AUTHORIZER"
    assert only(template, "AWS::ApiGateway::Method")["ApiKeyRequired"] is True
    plan = only(template, "AWS::ApiGateway::UsagePlan")
    (stage,) = template.find_resources("AWS::ApiGateway::Stage")
    assert plan["ApiStages"][0]["Stage"] == {"Ref": stage}
    assert plan["Throttle"] == {"RateLimit": 5, "BurstLimit": 10}
    assert plan["Quota"] == {"Limit": 1000, "Period": "DAY"}
    template.resource_count_is("AWS::ApiGateway::UsagePlanKey", 1)


def test_usage_plan_key_is_a_reference_to_the_secret(stack: cdk.Stack) -> None:
    keys = ApiKeyAuthorizer(stack, "Keys")
    keyed_api(stack, keys).add_usage_plan("Small", api_keys=[keys.add_api_key("default")])
    template = Template.from_stack(stack)
    (secret,) = template.find_resources("AWS::SecretsManager::Secret")
    value = only(template, "AWS::ApiGateway::ApiKey")["Value"]["Fn::Join"][1]
    assert value == ["{{resolve:secretsmanager:", {"Ref": secret}, ":SecretString:default::}}"]


def test_api_key_required_uses_the_header_of_api_gateway(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", handler=handler(stack))
    api.add_stream("chat", api_key_required=True)
    api.add_usage_plan("Small", api_keys=[api.rest_api.add_api_key("Key")])
    template = Template.from_stack(stack)
    assert "ApiKeySourceType" not in only(template, "AWS::ApiGateway::RestApi")
    assert only(template, "AWS::ApiGateway::Method")["ApiKeyRequired"] is True


def test_api_key_source_own_authorizer_may_be_the_source(stack: cdk.Stack) -> None:
    own = apigateway.RequestAuthorizer(
        stack, "Own", handler=handler(stack), identity_sources=[apigateway.IdentitySource.header("x-team")]
    )
    source = apigateway.ApiKeySourceType.AUTHORIZER
    api = StreamingApi(stack, "Api", authorizer=own, api_key_required=True, api_key_source_type=source)
    api.add_http_stream("docs", url="https://example.com")
    assert only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["ApiKeySourceType"] == "AUTHORIZER"


@pytest.mark.parametrize("source", [None, apigateway.ApiKeySourceType.AUTHORIZER])
def test_api_key_source_header_with_api_key_authorizer_is_a_warning(
    stack: cdk.Stack, source: apigateway.ApiKeySourceType | None
) -> None:
    api = StreamingApi(stack, "Api", handler=handler(stack), api_key_source_type=source)
    api.add_stream("chat", authorizer=ApiKeyAuthorizer(stack, "Keys"), api_key_required=True)
    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("refuses 'Authorization: Bearer'")
    )
    assert len(found) == (0 if source else 1)


def test_cognito_authorizer_authorizes_by_scopes_of_the_access_token(stack: cdk.Stack) -> None:
    pool = apigateway.CognitoUserPoolsAuthorizer(
        stack, "Pool", cognito_user_pools=[cognito.UserPool(stack, "Users")]
    )
    api = StreamingApi(stack, "Api", handler=handler(stack), authorizer=pool)
    api.add_stream("chat", authorization_scopes=["chat/write"])
    method = only(Template.from_stack(stack), "AWS::ApiGateway::Method")
    assert method["AuthorizationType"] == "COGNITO_USER_POOLS"
    assert method["AuthorizationScopes"] == ["chat/write"]


def test_private_endpoint_is_reachable_through_its_vpc_endpoints_only(stack: cdk.Stack) -> None:
    api = StreamingApi(
        stack,
        "Api",
        handler=handler(stack),
        endpoint_type=apigateway.EndpointType.PRIVATE,
        vpc_endpoints=[vpc_endpoint(stack)],
    )
    api.add_stream("chat")
    rest_api = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")
    assert rest_api["EndpointConfiguration"] == {"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-1"]}
    denied = [it for it in rest_api["Policy"]["Statement"] if it["Effect"] == "Deny"]
    assert denied[0]["Condition"] == {"StringNotEquals": {"aws:SourceVpce": ["vpce-1"]}}


def test_edge_endpoint_warns_of_its_idle_timeout_of_30_seconds(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", handler=handler(stack), endpoint_type=apigateway.EndpointType.EDGE)
    api.add_stream("chat")
    (warning,) = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert "silent for 30 seconds" in str(warning.entry.data)
    assert "[ack: StreamingRules::STREAM016]" in str(warning.entry.data)


def test_lambda_streaming_heartbeat_is_shorter_than_edge_idle_timeout() -> None:
    seconds = inspect.signature(lambda_streaming.stream).parameters["heartbeat"].default
    assert 0 < seconds * 1000 < EDGE_IDLE_MS


def test_domain_name_with_mutual_tls_disables_the_default_endpoint(stack: cdk.Stack) -> None:
    trust = s3.Bucket.from_bucket_name(stack, "Trust", "trust")
    api = StreamingApi(
        stack,
        "Api",
        handler=handler(stack),
        domain_name=apigateway.DomainNameOptions(
            domain_name="api.example.com",
            certificate=certificate(stack),
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
            mtls=apigateway.MTLSConfig(bucket=trust, key="trust.pem"),
        ),
    )
    api.add_stream("chat")
    template = Template.from_stack(stack)
    assert only(template, "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is True
    domain = only(template, "AWS::ApiGateway::DomainName")
    assert domain["MutualTlsAuthentication"] == {"TruststoreUri": "s3://trust/trust.pem"}
    assert domain["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_domain_name_is_in_the_urls(stack: cdk.Stack) -> None:
    api = StreamingApi(
        stack,
        "Api",
        handler=handler(stack),
        domain_name=apigateway.DomainNameOptions(
            domain_name="api.example.com", certificate=certificate(stack)
        ),
    )
    stream = api.add_stream("chat")
    other = apigateway.RestApi(stack, "Other", cloud_watch_role=False)
    other.root.add_method("GET")
    assert api.rest_api.domain_name
    api.rest_api.domain_name.add_base_path_mapping(other, base_path="other")
    (name,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::DomainName")
    assert stack.resolve(api.url) == {"Fn::Join": ["", ["https://", {"Ref": name}, "/"]]}
    assert stack.resolve(stream.url) == {"Fn::Join": ["", ["https://", {"Ref": name}, "/chat"]]}
    for each in Template.from_stack(stack).find_resources("AWS::ApiGateway::RestApi").values():
        assert "DisableExecuteApiEndpoint" not in each["Properties"]


@pytest.mark.parametrize("base_path", ["v1", "tenants/v1"], ids=["one-level", "two-levels"])
def test_domain_name_base_path_is_in_the_urls(stack: cdk.Stack, base_path: str) -> None:
    api = StreamingApi(
        stack,
        "Api",
        handler=handler(stack),
        domain_name=apigateway.DomainNameOptions(
            domain_name="api.example.com", certificate=certificate(stack), base_path=base_path
        ),
    )
    stream = api.add_stream("chat")
    assert stack.resolve(api.url)["Fn::Join"][1][2] == f"/{base_path}/"
    assert stack.resolve(stream.url)["Fn::Join"][1][2] == f"/{base_path}/chat"


def test_domain_name_of_spec_rest_api_is_in_the_url_of_a_stream(stack: cdk.Stack) -> None:
    api = apigateway.SpecRestApi(
        stack,
        "Spec",
        api_definition=apigateway.ApiDefinition.from_inline({"openapi": "3.0.1", "paths": {}}),
        domain_name=apigateway.DomainNameOptions(
            domain_name="api.example.com", certificate=certificate(stack)
        ),
    )
    stream = Stream(stack, "Chat", resource=api.root.add_resource("chat"), handler=handler(stack))
    assert "execute-api" not in str(stack.resolve(stream.url))


def test_web_acl_is_associated_with_the_stage(stack: cdk.Stack) -> None:
    arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/mine/1"
    api = StreamingApi(stack, "Api", handler=handler(stack))
    api.add_stream("chat")
    api.add_web_acl(arn)
    association = only(Template.from_stack(stack), "AWS::WAFv2::WebACLAssociation")
    assert association["WebACLArn"] == arn
    assert "/stages/" in json.dumps(association["ResourceArn"])


def test_private_endpoint_without_vpc_endpoints_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="a private endpoint needs vpc_endpoints, or nobody can call it"):
        StreamingApi(stack, "Api", endpoint_type=apigateway.EndpointType.PRIVATE)


def test_vpc_endpoints_of_a_public_endpoint_are_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="vpc_endpoints need endpoint_type PRIVATE, got REGIONAL"):
        StreamingApi(stack, "Api", vpc_endpoints=[vpc_endpoint(stack)])


def test_mutual_tls_with_enabled_default_endpoint_is_refused(stack: cdk.Stack) -> None:
    trust = s3.Bucket.from_bucket_name(stack, "Trust", "trust")
    domain_name = apigateway.DomainNameOptions(
        domain_name="api.example.com",
        certificate=certificate(stack),
        mtls=apigateway.MTLSConfig(bucket=trust, key="trust.pem"),
    )
    with pytest.raises(ValueError, match="disable_execute_api_endpoint must not be False where domain_name"):
        StreamingApi(stack, "Api", domain_name=domain_name, disable_execute_api_endpoint=False)
