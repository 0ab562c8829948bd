"""Name the options that streaming methods share, once for every callable that takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_elasticloadbalancingv2 as elbv2


class RequestOptions(TypedDict, total=False):
    """Options of the requests that a streaming method takes.

    :param http_method: HTTP method, or ``ANY``; a server behind it gets the same. Default: POST
    :param request_parameters: ``method.request.{path|querystring|header}.NAME`` to whether it is required.
        Default: - what ``parameter_mapping`` and ``url`` of a server read, required if it is in the path
    :param request_schema: JSON schema of the body. Default: - any body, or none
    """

    http_method: str
    request_parameters: Mapping[str, bool] | None
    request_schema: apigateway.JsonSchema | None


class CallOptions(TypedDict, total=False):
    """Options of who may call a streaming method, and for how long.

    :param timeout: how long the whole stream may take, 50 milliseconds to 15 minutes.
        Default: - the timeout set on the function, else 15 minutes
    :param authorization_type: who may call; with an authorizer, no other than the authorizer's.
        Default: - the authorizer's, else what the API's default method options name, else
        AuthorizationType.IAM
    :param authorizer: Lambda or Cognito authorizer; it then decides the authorization type.
        Default: - what the default method options name
    :param authorization_scopes: OAuth scopes, one of which a Cognito access token must have; without them
        Cognito authorizers want the ID token. Default: - none
    :param api_key_required: whether a usage plan must know the caller's key.
        Default: - what the default method options say
    """

    timeout: Duration | None
    authorization_type: apigateway.AuthorizationType | None
    authorizer: apigateway.IAuthorizer | None
    authorization_scopes: Sequence[str]
    api_key_required: bool | None


class MethodOptions(RequestOptions, CallOptions, total=False):
    """Options of every streaming method."""


class ValidatorOptions(TypedDict, total=False):
    """Options of a streaming method on an API that has its own request validators.

    :param request_validator: validates a request before it is passed on. Default: - none
    """

    request_validator: apigateway.IRequestValidator | None


class PermissionOptions(TypedDict, total=False):
    """Options of a streaming method in front of a function, on an API that does not say it for all.

    :param scope_permission_to_method: whether API Gateway has a permission to invoke the function for this
        method alone. False stands for one permission for all methods of the stage.
        Default: - for up to 20 streams of the function in the API
    """

    scope_permission_to_method: bool | None


class ThrottlingOptions(TypedDict, total=False):
    """Options of a streaming method on an API whose stage is known.

    :param throttling_rate_limit: requests a second for this method; for ``ANY``, of each.
        Default: - the stage's
    :param throttling_burst_limit: requests at once for this method; for ``ANY``, of each.
        Default: - the stage's
    """

    throttling_rate_limit: float | None
    throttling_burst_limit: int | None


class ServerOptions(TypedDict, total=False):
    """Options of a streaming method in front of an HTTP server.

    :param vpc_link: the link into the server's VPC: of V1 to a Network Load Balancer, or of V2.
        Default: - the server is on the Internet
    :param load_balancer: where a VPC link V2 leads to; nothing else may have one. Default: - none
    :param parameter_mapping: ``integration.request.{path|querystring|header}.NAME`` to
        ``method.request...``, ``context...`` or a text in single quotes. Default: - headers, the query
        string, and path parameters of the same name
    """

    vpc_link: apigateway.IVpcLink | apigatewayv2.IVpcLink | None
    load_balancer: elbv2.IApplicationLoadBalancer | elbv2.INetworkLoadBalancer | None
    parameter_mapping: Mapping[str, str] | None


class HttpMethodOptions(ServerOptions, MethodOptions, total=False):
    """Options of every streaming method in front of an HTTP server."""


class MethodOnApiOptions(MethodOptions, ValidatorOptions, total=False):
    """Options of ``Stream`` and ``HttpStream`` that the method itself has."""


class StreamOptions(MethodOnApiOptions, PermissionOptions, total=False):
    """Options of ``Stream``."""


class HttpStreamOptions(HttpMethodOptions, ValidatorOptions, total=False):
    """Options of ``HttpStream``."""


class RouteOptions(MethodOptions, ThrottlingOptions, total=False):
    """Options of ``StreamingApi.add_stream``."""


class McpServerOptions(CallOptions, ThrottlingOptions, total=False):
    """Options of ``StreamingApi.add_mcp_server``."""


class HttpRouteOptions(HttpMethodOptions, ThrottlingOptions, total=False):
    """Options of ``StreamingApi.add_http_stream``."""


#: the defaults that are not None
DEFAULTS: Mapping[str, object] = {"http_method": "POST", "authorization_scopes": ()}
