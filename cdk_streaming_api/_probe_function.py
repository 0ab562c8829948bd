"""The bundled probe handler, which a tester challenges to prove that a deployment streams."""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from constructs import Construct

from ._assets import function_code
from ._streaming_function import StreamingFunction


class ProbeFunction(StreamingFunction):
    """Defines the function that sends events at the times its caller asks for, without any model.

    ``streaming-api smoke`` picks random gaps, asks for them and compares when the events arrive.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        allow_origin: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param allow_origin: the origin whose pages may read the responses, or ``*``. Default: - none
        :param log_retention: how long its log is kept. Default: one month
        """
        super().__init__(
            scope,
            construct_id,
            code=function_code("probe"),
            handler="probe.handler.handler",
            environment={"CORS_ALLOW_ORIGIN": allow_origin} if allow_origin else None,
            description="Streams events at the times that a tester asks for",
            log_retention=log_retention,
        )
