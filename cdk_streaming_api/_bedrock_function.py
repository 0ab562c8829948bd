"""Define the bundled chat function, which answers with what an Amazon Bedrock model generates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from ._bedrock.model import BedrockModel
from ._bedrock.prices import BedrockPrices
from ._bedrock.service_tier import BedrockServiceTier
from ._bedrock.settings import (
    BedrockCallerSetting,
    BedrockGuardrailStreaming,
    BedrockLatency,
    BedrockRelay,
    BedrockSettings,
)
from ._bedrock.token_budget import TokenBudget
from ._bedrock.usage_metric import BedrockUsageMetric, name_in_metrics
from ._bedrock.vendor_api import RESPONSES
from ._common.cors import AllowedOrigins, CorsOptions
from ._common.keyword_options import checks_arguments, takes_options
from ._common.log_metric import metric_namespace
from ._common.tokens import check_known
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
    from aws_cdk import aws_cloudwatch as cloudwatch
    from typing_extensions import Unpack


class BedrockFunction(StreamingFunction):
    """Defines the function that takes ``{"prompt": "..."}`` and streams the model's answer.

    It may stream from its models and from nothing else::

        chat = BedrockFunction(self, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"), max_tokens=2000)
        api.add_stream("chat", handler=chat)

    What is decided here a caller cannot change. A client that goes away is not noticed before the answer is
    complete: ``max_tokens`` and ``timeout`` are what limits its cost.
    """

    _calls_a_model = True

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
        prices: BedrockPrices | None = None,
        usage_by_caller: bool = False,
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
        :param prices: by which the records of usage estimate the cost of each request.
            Default: - the table of docs/usage.md
        :param usage_by_caller: whether the metrics of usage have the caller as a dimension, too: CloudWatch
            charges for each caller then. Default: False
        :param budget: how much its callers may use. Default: - as much as they ask for
        :raises ValueError: when Lambda would not accept the timeout, browsers the CORS arguments, or Bedrock
            the settings, or an argument about the VPC comes without one.
        """
        allowed = (model, *models)
        known_prices = prices or BedrockPrices()
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
            prices=known_prices,
        )
        subject = f"function '{construct_id}'"
        environment = {"BEDROCK_MODEL_ID": model.model_id}
        more = {**(options["environment"] or {}), **(budget._variables if budget else {})}
        written, priced = _fitting(settings, subject, environment, more, prices)
        if written:
            environment["BEDROCK_SETTINGS"] = Stack.of(scope).to_json_string(written)
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
            unpriced = [
                each.model_id for each in allowed if not (priced and known_prices._price_of(each.model_id))
            ]
            budget._hold(self, unpriced)
        self.model = model
        self.models = allowed
        self._writes_cors = cors is not None
        self._counts_tokens = False
        self._namespace = metric_namespace(self)
        self.add_environment("BEDROCK_USAGE_NAMESPACE", self._namespace)
        if usage_by_caller:
            self.add_environment("BEDROCK_USAGE_BY_CALLER", "true")
        if not priced:
            Annotations.of(self).add_warning_v2(
                "cdk-streaming-api:pricesLeftOut",
                "the prices of the models do not fit the function's environment beside its settings, so the "
                "records of usage have no cost; give fewer models or a shorter system_prompt",
            )
        for each in allowed:
            grant = each.grant_responses if settings.vendor_api(each) == RESPONSES else each.grant_stream
            grant(self)

    @checks_arguments
    def metric_usage(
        self,
        metric: BedrockUsageMetric,
        *,
        api: apigateway.IRestApi,
        model: BedrockModel | None = None,
        statistic: str | None = None,
        period: Duration | None = None,
    ) -> cloudwatch.Metric:
        """Return a metric of the function's records of usage, for one API and one model.

        :param metric: the metric.
        :param api: the API whose requests are counted, such as ``rest_api`` of a StreamingApi.
        :param model: one of the models of the function. Default: - the default model
        :param statistic: how it is aggregated. Default: - Sum of what is counted, p90 of
            TIME_TO_FIRST_TOKEN, and the average of OUTPUT_TOKENS_PER_SECOND
        :param period: over which time. Default: 5 minutes
        """
        from aws_cdk import aws_cloudwatch as cloudwatch

        name, usual = metric.value
        statistic = statistic or usual
        check_known("statistic of a metric", statistic, "alarms have a property for each kind")
        if period and period.is_unresolved():
            raise ValueError("period of a metric must be known at synth: CloudWatch takes few, got a token")
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"Api": api.rest_api_id, "Model": name_in_metrics(model or self.model)},
            statistic=statistic,
            period=period,
        )

    def _grant_count_tokens(self) -> None:
        """Allow to count the tokens of requests to the models that CountTokens covers."""
        if not self._counts_tokens:
            self._counts_tokens = True
            self.add_environment("BEDROCK_COUNT_TOKENS", "true")
            for each in self.models:
                if each._counts_tokens():
                    each.grant_count_tokens(self)


def _fitting(
    settings: BedrockSettings,
    subject: str,
    environment: Mapping[str, str],
    more: Mapping[str, str] | None,
    prices: BedrockPrices | None,
) -> tuple[dict[str, object], bool]:
    """Return the settings as the function reads them, and whether the prices are among them.

    The prices of the table are left out where they do not fit; those that somebody gave are not.
    """
    written = settings.to_json()
    try:
        _check_size(subject, written, environment, more)
    except ValueError:
        unpriced = settings.to_json(priced=False)
        if prices is not None or unpriced == written:
            raise
        _check_size(subject, unpriced, environment, more)
        return unpriced, False
    return written, True


def _check_size(
    subject: str, settings: dict[str, object], environment: Mapping[str, str], more: Mapping[str, str] | None
) -> None:
    # what the CDK makes of it is a token, whose size is not known here
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    written = {"BEDROCK_SETTINGS": text} if settings else {}
    check_environment(subject, {**environment, **written, **(more or {})})
