"""The bundled chat handler, which answers with what an Amazon Bedrock model generates."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._assets import function_code
from ._bedrock_model import BedrockModel
from ._cors import Cors
from ._streaming_function import StreamingFunction


class BedrockFunction(StreamingFunction):
    """Defines the function that takes ``{"prompt": "..."}`` and streams the model's answer.

    It may stream from its model and from nothing else::

        chat = BedrockFunction(self, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"))
        api.add_stream("chat", handler=chat)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model: BedrockModel,
        memory_size: int = 512,
        timeout: Duration | None = None,
        allow_origins: Sequence[str] = (),
        allow_credentials: bool = False,
        reserved_concurrent_executions: int | None = None,
        snap_start: lambda_.SnapStartConf | None = None,
        runtime_management_mode: lambda_.RuntimeManagementMode | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param model: the model that answers.
        :param memory_size: memory in MiB, 128 to 10240. Default: 512
        :param timeout: how long one answer may take, up to 15 minutes. Default: 15 minutes
        :param allow_origins: origins of the pages that may read the responses, or ``*``. Default: - none
        :param allow_credentials: whether such pages may send cookies or HTTP authentication. Default: False
        :param reserved_concurrent_executions: how many streams may run at once; it is taken from what the
            account's other functions share. Default: - no limit of its own
        :param snap_start: starts from a snapshot, but only published versions do: give streams
            ``current_version`` or the alias of a ``GradualRollout``. Default: - none
        :param runtime_management_mode: when the runtime gets AWS's updates. Default: - automatically
        :param log_retention: how long its log is kept. Default: one month
        :raises ValueError: when Lambda would not accept the timeout, or browsers the CORS arguments.
        """
        cors = Cors.of(allow_origins, allow_credentials) if allow_origins else None
        super().__init__(
            scope,
            construct_id,
            code=function_code("chat"),
            handler="chat.handler.handler",
            environment={"BEDROCK_MODEL_ID": model.model_id, **(cors.environment() if cors else {})},
            memory_size=memory_size,
            timeout=timeout,
            description="Streams what an Amazon Bedrock model answers",
            reserved_concurrent_executions=reserved_concurrent_executions,
            snap_start=snap_start,
            runtime_management_mode=runtime_management_mode,
            log_retention=log_retention,
        )
        self.model = model
        model.grant_stream(self)
