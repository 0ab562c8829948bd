"""Configure the endpoint of an API: Regional, edge-optimized or private, and its domain name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import Annotations, CfnResource, Stack, Token
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct, IConstruct

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_apigatewayv2 as apigatewayv2
    from aws_cdk import aws_ec2 as ec2


def endpoint(
    scope: Construct,
    endpoint_type: apigateway.EndpointType,
    vpc_endpoints: Sequence[ec2.IVpcEndpoint],
    domain_name: apigateway.DomainNameOptions | None,
    ip_address_type: apigateway.IpAddressType | None,
) -> apigateway.EndpointConfiguration:
    """Return the configuration of the endpoint.

    :param scope: the API, which gets a warning for what its streams cannot do there.
    :raises ValueError: when a private endpoint has no VPC endpoints, or a domain name, which is of the public
        kind, or the IP address type IPV4; or another one has VPC endpoints.
    """
    private = endpoint_type == apigateway.EndpointType.PRIVATE
    if private and not vpc_endpoints:
        raise ValueError("a private endpoint needs vpc_endpoints, or nobody can call it")
    if private and domain_name:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html
        raise ValueError(
            "domain_name is of the public kind, which a private endpoint cannot have; "
            "map rest_api with CfnDomainNameV2 and CfnBasePathMappingV2"
        )
    if vpc_endpoints and not private:
        raise ValueError(f"vpc_endpoints need endpoint_type PRIVATE, got {endpoint_type.name}")
    if private and ip_address_type == apigateway.IpAddressType.IPV4:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
        raise ValueError("ip_address_type of a private endpoint must be DUAL_STACK, got IPV4")
    if endpoint_type == apigateway.EndpointType.EDGE:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
        Annotations.of(scope).add_warning_v2(
            "StreamingRules::STREAM016",
            "an edge-optimized endpoint ends a stream that is silent for 30 seconds, a Regional one after "
            "5 minutes; keep heartbeats below 30 seconds, as lambda_streaming does by default for events",
        )
    return apigateway.EndpointConfiguration(
        types=[endpoint_type],
        vpc_endpoints=list(vpc_endpoints) if vpc_endpoints else None,
        ip_address_type=ip_address_type,
    )


def set_security_policy(api: apigateway.RestApi, policy: str | None, access_mode: str | None) -> None:
    """Set the security policy of an API, which its L2 construct does not have.

    :param policy: TLS versions and ciphers. Default: - API Gateway's default
    :param access_mode: BASIC or STRICT. Default: - API Gateway's default
    :raises ValueError: for another access mode.
    """
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
    if access_mode and not Token.is_unresolved(access_mode) and access_mode not in ("BASIC", "STRICT"):
        raise ValueError(f"endpoint_access_mode must be BASIC or STRICT, got '{access_mode}'")
    definition = cast(apigateway.CfnRestApi, api.node.default_child)
    if policy:
        definition.security_policy = policy
    if access_mode:
        definition.endpoint_access_mode = access_mode


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


def custom_domain_url(api: apigateway.IRestApi) -> str | None:
    """Return the URL of the domain name that came with the API, without a slash at its end, or None."""
    domain = api.domain_name if isinstance(api, apigateway.RestApi | apigateway.SpecRestApi) else None
    if domain is None:
        return None
    # the first mapping is the API's own; others may share its domain name later
    base_path = next((key for construct in domain.node.find_all() for key in _base_path(construct)), None)
    return f"https://{domain.domain_name}" + (f"/{base_path}" if base_path else "")


def base_url(api: apigateway.RestApi, stage_name: str) -> str:
    """Return the URL of an API without a slash at its end, which no method needs to wait for.

    ``RestApi.url`` names the stage, which waits for every method.

    :param stage_name: name of the stage, known at synth.
    """
    own = f"{api.rest_api_id}.execute-api.{Stack.of(api).region}.{Stack.of(api).url_suffix}"
    return custom_domain_url(api) or f"https://{own}/{stage_name}"


def host_names(
    api: apigateway.RestApi, vpc_endpoints: Sequence[ec2.IVpcEndpoint], *, default_disabled: bool
) -> list[str]:
    """Return the names by which clients call an API: API Gateway's own, and its domain name.

    A private API is called by its own name, or by one with the VPC endpoint in it:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html

    :param default_disabled: whether API Gateway's own name is off.
    """
    stack = Stack.of(api)
    own = f"execute-api.{stack.region}.{stack.url_suffix}"
    names = [] if default_disabled else [f"{api.rest_api_id}.{own}"]
    names += [f"{api.rest_api_id}-{each.vpc_endpoint_id}.{own}" for each in vpc_endpoints]
    return [*names, api.domain_name.domain_name] if api.domain_name else names


def _base_path(construct: IConstruct) -> Iterator[str | None]:
    """Yield what a mapping of a domain name puts before its API; only one of V2 has several levels."""
    if isinstance(construct, apigateway.CfnBasePathMapping):
        yield construct.base_path
    elif CfnResource.is_cfn_resource(construct):
        resource = cast(CfnResource, construct)
        if resource.cfn_resource_type == "AWS::ApiGatewayV2::ApiMapping":
            yield cast("apigatewayv2.CfnApiMapping", resource).api_mapping_key
