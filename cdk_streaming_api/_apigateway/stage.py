"""Define the options of the stage of an API."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs

from .._common.access_log import LogGroupDestination, access_log_format


def stage_options(
    stage_name: str, access_log: logs.ILogGroup, rate_limit: float, burst_limit: int
) -> apigateway.StageOptions:
    """Return the options of a stage that logs, traces and throttles.

    :param access_log: takes a line for each request.
    :param rate_limit: requests a second that the stage takes.
    :param burst_limit: requests that it takes at once.
    """
    return apigateway.StageOptions(
        stage_name=stage_name,
        access_log_destination=LogGroupDestination(access_log),
        access_log_format=access_log_format(),
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        # would write prompts and answers to the execution log
        data_trace_enabled=False,
        throttling_rate_limit=rate_limit,
        throttling_burst_limit=burst_limit,
        tracing_enabled=True,
    )
