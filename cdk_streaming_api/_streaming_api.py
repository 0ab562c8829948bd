"""Define a REST API whose methods stream."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._add_protection import Protection
from ._apigateway.api_options import DEFAULTS, ApiOptions
from ._apigateway.binary_media_types import checked_media_types
from ._apigateway.endpoint import (
    custom_domain_url,
    default_endpoint_disabled,
    endpoint,
    host_names,
    set_security_policy,
)
from ._apigateway.gateway_responses import add_gateway_responses
from ._apigateway.grants import grant_invoke
from ._apigateway.mcp_authorization import McpMetadata
from ._apigateway.resource_path import Resources
from ._apigateway.stage import stage_options
from ._apigateway.throttling import MethodLimits, check_limits
from ._bedrock.model import BedrockModel
from ._bedrock.token_budget import TokenBudget
from ._bedrock_function import BedrockFunction
from ._common.access_log import StreamingAccessLogField
from ._common.cors import AllowedOrigins
from ._common.deployment_path import deployment_path
from ._common.keyword_options import InitSignature, checks_arguments, takes_options
from ._common.log_group import new_log_group
from ._common.log_metric import LogMetric
from ._common.tokens import check_known
from ._lambda.stream_store import StreamStore
from ._stream_functions import keep_streams

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_ec2 as ec2
    from typing_extensions import Unpack

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and set-up-stages.html
_STAGE_NAME = re.compile("[A-Za-z0-9_-]{1,128}")


class StreamingApi(Protection):
    """Defines a Regional REST API with IAM authorization, throttling, logs and streaming methods.

    ``POST /chat`` that streams what a model answers::

        api = StreamingApi(self, "Api", model=BedrockModel("amazon.nova-lite-v1:0"))
        api.add_stream("chat")

    A function of your own on a path of its own::

        api.add_stream("reports/{id}", http_method="GET", handler=reports, timeout=Duration.minutes(10))

    What has no argument here is reached through the attributes: ``rest_api``, ``handler``,
    ``access_log_group``, ``execution_log_group``, ``request_validator``, ``gateway_responses``,
    ``streams``, and ``handler`` and ``method`` of each stream.
    """

    __signature__ = InitSignature()

    @takes_options(ApiOptions, defaults=DEFAULTS)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model: BedrockModel | None = None,
        handler: lambda_.IFunction | None = None,
        store: StreamStore | None = None,
        budget: TokenBudget | None = None,
        authorization_type: apigateway.AuthorizationType = apigateway.AuthorizationType.IAM,
        authorizer: apigateway.IAuthorizer | None = None,
        api_key_required: bool = False,
        api_key_source_type: apigateway.ApiKeySourceType | None = None,
        policy: iam.PolicyDocument | None = None,
        endpoint_type: apigateway.EndpointType = apigateway.EndpointType.REGIONAL,
        vpc_endpoints: Sequence[ec2.IVpcEndpoint] = (),
        domain_name: apigateway.DomainNameOptions | None = None,
        disable_execute_api_endpoint: bool | None = None,
        allow_origins: Sequence[str] = (),
        allow_credentials: bool = False,
        rest_api_name: str | None = None,
        stage_name: str = "prod",
        throttling_rate_limit: float = 20,
        throttling_burst_limit: int = 40,
        scope_permissions_to_methods: bool | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        **options: Unpack[ApiOptions],
    ) -> None:
        """Define the API, its stage and its logs.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param model: the model behind streams that have no handler of their own. Default: - none
        :param handler: the function behind streams that have no handler of their own.
            Default: - a BedrockFunction for ``model``
        :param store: keeps the streams of StreamingFunctions, for ``streams/{id}``. Default: - none are kept
        :param budget: how much callers may use of ``model``. Default: - as much as they ask for
        :param authorization_type: who may call, unless a stream says otherwise.
            Default: AuthorizationType.IAM
        :param authorizer: Lambda or Cognito authorizer; it then decides the authorization type.
            Default: - none
        :param api_key_required: whether a usage plan must know the key of whoever calls, unless a stream
            says otherwise. Default: False
        :param api_key_source_type: whether that key is in ``x-api-key`` or comes from the authorizer.
            Default: - what the authorizer says, as ``ApiKeyAuthorizer`` does, else the header
        :param policy: resource policy of the API. Default: - none, or one for ``vpc_endpoints``
        :param endpoint_type: where the API can be reached. Default: EndpointType.REGIONAL
        :param vpc_endpoints: what a PRIVATE endpoint can be called through, and through nothing else.
            Default: - none
        :param domain_name: domain name, certificate and mutual TLS; not if PRIVATE. Default: - none
        :param disable_execute_api_endpoint: whether API Gateway's own name for the API is off.
            Default: - off where ``domain_name`` has ``mtls``
        :param allow_origins: origins of the pages that may call the API, or ``*``; a handler of your own
            names the origin in its response, as the bundled ones do. Default: - none
        :param allow_credentials: whether such pages may send cookies or HTTP authentication. Default: False
        :param rest_api_name: name of the API, and of its metrics in CloudWatch: one that no other API of the
            account and Region has. Default: - the name of the stack, and the path of this construct in it
        :param stage_name: first part of the path of every URL, 1 to 128 of ``A-Za-z0-9_-``. Default: prod
        :param throttling_rate_limit: requests a second that the stage takes. Default: 20
        :param throttling_burst_limit: requests that it takes at once. Default: 40
        :param scope_permissions_to_methods: whether API Gateway has a permission for each stream to invoke
            its function, or one for all. Default: - for each, up to 20 streams of one function
        :param log_retention: how long the logs of API and function are kept. Default: one month
        :raises ValueError: when ``model`` and ``handler`` are both given, or ``budget`` without a model, API
            Gateway would not accept the stage's name, its limits or the endpoint, mutual TLS could be got
            around, or browsers would refuse the CORS arguments.
        """
        super().__init__(scope, construct_id)
        if model and handler:
            raise ValueError("model and handler exclude each other: a handler brings its own model")
        if budget and not model:
            raise ValueError("budget needs a model; give it to the BedrockFunction that is the handler")
        check_known("stage_name", stage_name, "it is in ids of constructs")
        if not _STAGE_NAME.fullmatch(stage_name):
            raise ValueError(f"stage_name must be 1 to 128 of A-Z, a-z, 0-9, '_' and '-', got '{stage_name}'")
        check_limits("the stage", throttling_rate_limit, throttling_burst_limit)
        self._cors = AllowedOrigins.of(allow_origins, allow_credentials)
        self._authorizer = authorizer
        self._authorization_type = authorizer.authorization_type if authorizer else authorization_type
        self.streams, self._added, self._ids, self._mcp_servers = [], [], set(), []
        self._response_handler = None
        self._log_retention = log_retention
        binary_media_types = checked_media_types(options["binary_media_types"])
        self._has_binary = bool(binary_media_types)
        self._scope_permissions = scope_permissions_to_methods
        self._stage_name = stage_name
        if model:
            handler = BedrockFunction(
                self,
                "Handler",
                model=model,
                budget=budget,
                allow_origins=allow_origins,
                allow_credentials=allow_credentials,
                log_retention=log_retention,
            )
        self.handler = handler
        removal_policy, log_key = options["removal_policy"], options["log_encryption_key"]
        self.access_log_group = new_log_group(
            self,
            "AccessLogs",
            retention=log_retention,
            removal_policy=removal_policy,
            encryption_key=log_key,
        )
        self._metrics = LogMetric(self, "Streams", log_group=self.access_log_group)
        default_disabled = default_endpoint_disabled(domain_name, disable_execute_api_endpoint)
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            # names the API in the console and in CloudWatch, whose metrics of an API know its name only
            rest_api_name=rest_api_name or deployment_path(self).replace("/", "-"),
            description=options["description"],
            endpoint_configuration=endpoint(
                self, endpoint_type, vpc_endpoints, domain_name, options["ip_address_type"]
            ),
            domain_name=domain_name,
            disable_execute_api_endpoint=default_disabled,
            binary_media_types=binary_media_types,
            policy=policy,
            api_key_source_type=api_key_source_type or getattr(authorizer, "api_key_source_type", None),
            # there is one such role for account and Region, and other stacks' logs need it
            cloud_watch_role=False,
            default_method_options=apigateway.MethodOptions(
                authorization_type=self._authorization_type,
                authorizer=authorizer,
                api_key_required=api_key_required or None,
            ),
            deploy_options=stage_options(
                stage_name,
                self.access_log_group,
                throttling_rate_limit,
                throttling_burst_limit,
                options["stage_options"],
            ),
        )
        set_security_policy(self.rest_api, options["security_policy"], options["endpoint_access_mode"])
        if removal_policy:
            self.rest_api.apply_removal_policy(removal_policy)
        self._limits, self._resources = MethodLimits(self.rest_api), Resources(self.rest_api)
        self._hosts = host_names(self.rest_api, vpc_endpoints, default_disabled=bool(default_disabled))
        if vpc_endpoints:
            self.rest_api.grant_invoke_from_vpc_endpoints_only(list(vpc_endpoints))
        # RestApi adds a CfnOutput with a hashed name; remove it, users can output `api.url`
        self.rest_api.node.try_remove_child("Endpoint")
        # API Gateway would create the group by this name, without retention, and leave it behind
        self.execution_log_group = new_log_group(
            self,
            "ExecutionLogs",
            name=f"API-Gateway-Execution-Logs_{self.rest_api.rest_api_id}/{stage_name}",
            retention=log_retention,
            removal_policy=removal_policy,
            encryption_key=log_key,
        )
        self.rest_api.deployment_stage.node.add_dependency(self.execution_log_group)
        self.request_validator = apigateway.RequestValidator(
            self,
            "RequestValidator",
            rest_api=self.rest_api,
            validate_request_body=True,
            validate_request_parameters=True,
        )
        self._mcp_metadata = McpMetadata(self.rest_api, stage_name, as_text=self._has_binary)
        self.gateway_responses = add_gateway_responses(
            self.rest_api,
            self._cors.gateway_response_headers() if self._cors else {},
            self._mcp_metadata.challenges(),
        )
        if store:
            keep_streams(self, store, self._cors, log_retention)

    @property
    def url(self) -> str:
        """The URL of the custom domain, else of the stage, with a slash at its end."""
        custom = custom_domain_url(self.rest_api)
        return f"{custom}/" if custom else self.rest_api.url

    @checks_arguments
    def grant_execute(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to call every method; it then signs its requests with Signature Version 4.

        A principal of another account is also allowed by the API's resource policy, which IAM wants beside
        the principal's own policy. A policy that this call creates lets those in whom the API let in without
        it: preflight requests, open methods and user pools.

        :param grantee: the role, user or function that calls, or another account's principal.
        """
        stage = self.rest_api.deployment_stage.stage_name
        return grant_invoke(
            self.rest_api,
            grantee,
            arns=[self.rest_api.arn_for_execute_api("*", "/*", stage)],
            arns_in_policy=[f"execute-api:/{self._stage_name}/*/*"],
        )

    @checks_arguments
    def metric_time_to_first_content(
        self, *, statistic: str = "p90", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the milliseconds until the first byte of the body of streamed responses.

        The first call defines a metric filter on the access log, and what turns its texts into numbers.

        :param statistic: how it is aggregated. Default: p90
        :param period: over which time. Default: 5 minutes
        """
        return self._metrics.milliseconds(
            "TimeToFirstContent",
            StreamingAccessLogField.TIME_TO_FIRST_CONTENT,
            statistic=statistic,
            period=period,
        )

    @checks_arguments
    def metric_stream_duration(
        self, *, statistic: str = "p90", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Return the milliseconds that streamed responses take as a whole, as does Latency of API Gateway.

        The first call defines a metric filter on the access log, and what turns its texts into numbers.

        :param statistic: how it is aggregated. Default: p90
        :param period: over which time. Default: 5 minutes
        """
        return self._metrics.milliseconds(
            "StreamDuration", StreamingAccessLogField.INTEGRATION_LATENCY, statistic=statistic, period=period
        )
