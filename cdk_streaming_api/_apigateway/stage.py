"""Configure the stage of an API: its limits, its log and its traces."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs

from .._common.access_log import LogGroupDestination, access_log_format


def stage_options(
    stage_name: str, access_log_group: logs.ILogGroup, rate_limit: float, burst_limit: int
) -> apigateway.StageOptions:
    """Return the options of a stage that logs each request, and no prompt.

    :param access_log_group: gets one line a request.
    :param rate_limit: requests a second.
    :param burst_limit: requests at once.
    """
    return apigateway.StageOptions(
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
