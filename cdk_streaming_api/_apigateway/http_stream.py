"""Define one streaming method in front of an HTTP server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from .._common.argument_checks import place_of
from .._common.keyword_options import InitSignature, takes_options
from .._common.timeouts import MAX_STREAM_MS, MIN_STREAM_MS, check_timeout, milliseconds
from .._common.tokens import begins_with_token
from .options import (
    DEFAULTS,
    CallOptions,
    HttpStreamOptions,
    MethodOnApiOptions,
    RequestOptions,
    ServerOptions,
    ValidatorOptions,
)
from .parameter_mapping import map_parameters
from .streaming_method import StreamingMethod

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_elasticloadbalancingv2 as elbv2
    from typing_extensions import Unpack


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

    __signature__ = InitSignature()

    @takes_options(ServerOptions, RequestOptions, CallOptions, ValidatorOptions, defaults=DEFAULTS)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        resource: apigateway.IResource,
        url: str,
        **options: Unpack[HttpStreamOptions],
    ) -> None:
        """Define the method.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param resource: the API's resource that gets the method.
        :param url: where the server is, ``http://`` or ``https://``; ``{name}`` stands for a path parameter.
        :raises ValueError: when API Gateway would not accept the URL, the timeout or the mapping, or the
            load balancer does not go with the link.
        """
        place = place_of(resource, construct_id)
        subject = f"stream '{place.path}'"
        if not begins_with_token(url) and not re.match("https?://[^/]", url):
            raise ValueError(
                f"url of {subject} must begin with 'http://' or 'https://' and a host, got '{url}'"
            )
        vpc_link, load_balancer = options["vpc_link"], options["load_balancer"]
        timeout = options["timeout"] or milliseconds(MAX_STREAM_MS)
        check_timeout(timeout, subject, MIN_STREAM_MS, MAX_STREAM_MS)
        _check_link(subject, vpc_link, load_balancer)
        parameters = map_parameters(place.path, url, options["parameter_mapping"] or {})
        link_v1 = None if load_balancer else cast("apigateway.IVpcLink | None", vpc_link)
        method: MethodOnApiOptions = options
        method["request_parameters"] = {**parameters.method, **(options["request_parameters"] or {})}
        super().__init__(
            scope,
            construct_id,
            resource=resource,
            place=place,
            integration=apigateway.HttpIntegration(
                url,
                http_method=options["http_method"],
                options=apigateway.IntegrationOptions(
                    response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
                    timeout=timeout,
                    request_parameters=parameters.integration or None,
                    vpc_link=link_v1,
                    connection_type=apigateway.ConnectionType.VPC_LINK if link_v1 else None,
                ),
            ),
            options=method,
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
