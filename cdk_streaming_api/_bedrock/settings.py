"""Check the settings of the bundled chat handler, and write them as the JSON that it reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from enum import Enum

from aws_cdk import Token

from .._common.argument_checks import check_several, check_whole
from .model import BedrockModel
from .prices import BedrockPrices
from .service_tier import BedrockServiceTier
from .vendor_api import MESSAGES, RESPONSES

# Lambda allows 4 KB for all variables: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MAX_SYSTEM_PROMPT = 2048
# An item of caller_may_send, as the handler reads it.
_SENDABLE = re.compile(r"\*|[\w-]+(\.[\w-]+)*(=[\w.:-]+)?", re.ASCII)


class BedrockLatency(Enum):
    """The form of a model: the standard or the latency-optimized one.

    Example::

        BedrockFunction(self, "Fast", model=model, latency=BedrockLatency.OPTIMIZED)
    """

    STANDARD = "standard"
    OPTIMIZED = "optimized"


class BedrockGuardrailStreaming(Enum):
    """The time at which a guardrail lets text through.

    ``SYNC`` holds it back until it is scanned, so that it arrives in batches; ``ASYNC`` sends it at once, so
    that some may be seen before it is blocked.

    Example::

        BedrockFunction(self, "Async", model=model, guardrail_streaming=BedrockGuardrailStreaming.ASYNC)
    """

    SYNC = "sync"
    ASYNC = "async"


class BedrockCallerSetting(Enum):
    """A setting that callers may decide only where the function allows it.

    Example::

        BedrockFunction(self, "Free", model=model, caller_settings=[BedrockCallerSetting.LATENCY])
    """

    GUARDRAIL = "guardrailConfig"
    LATENCY = "performanceConfig"
    PROJECT = "projectIdentifier"
    SERVICE_TIER = "serviceTier"
    SYSTEM_PROMPT = "system"


class BedrockRelay(Enum):
    """The way by which requests of Anthropic's and of OpenAI's API reach the models of the same company.

    ``INVOKE_MODEL`` sends those of Anthropic's API in Anthropic's own words through
    InvokeModelWithResponseStream, to models whose id begins as Anthropic's do. ``MESSAGES`` sends them to
    Claude from 4.6 on Bedrock's path ``/anthropic/v1/messages``, ``RESPONSES`` sends those of the Responses
    API to OpenAI's models from GPT 5.4 on its path ``/openai/v1/responses``, and ``VENDOR_APIS`` does both:
    to models that are named by the id of a system-defined inference profile, and that have neither a
    guardrail nor a project, of a function without a service tier and a latency, because these paths are not
    known to hold them. All other requests go as with ``INVOKE_MODEL``, or through ConverseStream, and with
    ``NONE`` every request does. ``RESPONSES`` needs ``bedrock:InvokeModel`` on the account's default project
    besides, and gets it.

    Example::

        gpt = BedrockModel("us.openai.gpt-5.6-sol", destination_regions=["us-east-1", "us-west-2"])
        BedrockFunction(self, "Gpt", model=gpt, relay=BedrockRelay.RESPONSES)
    """

    INVOKE_MODEL = "invoke"
    MESSAGES = "messages"
    RESPONSES = "responses"
    VENDOR_APIS = "messages and responses"
    NONE = "none"


@dataclass(frozen=True)
class BedrockSettings:
    """The settings, checked.

    :raises ValueError: for a value out of range
    """

    models: Sequence[BedrockModel]
    _: KW_ONLY
    max_tokens: int | None
    system_prompt: str | None
    service_tier: BedrockServiceTier | None
    latency: BedrockLatency | None
    guardrail_streaming: BedrockGuardrailStreaming | None
    caller_settings: Sequence[BedrockCallerSetting]
    caller_may_send: Sequence[str]
    relay: BedrockRelay
    strict_members: bool
    log_content: bool
    prices: BedrockPrices

    def __post_init__(self) -> None:
        check_several("caller_may_send", self.caller_may_send)
        for each in self.caller_may_send:
            if "{Token[" in each:  # of a text, or of the whole list
                raise ValueError("caller_may_send must be known at synth: its paths are checked, got a token")
            if not _SENDABLE.fullmatch(each):
                raise ValueError(f"caller_may_send must have paths of fields, path=value or *, got {each!r}")
        if self.max_tokens is not None:
            check_whole("max_tokens", self.max_tokens, range(1, 2**31), "at least 1")
        size = len((self.system_prompt or "").encode())
        if self.system_prompt is not None and not self.system_prompt.strip():
            raise ValueError("system_prompt must not be blank; leave it out for none")
        if size > _MAX_SYSTEM_PROMPT and not Token.is_unresolved(self.system_prompt):
            raise ValueError(
                f"system_prompt must fit the function's environment with {_MAX_SYSTEM_PROMPT} bytes, "
                f"got {size}; use a prompt of Amazon Bedrock Prompt management as the model"
            )
        self._check_relay()

    def to_json(self, *, priced: bool = True) -> dict[str, object]:
        """Return what differs from the handler's defaults; BEDROCK_MODEL_ID tells a model on its own.

        :param priced: whether the prices of the models are in it. Default: True
        :raises ValueError: for a guardrail without a version.
        """
        sendable = list(self.caller_may_send)
        models = [self._model(model, priced) for model in self.models]
        settings: dict[str, object | None] = {
            "models": models if len(models) > 1 or len(models[0]) > 1 else None,
            "maxTokens": self.max_tokens,
            "system": self.system_prompt,
            "serviceTier": self.service_tier and self.service_tier.value,
            "latency": self.latency and self.latency.value,
            "callerMaySet": [each.value for each in self.caller_settings] or None,
            "callerMaySend": sendable if sendable != ["default"] else None,
            "relay": self.relay.value if self.relay is BedrockRelay.NONE else None,
            "strictMembers": self.strict_members or None,
            "logContent": self.log_content or None,
        }
        return {name: value for name, value in settings.items() if value is not None}

    def vendor_api(self, model: BedrockModel) -> str | None:
        """Return the vendor's API in which a model is asked on Bedrock's own path for it; None for none."""
        decided = (model.guardrail, model.project, self.service_tier, self.latency)
        if any(each is not None for each in decided):
            return None
        return next(iter(_RELAYED.get(self.relay, frozenset()) & model._vendor_apis()), None)

    def _check_relay(self) -> None:
        if self.relay in _RELAYED and not any(map(self.vendor_api, self.models)):
            names = ", ".join(f"'{model.model_id}'" for model in self.models)
            raise ValueError(
                f"relay {self.relay.name} must reach a model, got {names}: it reaches Claude from 4.6 or GPT "
                "from 5.4 by the id of an inference profile, without guardrail, project, tier and latency"
            )

    def _model(self, model: BedrockModel, priced: bool) -> dict[str, object]:
        named: dict[str, object] = {"modelId": model.model_id}
        if priced and (price := self.prices._price_of(model.model_id)):
            named["price"] = price._to_json()
        if model.project is not None:
            named["projectIdentifier"] = model.project
        if (api := self.vendor_api(model)) is not None:
            named["vendorApi"] = api
        guardrail = model._guardrail()
        if guardrail is None:
            return named
        if guardrail.version is None:
            raise ValueError(
                f"guardrail '{guardrail.identifier}' needs a guardrail_version here: every request names both"
            )
        config = {"guardrailIdentifier": guardrail.identifier, "guardrailVersion": guardrail.version}
        if self.guardrail_streaming:
            config["streamProcessingMode"] = self.guardrail_streaming.value
        return {**named, "guardrailConfig": config}


# Relay -> the APIs that it sends to Bedrock's own paths for them.
_RELAYED = {
    BedrockRelay.MESSAGES: frozenset({MESSAGES}),
    BedrockRelay.RESPONSES: frozenset({RESPONSES}),
    BedrockRelay.VENDOR_APIS: frozenset({MESSAGES, RESPONSES}),
}
