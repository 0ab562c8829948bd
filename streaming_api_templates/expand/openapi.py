"""Turn OpenAPI definitions with API Gateway's extensions into the resources that they stand for.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ..template.lenient_json import Json, items, mapping
from .origin import Expansion, Origin, add_paths
from .request_definitions import RequestDefinitions

Object = Mapping[str, Json]
_ANY = "x-amazon-apigateway-any-method"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", _ANY)
_INTEGRATION = "x-amazon-apigateway-integration"
_RESPONSE = {
    "statusCode": "StatusCode",
    "responseParameters": "ResponseParameters",
    "responseTemplates": "ResponseTemplates",
}
_AUTHORIZER = {
    "authorizerUri": "AuthorizerUri",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "identitySource": "IdentitySource",
    "identityValidationExpression": "IdentityValidationExpression",
    "providerARNs": "ProviderARNs",
}
#: Extension about the whole API -> property, which wins where both are there.
_SETTINGS = {
    "x-amazon-apigateway-endpoint-configuration": "EndpointConfiguration",
    "x-amazon-apigateway-minimum-compression-size": "MinimumCompressionSize",
    "x-amazon-apigateway-policy": "Policy",
}
#: Extension about the whole API -> property, over which it wins.
_OVERRIDES = {
    "x-amazon-apigateway-api-key-source": "ApiKeySourceType",
    "x-amazon-apigateway-binary-media-types": "BinaryMediaTypes",
}


def expand_definition(
    expansion: Expansion, logical_id: str, body: Object, authorization: Mapping[str, Json] | None = None
) -> None:
    """Replace the definition of a REST API by the resources that it stands for.

    :param logical_id: of the ``AWS::ApiGateway::RestApi``, whose ``Body`` or ``BodyS3Location`` goes
    :param body: the definition
    :param authorization: properties of the methods that do not say how they are authorized. Default: - none
    """
    entry = expansion.resources[logical_id]
    origin = expansion.origins.setdefault(logical_id, Origin(logical_id))
    found = {name: body[extension] for extension, name in _SETTINGS.items() if extension in body}
    if endpoint := mapping(found.get("EndpointConfiguration")):
        found["EndpointConfiguration"] = {"Types": endpoint.get("types")}
    over = {name: body[extension] for extension, name in _OVERRIDES.items() if extension in body}
    title = {"Name": mapping(body.get("info")).get("title")}
    properties = {**title, **found, **mapping(entry.get("Properties")), **over}
    rest = {name: value for name, value in properties.items() if not name.startswith("Body")}
    expansion.resources[logical_id] = {**entry, "Properties": rest}
    _Definition(expansion, logical_id, body, origin, entry, authorization or {}).expand()


class _Definition:
    """One definition of an API."""

    def __init__(
        self,
        expansion: Expansion,
        api: str,
        body: Object,
        origin: Origin,
        entry: Object,
        authorization: Mapping[str, Json],
    ) -> None:
        self._expansion = expansion
        self._api = api
        self._body = body
        self._origin = origin
        self._rest = {"Condition": entry["Condition"]} if "Condition" in entry else {}
        self._authorization = authorization
        self._requests = RequestDefinitions(api, body)
        components = mapping(body.get("components"))
        self._schemes = mapping(components.get("securitySchemes") or body.get("securityDefinitions"))

    def expand(self) -> None:
        for path, item in mapping(self._body.get("paths")).items():
            place = self._origin.at(f"Body.paths.{path}")
            parent = add_paths(self._expansion, self._api, path, self._at(place), self._rest)
            for method in METHODS:
                if method in mapping(item):
                    self._operation(path, method, mapping(item), parent)
        for name, scheme in self._schemes.items():
            authorizer = mapping(mapping(scheme).get("x-amazon-apigateway-authorizer"))
            if authorizer:
                kind = str(authorizer.get("type")).upper()
                properties = {"Type": kind, "Name": name, **_renamed(authorizer, _AUTHORIZER)}
                properties.setdefault("IdentitySource", _header_of(mapping(scheme)))
                self._add(f"{self._api} {name}", "Authorizer", properties, self._at(self._origin.at("Body")))
        responses = "x-amazon-apigateway-gateway-responses"
        for kind, response in mapping(self._body.get(responses)).items():
            properties = {"ResponseType": kind, **_renamed(mapping(response), _RESPONSE)}
            place = self._origin.at(f"Body.{responses}.{kind}")
            self._add(f"{self._api} {kind}", "GatewayResponse", properties, self._at(place))
        for logical_id, type_of_resource, content in self._requests.resources():
            self._add(logical_id, type_of_resource, content, self._at(self._origin.at("Body")))

    def _operation(self, path: str, method: str, item: Object, resource: Json) -> None:
        if f"{self._api}{path} {'ANY' if method == _ANY else method.upper()}" in self._expansion.resources:
            # an event of SAM that is merged into the definition goes before it
            return
        operation = mapping(item[method])
        verb = "ANY" if method == _ANY else method.upper()
        place = self._origin.at(f"Body.paths.{path}.{method}")
        paths = {
            "": place,
            "Integration": f"{place}.{_INTEGRATION}",
            "AuthorizationType": f"{place}.security",
        }
        properties = {
            "HttpMethod": verb,
            "ResourceId": resource,
            "Integration": _integration(mapping(operation.get(_INTEGRATION))),
            **self._security(operation),
            **self._requests.of_method(f"{path} {verb}", item, operation),
        }
        origin = Origin(self._origin.logical_id, paths, camel_case=True)
        self._add(f"{self._api}{path} {verb}", "Method", properties, origin)

    def _security(self, operation: Object) -> Mapping[str, Json]:
        """Return how a method is authorized; a requirement of its own goes before that of the whole API."""
        found: dict[str, Json] = {"AuthorizationType": "NONE"}
        if "security" not in operation:
            found.update(self._authorization)
        required = operation.get("security", self._body.get("security"))
        for alternative in items(required):
            for name, scopes in mapping(alternative).items():
                scheme = mapping(self._schemes.get(name))
                kind = mapping(scheme.get("x-amazon-apigateway-authorizer")).get("type")
                if kind is not None:
                    cognito = str(kind).lower() == "cognito_user_pools"
                    found["AuthorizationType"] = "COGNITO_USER_POOLS" if cognito else "CUSTOM"
                    found["AuthorizerId"] = {"Ref": f"{self._api} {name}"}
                    found["AuthorizationScopes"] = scopes
                elif str(scheme.get("name")).lower() == "x-api-key":
                    found["ApiKeyRequired"] = True
                elif str(scheme.get("x-amazon-apigateway-authtype")).lower() == "awssigv4":
                    found["AuthorizationType"] = "AWS_IAM"
                elif name != "NONE":
                    # API Gateway knows no such scheme, and the author means that not everybody may call
                    found["UnknownSecurityScheme"] = name
        own = str(mapping(operation.get("x-amazon-apigateway-auth")).get("type", "NONE"))
        if own.upper() != "NONE":
            found["AuthorizationType"] = own.upper()
        return found

    def _at(self, place: str) -> Origin:
        return Origin(self._origin.logical_id, {"": place}, camel_case=True)

    def _add(self, logical_id: str, kind: str, properties: Object, origin: Origin) -> None:
        api = {"RestApiId": {"Ref": self._api}}
        self._expansion.add(
            logical_id, f"AWS::ApiGateway::{kind}", {**api, **properties}, origin, **self._rest
        )


def _integration(written: Object) -> Mapping[str, Json]:
    """Return an ``x-amazon-apigateway-integration`` as CloudFormation would write it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
    """
    found = {name[:1].upper() + name[1:]: value for name, value in written.items() if name != "responses"}
    if "HttpMethod" in found:
        found["IntegrationHttpMethod"] = found.pop("HttpMethod")
    if isinstance(found.get("Type"), str):
        found["Type"] = str(found["Type"]).upper()
    found["IntegrationResponses"] = [
        {
            **_renamed(mapping(response), _RESPONSE),
            **({} if pattern == "default" else {"SelectionPattern": pattern}),
        }
        for pattern, response in mapping(written.get("responses")).items()
    ]
    return found


def _header_of(scheme: Object) -> str:
    """Return the identity source of an authorizer that names none: the header of its scheme."""
    return f"method.request.header.{scheme.get('name', 'Authorization')}"


def _renamed(values: Object, names: Mapping[str, str]) -> dict[str, Json]:
    return {names[name]: value for name, value in values.items() if name in names}
