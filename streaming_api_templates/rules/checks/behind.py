"""What is behind an API: functions that stream or not, who may invoke them, and who may call the method."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from ...template.lenient_json import mapping, text
from ...template.resolve import Resources
from ...template.template import Resource, display
from ..finding import Finding, finding
from ..subjects.api import LambdaUri, Method
from ..subjects.function import Function, Functions
from ..subjects.iam import may_call_bedrock, statements
from ..subjects.methods import operations


def check_functions(methods: Sequence[Method]) -> Iterator[Finding]:
    """Yield the methods whose transfer mode does not go with the function behind them."""
    streaming = _streaming(methods)
    for method in methods:
        function = method.function
        if function is None or method.type != "AWS_PROXY":
            continue
        where = method.at("Uri") if method.uri else method.place
        name = function.resource.logical_id
        if method.streams and (reason := function.cannot_stream):
            message = f"{method.label} has STREAM, and {name} cannot stream: {reason}"
            yield finding("STREAM018", method.resource, where, message)
        if method.streams and function.web_adapter and not function.web_adapter_streams:
            message = f"{method.label} has STREAM, and the Lambda Web Adapter of {name} does not stream"
            yield finding("STREAM019", method.resource, where, message)
        # with the streaming URI the combination is named by STREAM004 already
        buffered = method.mode == "BUFFERED" and (method.uri is None or method.uri.buffers)
        if buffered and (evidence := streaming.get(function.resource.key)):
            message = f"{method.label} has BUFFERED, and {name} streams: {evidence}"
            yield finding("STREAM020", method.resource, method.at("ResponseTransferMode"), message)


def check_http_apis(
    resources: Resources, methods: Sequence[Method], functions: Functions
) -> Iterator[Finding]:
    """Yield the HTTP APIs in front of functions that stream."""
    streaming = _streaming(methods)
    for resource, path, uri in _http_integrations(resources):
        parsed = LambdaUri.parse(uri)
        function = functions.target(parsed.function if parsed else uri).function
        evidence = (streaming.get(function.resource.key) or function.streams) if function else None
        if evidence and function:
            message = f"the HTTP API has {function.resource.logical_id} behind it, which streams: {evidence}"
            yield finding("STREAM021", resource, path, message)
        elif parsed and parsed.streams:
            yield finding("STREAM021", resource, path, f"the HTTP API has the URI {parsed.ending}")


def _http_integrations(resources: Resources) -> Iterator[tuple[Resource, str, str]]:
    """Yield resource, property path and target of every integration of an HTTP API."""
    for integration in resources.of("AWS::ApiGatewayV2::Integration"):
        api = resources.referenced(integration.properties.get("ApiId"))
        if api is None or api.properties.get("ProtocolType") != "WEBSOCKET":
            yield integration, "Properties.IntegrationUri", text(integration.properties.get("IntegrationUri"))
    for api in resources.of("AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi"):
        if target := text(api.properties.get("Target")):
            yield api, "Properties.Target", target
        for operation in operations(api):
            yield api, operation.place, text(operation.integration.get("uri"))
    for function in resources.of("AWS::Serverless::Function"):
        for name, event in mapping(function.properties.get("Events")).items():
            if mapping(event).get("Type") == "HttpApi":
                yield function, f"Properties.Events.{name}", f"${{{function.key}}}"


def _streaming(methods: Sequence[Method]) -> dict[str, str]:
    """Return why functions are known to stream, by the key of the function."""
    known: dict[str, str] = {}
    for method in methods:
        if method.function and (own := method.function.streams):
            known[method.function.resource.key] = own
    for method in methods:
        if method.function and method.streams:
            known.setdefault(method.function.resource.key, f"{method.label} has STREAM in front of it")
    return known


def check_permissions(
    resources: Resources, methods: Sequence[Method], functions: Functions
) -> Iterator[Finding]:
    """Yield the methods whose function API Gateway may not invoke."""
    permissions: dict[str, list[Resource]] = {}
    for permission in resources.of("AWS::Lambda::Permission"):
        if _is_for_api_gateway(permission):
            target = functions.target(
                permission.properties.get("FunctionName"), permission.properties.get("Qualifier")
            )
            permissions.setdefault(target.key, []).append(permission)
    for method in methods:
        # a function of another app may have its permission there; Credentials name a role instead of one
        if method.function is None or method.target is None or method.integration.get("Credentials"):
            continue
        if _has_api_event(method.function):
            continue
        found = permissions.get(method.target, [])
        if any(_covers(permission, method, resources) for permission in found):
            continue
        name = display(f"${{{method.target}}}")[2:-1]
        what = "no permission" if not found else "no permission whose SourceArn covers it"
        message = f"{method.label} invokes {name}, and there is {what} for API Gateway"
        yield finding("STREAM022", method.resource, method.at("Uri"), message)


def _is_for_api_gateway(permission: Resource) -> bool:
    principal = text(permission.properties.get("Principal"))
    action = text(permission.properties.get("Action"))
    return (principal in ("apigateway.amazonaws.com", "*") or "${" in principal) and fnmatchcase(
        "lambda:InvokeFunction", action
    )


def _has_api_event(function: Function) -> bool:
    """Say whether SAM adds a permission, which it does for every event."""
    events = mapping(function.resource.properties.get("Events")).values()
    return any(mapping(event).get("Type") == "Api" for event in events)


def _covers(permission: Resource, method: Method, resources: Resources) -> bool:
    """Say whether the ``SourceArn`` of a permission allows a method; what is not known is taken to.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
    """
    *_, invoked = text(permission.properties.get("SourceArn")).split(":", 5)
    api_id, _, rest = invoked.partition("/")
    named = resources.referenced(api_id)
    if named and method.api and named.key != method.api.resource.key:
        return False
    _stage, _, rest = rest.partition("/")
    verb, slash, path = rest.partition("/")
    if not slash or method.path is None or "${" in verb + path:
        return True
    called = re.sub(r"\{[^}]*\}", "x", method.path)
    return (method.verb == "ANY" or fnmatchcase(method.verb, verb)) and (
        fnmatchcase(called, f"/{path}") or path == method.path.lstrip("/")
    )


def check_access(resources: Resources, methods: Sequence[Method]) -> Iterator[Finding]:
    """Yield who may call what costs: open methods, and wildcards in policies."""
    for method in methods:
        restricted = method.api and (method.api.has_policy or method.api.endpoint_type == "PRIVATE")
        if method.is_open and not restricted and (cost := _cost(method, resources)):
            where = (
                "Properties.AuthorizationType" if method.place == "Properties.Integration" else method.place
            )
            message = f"{method.label} is open, and {cost}"
            yield finding("STREAM023", method.resource, where, message)
    for statement in statements(resources):
        if statement.calls and statement.everything:
            message = f"{', '.join(statement.calls)} is allowed on {display(', '.join(statement.everything))}"
            yield finding("STREAM024", statement.owner, statement.path, message)


def _cost(method: Method, resources: Resources) -> str | None:
    """Return what a caller of a method uses up."""
    if method.function and may_call_bedrock(method.function, resources):
        return f"{method.function.resource.logical_id} may call Amazon Bedrock"
    return "it streams" if method.streams else None
