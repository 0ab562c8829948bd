"""Where an API can be reached: Regional, edge-optimized, or from VPC endpoints only; and by which name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Annotations
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

if TYPE_CHECKING:  # what only types need would make every synthesis longer
    from aws_cdk import aws_ec2 as ec2


def endpoint(
    scope: Construct, endpoint_type: apigateway.EndpointType, vpc_endpoints: Sequence[ec2.IVpcEndpoint]
) -> apigateway.EndpointConfiguration:
    """Return the configuration of the endpoint.

    :param scope: the API, which gets a warning for what its streams cannot do there.
    :raises ValueError: when a private endpoint has no VPC endpoints, or another one has some.
    """
    private = endpoint_type == apigateway.EndpointType.PRIVATE
    if private and not vpc_endpoints:
        raise ValueError("a private endpoint needs vpc_endpoints, or nobody can call it")
    if vpc_endpoints and not private:
        raise ValueError(f"vpc_endpoints need endpoint_type PRIVATE, got {endpoint_type.name}")
    if endpoint_type == apigateway.EndpointType.EDGE:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
        Annotations.of(scope).add_warning_v2(
            "StreamingRules::STREAM016",
            "an edge-optimized endpoint ends a stream that is silent for 30 seconds, a Regional one after "
            "5 minutes; keep heartbeats below 30 seconds, as lambda_streaming does by default for events",
        )
    return apigateway.EndpointConfiguration(
        types=[endpoint_type], vpc_endpoints=list(vpc_endpoints) if vpc_endpoints else None
    )


def default_endpoint_disabled(
    domain_name: apigateway.DomainNameOptions | None, chosen: bool | None
) -> bool | None:
    """Return whether the execute-api endpoint is off: it knows no mutual TLS, so it must not get around it.

    :param chosen: what the user says; None when nothing was said.
    :raises ValueError: when mutual TLS could be got around.
    """
    mutual_tls = domain_name is not None and domain_name.mtls is not None
    if mutual_tls and chosen is False:
        raise ValueError(
            "disable_execute_api_endpoint must not be False where domain_name has mtls: "
            "callers without a certificate would take the default endpoint"
        )
    return True if mutual_tls else chosen
