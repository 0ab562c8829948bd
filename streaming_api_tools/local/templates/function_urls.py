"""Read the ``AWS::Lambda::Url`` resources of a template into the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.resolve import Resolver

from ..application import Function, FunctionUrl, UnsupportedError, UnsupportedIntegration

TYPE = "AWS::Lambda::Url"


def read_urls(
    resources: Mapping[str, Json], resolver: Resolver, function: Callable[[str], Function]
) -> tuple[FunctionUrl, ...]:
    """Return every function URL.

    :param function: gives the function with an ARN, or raises UnsupportedError
    """
    fronted = set(_with_distribution(resources))
    return tuple(
        _read(logical_id, properties, resolver, function, has_distribution=logical_id in fronted)
        for logical_id, properties in _of_type(TYPE, resources, resolver)
    )


def _of_type(
    kind: str, resources: Mapping[str, Json], resolver: Resolver
) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for logical_id, resource in resources.items():
        entry = mapping(resource)
        condition = entry.get("Condition")
        left_out = isinstance(condition, str) and not resolver.condition(condition)
        if entry.get("Type") == kind and not left_out:
            yield logical_id, mapping(entry.get("Properties"))


def _read(
    logical_id: str,
    properties: Mapping[str, Json],
    resolver: Resolver,
    function: Callable[[str], Function],
    *,
    has_distribution: bool,
) -> FunctionUrl:
    def value(name: str) -> Json:
        return resolver.resolve(properties.get(name), f"{logical_id}.{name}")

    try:
        target: Function | UnsupportedIntegration = function(_target(value, properties, resolver, logical_id))
        mode, cors = value("InvokeMode") or "BUFFERED", value("Cors")
        if mode not in ("BUFFERED", "RESPONSE_STREAM"):
            raise UnsupportedError(f"{logical_id}.InvokeMode", f"expected a mode, got {mode}")
    except UnsupportedError as error:
        target, mode, cors = UnsupportedIntegration(str(error)), "BUFFERED", None
    url = resolver.text({"Fn::GetAtt": [logical_id, "FunctionUrl"]}, logical_id)
    return FunctionUrl(
        id=logical_id,
        host=urlsplit(url).hostname or "",
        function=target,
        streams=mode == "RESPONSE_STREAM",
        authorization=str(value("AuthType") or "AWS_IAM"),
        cors=mapping(cors) or None,
        has_distribution=has_distribution,
    )


def _target(
    value: Callable[[str], Json], properties: Mapping[str, Json], resolver: Resolver, logical_id: str
) -> str:
    """Return the ARN, or the name, of the function or its alias."""
    arn = resolver.text(properties.get("TargetFunctionArn"), f"{logical_id}.TargetFunctionArn")
    qualifier = value("Qualifier")
    return f"{arn}:{qualifier}" if qualifier and ":function:" in arn else arn


def _with_distribution(resources: Mapping[str, Json]) -> Iterator[str]:
    """Yield the ids of the URLs that are origins of a distribution."""
    for resource in resources.values():
        entry = mapping(resource)
        if entry.get("Type") == "AWS::CloudFront::Distribution":
            yield from _named(entry.get("Properties"))


def _named(value: Json) -> Iterator[str]:
    """Yield the logical ids of which a value has an attribute."""
    if isinstance(value, dict):
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, str):
            yield attribute.partition(".")[0]
        elif isinstance(attribute, list) and attribute:
            yield str(attribute[0])
        for each in value.values():
            yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)
