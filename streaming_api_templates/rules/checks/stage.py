"""What API, stage and deployment around a streaming method may say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...template.lenient_json import Json, flag, items, mapping, text
from ...template.resolve import Resources
from ...template.template import Resource
from ..finding import Finding, finding
from ..subjects.api import Api, Method

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
EDGE_IDLE_MS = 30_000
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
STREAMING_VARIABLES = (
    "$context.integration.responseTransferMode",
    "$context.integration.timeToAllHeaders",
    "$context.integration.timeToFirstContent",
)
#: The resources whose properties the L2 Deployment of the CDK hashes as its construct was given them.
_HASHED_AS_GIVEN = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")


def check_api(api: Api, streams: Sequence[Method]) -> Iterator[Finding]:
    """Yield what is wrong with a REST API.

    :param api: the API
    :param streams: its streaming methods
    """
    if api.endpoint_type == "PRIVATE" and not api.has_policy:
        yield finding(
            "STREAM017", api.resource, "Properties.Policy", "the PRIVATE API has no resource policy"
        )
    if not streams:
        return
    labels = ", ".join(method.label for method in streams)
    if api.minimum_compression_size is not None:
        message = f"MinimumCompressionSize is {api.minimum_compression_size}, and {labels} has STREAM"
        yield finding("STREAM011", api.resource, "Properties.MinimumCompressionSize", message)
    if api.endpoint_type == "EDGE":
        yield from (each for method in streams for each in _silent_on_edge(method))


def _silent_on_edge(method: Method) -> Iterator[Finding]:
    beating = method.function is not None and method.function.has_streaming_layer
    if beating or (method.timeout_ms is not None and method.timeout_ms <= EDGE_IDLE_MS):
        return
    message = (
        f"{method.label} streams through an EDGE endpoint, which ends a stream after 30 seconds of silence, "
        f"and nothing in the template sends a heartbeat"
    )
    yield finding("STREAM016", method.resource, method.place, message)


def check_stages(resources: Resources, streams: Sequence[Method]) -> Iterator[Finding]:
    """Yield what is wrong with the stages of APIs that stream.

    :param resources: of the app
    :param streams: the streaming methods of all APIs
    """
    for stage in resources.of("AWS::ApiGateway::Stage", "AWS::Serverless::Api"):
        is_api = stage.type == "AWS::Serverless::Api"
        api = stage if is_api else resources.referenced(stage.properties.get("RestApiId"))
        of_api = [method for method in streams if api and method.api and method.api.resource.key == api.key]
        yield from _of_stage(_Stage(stage, stage.properties, "Properties"), of_api)
    for deployment in resources.of("AWS::ApiGateway::Deployment"):
        api = resources.referenced(deployment.properties.get("RestApiId"))
        of_api = [method for method in streams if api and method.api and method.api.resource.key == api.key]
        described = mapping(deployment.properties.get("StageDescription"))
        yield from _of_stage(_Stage(deployment, described, "Properties.StageDescription"), of_api)


class _Stage(NamedTuple):
    """A stage, by itself or in the deployment that makes it."""

    resource: Resource
    properties: Mapping[str, Json]
    place: str


def _of_stage(stage: _Stage, streams: Sequence[Method]) -> Iterator[Finding]:
    yield from _access_log(stage, streams)
    yield from (each for method in streams for each in _caching(stage, method))


def _access_log(stage: _Stage, streams: Sequence[Method]) -> Iterator[Finding]:
    log = mapping(stage.properties.get("AccessLogSetting"))
    written = text(log.get("Format"))
    # without an access log there is no line that misses something
    if not streams or not log or "${Fn." in written:
        return
    missing = [variable for variable in STREAMING_VARIABLES if variable not in written]
    if missing:
        message = f"the access log has no {', '.join(missing)}"
        yield finding("STREAM027", stage.resource, f"{stage.place}.AccessLogSetting.Format", message)


def _caching(stage: _Stage, method: Method) -> Iterator[Finding]:
    settings = [mapping(setting) for setting in items(stage.properties.get("MethodSettings"))]
    for index, setting in enumerate(settings):
        if _is_of(setting, method) and flag(setting.get("CachingEnabled")):
            if any(_is_closer(other, setting) and _is_of(other, method) for other in settings):
                continue
            message = f"the stage caches {method.label}, which has STREAM"
            where = f"{stage.place}.MethodSettings.{index}.CachingEnabled"
            yield finding("STREAM009", stage.resource, where, message)
            return
    # with a cache cluster, a GET method is cached unless a setting says otherwise
    if (
        flag(stage.properties.get("CacheClusterEnabled"))
        and method.verb in ("GET", "ANY")
        and not any(_is_of(setting, method) and "CachingEnabled" in setting for setting in settings)
    ):
        message = f"the stage has a cache cluster, which caches {method.label}, and it has STREAM"
        yield finding("STREAM009", stage.resource, f"{stage.place}.CacheClusterEnabled", message)


def _is_of(setting: Mapping[str, Json], method: Method) -> bool:
    """Say whether a method setting is about a method; '*' and '/*' are about all.

    In a setting the slashes of a path are written ``~1``, save the first.
    """
    path = text(setting.get("ResourcePath", "/*")).replace("~1", "/").replace("//", "/")
    verb = text(setting.get("HttpMethod", "*"))
    return path in ("/*", "*", method.path) and (verb in ("*", method.verb) or method.verb == "ANY")


def _is_closer(setting: Mapping[str, Json], than: Mapping[str, Json]) -> bool:
    """Say whether a method setting overrides another and turns caching off."""
    wildcards = [
        sum(text(each.get(name, "*")) in ("*", "/*") for name in ("ResourcePath", "HttpMethod"))
        for each in (setting, than)
    ]
    return wildcards[0] < wildcards[1] and not flag(setting.get("CachingEnabled"))


def check_deployments(resources: Resources, methods: Sequence[Method]) -> Iterator[Finding]:
    """Yield the methods that a deployment may leave out, and the changes that it does not see.

    :param resources: of the app
    :param methods: the methods of all APIs
    """
    declared = [each for each in methods if each.resource.type == "AWS::ApiGateway::Method" and each.streams]
    for deployment in resources.of("AWS::ApiGateway::Deployment"):
        api = resources.referenced(deployment.properties.get("RestApiId"))
        waited = _waited_for(deployment, resources)
        for method in declared:
            if not api or not method.api or method.api.resource.key != api.key:
                continue
            # what is in another template cannot be named in DependsOn
            here = deployment.template is method.resource.template
            if here and method.resource.logical_id not in waited:
                message = f"the deployment {deployment.logical_id} does not depend on {method.label}"
                yield finding("STREAM028", method.resource, "DependsOn", message)
    for resource in resources.of(*_HASHED_AS_GIVEN):
        yield from _overrides(resource)


def _waited_for(deployment: Resource, resources: Resources) -> set[str]:
    """Return the logical ids that a deployment depends on, directly or not, by DependsOn or a reference."""
    template, _, _ = deployment.key.partition("#")
    waited, new = set[str](), {deployment.logical_id}
    while new:
        waited |= new
        found = [resources.get(f"{template}#{name}") for name in new]
        new = {name for each in found if each for name in _waits_for(each, template)} - waited
    return waited


def _waits_for(resource: Resource, template: str) -> set[str]:
    referenced = re.findall(rf"[$]\{{{template}#(\w+)", json.dumps(resource.properties, default=str))
    return resource.depends_on | set(referenced)


def _overrides(resource: Resource) -> Iterator[Finding]:
    written = mapping(_canonical(resource.as_written.get("Properties")))
    changes = [
        sorted(_differences(mapping(_canonical(given)), written, "Properties"))
        for given in resource.template.given.get(resource.logical_id, ())
    ]
    if changed := min(changes, key=len, default=[]):
        names = ", ".join(path.removeprefix("Properties.") for path in changed)
        message = (
            f"{names} differs from what the construct was given, "
            "so that a change of it leaves the stage with the old deployment"
        )
        yield finding("STREAM029", resource, changed[0], message)


def _canonical(value: Json) -> Json:
    """Return a value with the names of CloudFormation and without what is empty, as the CDK writes it."""
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    if not isinstance(value, dict):
        return value
    members = ((name[:1].upper() + name[1:], _canonical(each)) for name, each in value.items())
    return {name: each for name, each in members if each not in (None, {}, [])}


def _differences(given: Mapping[str, Json], written: Mapping[str, Json], path: str) -> Iterator[str]:
    for name in given.keys() | written.keys():
        old, new = given.get(name), written.get(name)
        if (
            isinstance(old, dict)
            and isinstance(new, dict)
            and not _is_intrinsic(old)
            and not _is_intrinsic(new)
        ):
            yield from _differences(old, new, f"{path}.{name}")
        elif old != new:
            yield f"{path}.{name}"


def _is_intrinsic(value: Mapping[str, Json]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))
