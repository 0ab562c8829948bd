"""Read the REST APIs of a CloudFormation template into the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from streaming_api_templates.template.lambda_uri import LambdaUri
from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.unsupported import finite_number

from ..application import (
    DEFAULT_INTEGRATION_SECONDS,
    Api,
    Function,
    GatewayResponse,
    HttpIntegration,
    Integration,
    LambdaIntegration,
    MockIntegration,
    MockResponse,
    RequestRules,
    Route,
    Stage,
    TransferMode,
    UnsupportedError,
    UnsupportedIntegration,
)
from .access import AccessReader, expression, read_throttles
from .validators import ValidationReader

Properties = Mapping[str, Json]
#: Returns the function with an ARN, or raises UnsupportedError.
FunctionByArn = Callable[[str], Function]


class TemplateReader:
    """Reads the APIs of one template.

    :param resources: of the template, in CloudFormation's words
    :param resolver: resolves its intrinsic functions
    :param function: gives the function that an integration names
    """

    def __init__(self, resources: Mapping[str, Json], resolver: Resolver, function: FunctionByArn) -> None:
        self._resources = resources
        self._resolver = resolver
        self._function = function
        self._access = AccessReader(self._resources, resolver, function)
        self._validation = ValidationReader(self._resources, resolver)

    def apis(self) -> tuple[Api, ...]:
        """Return every REST API that has a stage."""
        found = (self._api(logical_id, properties) for logical_id, properties in self._of("RestApi"))
        return tuple(api for api in found if api.stages)

    def _of(self, kind: str, api: str | None = None) -> Iterator[tuple[str, Properties]]:
        """Yield id and properties of the ``AWS::ApiGateway`` resources of a kind, of one API if given."""
        for logical_id, resource in self._resources.items():
            entry = mapping(resource)
            if entry.get("Type") != f"AWS::ApiGateway::{kind}":
                continue
            condition = entry.get("Condition")
            if isinstance(condition, str) and not self._resolver.condition(condition):
                continue
            properties = mapping(entry.get("Properties"))
            if api is None or _target(properties.get("RestApiId")) == api:
                yield logical_id, properties

    def _resolve(self, logical_id: str, properties: Properties, name: str) -> Json:
        return self._resolver.resolve(properties.get(name), f"{logical_id}.{name}")

    def _text(self, logical_id: str, properties: Properties, name: str) -> str:
        return self._resolver.text(properties.get(name), f"{logical_id}.{name}")

    def _api(self, logical_id: str, properties: Properties) -> Api:
        endpoint = mapping(self._resolve(logical_id, properties, "EndpointConfiguration"))
        types = endpoint.get("Types")
        name = self._resolve(logical_id, properties, "Name")
        return Api(
            id=self._resolver.text({"Ref": logical_id}, logical_id),
            name=str(name or logical_id),
            routes=tuple(self._routes(logical_id)),
            stages=tuple(self._stages(logical_id)),
            endpoint_type=str(types[0]) if isinstance(types, list) and types else "EDGE",
            binary_media_types=tuple(_texts(self._resolve(logical_id, properties, "BinaryMediaTypes"))),
            gateway_responses=dict(self._gateway_responses(logical_id)),
            api_key_source=str(self._resolve(logical_id, properties, "ApiKeySourceType") or "HEADER"),
            usage_plans=tuple(self._access.usage_plans(logical_id)),
        )

    def _stages(self, api: str) -> Iterator[Stage]:
        for logical_id, properties in self._of("Stage", api):
            log = mapping(properties.get("AccessLogSetting"))
            yield Stage(
                name=self._text(logical_id, properties, "StageName"),
                variables=_strings(self._resolve(logical_id, properties, "Variables")),
                access_log_format=self._text(logical_id, log, "Format") if "Format" in log else None,
                throttles=read_throttles(self._resolve(logical_id, properties, "MethodSettings")),
            )

    def _gateway_responses(self, api: str) -> Iterator[tuple[str, GatewayResponse]]:
        for logical_id, properties in self._of("GatewayResponse", api):
            status = self._resolve(logical_id, properties, "StatusCode")
            yield (
                self._text(logical_id, properties, "ResponseType"),
                GatewayResponse(
                    status=None if status is None else int(finite_number(status, f"{logical_id}.StatusCode")),
                    parameters=_strings(self._resolve(logical_id, properties, "ResponseParameters")),
                    templates=_strings(self._resolve(logical_id, properties, "ResponseTemplates")),
                ),
            )

    def _routes(self, api: str) -> Iterator[Route]:
        paths = self._paths(api)
        for logical_id, properties in self._of("Method", api):
            resource = _target(properties.get("ResourceId"))
            if resource is None or resource not in paths:
                raise UnsupportedError(f"{logical_id}.ResourceId", "expected a resource of this template")
            integration, rules = self._integration(logical_id, properties), RequestRules()
            try:
                rules = self._validation.rules(api, logical_id, properties)
            except UnsupportedError as error:
                integration = UnsupportedIntegration(str(error))
            yield Route(
                method=self._text(logical_id, properties, "HttpMethod"),
                path=paths[resource] or "/",
                integration=integration,
                authorization=str(self._resolve(logical_id, properties, "AuthorizationType") or "NONE"),
                api_key_required=self._resolve(logical_id, properties, "ApiKeyRequired") in (True, "true"),
                resource_id=resource,
                authorizer=self._access.authorizer(properties.get("AuthorizerId")),
                scopes=tuple(_texts(self._resolve(logical_id, properties, "AuthorizationScopes"))),
                rules=rules,
            )

    def _paths(self, api: str) -> dict[str, str]:
        """Return the path of each resource of an API by logical id; the root is the API itself."""
        parts = {
            logical_id: (_target(properties.get("ParentId")), self._text(logical_id, properties, "PathPart"))
            for logical_id, properties in self._of("Resource", api)
        }

        def path(logical_id: str) -> str:
            if logical_id == api:
                return ""
            if logical_id not in parts:
                raise UnsupportedError(logical_id, "expected a resource whose parent is in this template")
            parent, part = parts[logical_id]
            return f"{path(parent or '')}/{part}"

        return {api: "", **{logical_id: path(logical_id) for logical_id in parts}}

    def _integration(self, logical_id: str, properties: Properties) -> Integration:
        where = f"{logical_id}.Integration"
        try:
            integration = mapping(properties.get("Integration"))
            kind = self._resolver.resolve(integration.get("Type"), f"{where}.Type")
            if kind == "AWS_PROXY":
                return self._lambda(where, integration)
            if kind == "HTTP_PROXY":
                return self._http(where, integration)
            if kind == "MOCK":
                return self._mock(where, mapping(self._resolver.resolve(integration, where)))
            return UnsupportedIntegration(f"{where}.Type: {kind} is not supported locally")
        except UnsupportedError as error:
            return UnsupportedIntegration(str(error))

    def _lambda(self, where: str, integration: Properties) -> LambdaIntegration:
        uri = self._resolver.text(integration.get("Uri"), f"{where}.Uri")
        found = LambdaUri.parse(uri)
        if not found:
            raise UnsupportedError(f"{where}.Uri", f"expected the URI of a Lambda function, got {uri}")
        declared = self._mode(where, integration)
        if found.mode != declared.value:
            reason = f"{declared.value} does not go with a URI that ends in {found.action}"
            raise UnsupportedError(f"{where}.ResponseTransferMode", reason)
        return LambdaIntegration(
            function=self._function(found.function),
            mode=declared,
            timeout=self._timeout(where, integration),
        )

    def _http(self, where: str, integration: Properties) -> HttpIntegration:
        parameters = self._resolver.resolve(integration.get("RequestParameters"), where)
        return HttpIntegration(
            url=self._resolver.text(integration.get("Uri"), f"{where}.Uri"),
            method=self._resolver.text(integration.get("IntegrationHttpMethod", "ANY"), where),
            parameters=_strings(parameters),
            mode=self._mode(where, integration),
            timeout=self._timeout(where, integration),
        )

    def _mode(self, where: str, integration: Properties) -> TransferMode:
        place = f"{where}.ResponseTransferMode"
        declared = self._resolver.resolve(integration.get("ResponseTransferMode"), place) or "BUFFERED"
        if declared not in ("BUFFERED", "STREAM"):
            raise UnsupportedError(place, f"expected a mode, got {declared}")
        return TransferMode(declared)

    def _timeout(self, where: str, integration: Properties) -> float:
        millis = self._resolver.resolve(integration.get("TimeoutInMillis"), f"{where}.TimeoutInMillis")
        if millis is None:
            return DEFAULT_INTEGRATION_SECONDS
        return finite_number(millis, f"{where}.TimeoutInMillis") / 1000

    def _mock(self, where: str, integration: Properties) -> MockIntegration:
        responses = integration.get("IntegrationResponses")
        entries = [mapping(entry) for entry in responses] if isinstance(responses, list) else []
        handling = self._resolver.resolve(integration.get("ContentHandling"), f"{where}.ContentHandling")
        return MockIntegration(
            takes_text=handling == "CONVERT_TO_TEXT",
            request_templates=_strings(integration.get("RequestTemplates")),
            responses=tuple(
                MockResponse(
                    status=int(
                        finite_number(entry.get("StatusCode"), f"{where}.IntegrationResponses.StatusCode")
                    ),
                    selection_pattern=expression(
                        entry.get("SelectionPattern"), f"{where}.IntegrationResponses.SelectionPattern"
                    ),
                    parameters=_strings(entry.get("ResponseParameters")),
                    templates=_strings(entry.get("ResponseTemplates")),
                )
                for entry in entries
            ),
        )


def _strings(value: Json) -> dict[str, str]:
    return {str(name): str(item) for name, item in mapping(value).items()}


def _texts(value: Json) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _target(value: Json) -> str | None:
    """Return the logical id that a ``Ref`` or ``Fn::GetAtt`` points to."""
    reference = mapping(value)
    if "Ref" in reference:
        return str(reference["Ref"])
    attribute = reference.get("Fn::GetAtt")
    if isinstance(attribute, str):
        return attribute.split(".", 1)[0]
    return str(attribute[0]) if isinstance(attribute, list) and attribute else None
