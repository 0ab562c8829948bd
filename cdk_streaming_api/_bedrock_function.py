"""Define the bundled chat function, which answers with what an Amazon Bedrock model generates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack
from constructs import Construct

from ._bedrock.model import BedrockModel
from ._bedrock.settings import (
    BedrockCallerSetting,
    BedrockGuardrailStreaming,
    BedrockLatency,
    BedrockRelay,
    BedrockServiceTier,
    BedrockSettings,
)
from ._bedrock.token_budget import TokenBudget
from ._bedrock.vendor_api import RESPONSES
from ._common.cors import AllowedOrigins, CorsOptions
from ._common.keyword_options import takes_options
from ._lambda.assets import function_code
from ._lambda.function_parts import check_environment
from ._lambda.options import (
    BUNDLED_DEFAULTS,
    BundledOptions,
    FunctionOptions,
    bytecode_runtime,
    environment_beside,
)
from ._lambda.streaming_function import StreamingFunction

if TYPE_CHECKING:  # imported for types only: at run time it would slow every synth
    from typing_extensions import Unpack


class BedrockFunction(StreamingFunction):
    """Defines the function that takes ``{"prompt": "..."}`` and streams the model's answer.

    It may stream from its models and from nothing else::

        chat = BedrockFunction(self, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"), max_tokens=2000)
        api.add_stream("chat", handler=chat)

    What is decided here a caller cannot change. A client that goes away is not noticed before the answer is
    complete: ``max_tokens`` and ``timeout`` are what limits its cost.
    """

    @takes_options(CorsOptions, FunctionOptions, defaults=BUNDLED_DEFAULTS)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model: BedrockModel,
        models: Sequence[BedrockModel] = (),
        max_tokens: int | None = None,
        system_prompt: str | None = None,
        service_tier: BedrockServiceTier | None = None,
        latency: BedrockLatency | None = None,
        guardrail_streaming: BedrockGuardrailStreaming | None = None,
        caller_settings: Sequence[BedrockCallerSetting] = (),
        caller_may_send: Sequence[str] = ("default",),
        relay: BedrockRelay = BedrockRelay.INVOKE_MODEL,
        strict_members: bool = False,
        log_content: bool = False,
        budget: TokenBudget | None = None,
        **options: Unpack[BundledOptions],
    ) -> None:
        """Define the function.

        :param scope: the construct to define it in.
        :param construct_id: id of the construct.
        :param model: the model that answers callers who name none. Its guardrail goes with every request.
        :param models: further models that a caller may name, by id or by the last part of the ARN.
            Default: - none
        :param max_tokens: the most tokens that an answer may have, whatever a caller asks for.
            Default: - what the caller asks for, else the model's maximum
        :param system_prompt: goes before every conversation; up to 2048 bytes. Default: - the caller's
        :param service_tier: how requests are charged and served. Default: - Bedrock's default
        :param latency: whether the model's latency-optimized form is asked for. Default: - Bedrock's default
        :param guardrail_streaming: when the guardrails let text through. Default: - Bedrock's default, SYNC
        :param caller_settings: what a caller may decide nevertheless. Default: - nothing
        :param caller_may_send: what a caller may send in ``additionalModelRequestFields``: paths of fields,
            such as ``thinking`` or ``tool_choice.disable_parallel_tool_use``, ``path=value`` for the values
            of a list, such as ``anthropic_beta=context-1m-2025-08-07``, and ``*`` for every field;
            ``s3Location`` for files that Bedrock reads with the function's role, ``systemTool`` for tools
            that Bedrock runs. ``default`` stands for the list of docs/formats.md. Default: ["default"]
        :param relay: how requests of Anthropic's and of OpenAI's API reach the models of the same company.
            Default: INVOKE_MODEL
        :param strict_members: whether members of a request that have no effect here, and that no table knows,
            are refused instead of dropped. Default: False
        :param log_content: whether prompts and answers are logged. Default: False
        :param budget: how much its callers may use. Default: - as much as they ask for
        :raises ValueError: when Lambda would not accept the timeout, browsers the CORS arguments, or Bedrock
            the settings, or an argument about the VPC comes without one.
        """
        allowed = (model, *models)
        settings = BedrockSettings(
            allowed,
            max_tokens=max_tokens,
            system_prompt=system_prompt,
            service_tier=service_tier,
            latency=latency,
            guardrail_streaming=guardrail_streaming,
            caller_settings=caller_settings,
            caller_may_send=caller_may_send,
            relay=relay,
            strict_members=strict_members,
            log_content=log_content,
        )
        written_settings = settings.to_json()
        subject = f"function '{construct_id}'"
        environment = {"BEDROCK_MODEL_ID": model.model_id}
        if written_settings:
            # what the CDK makes of it is a token, whose size is not known here
            written = {
                "BEDROCK_SETTINGS": json.dumps(written_settings, ensure_ascii=False, separators=(",", ":"))
            }
            check_environment(subject, {**environment, **written, **(options["environment"] or {})})
            environment["BEDROCK_SETTINGS"] = Stack.of(scope).to_json_string(written_settings)
        cors = AllowedOrigins.of(options.pop("allow_origins"), options.pop("allow_credentials"))
        function: FunctionOptions = options
        environment |= cors.environment() if cors else {}
        function["environment"] = environment_beside(subject, environment, function["environment"])
        function["description"] = function["description"] or "Streams what an Amazon Bedrock model answers"
        super().__init__(
            scope,
            construct_id,
            code=function_code("chat", bytecode_runtime(function)),
            handler="chat.handler.handler",
            **function,
        )
        if options["store"]:
            options["store"].keep_streams_of(self, replay=True)
        if budget:
            budget._hold(self)
        self.model = model
        self.models = allowed
        self._counts_tokens = False
        for each in allowed:
            grant = each.grant_responses if settings.vendor_api(each) == RESPONSES else each.grant_stream
            grant(self)

    def _grant_count_tokens(self) -> None:
        """Allow to count the tokens of requests to the models that CountTokens covers."""
        if not self._counts_tokens:
            self._counts_tokens = True
            for each in self.models:
                if each._counts_tokens():
                    each.grant_count_tokens(self)
