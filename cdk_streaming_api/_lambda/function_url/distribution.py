"""Define a distribution of Amazon CloudFront that alone may call a function URL.

See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
private-content-restricting-access-to-lambda.html.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Duration, Stack, Validations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ..._common.deployment_path import deployment_path
from .options import DistributionOptions

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_cloudfront as cloudfront
    from aws_cdk import aws_s3 as s3

_PRINCIPAL = "cloudfront.amazonaws.com"
_READ_TIMEOUT = Duration.seconds(120)
_LOG_EXPIRATION = Duration.days(30)
_NO_LOG_OF_LOG = "the bucket has the access log of a distribution, and nobody but CloudFront writes to it"


def new_distribution(
    scope: Construct, url: lambda_.FunctionUrl, handler: lambda_.IFunction, options: DistributionOptions
) -> cloudfront.Distribution:
    """Return a new distribution that signs each request to a function URL, caches and compresses nothing.

    :param url: the function URL, with AWS_IAM.
    :param handler: the function or alias behind it, which CloudFront may invoke through it.
    """
    # imported on first use: most apps have no distribution
    from aws_cdk import aws_cloudfront as cloudfront
    from aws_cdk import aws_cloudfront_origins as origins

    access = cloudfront.FunctionUrlOriginAccessControl(
        scope,
        "OriginAccessControl",
        origin_access_control_name=_access_name(scope),
        signing=cloudfront.Signing.SIGV4_ALWAYS,
    )
    names = [*options["domain_names"]]
    distribution = cloudfront.Distribution(
        scope,
        "Distribution",
        default_behavior=cloudfront.BehaviorOptions(
            origin=origins.FunctionUrlOrigin(
                url,
                origin_access_control_id=access.origin_access_control_id,
                read_timeout=options["read_timeout"] or _READ_TIMEOUT,
                keepalive_timeout=options["keepalive_timeout"],
            ),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            # the URL answers to its own host alone
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            # a compressor waits for more than one event
            compress=False,
            # a redirect comes when a prompt has already been sent in the clear
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        ),
        domain_names=names or None,
        certificate=options["certificate"],
        minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if names else None,
        web_acl_id=options["web_acl_arn"],
        log_bucket=options["access_log_bucket"] or _log_bucket(scope, options["access_log_expiration"]),
    )
    _let_invoke(scope, distribution, handler)
    return distribution


def _access_name(scope: Construct) -> str:
    """Return a name that no other deployment of the app has: it is one of the account, whatever the Region.

    It has 64 characters at most:
    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html
    """
    path = deployment_path(scope)
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    return f"{re.sub('[^A-Za-z0-9]+', '-', path)[:24]}-{digest}-{Stack.of(scope).region}"


def _log_bucket(scope: Construct, expiration: Duration | None) -> s3.Bucket:
    from aws_cdk import aws_s3 as s3

    bucket = s3.Bucket(
        scope,
        "AccessLogs",
        # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        lifecycle_rules=[s3.LifecycleRule(expiration=expiration or _LOG_EXPIRATION)],
    )
    Validations.of(bucket).acknowledge(
        Acknowledgment(id="AwsSolutions::AwsSolutions-S1", reason=_NO_LOG_OF_LOG)
    )
    return bucket


def _let_invoke(scope: Construct, distribution: cloudfront.Distribution, handler: lambda_.IFunction) -> None:
    """Grant both permissions that a function URL needs since October 2025.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html. They are of the alias where the handler is
    one, and resources of their own, since the CDK gives none to an imported function.
    """
    arn = Stack.of(scope).format_arn(
        service="cloudfront", region="", resource="distribution", resource_name=distribution.distribution_id
    )
    lambda_.CfnPermission(
        scope,
        "InvokeFunctionUrl",
        action="lambda:InvokeFunctionUrl",
        principal=_PRINCIPAL,
        function_name=handler.function_arn,
        source_arn=arn,
    )
    lambda_.CfnPermission(
        scope,
        "InvokeFunction",
        action="lambda:InvokeFunction",
        principal=_PRINCIPAL,
        function_name=handler.function_arn,
        source_arn=arn,
        invoked_via_function_url=True,
    )
