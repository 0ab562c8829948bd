"""OpenAPI definitions with API Gateway's extensions -> the resources that they stand for.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..application import UnsupportedError
from .file import TemplateFileError, read_template
from .intrinsics import Json
from .openapi_validation import RequestDefinitions

Object = Mapping[str, Json]
ANY = "x-amazon-apigateway-any-method"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", ANY)
#: Extension of an integration -> property of ``AWS::ApiGateway::Method Integration``.
INTEGRATION = {
    "type": "Type",
    "httpMethod": "IntegrationHttpMethod",
    "uri": "Uri",
    "responseTransferMode": "ResponseTransferMode",
    "timeoutInMillis": "TimeoutInMillis",
    "requestParameters": "RequestParameters",
    "requestTemplates": "RequestTemplates",
    "connectionType": "ConnectionType",
    "connectionId": "ConnectionId",
}
RESPONSE = {
    "statusCode": "StatusCode",
    "responseParameters": "ResponseParameters",
    "responseTemplates": "ResponseTemplates",
}
AUTHORIZER = {
    "authorizerUri": "AuthorizerUri",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "identitySource": "IdentitySource",
    "identityValidationExpression": "IdentityValidationExpression",
    "providerARNs": "ProviderARNs",
}


def expand_open_api(template: Object, directory: Path) -> Object:
    """Return a template in which the definitions in ``Body`` are resources.

    :param directory: what local paths in the template start from
    :raises UnsupportedError: for a definition that is not on this machine
    """
    resources = dict(_object(template.get("Resources")))
    for logical_id, resource in list(resources.items()):
        entry = _object(resource)
        properties = _object(entry.get("Properties"))
        if entry.get("Type") != "AWS::ApiGateway::RestApi" or not {"Body", "BodyS3Location"} & set(
            properties
        ):
            continue
        body = _definition(logical_id, properties, directory)
        api = {"Name": _object(body.get("info")).get("title"), **properties, **_settings(body)}
        rest = {name: value for name, value in api.items() if not name.startswith("Body")}
        resources[logical_id] = {**entry, "Properties": rest}
        resources.update(_Definition(logical_id, body).resources())
    return {**template, "Resources": resources}


def _definition(logical_id: str, properties: Object, directory: Path) -> Object:
    location = properties.get("BodyS3Location")
    body = properties.get("Body")
    if isinstance(location, str):
        body = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}
    transform = _object(_object(body).get("Fn::Transform"))
    if transform:
        path = _object(transform.get("Parameters")).get("Location")
        where = f"{logical_id}.Body.Fn::Transform"
        if transform.get("Name") != "AWS::Include" or not isinstance(path, str) or "://" in path:
            raise UnsupportedError(where, "only AWS::Include of a file on this machine is supported locally")
        try:
            return read_template(directory / path)
        except TemplateFileError as error:
            raise UnsupportedError(where, str(error)) from error
    if not isinstance(body, dict):
        raise UnsupportedError(f"{logical_id}.BodyS3Location", "the definition is not on this machine")
    return body


def _settings(body: Object) -> dict[str, Json]:
    """Return what a definition says about the whole API."""
    found = {
        "ApiKeySourceType": body.get("x-amazon-apigateway-api-key-source"),
        "BinaryMediaTypes": body.get("x-amazon-apigateway-binary-media-types"),
    }
    return {name: value for name, value in found.items() if value is not None}


class _Definition:
    """One definition of an API."""

    def __init__(self, api: str, body: Object) -> None:
        self._api = api
        self._body = body
        self._requests = RequestDefinitions(api, body)
        components = _object(body.get("components"))
        self._schemes = _object(components.get("securitySchemes") or body.get("securityDefinitions"))

    def resources(self) -> Iterator[tuple[str, Json]]:
        for path, item in _object(self._body.get("paths")).items():
            parent: Json = {"Fn::GetAtt": [self._api, "RootResourceId"]}
            reached = ""
            for part in filter(None, path.split("/")):
                reached += f"/{part}"
                name = f"{self._api}{reached}"
                yield name, self._resource("Resource", {"ParentId": parent, "PathPart": part})
                parent = {"Ref": name}
            for method in METHODS:
                if method in _object(item):
                    operation = _object(_object(item)[method])
                    verb = "ANY" if method == ANY else method.upper()
                    method_settings = {
                        **self._method(operation, verb, parent),
                        **self._requests.of_method(f"{path} {verb}", _object(item), operation),
                    }
                    yield f"{self._api}{path} {verb}", self._resource("Method", method_settings)
        for name, scheme in self._schemes.items():
            authorizer = _object(_object(scheme).get("x-amazon-apigateway-authorizer"))
            if authorizer:
                kind = str(authorizer.get("type")).upper()
                properties = {"Type": kind, "Name": name, **_renamed(authorizer, AUTHORIZER)}
                properties.setdefault("IdentitySource", _header_of(_object(scheme)))
                yield f"{self._api} {name}", self._resource("Authorizer", properties)
        yield from self._gateway_responses()
        for logical_id, type_of_resource, content in self._requests.resources():
            yield logical_id, self._resource(type_of_resource, content)

    def _method(self, operation: Object, verb: str, resource: Json) -> dict[str, Json]:
        integration = _object(operation.get("x-amazon-apigateway-integration"))
        translated = _renamed(integration, INTEGRATION)
        if isinstance(translated.get("Type"), str):
            translated["Type"] = str(translated["Type"]).upper()
        translated["IntegrationResponses"] = [
            {
                **_renamed(_object(response), RESPONSE),
                **({} if pattern == "default" else {"SelectionPattern": pattern}),
            }
            for pattern, response in _object(integration.get("responses")).items()
        ]
        return {
            "HttpMethod": verb,
            "ResourceId": resource,
            "Integration": translated,
            **self._security(operation),
        }

    def _security(self, operation: Object) -> dict[str, Json]:
        """Return how a method is authorized; a requirement of its own goes before that of the whole API."""
        found: dict[str, Json] = {"AuthorizationType": "NONE"}
        required = operation.get("security", self._body.get("security"))
        for alternative in required if isinstance(required, list) else []:
            for name, scopes in _object(alternative).items():
                scheme = _object(self._schemes.get(name))
                kind = _object(scheme.get("x-amazon-apigateway-authorizer")).get("type")
                if kind is not None:
                    cognito = str(kind).lower() == "cognito_user_pools"
                    found["AuthorizationType"] = "COGNITO_USER_POOLS" if cognito else "CUSTOM"
                    found["AuthorizerId"] = {"Ref": f"{self._api} {name}"}
                    found["AuthorizationScopes"] = scopes
                elif str(scheme.get("x-amazon-apigateway-authtype")).lower() == "awssigv4":
                    found["AuthorizationType"] = "AWS_IAM"
                elif str(scheme.get("name")).lower() == "x-api-key":
                    found["ApiKeyRequired"] = True
        if _object(operation.get("x-amazon-apigateway-auth")).get("type") == "AWS_IAM":
            found["AuthorizationType"] = "AWS_IAM"
        return found

    def _gateway_responses(self) -> Iterator[tuple[str, Json]]:
        for kind, response in _object(self._body.get("x-amazon-apigateway-gateway-responses")).items():
            properties = {"ResponseType": kind, **_renamed(_object(response), RESPONSE)}
            yield f"{self._api} {kind}", self._resource("GatewayResponse", properties)

    def _resource(self, kind: str, properties: Object) -> Json:
        api = {"RestApiId": {"Ref": self._api}}
        return {"Type": f"AWS::ApiGateway::{kind}", "Properties": {**api, **properties}}


def _header_of(scheme: Object) -> str:
    """Return the identity source of an authorizer that names none: the header of its scheme."""
    return f"method.request.header.{scheme.get('name', 'Authorization')}"


def _renamed(values: Object, names: Mapping[str, str]) -> dict[str, Json]:
    return {names[name]: value for name, value in values.items() if name in names}


def _object(value: Json) -> Object:
    return value if isinstance(value, dict) else {}
