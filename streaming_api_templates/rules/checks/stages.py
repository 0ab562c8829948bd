"""Judge the stages of streaming APIs: caching and the access log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...template.lenient_json import Json, flag, items, mapping, text
from ..rule import MODE, Finding, Rule, Severity, check
from ..subjects.methods import Method
from ..subjects.read import Stage, Subjects

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
STREAMING_VARIABLES = (
    "$context.integration.responseTransferMode",
    "$context.integration.timeToAllHeaders",
    "$context.integration.timeToFirstContent",
)

STREAM009 = Rule(
    "STREAM009",
    Severity.ERROR,
    "caching of a streaming method",
    "set CachingEnabled to false for the method: endpoint caching is not supported with STREAM",
    MODE,
)


@check(STREAM009)
def caching(subjects: Subjects) -> Iterator[Finding]:
    """Yield the stages that cache a streaming method."""
    for stage in subjects.stages:
        for method in stage.streams:
            yield from _caching(stage, method)


def _caching(stage: Stage, method: Method) -> Iterator[Finding]:
    settings = [mapping(setting) for setting in items(stage.properties.get("MethodSettings"))]
    for index, setting in enumerate(settings):
        if _is_of(setting, method) and flag(setting.get("CachingEnabled")):
            if any(_is_closer(other, setting) and _is_of(other, method) for other in settings):
                continue
            message = f"the stage caches {method.label}, which has STREAM"
            where = stage.at(f"MethodSettings.{index}.CachingEnabled")
            yield STREAM009.found(stage.resource, where, message)
            return
    # with a cache cluster, a GET method is cached unless a setting says otherwise
    if (
        flag(stage.properties.get("CacheClusterEnabled"))
        and method.verb in ("GET", "ANY")
        and not any(_is_of(setting, method) and "CachingEnabled" in setting for setting in settings)
    ):
        message = f"the stage has a cache cluster, which caches {method.label}, and it has STREAM"
        yield STREAM009.found(stage.resource, stage.at("CacheClusterEnabled"), message)


def _is_of(setting: Mapping[str, Json], method: Method) -> bool:
    """Tell whether a method setting is about a method; '*' and '/*' are about all.

    In a setting the slashes of a path are written ``~1``, save the first.
    """
    path = text(setting.get("ResourcePath", "/*")).replace("~1", "/").replace("//", "/")
    verb = text(setting.get("HttpMethod", "*"))
    return path in ("/*", "*", method.path) and (verb in ("*", method.verb) or method.verb == "ANY")


def _is_closer(setting: Mapping[str, Json], than: Mapping[str, Json]) -> bool:
    """Tell whether a method setting overrides another and turns caching off."""
    wildcards = [
        sum(text(each.get(name, "*")) in ("*", "/*") for name in ("ResourcePath", "HttpMethod"))
        for each in (setting, than)
    ]
    return wildcards[0] < wildcards[1] and not flag(setting.get("CachingEnabled"))


STREAM027 = Rule(
    "STREAM027",
    Severity.WARNING,
    "an access log that does not show whether a response was streamed",
    "log $context.integration.responseTransferMode, $context.integration.timeToAllHeaders"
    " and $context.integration.timeToFirstContent",
    MODE,
)


@check(STREAM027)
def access_log(subjects: Subjects) -> Iterator[Finding]:
    """Yield the access logs that do not show whether a response was streamed."""
    for stage in subjects.stages:
        log = mapping(stage.properties.get("AccessLogSetting"))
        written = text(log.get("Format"))
        # without an access log there is no line that misses something
        if not stage.streams or not log or "${Fn." in written:
            continue
        missing = [variable for variable in STREAMING_VARIABLES if variable not in written]
        if missing:
            message = f"the access log has no {', '.join(missing)}"
            yield STREAM027.found(stage.resource, stage.at("AccessLogSetting.Format"), message)
