"""The bundled chat handler, which answers with what an Amazon Bedrock model generates."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from ._assets import function_code
from ._bedrock_model import BedrockModel
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
        allow_origin: str | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param model: the model that answers.
        :param memory_size: memory in MiB, 128 to 10240. Default: 512
        :param timeout: how long one answer may take, up to 15 minutes. Default: 15 minutes
        :param allow_origin: the origin whose pages may read the responses, or ``*``. Default: - none
        :param log_retention: how long its log is kept. Default: one month
        :raises ValueError: when Lambda would not accept the timeout.
        """
        environment = {"BEDROCK_MODEL_ID": model.model_id}
        if allow_origin:
            environment["CORS_ALLOW_ORIGIN"] = allow_origin
        super().__init__(
            scope,
            construct_id,
            code=function_code("chat"),
            handler="chat.handler.handler",
            environment=environment,
            memory_size=memory_size,
            timeout=timeout,
            description="Streams what an Amazon Bedrock model answers",
            log_retention=log_retention,
        )
        self.model = model
        model.grant_stream(self)
