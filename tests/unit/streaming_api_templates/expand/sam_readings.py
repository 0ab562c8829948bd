"""What a template says about HTTP, in one form for SAM's templates and for translated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streaming_api_templates.expand.template import expand
from streaming_api_templates.template.file import parse_template
from streaming_api_templates.template.lambda_uri import LambdaUri
from streaming_api_templates.template.lenient_json import flag, mapping, number, text
from streaming_api_templates.template.resolve import Resolver, SymbolicReferences, symbolic
from streaming_api_templates.template.symbols import PSEUDO_PARAMETERS, display
from streaming_api_templates.template.template import Template
from tests.unit.streaming_api_templates.rules import test_command
from tests.unit.streaming_api_templates.rules.test_spellings import sam
from tests.unit.streaming_api_tools.local.templates import test_template_formats

FOLDER = Path(__file__).with_name("sam")


def templates() -> dict[str, Any]:
    """Return the SAM templates of the suites by name."""
    found: dict[str, Any] = {
        path.name: parse_template(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml"))
    }
    found["of the rules"] = sam()
    found["of the command"] = parse_template(test_command.SAM)
    found["of the gateway"] = parse_template(test_template_formats.SAM)
    return found


def reading(content: dict[str, Any]) -> dict[str, Any]:
    """Return the APIs, methods, permissions, function URLs and HTTP integrations of a template."""
    template = Template("t", content)
    references = SymbolicReferences("0")
    resolver = Resolver(content, references, PSEUDO_PARAMETERS, on_unknown=symbolic)
    expansion = expand(template, resolver.resolve)
    by_type: dict[str, dict[str, dict[str, Any]]] = {}
    for logical_id, entry in expansion.resources.items():
        properties = mapping(resolver.resolve(entry.get("Properties")))
        by_type.setdefault(text(entry.get("Type")), {})[logical_id] = dict(properties)
    paths = _paths(by_type.get("AWS::ApiGateway::Resource", {}))
    apis = by_type.get("AWS::ApiGateway::RestApi", {})
    stages = by_type.get("AWS::ApiGateway::Stage", {}).values()
    methods = by_type.get("AWS::ApiGateway::Method", {}).values()
    permissions = [
        each
        for each in by_type.get("AWS::Lambda::Permission", {}).values()
        if each.get("Principal") == "apigateway.amazonaws.com"
    ]
    urls = by_type.get("AWS::Lambda::Url", {}).values()
    integrations = by_type.get("AWS::ApiGatewayV2::Integration", {}).values()
    return {
        "apis": {
            name: _api(each, [stage for stage in stages if _named(stage, "RestApiId") == name])
            for name, each in apis.items()
        },
        "methods": {
            f"{_named(each, 'RestApiId')} {each['HttpMethod']} {_path(paths, each)}": _method(each)
            for each in methods
        },
        "permissions": sorted(_permission(each) for each in permissions),
        "urls": sorted(_url(each) for each in urls),
        "http": sorted({_target(each) for each in integrations}),
    }


def _path(paths: dict[str, str], method: dict[str, Any]) -> str:
    return paths.get(_named(method, "ResourceId"), "/")


def _permission(properties: dict[str, Any]) -> str:
    function = display(properties["FunctionName"]).replace(".Arn}", "}")
    return f"{function} {display(text(properties.get('SourceArn')).split(':', 5)[-1])}"


def _url(properties: dict[str, Any]) -> str:
    return f"{display(properties['TargetFunctionArn'])} {properties.get('InvokeMode', 'BUFFERED')}"


def _target(properties: dict[str, Any]) -> str:
    uri = LambdaUri.parse(text(properties.get("IntegrationUri")))
    return display(uri.function if uri else properties.get("IntegrationUri"))


def _named(properties: dict[str, Any], name: str) -> str:
    return display(properties.get(name))[2:-1]


def _shown(value: object) -> str:
    """Return a value without the partition, which the translator knows."""
    return display(value).replace("arn:${AWS::Partition}:", "arn:aws:")


def _paths(resources: dict[str, dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for logical_id, each in resources.items():
        parent = found.get(_named(each, "ParentId"), "")
        found[logical_id] = f"{parent}/{each['PathPart']}"
    return found


def _api(api: dict[str, Any], stages: list[dict[str, Any]]) -> dict[str, Any]:
    endpoint = mapping(api.get("EndpointConfiguration")).get("Types")
    return {
        "endpoint": endpoint,
        "compression": number(api.get("MinimumCompressionSize")),
        "binary": api.get("BinaryMediaTypes"),
        "stages": [
            {
                "name": each.get("StageName"),
                "log": mapping(each.get("AccessLogSetting")).get("Format"),
                "cache": flag(each.get("CacheClusterEnabled")),
                "settings": each.get("MethodSettings"),
                "variables": each.get("Variables"),
            }
            for each in stages
        ],
    }


def _method(method: dict[str, Any]) -> dict[str, Any]:
    integration = mapping(method["Integration"])
    uri = LambdaUri.parse(text(integration.get("Uri")))
    parameters = [
        mapping(mapping(each).get("ResponseParameters"))
        for each in integration.get("IntegrationResponses") or []  # type: ignore[attr-defined]
    ]
    return {
        "type": integration.get("Type"),
        "mode": integration.get("ResponseTransferMode", "BUFFERED"),
        "uri": f"{uri.ending} {display(uri.function)}" if uri else None,
        "timeout": number(integration.get("TimeoutInMillis")),
        "authorization": method.get("AuthorizationType", "NONE"),
        "scopes": method.get("AuthorizationScopes") or None,
        "key": flag(method.get("ApiKeyRequired")),
        "credentials": _shown(integration["Credentials"]) if integration.get("Credentials") else None,
        "headers": {name: value for each in parameters for name, value in each.items()},
    }
