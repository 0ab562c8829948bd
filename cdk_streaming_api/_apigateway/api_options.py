"""Name the options of an API that most apps leave as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from aws_cdk import aws_kms as kms


class ApiOptions(TypedDict, total=False):
    """Options of a whole API.

    :param description: what the API is for. Default: - none
    :param stage_options: what else the stage has, such as metrics, variables or a client certificate; it goes
        before what the stage has by default. Name, limits and destination of the access log are arguments of
        the API, and API Gateway does not cache streams. Default: - none
    :param binary_media_types: media types of bodies that a function gets as they are, in base64, such as
        ``multipart/form-data`` and ``application/octet-stream`` for uploads; ``*/*`` for all. Any other body
        is text, and bytes of it that are not UTF-8 are lost. Default: - none
    :param ip_address_type: IPv4, or IPv4 and IPv6. Default: - IPv4, for a PRIVATE endpoint both
    :param security_policy: the TLS versions and ciphers of API Gateway's own name for the API, such as
        ``SecurityPolicy_TLS13_1_3_2025_09``. Default: - API Gateway's default
    :param endpoint_access_mode: BASIC or STRICT, for a ``security_policy`` that begins with
        ``SecurityPolicy_``. Default: - API Gateway's default
    :param log_encryption_key: the key that encrypts the logs of the API. Default: - a key of AWS
    :param removal_policy: what becomes of the API and its logs with the stack.
        Default: - the API is deleted, its logs stay
    """

    description: str | None
    stage_options: apigateway.StageOptions | None
    binary_media_types: Sequence[str]
    ip_address_type: apigateway.IpAddressType | None
    security_policy: str | None
    endpoint_access_mode: str | None
    log_encryption_key: kms.IKey | None
    removal_policy: RemovalPolicy | None


#: the defaults that are not None
DEFAULTS: Mapping[str, object] = {"binary_media_types": ()}
