"""Name the options of a distribution in front of a function URL, and check them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from aws_cdk import Annotations, Duration, Stack, Token
from constructs import Construct

from ..._common.argument_checks import check_whole
from ..._common.tokens import check_list_known, known_amount

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_certificatemanager as certificatemanager
    from aws_cdk import aws_s3 as s3

#: the Region of what CloudFront takes:
#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html and
#: https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html
_REGION = "us-east-1"
_WEB_ACL = re.compile(rf"arn:[a-z-]+:wafv2:{_REGION}:[0-9]{{12}}:global/webacl/.+")
#: argument -> what CloudFront takes without a higher quota, in seconds, and the name of the quota:
#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
_QUOTAS: Mapping[Literal["read_timeout", "keepalive_timeout"], tuple[int, str]] = {
    "read_timeout": (120, "Response timeout per origin"),
    "keepalive_timeout": (300, "Keep-alive timeout per origin"),
}
#: an integer of CloudFormation
_SECONDS = range(1, 2**31)


class DistributionOptions(TypedDict, total=False):
    """Options of a distribution of Amazon CloudFront; they need ``behind_cloudfront``.

    :param domain_names: further names of the distribution; they need a ``certificate``.
        Default: - CloudFront's own name alone
    :param certificate: the certificate for ``domain_names``, of us-east-1. Default: - CloudFront's own
    :param web_acl_arn: ARN of a web ACL of AWS WAF for CloudFront, of us-east-1. Default: - none
    :param read_timeout: how long CloudFront waits for the first byte, and for each next one, in whole
        seconds; above 120 needs a higher quota. Default: 120 seconds
    :param keepalive_timeout: how long CloudFront keeps an idle connection to the function URL, in whole
        seconds; above 300 needs a higher quota. Default: 5 seconds, as is CloudFront's own
    :param access_log_bucket: bucket with ACLs for CloudFront's access log. Default: - one of its own
    :param access_log_expiration: after how many days its own bucket deletes the access log.
        Default: 30 days
    """

    domain_names: Sequence[str]
    certificate: certificatemanager.ICertificate | None
    web_acl_arn: str | None
    read_timeout: Duration | None
    keepalive_timeout: Duration | None
    access_log_bucket: s3.IBucket | None
    access_log_expiration: Duration | None


#: the defaults that are not None
DEFAULTS: Mapping[str, object] = {"domain_names": ()}


def refuse_without_distribution(subject: str, options: DistributionOptions) -> None:
    """Refuse what says something of a distribution that is not there.

    :param subject: whose arguments they are, for the message.
    :raises ValueError: with the name of the first such argument.
    """
    for name, value in options.items():
        if value:
            raise ValueError(f"{name} without behind_cloudfront means nothing; pass it for {subject} too")


def check_distribution(subject: str, options: DistributionOptions) -> None:
    """Refuse what CloudFront would refuse at deployment; names and ARNs that are tokens are not looked at.

    :param subject: whose arguments they are, for the message.
    :raises ValueError: that says what was given.
    """
    names, certificate = options["domain_names"], options["certificate"]
    check_list_known("domain_names", names, "each is a name of the distribution")
    if bool(names) != bool(certificate):
        given, missing = ("domain_names", "certificate") if names else ("certificate", "domain_names")
        raise ValueError(f"{given} of {subject} needs {missing}, got none")
    if certificate:
        _check_certificate(subject, certificate)
    acl = options["web_acl_arn"]
    if acl is not None and not Token.is_unresolved(acl) and not _WEB_ACL.fullmatch(acl):
        raise ValueError(
            f"web_acl_arn of {subject} must be the ARN of a web ACL with scope CLOUDFRONT, which is in "
            f"{_REGION}, got '{acl}'"
        )
    for name in _QUOTAS:
        if timeout := options[name]:
            _check_duration_known(f"{name} of {subject}", timeout)
            seconds = known_amount(f"{name} of {subject}", timeout, "seconds") or 0
            check_whole(f"{name} of {subject}", seconds, _SECONDS, "at least 1 second")
    if expiration := options["access_log_expiration"]:
        if options["access_log_bucket"]:
            raise ValueError(
                f"access_log_expiration of {subject} is of its own bucket; set it on the access_log_bucket "
                "that you pass"
            )
        _check_duration_known(f"access_log_expiration of {subject}", expiration)
        days = expiration.to_days(integral=False)
        check_whole(f"access_log_expiration of {subject}", days, range(1, 2**31), "in whole days")


def warn_of_quotas(scope: Construct, options: DistributionOptions) -> None:
    """Warn of timeouts that only an account with a higher quota takes."""
    for name, (quota, quota_name) in _QUOTAS.items():
        timeout = options[name]
        if timeout and timeout.to_seconds() > quota:
            Annotations.of(scope).add_warning_v2(
                "cdk-streaming-api:cloudFrontQuota",
                f"{name} of {timeout.to_human_string()} needs a higher quota '{quota_name}' of CloudFront, "
                f"which is {quota} seconds by default",
            )


def _check_duration_known(name: str, duration: Duration) -> None:
    if duration.is_unresolved():
        raise ValueError(f"{name} must be known at synth: the CDK checks it, got a token")


def _check_certificate(subject: str, certificate: certificatemanager.ICertificate) -> None:
    arn = certificate.certificate_arn
    region = Stack.of(certificate).region if Token.is_unresolved(arn) else f"{arn}:::::".split(":")[3]
    if not Token.is_unresolved(region) and region != _REGION:
        raise ValueError(
            f"certificate of {subject} must be of {_REGION}, where CloudFront looks for it, got one of "
            f"{region or 'no Region'}"
        )
