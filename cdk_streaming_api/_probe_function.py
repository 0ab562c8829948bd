"""The bundled probe handler, which a tester challenges to prove that a deployment streams."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from ._apigateway.cors import Cors
from ._lambda.assets import function_code
from ._lambda.streaming_function import StreamingFunction


class ProbeFunction(StreamingFunction):
    """Defines the function that sends events at the times its caller asks for, without any model.

    ``streaming-api smoke`` picks random gaps, asks for them and compares when the events arrive.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        allow_origins: Sequence[str] = (),
        allow_credentials: bool = False,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param allow_origins: origins of the pages that may read the responses, or ``*``. Default: - none
        :param allow_credentials: whether such pages may send cookies or HTTP authentication. Default: False
        :param log_retention: how long its log is kept. Default: one month
        """
        cors = Cors.of(allow_origins, allow_credentials)
        super().__init__(
            scope,
            construct_id,
            code=function_code("probe"),
            handler="probe.handler.handler",
            environment=cors.environment() if cors else None,
            description="Streams events at the times that a tester asks for",
            log_retention=log_retention,
        )
