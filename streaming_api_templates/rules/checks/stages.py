"""Judge the stages of streaming APIs: caching and the access log."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.lenient_json import Json
from ..rule import MODE, Finding, Rule, Severity, check
from ..subjects.methods import Method
from ..subjects.read import Subjects
from ..subjects.stages import Stage

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


@check(STREAM009, of="stages")
def caching(subjects: Subjects) -> Iterator[Finding]:
    """Yield the stages that cache a streaming method."""
    for stage in subjects.stages:
        for method in stage.streams:
            yield from _caching(stage, method)


def _caching(stage: Stage, method: Method) -> Iterator[Finding]:
    settings = [setting for setting in stage.settings if setting.is_of(method)]
    for index, setting in enumerate(stage.settings):
        if setting.caching and setting in settings:
            # one that is closer to the method turns it off
            if any(each.caching is False and each.wildcards < setting.wildcards for each in settings):
                continue
            message = f"the stage caches {method.label}, which has STREAM"
            where = stage.at(f"MethodSettings.{index}.CachingEnabled")
            yield STREAM009.found(stage.resource, where, message)
            return
    # with a cache cluster, a GET method is cached unless a setting says otherwise
    cached = stage.cache_cluster and method.verb in ("GET", "ANY")
    if cached and all(setting.caching is None for setting in settings):
        message = f"the stage has a cache cluster, which caches {method.label}, and it has STREAM"
        yield STREAM009.found(stage.resource, stage.at("CacheClusterEnabled"), message)


STREAM037 = Rule(
    "STREAM037",
    Severity.ERROR,
    "a burst limit of a streaming API that is not a whole number",
    "round the burst limit; only the rate limit may have a fraction",
    "https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html",
)


@check(STREAM037, of="stages")
def fractional_burst(subjects: Subjects) -> Iterator[Finding]:
    """Yield the burst limits that API Gateway refuses."""
    for stage in subjects.stages:
        for index, setting in enumerate(stage.settings if stage.streams else ()):
            if _has_fraction(setting.burst_limit):
                where = stage.at(f"MethodSettings.{index}.ThrottlingBurstLimit")
                message = f"ThrottlingBurstLimit is {setting.burst_limit}, which is no whole number"
                yield STREAM037.found(stage.resource, where, message)


def _has_fraction(value: Json) -> bool:
    try:
        return isinstance(value, (float, str)) and not float(value).is_integer()
    except ValueError:  # known only to a deployment
        return False


STREAM033 = Rule(
    "STREAM033",
    Severity.WARNING,
    "a streaming API without an access log",
    "set AccessLogSetting of the stage, with $context.integration.responseTransferMode, "
    "$context.integration.timeToAllHeaders and $context.integration.timeToFirstContent in its format",
    MODE,
)


@check(STREAM033, of="stages")
def no_access_log(subjects: Subjects) -> Iterator[Finding]:
    """Yield the stages of streaming APIs that log no request."""
    for stage in subjects.stages:
        if stage.streams and stage.is_made and stage.access_log is None:
            labels = ", ".join(method.label for method in stage.streams)
            message = f"the stage has no access log, so that nothing shows whether {labels} streamed"
            yield STREAM033.found(stage.resource, stage.at("AccessLogSetting"), message)


STREAM027 = Rule(
    "STREAM027",
    Severity.WARNING,
    "an access log that does not show whether a response was streamed",
    "log $context.integration.responseTransferMode, $context.integration.timeToAllHeaders"
    " and $context.integration.timeToFirstContent",
    MODE,
)


@check(STREAM027, of="stages")
def access_log(subjects: Subjects) -> Iterator[Finding]:
    """Yield the access logs that do not show whether a response was streamed."""
    for stage in subjects.stages:
        # without an access log there is no line that misses something
        if not stage.streams or stage.access_log is None or "${Fn." in stage.access_log:
            continue
        missing = [variable for variable in STREAMING_VARIABLES if variable not in stage.access_log]
        if missing:
            message = f"the access log has no {', '.join(missing)}"
            yield STREAM027.found(stage.resource, stage.at("AccessLogSetting.Format"), message)
