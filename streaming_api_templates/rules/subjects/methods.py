"""Read the REST APIs of an app and their methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...template.lambda_uri import LambdaUri
from ...template.lenient_json import Json, flag, items, mapping, number, text, texts
from .functions import Function, Functions, NamedFunction
from .resources import Resource, Resources

_API = "AWS::ApiGateway::RestApi"
_WITH_AUTHORIZER = ("CUSTOM", "COGNITO_USER_POOLS")


@dataclass(frozen=True, eq=False)
class Api:
    """A REST API.

    :param resource: the ``AWS::ApiGateway::RestApi``
    :param endpoint_type: EDGE, REGIONAL or PRIVATE; empty when it is not known
    :param has_policy: whether it has a resource policy
    :param binary_media_types: of bodies that are passed on as bytes
    :param minimum_compression_size: in bytes, None when it is not set
    """

    resource: Resource
    endpoint_type: str
    has_policy: bool
    binary_media_types: Sequence[Json]
    minimum_compression_size: int | None


@dataclass(frozen=True, eq=False)
class Method:
    """A method of a REST API with its integration.

    :param resource: the resource that defines it
    :param api: None when it is not in the app
    :param verb: HTTP method, upper case, or ANY
    :param path: path of the resource, None when it is not known
    :param label: verb and path, for messages
    :param integration: its integration
    :param type: type of the integration, upper case
    :param mode: the transfer mode; BUFFERED is the default
    :param streams: whether the response is passed on while it is written
    :param timeout_ms: of the integration, None when it is unset or not known
    :param is_open: whether anybody may call it
    :param lacks_authorizer: whether its authorization type wants an authorizer, and it has none
    :param uri: parsed URI of a function, None for other integrations
    :param function: the function behind it, None when it is not in the app
    :param target: the key of what the URI names, as permissions do
    :param method_responses: the declared ``MethodResponses``
    """

    resource: Resource
    api: Api | None
    verb: str
    path: str | None
    label: str
    integration: Mapping[str, Json]
    type: str
    mode: str
    streams: bool
    timeout_ms: int | None
    is_open: bool
    lacks_authorizer: bool
    uri: LambdaUri | None
    function: Function | None
    target: str
    method_responses: Sequence[Json]

    def at(self, name: str) -> str:
        """Return the property path of a property of the integration, as the template spells it."""
        return self.resource.at(f"Integration.{name}")


def read_rest_apis(resources: Resources, functions: Functions) -> tuple[dict[str, Api], list[Method]]:
    """Return every REST API by the key of its resource, and the methods of all.

    :param resources: of the app
    :param functions: of the app
    """
    apis = _read_apis(resources)
    methods = resources.of("AWS::ApiGateway::Method")
    return apis, [_read_method(method, resources, apis, functions) for method in methods]


def _read_apis(resources: Resources) -> dict[str, Api]:
    found = {}
    for resource in resources.of(_API):
        properties = resource.properties
        endpoint = mapping(properties.get("EndpointConfiguration"))
        # without a type it is EDGE: https://docs.aws.amazon.com/apigateway/latest/api/API_EndpointConfiguration.html
        kind = next(iter(items(endpoint.get("Types"))), "EDGE")
        found[resource.key] = Api(
            resource=resource,
            endpoint_type=text(kind).upper() if "${" not in text(kind) else "",
            has_policy=bool(properties.get("Policy")),
            binary_media_types=items(binary) if (binary := properties.get("BinaryMediaTypes")) else (),
            minimum_compression_size=number(properties.get("MinimumCompressionSize")),
        )
    return found


def _read_method(
    resource: Resource, resources: Resources, apis: Mapping[str, Api], functions: Functions
) -> Method:
    properties = resource.properties
    integration = mapping(properties.get("Integration"))
    mode, kind, written_uri = texts(integration, ResponseTransferMode="BUFFERED", Type="", Uri="")
    authorization, verb = texts(properties, AuthorizationType="NONE", HttpMethod="")
    is_open = authorization.upper() == "NONE" and not flag(properties.get("ApiKeyRequired"))
    timeout = number(integration.get("TimeoutInMillis"))
    uri = LambdaUri.parse(written_uri)
    api = resources.referenced(properties.get("RestApiId"))
    path = resources.path(properties.get("ResourceId"))
    target = functions.target(uri.function) if uri else NamedFunction("", None)
    responses = properties.get("MethodResponses")
    return Method(
        resource=resource,
        api=apis.get(api.key) if api else None,
        verb=verb.upper(),
        path=path,
        label=f"{verb.upper()} {path or '(unknown path)'}",
        integration=integration,
        type=kind.upper(),
        mode=mode,
        streams=mode == "STREAM",
        timeout_ms=timeout,
        lacks_authorizer=authorization in _WITH_AUTHORIZER
        and resource.origin is None
        and properties.get("AuthorizerId") is None,
        is_open=is_open and "UnknownSecurityScheme" not in properties,
        uri=uri,
        function=target.function,
        target=target.key,
        method_responses=responses if isinstance(responses, list) else [],
    )
