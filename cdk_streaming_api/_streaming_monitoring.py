"""A dashboard and alarms for an API whose requests are meant to take long."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ._bedrock_function import BedrockFunction
from ._stream import Stream
from ._streaming_api import StreamingApi
from ._streaming_function import StreamingFunction


class StreamingMonitoring(Construct):
    """Defines a dashboard, and alarms on the first content, on errors and on throttles.

    None is on the latency of the API, its functions or its model, which are as long as the stream::

        StreamingMonitoring(self, "Monitoring", api=api, time_to_first_content_threshold=Duration.seconds(3))

    Make it when the API has all its streams. Its attributes are ``dashboard`` and ``alarms``.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: StreamingApi,
        time_to_first_content_threshold: Duration | None = None,
        server_error_rate_threshold: float = 0.05,
        stream_errors_threshold: float = 1,
        alarm_actions: Sequence[cloudwatch.IAlarmAction] = (),
    ) -> None:
        """Define the dashboard and the alarms.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param api: the API with its streams.
        :param time_to_first_content_threshold: how long 9 of 10 streams may take to their first content, and
            the models to their first token. Default: 10 seconds
        :param server_error_rate_threshold: share of the requests that may get a 5xx, 0 to 1. Default: 0.05
        :param stream_errors_threshold: how many streams may end in an error within 5 minutes before it is
            too many. Default: 1
        :param alarm_actions: what happens on an alarm. Default: - nothing but its state
        """
        super().__init__(scope, construct_id)
        self.alarms: list[cloudwatch.Alarm] = []
        self._actions = alarm_actions
        patience = (time_to_first_content_threshold or Duration.seconds(10)).to_milliseconds()
        functions = _functions(api)
        streaming = [function for function in functions if isinstance(function, StreamingFunction)]
        models = {
            function.model.model_id: None for function in streaming if isinstance(function, BedrockFunction)
        }

        first_content = api.metric_time_to_first_content()
        self._alarm("TimeToFirstContent", first_content, patience, "Streams take long to begin", above=True)
        server_errors = api.rest_api.metric_server_error(statistic=cloudwatch.Stats.AVERAGE)
        self._alarm("ServerErrors", server_errors, server_error_rate_threshold, "Requests fail", above=True)
        stream_errors = [function.metric_stream_errors() for function in streaming]
        for streaming_function, metric in zip(streaming, stream_errors, strict=True):
            self._alarm(
                f"StreamErrors {streaming_function.node.path}",
                metric,
                stream_errors_threshold,
                "Streams end in errors",
            )
        throttles = [function.metric_throttles() for function in functions]
        for function, metric in zip(functions, throttles, strict=True):
            self._alarm(f"Throttles {function.node.path}", metric, 1, "Functions are throttled")
        for number, model in enumerate(models):
            self._alarm(
                f"FirstToken{number}",
                _bedrock(model, "TimeToFirstToken", "p90"),
                patience,
                "The model takes long to begin",
                above=True,
            )
            self._alarm(
                f"ModelThrottles{number}",
                _bedrock(model, "InvocationThrottles", cloudwatch.Stats.SUM),
                1,
                "Amazon Bedrock throttles the model",
            )

        self.dashboard = cloudwatch.Dashboard(self, "Dashboard")
        graphs: dict[str, list[cloudwatch.Metric]] = {
            "Time to first content": [
                api.metric_time_to_first_content(statistic=it) for it in ("p50", "p90", "p99")
            ],
            "Duration of streams": [api.metric_stream_duration(statistic=it) for it in ("p50", "p90")],
            "Requests and errors": [
                api.rest_api.metric_count(),
                api.rest_api.metric_client_error(),
                api.rest_api.metric_server_error(),
            ],
            "Streams that ended in an error": stream_errors,
            "Throttled functions": throttles,
            "Time to first token of the models": [
                _bedrock(model, "TimeToFirstToken", "p90") for model in models
            ],
        }
        # an API in front of servers has neither functions nor models
        widgets = [_graph(title, metrics) for title, metrics in graphs.items() if metrics]
        self.dashboard.add_widgets(*widgets)

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.Metric,
        threshold: float,
        description: str,
        *,
        above: bool = False,
    ) -> None:
        operator = cloudwatch.ComparisonOperator
        alarm = metric.create_alarm(
            self,
            construct_id,
            alarm_description=description,
            threshold=threshold,
            # a slow or failing request must last; an event that should not be there need not
            evaluation_periods=3 if above else 1,
            comparison_operator=operator.GREATER_THAN_THRESHOLD
            if above
            else operator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(*self._actions)
        self.alarms.append(alarm)


def _functions(api: StreamingApi) -> list[lambda_.IFunction]:
    """Return each function behind the streams once."""
    handlers = [stream.handler for stream in api.streams if isinstance(stream, Stream)]
    behind = [it.lambda_ if isinstance(it, lambda_.Alias | lambda_.Version) else it for it in handlers]
    return list({function.node.path: function for function in behind}.values())


def _bedrock(model_id: str, name: str, statistic: str) -> cloudwatch.Metric:
    # https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
    return cloudwatch.Metric(
        namespace="AWS/Bedrock",
        metric_name=name,
        # what has an ARN of its own reports under its id
        dimensions_map={"ModelId": model_id.rpartition("/")[2]},
        statistic=statistic,
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
