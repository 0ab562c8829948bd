"""Read the stages of the REST APIs of an app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...template.lenient_json import Json, flag, mapping, text
from .methods import Method
from .resources import Resource, Resources


@dataclass(frozen=True, eq=False)
class MethodSetting:
    """Settings of a stage for some methods.

    :param path: ``/*`` for all
    :param verb: ``*`` for all
    :param caching: None where it says nothing about it
    :param burst_limit: as it is written, None where there is none
    """

    path: str
    verb: str
    caching: bool | None
    burst_limit: Json

    def is_of(self, method: Method) -> bool:
        """Tell whether it is about a method."""
        of_path = self.path in ("/*", "*", method.path)
        return of_path and (self.verb in ("*", method.verb) or method.verb == "ANY")

    @property
    def wildcards(self) -> int:
        """The number of wildcards in path and verb: the fewer, the closer."""
        return (self.path in ("*", "/*")) + (self.verb == "*")


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage, by itself or in the deployment that makes it.

    :param resource: the ``AWS::ApiGateway::Stage`` or ``AWS::ApiGateway::Deployment``
    :param place: beginning of the property paths of the stage
    :param streams: the streaming methods of its API
    :param settings: about methods, in the order of the template
    :param cache_cluster: whether it has one
    :param access_log: format of its access log, None without one
    :param is_made: False for a deployment that makes no stage
    """

    resource: Resource
    place: str
    streams: Sequence[Method]
    settings: Sequence[MethodSetting]
    cache_cluster: bool
    access_log: str | None
    is_made: bool

    def at(self, name: str) -> str:
        """Return the property path of a property of the stage, as the template has it."""
        return self.resource.at(f"{self.place}{name}")


def read_stages(resources: Resources, streams: Sequence[Method]) -> list[Stage]:
    """Return every stage.

    :param streams: the streaming methods of all APIs
    """
    by_api: dict[str, list[Method]] = {}
    for method in streams:
        if method.api:
            by_api.setdefault(method.api.resource.key, []).append(method)
    found = []
    for resource in resources.of("AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment"):
        api = resources.referenced(resource.properties.get("RestApiId"))
        of_deployment = resource.type == "AWS::ApiGateway::Deployment"
        properties = resource.properties
        if of_deployment:
            properties = mapping(properties.get("StageDescription"))
        log = mapping(properties.get("AccessLogSetting"))
        access_log = text(log.get("Format")) if log else None
        cache_cluster = flag(properties.get("CacheClusterEnabled"))
        settings = properties.get("MethodSettings")
        place, of_api = "StageDescription." if of_deployment else "", by_api.get(api.key, []) if api else []
        made = not of_deployment or "StageName" in resource.properties
        found.append(Stage(resource, place, of_api, _settings(settings), cache_cluster, access_log, made))
    return found


def _settings(written: Json) -> list[MethodSetting]:
    found = []
    for setting in map(mapping, written if isinstance(written, list) else ()):
        # the slashes of a path are written ``~1``, save the first
        path = text(setting.get("ResourcePath", "/*")).replace("~1", "/").replace("//", "/")
        caching = flag(setting["CachingEnabled"]) if "CachingEnabled" in setting else None
        verb, burst_limit = text(setting.get("HttpMethod", "*")), setting.get("ThrottlingBurstLimit")
        found.append(MethodSetting(path, verb, caching, burst_limit))
    return found
