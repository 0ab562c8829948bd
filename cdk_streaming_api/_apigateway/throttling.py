"""Throttle a stage, and single methods of it by limits of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import jsii
from aws_cdk import IAnyProducer, IResolveContext, Lazy, Token
from aws_cdk import aws_apigateway as apigateway

from .._common.tokens import is_number_token
from .verbs import EVERY_VERB


def check_limits(subject: str, rate_limit: float | None, burst_limit: int | None) -> None:
    """Refuse limits that would let nothing through; a token is not looked at.

    :param subject: whose limits they are, for the message.
    """
    for name, limit in (("rate", rate_limit), ("burst", burst_limit)):
        if limit is None:
            continue
        if not isinstance(limit, (int, float)):
            if Token.is_unresolved(limit):
                continue
            raise TypeError(f"throttling_{name}_limit of {subject} must be a number, got {limit!r}")
        if is_number_token(limit):
            continue
        if name == "burst" and limit != int(limit):
            raise ValueError(f"throttling_burst_limit of {subject} must be a whole number, got {limit}")
        if limit <= 0:
            raise ValueError(f"throttling_{name}_limit of {subject} must be above 0, got {limit}")


class _Limits(NamedTuple):
    method: apigateway.Method
    http_method: str
    path: str
    rate_limit: float | None
    burst_limit: int | None


@jsii.implements(IAnyProducer)
class MethodLimits:
    """The limits of single methods, which are written into the API's stage once, when all methods are there.

    A stage has settings for ``{resource_path}/{http_method}`` or for all that it has, so that ``ANY`` stands
    for each HTTP method that the resource does not have by itself:
    https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html.
    """

    def __init__(self, api: apigateway.RestApi) -> None:
        """Note the API, whose deployment stage it is about."""
        self._api = api
        self._limits: list[_Limits] = []
        self._of_stage: list[apigateway.CfnStage.MethodSettingProperty] = []

    def add(
        self,
        method: apigateway.Method,
        http_method: str,
        path: str,
        rate_limit: float | None,
        burst_limit: int | None,
    ) -> None:
        """Give a method limits of its own.

        :param http_method: that of the method, which its construct would tell once for each round trip.
        :param path: that of its resource.
        :param rate_limit: requests a second. Default: - the stage's
        :param burst_limit: requests at once. Default: - the stage's
        :raises ValueError: when a limit would let nothing through.
        """
        check_limits(f"stream '{path}'", rate_limit, burst_limit)
        if not self._limits:
            stage = cast(apigateway.CfnStage, self._api.deployment_stage.node.default_child)
            self._of_stage = cast("list[apigateway.CfnStage.MethodSettingProperty]", stage.method_settings)
            stage.method_settings = Lazy.uncached_any(self)
        self._limits.append(_Limits(method, http_method, path, rate_limit, burst_limit))

    def produce(self, _context: IResolveContext) -> object:
        """Return the settings of the stage, and of each method with limits."""
        return [*self._of_stage, *(setting for each in self._limits for setting in self._settings(each))]

    def _settings(self, limits: _Limits) -> Iterator[dict[str, object]]:
        whole, path = self._of_stage[0], limits.path
        rate_limit, burst_limit = limits.rate_limit, limits.burst_limit
        for verb in _verbs(limits):
            # what is left out here would not come from the whole stage's settings. No MethodSettingProperty:
            # the CDK asks three times, and jsii would check each of them as often
            yield {
                "httpMethod": verb,
                "resourcePath": "/" if path == "/" else "/" + path.replace("/", "~1"),
                "loggingLevel": whole.logging_level,
                "dataTraceEnabled": whole.data_trace_enabled,
                "metricsEnabled": whole.metrics_enabled,
                "throttlingRateLimit": whole.throttling_rate_limit if rate_limit is None else rate_limit,
                "throttlingBurstLimit": whole.throttling_burst_limit if burst_limit is None else burst_limit,
            }


def _verbs(limits: _Limits) -> list[str]:
    if limits.http_method != "ANY":
        return [limits.http_method]
    children = limits.method.resource.node.children
    own = {child.http_method for child in children if isinstance(child, apigateway.Method)}
    return [verb for verb in EVERY_VERB if verb not in own]
