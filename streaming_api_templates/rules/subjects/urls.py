"""Read the function URLs of an app."""

from __future__ import annotations

from dataclasses import dataclass

from ...template.lenient_json import mapping, texts
from .functions import Function, Functions
from .resources import Resource


@dataclass(frozen=True, eq=False)
class FunctionUrl:
    """A function URL.

    :param resource: the ``AWS::Lambda::Url``
    :param function: the function behind it, None when it is not in the app
    :param streams: whether its mode is RESPONSE_STREAM
    :param buffers: whether its mode is BUFFERED, which is the default
    :param is_open: whether anybody may call it
    :param is_signed: whether only signed requests may
    :param in_vpc: whether the function behind it is in a VPC
    """

    resource: Resource
    function: Function | None
    streams: bool
    buffers: bool
    is_open: bool
    is_signed: bool
    in_vpc: bool


def read_urls(functions: Functions) -> list[FunctionUrl]:
    """Return every function URL."""
    return [_read(resource, functions) for resource in functions.urls]


def _read(resource: Resource, functions: Functions) -> FunctionUrl:
    function = functions.target(resource.properties.get("TargetFunctionArn")).function
    mode, authorization = texts(resource.properties, InvokeMode="BUFFERED", AuthType="")
    vpc = mapping(function.resource.properties.get("VpcConfig")) if function else {}
    return FunctionUrl(
        resource=resource,
        function=function,
        streams=mode == "RESPONSE_STREAM",
        buffers=mode == "BUFFERED",
        is_open=authorization == "NONE",
        is_signed=authorization == "AWS_IAM",
        in_vpc=bool(vpc.get("SubnetIds")),
    )
