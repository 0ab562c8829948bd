"""Define metrics that CloudWatch Logs takes from log lines, on first use."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from .access_log import ACCESS_LOG_FIELDS, StreamingAccessLogField
from .deployment_path import deployment_path
from .tokens import check_known

if TYPE_CHECKING:  # imported on first use: most apps ask for no metric
    from aws_cdk import aws_cloudwatch as cloudwatch

_NUMBERS = (StreamingAccessLogField.TIME_TO_FIRST_CONTENT, StreamingAccessLogField.INTEGRATION_LATENCY)

# Ids of constructs are freer and longer than a namespace, which has no ':' in metric filters:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
_UNFIT = re.compile("[^0-9A-Za-z._/# -]")
_MAX_PATH = 255 - len("StreamingApi/")


def metric_namespace(scope: Construct) -> str:
    """Return the namespace of the metrics of a construct, which is of one deployment."""
    return f"StreamingApi/{_UNFIT.sub('-', deployment_path(scope))[-_MAX_PATH:]}"


class LogMetric:
    """The metrics of one log group, in a namespace of their own under ``StreamingApi/``."""

    def __init__(self, scope: Construct, construct_id: str, *, log_group: logs.ILogGroup) -> None:
        """Note the log group; nothing is defined yet.

        :param scope: the construct whose metrics they are.
        :param construct_id: the first part of the ids of the filters.
        """
        self._scope = scope
        self._construct_id = construct_id
        self._log_group = log_group

    @cached_property
    def _namespace(self) -> str:
        return metric_namespace(self._scope)

    def counting(self, name: str, term: str, *, statistic: str, period: Duration | None) -> cloudwatch.Metric:
        """Return the number of lines with a term in them."""
        if not self._scope.node.try_find_child(self._construct_id):
            logs.MetricFilter(
                self._scope,
                self._construct_id,
                log_group=self._log_group,
                filter_pattern=logs.FilterPattern.all_terms(term),
                metric_namespace=self._namespace,
                metric_name=name,
                metric_value="1",
                default_value=0,
            )
        return self._metric(name, statistic, period)

    def milliseconds(
        self, name: str, variable: str, *, statistic: str, period: Duration | None
    ) -> cloudwatch.Metric:
        """Return a variable of the access log, for the requests that were streamed."""
        filter_id = f"{self._construct_id}{name}"
        if not self._scope.node.try_find_child(filter_id):
            field = f"$.{_field(variable)}"
            mode = f"$.{_field(StreamingAccessLogField.RESPONSE_TRANSFER_MODE)}"
            metric_filter = logs.MetricFilter(
                self._scope,
                filter_id,
                log_group=self._log_group,
                # a variable without a value is '-', which is no number
                filter_pattern=logs.FilterPattern.literal(f'{{ ({mode} = "STREAM*") && ({field} >= 0) }}'),
                metric_namespace=self._namespace,
                metric_name=name,
                metric_value=field,
                unit=_milliseconds(),
                apply_on_transformed_logs=True,
            )
            metric_filter.node.add_dependency(self._numbers())
        return self._metric(name, statistic, period, _milliseconds())

    def _numbers(self) -> logs.CfnTransformer:
        """Return what turns the texts of the access log into numbers, as metric filters read no others.

        See https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html.
        """
        transformer_id = f"{self._construct_id}Numbers"
        if existing := self._scope.node.try_find_child(transformer_id):
            return cast(logs.CfnTransformer, existing)
        entries = [
            logs.CfnTransformer.TypeConverterEntryProperty(key=_field(variable), type="integer")
            for variable in _NUMBERS
        ]
        return logs.CfnTransformer(
            self._scope,
            transformer_id,
            log_group_identifier=self._log_group.log_group_name,
            transformer_config=[
                logs.CfnTransformer.ProcessorProperty(
                    parse_json=logs.CfnTransformer.ParseJSONProperty(source="@message")
                ),
                logs.CfnTransformer.ProcessorProperty(
                    type_converter=logs.CfnTransformer.TypeConverterProperty(entries=entries)
                ),
            ],
        )

    def _metric(
        self,
        name: str,
        statistic: str,
        period: Duration | None,
        unit: cloudwatch.Unit | None = None,
    ) -> cloudwatch.Metric:
        from aws_cdk import aws_cloudwatch as cloudwatch

        check_known("statistic of a metric", statistic, "alarms have a property for each kind")
        if period and period.is_unresolved():
            raise ValueError("period of a metric must be known at synth: CloudWatch takes few, got a token")
        return cloudwatch.Metric(
            namespace=self._namespace, metric_name=name, statistic=statistic, period=period, unit=unit
        )


def _milliseconds() -> cloudwatch.Unit:
    from aws_cdk import aws_cloudwatch as cloudwatch

    return cloudwatch.Unit.MILLISECONDS


def _field(variable: str) -> str:
    return next(name for name, value in ACCESS_LOG_FIELDS.items() if value == variable)
