"""Define a function URL whose function streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Annotations, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_api_templates.template.url_regions import WITHOUT_FUNCTION_URLS

from ..._common.cors import AllowedOrigins
from ..._common.keyword_options import InitSignature, checks_arguments, takes_options
from ..streaming_function import StreamingFunction
from .distribution import new_distribution
from .options import (
    DEFAULTS,
    DistributionOptions,
    check_distribution,
    refuse_without_distribution,
    warn_of_quotas,
)

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_cloudfront as cloudfront
    from typing_extensions import Unpack

_BOTH_WRITE = (
    "allow_origins of {} and of its function would each write access-control-allow-origin, and browsers "
    "refuse a response that has it twice: leave it out of the function, which another function may have for "
    "an API"
)


class StreamingUrl(Construct):
    """Defines a function URL that streams, with IAM authorization, and CloudFront in front of it on request.

    A URL that callers with credentials of AWS sign for::

        url = StreamingUrl(self, "Url", handler=chat)
        url.grant_invoke(caller)

    Behind CloudFront, with AWS WAF and a domain name of its own::

        StreamingUrl(
            self,
            "Edge",
            handler=reports,
            behind_cloudfront=True,
            web_acl_arn="arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1a2b3c",
        )

    A ``POST`` through CloudFront needs ``x-amz-content-sha256`` from its client, which the SDKs of OpenAI and
    Anthropic do not send: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
    private-content-restricting-access-to-lambda.html. ``function_url`` and ``distribution`` are the
    constructs of the CDK.
    """

    __signature__ = InitSignature()

    @takes_options(DistributionOptions, defaults=DEFAULTS)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: lambda_.IFunction,
        auth_type: lambda_.FunctionUrlAuthType = lambda_.FunctionUrlAuthType.AWS_IAM,
        allow_origins: Sequence[str] = (),
        allow_credentials: bool = False,
        behind_cloudfront: bool = False,
        **options: Unpack[DistributionOptions],
    ) -> None:
        """Define the URL, and the distribution with its origin access control, log and permissions.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param handler: function or alias that writes the response; not in a VPC, from which function URLs do
            not stream. Each function and each alias has one URL at most.
        :param auth_type: who may call: callers that sign their requests, or everybody.
            Default: FunctionUrlAuthType.AWS_IAM
        :param allow_origins: origins of the pages that may call the URL, or ``*``. Lambda answers their
            preflights and adds the headers; the function must not add them as well. Default: - none
        :param allow_credentials: whether such pages may send cookies or HTTP authentication. Default: False
        :param behind_cloudfront: whether CloudFront is in front, which then signs every request; ``POST`` and
            ``PUT`` need ``x-amz-content-sha256`` from the client. Default: False
        :raises ValueError: when Lambda, CloudFront or browsers would not accept the arguments, or there is
            nothing that they would be for.
        """
        super().__init__(scope, construct_id)
        subject = f"StreamingUrl '{construct_id}'"
        cors = AllowedOrigins.of(allow_origins, allow_credentials)
        function = _function(subject, handler)
        if cors and isinstance(function, StreamingFunction) and function._writes_cors:
            raise ValueError(_BOTH_WRITE.format(subject))
        if behind_cloudfront:
            if auth_type is lambda_.FunctionUrlAuthType.NONE:
                raise ValueError(
                    f"auth_type of {subject} must be AWS_IAM behind_cloudfront: an open URL could be called "
                    "past CloudFront and AWS WAF, got NONE"
                )
            check_distribution(subject, options)
        else:
            refuse_without_distribution(subject, options)
        self.handler = handler
        self.function_url = lambda_.FunctionUrl(
            self,
            "FunctionUrl",
            function=handler,
            auth_type=auth_type,
            invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM,
            cors=cors.function_url() if cors else None,
        )
        self.distribution: cloudfront.Distribution | None = None
        if behind_cloudfront:
            self.distribution = new_distribution(self, self.function_url, handler, options)
            warn_of_quotas(self, options)
        self._domain_names = [*options["domain_names"]]
        self._warn(function, auth_type)

    @property
    def url(self) -> str:
        """The URL for callers, with a slash at its end: of CloudFront where it is in front."""
        if self.distribution is None:
            return self.function_url.url
        names = [*self._domain_names, self.distribution.distribution_domain_name]
        return f"https://{names[0]}/"

    @checks_arguments
    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to call the function URL; it signs its requests with Signature Version 4.

        It gets ``lambda:InvokeFunctionUrl`` and, through the URL alone, ``lambda:InvokeFunction``:
        https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html. Callers of CloudFront need neither.

        :param grantee: who may call.
        """
        return self.function_url.grant_invoke_url(grantee)

    def _warn(self, function: lambda_.IFunction, auth_type: lambda_.FunctionUrlAuthType) -> None:
        is_model = isinstance(function, StreamingFunction) and function._calls_a_model
        if auth_type is lambda_.FunctionUrlAuthType.NONE:
            spends = "can spend your money on a model" if is_model else "can use what answers there"
            Annotations.of(self).add_warning_v2(
                "StreamingRules::STREAM040" if is_model else "cdk-streaming-api:openUrl",
                f"the function URL is open: whoever knows it {spends}, and nothing limits how often",
            )
        region = Stack.of(self).region
        if region in WITHOUT_FUNCTION_URLS:
            Annotations.of(self).add_warning_v2(
                "cdk-streaming-api:urlRegion",
                f"Lambda's documentation lists {region} among the Regions without function URLs; a REST API "
                "streams there",
            )
        if self.distribution:
            Annotations.of(self).add_warning_v2(
                "StreamingRules::STREAM047",
                "POST and PUT through CloudFront need x-amz-content-sha256 from the client, which the SDKs "
                "of OpenAI and Anthropic do not send: streaming-api chat and smoke do",
            )


def _function(subject: str, handler: lambda_.IFunction) -> lambda_.IFunction:
    """Return the function behind a handler.

    :raises ValueError: when it can have no function URL, or none that streams.
    """
    if isinstance(handler, lambda_.Version):
        raise ValueError(f"handler of {subject} is a version, which has no URL; pass an alias of it")
    function = handler.lambda_ if isinstance(handler, lambda_.Alias) else handler
    if isinstance(function, lambda_.Function) and function.is_bound_to_vpc:
        raise ValueError(
            f"handler of {subject} is in a VPC, and function URLs do not stream from one: use StreamingApi"
        )
    return function
