"""Configure the stage of an API: its limits, its log and its traces."""

from __future__ import annotations

from inspect import signature

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs

from .._common.access_log import LogGroupDestination, access_log_format

#: options of a stage that are arguments of the API, or that do not go with streams -> what to do
_REFUSED = {
    "stage_name": "give the API its stage_name",
    "throttling_rate_limit": "give the API its throttling_rate_limit",
    "throttling_burst_limit": "give the API its throttling_burst_limit",
    "access_log_destination": "the metrics of the API read its own access log",
    "caching_enabled": "API Gateway does not cache streams",
    "cache_cluster_enabled": "API Gateway does not cache streams",
}


def stage_options(
    stage_name: str,
    access_log_group: logs.ILogGroup,
    rate_limit: float,
    burst_limit: int,
    further: apigateway.StageOptions | None = None,
) -> apigateway.StageOptions:
    """Return the options of a stage that logs each request, and no prompt.

    :param access_log_group: gets one line a request.
    :param rate_limit: requests a second.
    :param burst_limit: requests at once.
    :param further: options that go before the others. Default: - none
    :raises ValueError: when one of them is an argument of the API, or does not go with streams.
    """
    names = [name for name in signature(apigateway.StageOptions.__init__).parameters if name != "self"]
    given = {name: getattr(further, name) for name in names} if further else {}
    for name, instead in _REFUSED.items():
        if given.get(name):
            raise ValueError(f"stage_options must not have {name}: {instead}")
    own = apigateway.StageOptions(
        stage_name=stage_name,
        access_log_destination=LogGroupDestination(access_log_group),
        access_log_format=access_log_format(),
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        # would write prompts and answers to the execution log
        data_trace_enabled=False,
        throttling_rate_limit=rate_limit,
        throttling_burst_limit=burst_limit,
        tracing_enabled=True,
    )
    merged = {name: getattr(own, name) if given.get(name) is None else given[name] for name in names}
    return apigateway.StageOptions(**merged)
