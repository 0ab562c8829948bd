"""Throttle a stage, and single methods of it by limits of their own."""

from __future__ import annotations

from typing import cast

from aws_cdk import Token
from aws_cdk import aws_apigateway as apigateway

_EVERY_VERB = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def check_limits(subject: str, rate_limit: float | None, burst_limit: int | None) -> None:
    """Refuse limits that would let nothing through; a token is not looked at.

    :param subject: whose limits they are, for the message.
    """
    for name, limit in (("rate", rate_limit), ("burst", burst_limit)):
        if limit is None or Token.is_unresolved(limit):
            continue
        if not isinstance(limit, (int, float)):
            raise TypeError(f"throttling_{name}_limit of {subject} must be a number, got {limit!r}")
        if name == "burst" and limit != int(limit):
            raise ValueError(f"throttling_burst_limit of {subject} must be a whole number, got {limit}")
        if limit <= 0:
            raise ValueError(f"throttling_{name}_limit of {subject} must be above 0, got {limit}")


def throttle(method: apigateway.Method, rate_limit: float | None, burst_limit: int | None) -> None:
    """Give a method limits of its own in its API's stage.

    A stage has settings for ``{resource_path}/{http_method}`` or for all that it has, so that ``ANY`` stands
    for each HTTP method that the resource does not have by itself:
    https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html.

    :param rate_limit: requests a second. Default: - the stage's
    :param burst_limit: requests at once. Default: - the stage's
    :raises ValueError: when a limit would let nothing through.
    """
    if rate_limit is None and burst_limit is None:
        return
    path = method.resource.path
    check_limits(f"stream '{path}'", rate_limit, burst_limit)
    stage = cast(apigateway.CfnStage, method.api.deployment_stage.node.default_child)
    settings = cast("list[apigateway.CfnStage.MethodSettingProperty]", stage.method_settings)
    whole = settings[0]
    resource_path = "/" if path == "/" else "/" + path.replace("/", "~1")
    verbs = _verbs(method)
    others = [it for it in settings if it.resource_path != resource_path or it.http_method not in verbs]
    stage.method_settings = [
        *others,
        # what is left out here would not come from the whole stage's settings
        *(
            apigateway.CfnStage.MethodSettingProperty(
                http_method=verb,
                resource_path=resource_path,
                logging_level=whole.logging_level,
                data_trace_enabled=whole.data_trace_enabled,
                throttling_rate_limit=whole.throttling_rate_limit if rate_limit is None else rate_limit,
                throttling_burst_limit=whole.throttling_burst_limit if burst_limit is None else burst_limit,
            )
            for verb in verbs
        ),
    ]


def _verbs(method: apigateway.Method) -> list[str]:
    if method.http_method != "ANY":
        return [method.http_method]
    children = method.resource.node.children
    own = {child.http_method for child in children if isinstance(child, apigateway.Method)}
    return [verb for verb in _EVERY_VERB if verb not in own]
