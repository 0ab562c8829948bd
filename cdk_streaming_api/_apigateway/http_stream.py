"""One streaming method in front of a server that speaks HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Duration, Token, Validations
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from .._common.argument_checks import resource_path
from .._common.timeouts import MAX_STREAM_MS, MIN_STREAM_MS, check_timeout
from .parameter_mapping import mapped
from .streaming_method import StreamingMethod

if TYPE_CHECKING:  # what only types need would make every synthesis longer
    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_elasticloadbalancingv2 as elbv2


class HttpStream(StreamingMethod):
    """Defines a method that passes on what a server sends, while it sends it.

    A server on the Internet::

        docs = my_api.root.add_resource("docs").add_resource("{proxy+}")
        HttpStream(self, "Docs", resource=docs, http_method="GET", url="https://example.com/{proxy}")

    A server in a VPC: behind a Network Load Balancer with ``vpc_link``, or behind an Application Load
    Balancer with a VPC link of API Gateway V2 and the ``load_balancer``. API Gateway then puts the stage
    before the path that the server sees.

    See https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        resource: apigateway.IResource,
        url: str,
        vpc_link: apigateway.IVpcLink | apigatewayv2.IVpcLink | None = None,
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
        request_validator: apigateway.IRequestValidator | None = None,
    ) -> None:
        """Define the method.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param resource: the API's resource that gets the method.
        :param url: where the server is, ``http://`` or ``https://``; ``{name}`` stands for a path parameter.
        :param vpc_link: the link into the server's VPC. Default: - the server is on the Internet
        :param load_balancer: where a VPC link V2 leads to, and nothing else may have one. Default: - none
        :param http_method: HTTP method, or ``ANY``; the server gets the same. Default: POST
        :param timeout: how long the whole stream may take, 50 milliseconds to 15 minutes. Default: 15 minutes
        :param parameter_mapping: ``integration.request.{path|querystring|header}.NAME`` to
            ``method.request...``, ``context...`` or a text in single quotes. Default: - headers, the query
            string, and path parameters of the same name
        :param authorization_type: who may call. Default: - what the resource's default method options say,
            else AuthorizationType.IAM
        :param authorizer: Lambda or Cognito authorizer; it then decides the authorization type.
            Default: - what the resource's default method options say
        :param authorization_scopes: OAuth scopes, one of which a Cognito access token must have.
            Default: - none
        :param api_key_required: whether a usage plan must know the caller's key.
            Default: - what the resource's default method options say
        :param request_parameters: ``method.request.{path|querystring|header}.NAME`` to whether it is
            required. Default: - what the mapping reads, required if it is in the path
        :param request_schema: JSON schema of the body. Default: - any body, or none
        :param request_validator: validates a request before it is passed on. Default: - none
        :raises ValueError: when API Gateway would not accept the URL, the timeout or the mapping, or the
            load balancer does not go with the link.
        """
        subject = f"stream '{resource_path(resource, construct_id)}'"
        if not Token.is_unresolved(url) and not re.match("https?://[^/]", url):
            raise ValueError(
                f"url of {subject} must begin with 'http://' or 'https://' and a host, got '{url}'"
            )
        timeout = timeout or Duration.millis(MAX_STREAM_MS)
        check_timeout(timeout, subject, MIN_STREAM_MS, MAX_STREAM_MS)
        _check_link(subject, vpc_link, load_balancer)
        parameters = mapped(resource.path, url, parameter_mapping or {})
        link_v1 = None if load_balancer else cast("apigateway.IVpcLink | None", vpc_link)
        super().__init__(
            scope,
            construct_id,
            resource=resource,
            http_method=http_method,
            integration=apigateway.HttpIntegration(
                url,
                http_method=http_method.upper(),
                options=apigateway.IntegrationOptions(
                    response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
                    timeout=timeout,
                    request_parameters=parameters.integration or None,
                    vpc_link=link_v1,
                    connection_type=apigateway.ConnectionType.VPC_LINK if link_v1 else None,
                ),
            ),
            authorization_type=authorization_type,
            authorizer=authorizer,
            authorization_scopes=authorization_scopes,
            api_key_required=api_key_required,
            request_parameters={**parameters.method, **(request_parameters or {})},
            request_schema=request_schema,
            request_validator=request_validator,
        )
        if vpc_link and load_balancer:
            self._connect(vpc_link, load_balancer)

    def _connect(
        self,
        vpc_link: apigateway.IVpcLink | apigatewayv2.IVpcLink,
        load_balancer: elbv2.IApplicationLoadBalancer | elbv2.INetworkLoadBalancer,
    ) -> None:
        # no L2 has these; an override alone would leave the old deployment in the stage
        connection = {
            "ConnectionType": "VPC_LINK",
            "ConnectionId": vpc_link.vpc_link_id,
            "IntegrationTarget": load_balancer.load_balancer_arn,
        }
        method = cast(apigateway.CfnMethod, self.method.node.default_child)
        for name, value in connection.items():
            method.add_property_override(f"Integration.{name}", value)
        if deployment := self.method.api.latest_deployment:
            deployment.add_to_logical_id(connection)
            Validations.of(self.method).acknowledge(
                Acknowledgment(
                    id="StreamingRules::STREAM029", reason="the id of the deployment has these values"
                )
            )


def _check_link(subject: str, vpc_link: object, load_balancer: object) -> None:
    v2 = hasattr(vpc_link, "vpc")  # which a link of V1 does not know; imported links have no class
    if v2 and not load_balancer:
        raise ValueError(f"{subject} has a VPC link V2, which needs the load_balancer that it leads to")
    if load_balancer and not v2:
        got = "a VPC link V1" if vpc_link else "no vpc_link"
        raise ValueError(f"load_balancer of {subject} needs a VPC link V2, got {got}")
