"""StreamingUrl: a function URL that streams, and the distribution in front of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingFunction, StreamingUrl
from cdk_streaming_api._common.cors import ALLOW_HEADERS, EXPOSE_HEADERS

MODEL = BedrockModel("amazon.nova-lite-v1:0")
ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1a2b3c"
NONE = lambda_.FunctionUrlAuthType.NONE
ORIGIN = "https://app.example.com"


def own(stack: cdk.Stack, **given: Any) -> StreamingFunction:  # noqa: ANN401 - any argument
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(stack, "Own", code=code, handler="index.handler", **given)


def url(stack: cdk.Stack, **given: Any) -> StreamingUrl:  # noqa: ANN401 - any argument
    return StreamingUrl(stack, "Url", **{"handler": own(stack), **given} if "handler" not in given else given)


def certificate(stack: cdk.Stack, region: str = "us-east-1") -> acm.ICertificate:
    arn = f"arn:aws:acm:{region}:111122223333:certificate/1"
    return acm.Certificate.from_certificate_arn(stack, "Certificate", arn)


def of_type(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    found = Template.from_stack(stack).find_resources(kind).values()
    return [each.get("Properties", {}) for each in found]


def test_streaming_url_streams_and_wants_signatures_by_default(stack: cdk.Stack) -> None:
    made = url(stack)
    (properties,) = of_type(stack, "AWS::Lambda::Url")
    assert properties["InvokeMode"] == "RESPONSE_STREAM"
    assert properties["AuthType"] == "AWS_IAM"
    assert "Cors" not in properties
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Permission", 0)
    Template.from_stack(stack).resource_count_is("AWS::CloudFront::Distribution", 0)
    assert made.url == made.function_url.url
    assert made.distribution is None


def test_streaming_url_of_an_alias_has_its_qualifier_and_permissions(stack: cdk.Stack) -> None:
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=own(stack).current_version)
    url(stack, handler=alias, behind_cloudfront=True)
    (properties,) = of_type(stack, "AWS::Lambda::Url")
    assert properties["Qualifier"] == "live"
    for permission in of_type(stack, "AWS::Lambda::Permission"):
        assert permission["FunctionName"] == stack.resolve(alias.function_arn)


def test_streaming_url_grant_invoke_gives_both_permissions(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    url(stack).grant_invoke(role)
    statements = [
        statement
        for policy in of_type(stack, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "lambda:Invoke" in json.dumps(statement)
    ]
    assert [(it["Action"], it["Condition"]) for it in statements] == [
        ("lambda:InvokeFunctionUrl", {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}),
        ("lambda:InvokeFunction", {"Bool": {"lambda:InvokedViaFunctionUrl": True}}),
    ]


def test_streaming_url_that_is_open_lets_everybody_call_and_warns(stack: cdk.Stack) -> None:
    url(stack, auth_type=NONE)
    actions = {it["Action"]: it for it in of_type(stack, "AWS::Lambda::Permission")}
    assert actions["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert actions["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True
    Annotations.from_stack(stack).has_warning(
        "/Test/Url",
        Match.string_like_regexp(
            "the function URL is open: whoever knows it can use what answers there.*"
            r"cdk-streaming-api:openUrl\]"
        ),
    )


def test_streaming_url_that_is_open_before_a_model_is_told_as_the_rule_does(stack: cdk.Stack) -> None:
    url(stack, handler=BedrockFunction(stack, "Chat", model=MODEL), auth_type=NONE)
    Annotations.from_stack(stack).has_warning(
        "/Test/Url",
        Match.string_like_regexp(r"can spend your money on a model.*StreamingRules::STREAM040\]"),
    )


def test_streaming_url_cors_is_lambdas_own(stack: cdk.Stack) -> None:
    url(stack, allow_origins=[ORIGIN], allow_credentials=True)
    (properties,) = of_type(stack, "AWS::Lambda::Url")
    assert properties["Cors"] == {
        "AllowCredentials": True,
        "AllowHeaders": ALLOW_HEADERS,
        "AllowMethods": ["*"],
        "AllowOrigins": [ORIGIN],
        "ExposeHeaders": EXPOSE_HEADERS,
        "MaxAge": 3600,
    }
    # https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html
    assert max(len(ALLOW_HEADERS), len(EXPOSE_HEADERS)) <= 100


def test_streaming_url_cors_of_url_and_bundled_function_is_refused(stack: cdk.Stack) -> None:
    chat = BedrockFunction(stack, "Chat", model=MODEL, allow_origins=[ORIGIN])
    with pytest.raises(ValueError, match=r"^allow_origins of StreamingUrl 'Url' and of its function would"):
        url(stack, handler=chat, allow_origins=[ORIGIN])


def distribution(stack: cdk.Stack, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - any argument
    url(stack, behind_cloudfront=True, **given)
    (found,) = of_type(stack, "AWS::CloudFront::Distribution")
    config: dict[str, Any] = found["DistributionConfig"]
    return config


def test_streaming_url_behind_cloudfront_is_neither_cached_nor_compressed(stack: cdk.Stack) -> None:
    config = distribution(stack)
    behavior = config["DefaultCacheBehavior"]
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    # .../using-managed-origin-request-policies.html: AllViewerExceptHostHeader
    assert behavior["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    assert behavior["Compress"] is False
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert {"POST", "DELETE", "OPTIONS"} <= set(behavior["AllowedMethods"])
    (origin,) = config["Origins"]
    custom = origin["CustomOriginConfig"]
    assert custom["OriginReadTimeout"] == 120
    assert custom["OriginProtocolPolicy"] == "https-only"
    assert custom["OriginSSLProtocols"] == ["TLSv1.2"]


def test_streaming_url_behind_cloudfront_signs_every_request(stack: cdk.Stack) -> None:
    (origin,) = distribution(stack)["Origins"]
    (access,) = of_type(stack, "AWS::CloudFront::OriginAccessControl")
    assert access["OriginAccessControlConfig"]["OriginAccessControlOriginType"] == "lambda"
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    assert access["OriginAccessControlConfig"]["SigningProtocol"] == "sigv4"
    assert "OriginAccessControlId" in origin


def test_streaming_url_of_each_deployment_has_an_access_control_of_its_own(app: cdk.App) -> None:
    stacks = [
        cdk.Stack(app, f"{name}-{region}", stack_name=name, env=cdk.Environment(region=region))
        for name, region in (("dev", "eu-west-1"), ("prod", "eu-west-1"), ("prod", "us-west-2"))
    ]
    for stack in stacks:
        url(stack, behind_cloudfront=True)
    names = {}
    for stack in stacks:
        (access,) = of_type(stack, "AWS::CloudFront::OriginAccessControl")
        names[access["OriginAccessControlConfig"]["Name"]] = stack.region
    assert len(names) == 3
    assert all(name.endswith(region) and len(name) <= 64 for name, region in names.items())


def test_streaming_url_behind_cloudfront_has_both_permissions_for_it_alone(stack: cdk.Stack) -> None:
    made = url(stack, behind_cloudfront=True)
    assert made.distribution
    permissions = of_type(stack, "AWS::Lambda::Permission")
    assert {it["Principal"] for it in permissions} == {"cloudfront.amazonaws.com"}
    for permission in permissions:
        arn = json.dumps(permission["SourceArn"])
        assert json.dumps(stack.resolve(made.distribution.distribution_id)) in arn
        assert ":distribution/" in arn
    assert {it["Action"]: it.get("InvokedViaFunctionUrl") for it in permissions} == {
        "lambda:InvokeFunctionUrl": None,
        "lambda:InvokeFunction": True,
    }


def test_streaming_url_behind_cloudfront_takes_what_the_edge_has(stack: cdk.Stack) -> None:
    config = distribution(
        stack,
        domain_names=["stream.example.com"],
        certificate=certificate(stack),
        web_acl_arn=ACL,
        read_timeout=Duration.minutes(1),
        keepalive_timeout=Duration.seconds(60),
    )
    assert config["Aliases"] == ["stream.example.com"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert config["WebACLId"] == ACL
    custom = config["Origins"][0]["CustomOriginConfig"]
    assert (custom["OriginReadTimeout"], custom["OriginKeepaliveTimeout"]) == (60, 60)


def test_streaming_url_behind_cloudfront_url_is_that_of_cloudfront(stack: cdk.Stack) -> None:
    made = url(stack, behind_cloudfront=True)
    assert stack.resolve(made.url)["Fn::Join"][1][1]["Fn::GetAtt"][1] == "DomainName"
    named = StreamingUrl(
        stack,
        "Named",
        handler=lambda_.Function.from_function_name(stack, "Theirs", "theirs"),
        behind_cloudfront=True,
        domain_names=["stream.example.com"],
        certificate=certificate(stack),
    )
    assert named.url == "https://stream.example.com/"


def test_streaming_url_access_log_expires_in_a_bucket_of_its_own(stack: cdk.Stack) -> None:
    config = distribution(stack, access_log_expiration=Duration.days(7))
    (bucket,) = of_type(stack, "AWS::S3::Bucket")
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 7
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    assert "Logging" in config


def test_streaming_url_access_log_goes_to_the_bucket_that_is_given(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Theirs", "their-logs")
    config = distribution(stack, access_log_bucket=bucket)
    assert config["Logging"]["Bucket"] == stack.resolve(bucket.bucket_regional_domain_name)
    Template.from_stack(stack).resource_count_is("AWS::S3::Bucket", 0)


@pytest.mark.parametrize(
    ("name", "seconds", "quota"),
    [("read_timeout", 121, "Response timeout per"), ("keepalive_timeout", 301, "Keep-alive timeout per")],
)
def test_streaming_url_timeout_above_the_quota_warns(
    stack: cdk.Stack, name: str, seconds: int, quota: str
) -> None:
    distribution(stack, **{name: Duration.seconds(seconds)})
    Annotations.from_stack(stack).has_warning(
        "/Test/Url", Match.string_like_regexp(f"{name} of .* needs a higher quota '{quota} origin'")
    )


def test_streaming_url_behind_cloudfront_tells_of_the_hash(stack: cdk.Stack) -> None:
    distribution(stack)
    Annotations.from_stack(stack).has_warning(
        "/Test/Url", Match.string_like_regexp("POST and PUT through CloudFront need x-amz-content-sha256")
    )


def test_streaming_url_in_a_region_without_them_warns(app: cdk.App) -> None:
    for region, times in (("eu-south-2", 1), ("eu-west-1", 0)):
        stack = cdk.Stack(app, region, env=cdk.Environment(region=region))
        url(stack)
        says = Match.string_like_regexp(f"lists {region} among the Regions without function URLs")
        assert len(Annotations.from_stack(stack).find_warning("*", says)) == times


def in_a_vpc(stack: cdk.Stack) -> StreamingFunction:
    return own(stack, vpc=ec2.Vpc(stack, "Vpc"))


def elsewhere(stack: cdk.Stack) -> acm.ICertificate:
    """Return a certificate that a stack of another Region of the app defines."""
    other = cdk.Stack(stack.node.root, "Other", env=cdk.Environment(region="eu-west-1"))  # type: ignore[arg-type]
    return acm.Certificate(other, "Certificate", domain_name="a.example.com")


NAMES = {"domain_names": ["a.example.com"], "behind_cloudfront": True}
EDGE = {"behind_cloudfront": True}
REFUSED: list[tuple[Callable[[cdk.Stack], dict[str, Any]], str]] = [
    (lambda s: {"handler": in_a_vpc(s)}, "handler of StreamingUrl 'Url' is in a VPC, and function URLs do"),
    (lambda s: {"handler": own(s).current_version}, "is a version, which has no URL; pass an alias of it"),
    (lambda _: {**EDGE, "auth_type": NONE}, "auth_type of StreamingUrl 'Url' must be AWS_IAM behind_cloud"),
    (lambda _: {"web_acl_arn": ACL}, "web_acl_arn without behind_cloudfront means nothing; pass it for Str"),
    (lambda _: {"read_timeout": Duration.seconds(9)}, "read_timeout without behind_cloudfront means nothing"),
    (
        lambda _: {**EDGE, "web_acl_arn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1"},
        "must be the ARN of a web ACL with scope CLOUDFRONT, which is in us-east-1, got 'arn:aws:wafv2:eu-",
    ),
    (lambda _: {**EDGE, "web_acl_arn": ""}, "web_acl_arn of StreamingUrl 'Url' must be the ARN of a web ACL"),
    (lambda _: NAMES, "domain_names of StreamingUrl 'Url' needs certificate, got none"),
    (lambda s: {**EDGE, "certificate": certificate(s)}, "certificate of StreamingUrl 'Url' needs domain_na"),
    (
        lambda s: {**NAMES, "certificate": certificate(s, "eu-west-1")},
        "certificate of StreamingUrl 'Url' must be of us-east-1, where CloudFront looks for it, got one of",
    ),
    (lambda s: {**NAMES, "certificate": elsewhere(s)}, "must be of us-east-1, where CloudFront looks for it"),
    (lambda _: {**EDGE, "read_timeout": Duration.millis(1500)}, "read_timeout of StreamingUrl 'Url' must be"),
    (lambda _: {**EDGE, "keepalive_timeout": Duration.seconds(0)}, "must be at least 1 second, got 0"),
    (
        lambda s: {
            **EDGE,
            "access_log_bucket": s3.Bucket(s, "Logs"),
            "access_log_expiration": Duration.days(1),
        },
        "access_log_expiration of StreamingUrl 'Url' is of its own bucket; set it on the access_log_bucket",
    ),
    (lambda _: {**EDGE, "access_log_expiration": Duration.hours(1)}, "must be in whole days, got 0.04"),
    (lambda _: {"allow_credentials": True}, "allow_credentials needs allow_origins, got none"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED, ids=[says[-40:] for _, says in REFUSED])
def test_streaming_url_argument_is_refused_with_its_name(
    stack: cdk.Stack, given: Callable[[cdk.Stack], dict[str, Any]], says: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        url(stack, **given(stack))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
