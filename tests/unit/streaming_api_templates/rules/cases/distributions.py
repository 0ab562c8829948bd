"""Cases of rules/checks/distributions.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import Case
from tests.unit.streaming_api_templates.rules.cases.urls import url
from tests.unit.streaming_api_templates.rules.templates import FUNCTION_ARN, GONE

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
HOST = {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["Url", "FunctionUrl"]}]}]}
GET = ["GET", "HEAD"]


def permission(action: str) -> dict[str, Any]:
    """Return a permission of CloudFront."""
    properties = {"Action": action, "Principal": "cloudfront.amazonaws.com", "FunctionName": FUNCTION_ARN}
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def edge(
    origin: Mapping[str, object] | None = None,
    access: Mapping[str, object] | None = None,
    authorization: str = "AWS_IAM",
    **behavior: object,
) -> dict[str, Any]:
    """Return a distribution in front of a URL that no rule minds.

    :param origin: further properties of the origin
    :param access: further properties of its origin access control
    :param behavior: further properties of the behavior
    """
    control = {"OriginAccessControlOriginType": "lambda", "SigningBehavior": "always", **(access or {})}
    fronted = {"Id": "url", "DomainName": HOST, "OriginAccessControlId": {"Fn::GetAtt": ["Access", "Id"]}}
    usual = {"TargetOriginId": "url", "CachePolicyId": CACHING_DISABLED, "AllowedMethods": GET, **behavior}
    config = {
        "Origins": [{name: it for name, it in {**fronted, **(origin or {})}.items() if it is not GONE}],
        "DefaultCacheBehavior": {name: it for name, it in usual.items() if it is not GONE},
    }
    return {
        **url(authorization=authorization),
        "Access": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {"OriginAccessControlConfig": control},
        },
        "Edge": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
        "First": permission("lambda:InvokeFunctionUrl"),
        "Second": permission("lambda:InvokeFunction"),
    }


ORIGIN = ("Edge", "Properties.DistributionConfig.Origins.0")
BEHAVIOR = ("Edge", "Properties.DistributionConfig.DefaultCacheBehavior")
POLICY = {
    "Type": "AWS::CloudFront::CachePolicy",
    "Properties": {"CachePolicyConfig": {"MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 0}},
}

CASES: list[Case] = [
    Case(
        "STREAM045",
        "no origin access control",
        edge({"OriginAccessControlId": GONE}),
        ORIGIN,
        "the origin has no origin access control, and Url wants signatures",
    ),
    Case(
        "STREAM045",
        "an origin access control for buckets",
        edge(access={"OriginAccessControlOriginType": "s3"}),
        ORIGIN,
        "its origin access control has the type s3, and Url is a function URL",
    ),
    Case(
        "STREAM045",
        "an origin access control that never signs",
        edge(access={"SigningBehavior": "never"}),
        ORIGIN,
        "never signs",
    ),
    Case(
        "STREAM045",
        "the permission of before October 2025",
        {name: it for name, it in edge().items() if name != "Second"},
        ORIGIN,
        "CloudFront has no permission for lambda:InvokeFunction on the function of Url",
    ),
    Case(
        "STREAM045",
        "the host of the viewer",
        edge(OriginRequestPolicyId=ALL_VIEWER),
        BEHAVIOR,
        "the policy AllViewer sends the viewer's host to Url",
    ),
    Case(
        "STREAM046",
        "a policy that caches",
        edge(CachePolicyId=CACHING_OPTIMIZED),
        BEHAVIOR,
        "the behavior may cache what Url streams",
    ),
    Case(
        "STREAM046",
        "a policy that caches and compresses",
        edge(CachePolicyId=CACHING_OPTIMIZED, Compress=True),
        BEHAVIOR,
        "the behavior may cache and compresses what Url streams",
    ),
    Case(
        "STREAM046",
        "forwarded values",
        edge(CachePolicyId=GONE, ForwardedValues={"QueryString": True}),
        BEHAVIOR,
        "may cache",
    ),
    Case(
        "STREAM047",
        "a behavior that passes on POST",
        edge(AllowedMethods=[*GET, "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]),
        BEHAVIOR,
        "POST and PUT reach Url only with x-amz-content-sha256 from the client",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM045: a distribution that signs": edge(),
    "STREAM045: an origin access control of another stack": edge(
        {"OriginAccessControlId": {"Fn::ImportValue": "access"}}
    ),
    "STREAM045: another origin without one": edge({"DomainName": "example.com", "OriginAccessControlId": ""}),
    "STREAM045: an open URL without one": {
        **edge({"OriginAccessControlId": GONE}, authorization="NONE"),
        "Policy": GONE,
    },
    "STREAM046: a policy of one's own that caches nothing": {
        **edge(CachePolicyId={"Ref": "Policy2"}),
        "Policy2": POLICY,
    },
    "STREAM046: a policy that only a deployment knows": edge(CachePolicyId={"Ref": "GivenPolicy"}),
    "STREAM046: forwarded values that are not kept": edge(
        CachePolicyId=GONE, ForwardedValues={"QueryString": True}, MinTTL=0, DefaultTTL=0, MaxTTL=0
    ),
    "STREAM046: compression that the policy turns off": edge(Compress=True),
    "STREAM046: a behavior of another origin": edge(
        TargetOriginId="other", CachePolicyId=CACHING_OPTIMIZED, AllowedMethods=["POST"]
    ),
    "STREAM047: an open URL": {
        **edge(authorization="NONE", AllowedMethods=["POST"]),
        "Policy": GONE,
    },
}
