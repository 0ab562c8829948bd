"""The methods of StreamingApi that define its streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._apigateway.cors import Cors
from ._apigateway.http_stream import HttpStream
from ._apigateway.resource_path import check_path
from ._apigateway.stream import Stream
from ._apigateway.streaming_method import StreamingMethod
from ._apigateway.throttling import throttle
from ._bedrock.routes import DEFAULT_FORMATS, BedrockFormat, routes
from ._common.argument_checks import check_type
from ._probe_function import ProbeFunction

if TYPE_CHECKING:  # what only types need would make every synthesis longer
    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_elasticloadbalancingv2 as elbv2


class StreamFactories(Construct):
    """Defines streams on ``rest_api``, with what the API has for all of them."""

    handler: lambda_.IFunction | None
    rest_api: apigateway.RestApi
    request_validator: apigateway.RequestValidator
    streams: list[StreamingMethod]
    _authorization_type: apigateway.AuthorizationType | None
    _cors: Cors | None
    _log_retention: logs.RetentionDays
    _paths: list[str]

    def add_stream(
        self,
        path: str,
        *,
        http_method: str = "POST",
        handler: lambda_.IFunction | None = None,
        timeout: Duration | None = None,
        authorization_type: apigateway.AuthorizationType | None = None,
        authorizer: apigateway.IAuthorizer | None = None,
        authorization_scopes: Sequence[str] = (),
        api_key_required: bool | None = None,
        request_parameters: Mapping[str, bool] | None = None,
        request_schema: apigateway.JsonSchema | None = None,
        throttling_rate_limit: float | None = None,
        throttling_burst_limit: int | None = None,
    ) -> Stream:
        """Define a streaming method in front of a function, and the resources that its path needs.

        :param path: path below the stage, such as ``chat`` or ``reports/{id}``.
        :param http_method: HTTP method, or ``ANY``. Default: POST
        :param handler: function, alias or version that writes the response. Default: - the API's handler
        :param timeout: how long the whole stream may take, 50 milliseconds to 15 minutes.
            Default: - the timeout set on the function, else 15 minutes
        :param authorization_type: who may call this method; an API with an authorizer takes no other than the
            authorizer's. Default: - as for the API
        :param authorizer: Lambda or Cognito authorizer of this method. Default: - as for the API
        :param authorization_scopes: OAuth scopes, one of which a Cognito access token must have; without
            them Cognito authorizers want the ID token. Default: - none
        :param api_key_required: whether a usage plan must know the caller's key. Default: - as for the API
        :param request_parameters: ``method.request.{path|querystring|header}.NAME`` to whether it is
            required. Default: - none
        :param request_schema: JSON schema of the body. Default: - any body, or none
        :param throttling_rate_limit: requests a second for this method; for ``ANY``, of each.
            Default: - the stage's
        :param throttling_burst_limit: requests at once for this method; for ``ANY``, of each.
            Default: - the stage's
        :raises ValueError: when there is no handler, or API Gateway would not accept the path or the timeout.
        """
        handler = handler or self.handler
        if handler is None:
            raise ValueError(
                f"stream '/{path.strip('/')}' has no handler; pass one, or give StreamingApi a model"
            )
        stream = Stream(
            self,
            _stream_id(http_method, path),
            resource=self._resource(path),
            handler=handler,
            http_method=http_method,
            timeout=timeout,
            authorization_type=authorization_type or (None if authorizer else self._authorization_type),
            authorizer=authorizer,
            authorization_scopes=authorization_scopes,
            api_key_required=api_key_required,
            request_parameters=request_parameters,
            request_schema=request_schema,
            request_validator=self.request_validator,
        )
        self._finish(stream, throttling_rate_limit, throttling_burst_limit)
        return stream

    def add_http_stream(
        self,
        path: str,
        *,
        url: str,
        http_method: str = "POST",
        timeout: Duration | None = None,
        parameter_mapping: Mapping[str, str] | None = None,
        authorization_type: apigateway.AuthorizationType | None = None,
        authorizer: apigateway.IAuthorizer | None = None,
        authorization_scopes: Sequence[str] = (),
        api_key_required: bool | None = None,
        request_parameters: Mapping[str, bool] | None = None,
        request_schema: apigateway.JsonSchema | None = None,
        throttling_rate_limit: float | None = None,
        throttling_burst_limit: int | None = None,
    ) -> HttpStream:
        """Define a streaming method in front of a server on the Internet.

        :param path: path below the stage, such as ``docs/{proxy+}``.
        :param url: where the server is; ``{name}`` stands for a path parameter.
        :param http_method: HTTP method, or ``ANY``; the server gets the same. Default: POST
        :param timeout: how long the whole stream may take, 50 milliseconds to 15 minutes. Default: 15 minutes
        :param parameter_mapping: ``integration.request.{path|querystring|header}.NAME`` to
            ``method.request...``, ``context...`` or a text in single quotes. Default: - headers, the query
            string, and path parameters of the same name
        :param authorization_type: who may call this method; an API with an authorizer takes no other than the
            authorizer's. Default: - as for the API
        :param authorizer: Lambda or Cognito authorizer of this method. Default: - as for the API
        :param authorization_scopes: OAuth scopes, one of which a Cognito access token must have.
            Default: - none
        :param api_key_required: whether a usage plan must know the caller's key. Default: - as for the API
        :param request_parameters: ``method.request.{path|querystring|header}.NAME`` to whether it is
            required. Default: - what the mapping reads, required if it is in the path
        :param request_schema: JSON schema of the body. Default: - any body, or none
        :param throttling_rate_limit: requests a second for this method; for ``ANY``, of each.
            Default: - the stage's
        :param throttling_burst_limit: requests at once for this method; for ``ANY``, of each.
            Default: - the stage's
        :raises ValueError: when API Gateway would not accept the path, the URL, the timeout or the mapping.
        """
        stream = HttpStream(
            self,
            _stream_id(http_method, path),
            resource=self._resource(path),
            url=url,
            http_method=http_method,
            timeout=timeout,
            parameter_mapping=parameter_mapping,
            authorization_type=authorization_type or (None if authorizer else self._authorization_type),
            authorizer=authorizer,
            authorization_scopes=authorization_scopes,
            api_key_required=api_key_required,
            request_parameters=request_parameters,
            request_schema=request_schema,
            request_validator=self.request_validator,
        )
        self._finish(stream, throttling_rate_limit, throttling_burst_limit)
        return stream

    def add_private_stream(
        self,
        path: str,
        *,
        vpc_link: apigateway.IVpcLink | apigatewayv2.IVpcLink,
        url: str,
        load_balancer: elbv2.IApplicationLoadBalancer | elbv2.INetworkLoadBalancer | None = None,
        http_method: str = "POST",
        timeout: Duration | None = None,
        parameter_mapping: Mapping[str, str] | None = None,
        authorization_type: apigateway.AuthorizationType | None = None,
        authorizer: apigateway.IAuthorizer | None = None,
        authorization_scopes: Sequence[str] = (),
        api_key_required: bool | None = None,
        request_parameters: Mapping[str, bool] | None = None,
        request_schema: apigateway.JsonSchema | None = None,
        throttling_rate_limit: float | None = None,
        throttling_burst_limit: int | None = None,
    ) -> HttpStream:
        """Define a streaming method in front of a server in a VPC.

        :param path: path below the stage.
        :param vpc_link: the link into the VPC, of V1 to a Network Load Balancer or of V2.
        :param url: host and path as the server knows them; the host is not looked up.
        :param load_balancer: where a VPC link V2 leads to. Default: - the target of a VPC link V1
        :param http_method: HTTP method, or ``ANY``; the server gets the same. Default: POST
        :param timeout: how long the whole stream may take, 50 milliseconds to 15 minutes. Default: 15 minutes
        :param parameter_mapping: ``integration.request.{path|querystring|header}.NAME`` to
            ``method.request...``, ``context...`` or a text in single quotes. Default: - headers, the query
            string, and path parameters of the same name
        :param authorization_type: who may call this method; an API with an authorizer takes no other than the
            authorizer's. Default: - as for the API
        :param authorizer: Lambda or Cognito authorizer of this method. Default: - as for the API
        :param authorization_scopes: OAuth scopes, one of which a Cognito access token must have.
            Default: - none
        :param api_key_required: whether a usage plan must know the caller's key. Default: - as for the API
        :param request_parameters: ``method.request.{path|querystring|header}.NAME`` to whether it is
            required. Default: - what the mapping reads, required if it is in the path
        :param request_schema: JSON schema of the body. Default: - any body, or none
        :param throttling_rate_limit: requests a second for this method; for ``ANY``, of each.
            Default: - the stage's
        :param throttling_burst_limit: requests at once for this method; for ``ANY``, of each.
            Default: - the stage's
        :raises ValueError: when API Gateway would not accept the path, the URL, the timeout or the mapping,
            or the load balancer does not go with the link.
        """
        stream = HttpStream(
            self,
            _stream_id(http_method, path),
            resource=self._resource(path),
            url=url,
            vpc_link=vpc_link,
            load_balancer=load_balancer,
            http_method=http_method,
            timeout=timeout,
            parameter_mapping=parameter_mapping,
            authorization_type=authorization_type or (None if authorizer else self._authorization_type),
            authorizer=authorizer,
            authorization_scopes=authorization_scopes,
            api_key_required=api_key_required,
            request_parameters=request_parameters,
            request_schema=request_schema,
            request_validator=self.request_validator,
        )
        self._finish(stream, throttling_rate_limit, throttling_burst_limit)
        return stream

    def add_probe(self, path: str = "probe") -> Stream:
        """Define the method that ``streaming-api smoke`` challenges to prove that the deployment streams.

        :param path: path below the stage. Default: probe
        :raises ValueError: when it was called before.
        """
        if self.node.try_find_child("Probe"):
            raise ValueError("the API has a probe already; add_probe can be called once")
        probe = ProbeFunction(
            self,
            "Probe",
            allow_origins=self._cors.allow_origins if self._cors else (),
            allow_credentials=bool(self._cors and self._cors.allow_credentials),
            log_retention=self._log_retention,
        )
        return self.add_stream(path, handler=probe)

    def add_bedrock_routes(
        self,
        *,
        formats: Sequence[BedrockFormat] = DEFAULT_FORMATS,
        prefix: str = "",
        handler: lambda_.IFunction | None = None,
    ) -> list[Stream]:
        """Define the methods that clients of OpenAI, Anthropic, the AI SDK and Bedrock itself call.

        The clients need the URL of the stage and what authorizes them; see docs/formats.md.

        :param formats: whose clients. Default: - all but ``BedrockFormat.BEDROCK``, Bedrock's own operations
        :param prefix: path below the stage that comes before the paths. Default: - none
        :param handler: a ``BedrockFunction``, or an alias or version of one. Default: - the API's handler
        :raises ValueError: when there is no handler.
        """
        return [
            self.add_stream(path, http_method=http_method, handler=handler)
            for http_method, path in routes(formats, prefix)
        ]

    def _resource(self, path: str) -> apigateway.Resource:
        check_path(path, self._paths)
        self._paths.append(path)
        return self.rest_api.root.resource_for_path(path.strip("/"))

    def _finish(self, stream: StreamingMethod, rate_limit: float | None, burst_limit: int | None) -> None:
        self.streams.append(stream)
        if self._cors:
            self._cors.add_preflight(stream.method.resource)
        throttle(stream.method, rate_limit, burst_limit)


def _stream_id(http_method: str, path: str) -> str:
    check_type("path of a stream", path, str)
    return f"{http_method.upper()} {path.strip('/')}"
