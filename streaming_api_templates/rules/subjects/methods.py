"""Finds the methods of REST APIs: as resources, in OpenAPI definitions, in events of SAM functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from ...template.lenient_json import Json, items, mapping, text
from ...template.resolve import Resources
from ...template.template import IMPLICIT_API, Resource
from .api import Api, LambdaUri, Method, api_of, body_of, required_key
from .function import Function, Functions, Target

API_TYPES = ("AWS::ApiGateway::RestApi", "AWS::Serverless::Api")
_OPERATIONS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
_INTEGRATION = "x-amazon-apigateway-integration"
#: SAM calls the mode as Lambda's function URLs do: https://github.com/aws/serverless-application-model/pull/3881
_SAM_MODES = {"RESPONSE_STREAM": "STREAM"}


class Behind(TypedDict):
    """What is behind an integration, as arguments of :class:`Method`."""

    uri: LambdaUri | None
    function: Function | None
    target: str | None


@dataclass(frozen=True)
class Operation:
    """An operation of an OpenAPI definition.

    :param verb: as the definition spells it
    :param path: of the resource
    :param place: property path of the integration
    :param content: the operation
    :param integration: its ``x-amazon-apigateway-integration``
    """

    verb: str
    path: str
    place: str
    content: Mapping[str, Json]
    integration: Mapping[str, Json]


def apis(resources: Resources) -> dict[str, Api]:
    """Return every REST API by the key of its resource."""
    return {resource.key: api_of(resource) for resource in resources.of(*API_TYPES)}


def methods(resources: Resources, found: Mapping[str, Api], functions: Functions) -> list[Method]:
    """Return every method.

    :param resources: of the app
    :param found: the APIs
    :param functions: of the app
    """
    result = [
        _method(resource, resources, found, functions) for resource in resources.of("AWS::ApiGateway::Method")
    ]
    for api in found.values():
        result.extend(_of_body(api, functions))
    for resource in resources.of("AWS::Serverless::Function"):
        result.extend(_of_events(resource, resources, found, functions))
    return result


def _method(
    resource: Resource, resources: Resources, found: Mapping[str, Api], functions: Functions
) -> Method:
    properties = resource.properties
    integration = mapping(properties.get("Integration"))
    api = resources.referenced(properties.get("RestApiId"))
    authorization = text(properties.get("AuthorizationType", "NONE"))
    return Method(
        resource=resource,
        api=found.get(api.key) if api else None,
        verb=text(properties.get("HttpMethod")).upper(),
        path=_path(resources, properties.get("ResourceId")),
        place="Properties.Integration",
        integration=integration,
        is_open=authorization.upper() == "NONE" and not required_key(properties),
        method_responses=items(properties.get("MethodResponses")),
        **_behind(integration, functions),
    )


def _path(resources: Resources, resource_id: Json) -> str | None:
    """Return the path of a resource, from its parents; the root's reference is the API's."""
    parts: list[str] = []
    # deeper than any path that API Gateway takes, and an end for templates that go round in circles
    for _ in range(64):
        resource = resources.referenced(resource_id)
        if resource is None:
            return None
        if resource.type in API_TYPES:
            return "/" + "/".join(reversed(parts))
        parts.append(text(resource.properties.get("PathPart")))
        resource_id = resource.properties.get("ParentId")
    return None


def _of_body(api: Api, functions: Functions) -> Iterator[Method]:
    for operation in operations(api.resource):
        integration = _in_cloudformation_names(operation.integration)
        yield Method(
            resource=api.resource,
            api=api,
            verb="ANY" if operation.verb.startswith("x-") else operation.verb.upper(),
            path=operation.path,
            place=operation.place,
            integration=integration,
            is_open=_is_open(api, operation),
            camel_case=True,
            **_behind(integration, functions),
        )


def _is_open(api: Api, operation: Operation) -> bool:
    """Say whether anybody may call an operation of an OpenAPI definition.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html
    """
    own_type = mapping(operation.content.get("x-amazon-apigateway-auth")).get("type", "NONE")
    security = operation.content.get("security", body_of(api.resource).get("security"))
    required = [name for each in items(security) for name in mapping(each) if name != "NONE"]
    of_sam = mapping(api.resource.properties.get("Auth"))
    # an operation that says what it wants gets nothing from SAM
    by_default = "security" not in operation.content and (
        of_sam.get("DefaultAuthorizer", "NONE") != "NONE" or required_key(of_sam)
    )
    return text(own_type).upper() == "NONE" and not required and not by_default


def operations(api: Resource) -> Iterator[Operation]:
    """Yield the operations with an integration in the OpenAPI definition of an API.

    :param api: a REST API or an HTTP API, CloudFormation's or SAM's
    """
    name = "Body" if "Body" in api.properties else "DefinitionBody"
    for path, verbs in mapping(body_of(api).get("paths")).items():
        for verb in _OPERATIONS:
            content = mapping(mapping(verbs).get(verb))
            if integration := mapping(content.get(_INTEGRATION)):
                place = f"Properties.{name}.paths.{path}.{verb}.{_INTEGRATION}"
                yield Operation(verb, path, place, content, integration)


def _in_cloudformation_names(integration: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return an ``x-amazon-apigateway-integration`` as CloudFormation would write it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
    """
    renamed = {name[:1].upper() + name[1:]: value for name, value in integration.items()}
    responses = mapping(renamed.pop("Responses", {}))
    if responses:
        renamed["IntegrationResponses"] = [
            {name[:1].upper() + name[1:]: value for name, value in mapping(response).items()}
            for response in responses.values()
        ]
    return renamed


def _of_events(
    resource: Resource, resources: Resources, found: Mapping[str, Api], functions: Functions
) -> Iterator[Method]:
    """Yield the methods of a SAM function's events of type Api.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
    """
    for name, event in mapping(resource.properties.get("Events")).items():
        if mapping(event).get("Type") != "Api":
            continue
        properties = mapping(mapping(event).get("Properties"))
        implicit = f"${{{resources.index(resource.template)}#{IMPLICIT_API}}}"
        api = resources.referenced(properties.get("RestApiId", implicit))
        of_api = mapping(api.properties.get("Auth")) if api else {}
        auth = {**of_api, **mapping(properties.get("Auth"))}
        authorizer = auth.get("Authorizer", auth.get("DefaultAuthorizer", "NONE"))
        mode = properties.get("ResponseTransferMode", "BUFFERED")
        yield Method(
            resource=resource,
            api=found.get(api.key) if api else None,
            verb=text(properties.get("Method")).upper(),
            path=text(properties.get("Path")) or None,
            place=f"Properties.Events.{name}.Properties",
            integration={
                "Type": "AWS_PROXY",
                "ResponseTransferMode": _SAM_MODES.get(text(mode), mode),
                **{key: properties[key] for key in ("TimeoutInMillis",) if key in properties},
            },
            is_open=authorizer == "NONE" and not required_key(auth),
            function=functions.target(f"${{{resource.key}}}").function,
        )


def _behind(integration: Mapping[str, Json], functions: Functions) -> Behind:
    uri = LambdaUri.parse(text(integration.get("Uri")))
    target = functions.target(uri.function) if uri else Target("", None)
    return {"uri": uri, "function": target.function, "target": target.key if uri else None}
