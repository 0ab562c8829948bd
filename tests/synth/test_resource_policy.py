"""The resource policy of an API: one's own, and what grants to other accounts make of it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import StreamingApi
from tests.synth.test_access import handler, only


def test_resource_policy_is_in_the_rest_api(stack: cdk.Stack) -> None:
    statement = iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=["execute-api:Invoke"],
        principals=[iam.AnyPrincipal()],
        resources=["execute-api:/*"],
        conditions={"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
    )
    api = StreamingApi(
        stack, "Api", handler=handler(stack), policy=iam.PolicyDocument(statements=[statement])
    )
    api.add_stream("chat")
    (found,) = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert found["Effect"] == "Deny"


def test_resource_policy_grants_another_account_the_stage(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", handler=handler(stack), stage_name="beta")
    api.add_stream("chat")
    grant = api.grant_execute(iam.AccountPrincipal("999988887777"))
    assert grant.success
    (found,) = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert found["Action"] == "execute-api:Invoke"
    assert found["Resource"] == "execute-api:/beta/*/*"
    assert found["Principal"]["AWS"]["Fn::Join"][1][-1] == ":iam::999988887777:root"


def test_resource_policy_grant_keeps_unsigned_methods_open(stack: cdk.Stack) -> None:
    pool = apigateway.CognitoUserPoolsAuthorizer(
        stack, "Pool", cognito_user_pools=[cognito.UserPool(stack, "Users")]
    )
    api = StreamingApi(stack, "Api", handler=handler(stack), allow_origins=["https://app.example.com"])
    for account in ("999988887777", "999988886666"):
        api.grant_execute(iam.AccountPrincipal(account))
    api.add_stream("chat")
    api.add_stream("users/{id}", authorizer=pool)
    api.add_stream("open", http_method="ANY", authorization_type=apigateway.AuthorizationType.NONE)
    statements = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    (anybody,) = [it for it in statements if it["Principal"] == {"AWS": "*"}]
    assert anybody["Resource"] == [
        "execute-api:/*/*/open",
        "execute-api:/*/OPTIONS/*",
        "execute-api:/*/POST/users/*",
    ]


def test_resource_policy_preflights_are_one_by_one_beside_signed_methods_of_any_verb(
    stack: cdk.Stack,
) -> None:
    api = StreamingApi(stack, "Api", handler=handler(stack), allow_origins=["https://app.example.com"])
    api.grant_execute(iam.AccountPrincipal("999988887777"))
    api.add_stream("chat")
    api.add_stream("files", http_method="ANY")
    statements = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    (anybody,) = [it for it in statements if it["Principal"] == {"AWS": "*"}]
    # that of the signed method of any verb would let everybody call it
    assert anybody["Resource"] == "execute-api:/*/OPTIONS/chat"


def test_resource_policy_grant_opens_no_signed_method_below_an_open_one(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", handler=handler(stack))
    api.grant_execute(iam.AccountPrincipal("999988887777"))
    none = apigateway.AuthorizationType.NONE
    api.add_stream("open", http_method="GET", authorization_type=none)
    api.add_stream("docs/{id}", http_method="GET", authorization_type=none)
    api.add_stream("docs/{id}/secret", http_method="ANY")
    statements = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    (anybody,) = [it for it in statements if it["Principal"] == {"AWS": "*"}]
    assert anybody["Resource"] == "execute-api:/*/GET/open"
    Annotations.from_stack(stack).has_warning(
        "*", Match.string_like_regexp(".*keeps callers of GET /docs/{id} out.*ANY /docs/{id}/secret.*")
    )


def test_resource_policy_grant_leaves_a_restricting_policy_unchanged(stack: cdk.Stack) -> None:
    office = iam.PolicyStatement(
        actions=["execute-api:Invoke"],
        principals=[iam.AnyPrincipal()],
        resources=["execute-api:/*"],
        conditions={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
    )
    policy = iam.PolicyDocument(statements=[office])
    api = StreamingApi(stack, "Api", handler=handler(stack), policy=policy, allow_origins=["*"])
    api.add_stream("chat").grant_execute(iam.AccountPrincipal("999988887777"))
    statements = only(Template.from_stack(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert [it["Resource"] for it in statements] == ["execute-api:/*", "execute-api:/*/POST/chat"]


def test_resource_policy_changes_the_deployment(context: dict[str, object]) -> None:
    def deployment(*accounts: str) -> set[str]:
        stack = cdk.Stack(cdk.App(context=context, builtin_cloud_formation_validation=False), "Test")
        api = StreamingApi(stack, "Api", handler=handler(stack))
        api.add_stream("chat")
        for account in accounts:
            api.grant_execute(iam.AccountPrincipal(account))
        return set(Template.from_stack(stack).find_resources("AWS::ApiGateway::Deployment"))

    assert deployment() != deployment("999988887777")
