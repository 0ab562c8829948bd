"""Describe the native bodies of each family of models, for InvokeModel and InvokeModelWithResponseStream.

"Inference request parameters and response fields for foundation models",
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html, and for the chunks of streams,
which these pages leave out for several families, the parsers of langchain-aws and litellm. The templates have
text only; Anthropic's and Nova's models have chunks of their own, see :mod:`.native`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Slot(Enum):
    """A place in a template."""

    TEXT = "text"
    STOP = "the stop reason, as the family spells it"
    INPUT = "input tokens"
    OUTPUT = "output tokens"
    TOTAL = "both"
    MODEL = "the model id"


TEXT, STOP, INPUT, OUTPUT, TOTAL, MODEL = Slot
#: JSON with slots.
Template = Mapping[str, object]


@dataclass(frozen=True)
class Family:
    """The requests and responses of one family of models.

    :param models: how their ids begin, after the prefix of an inference profile
    :param required: the keys of a request, the prompt last: ``messages``, or text under another name
    :param limit: where a request has the most tokens of the answer
    :param stops: ConverseStream's stop reasons as the family spells them; another is as ``end_turn``
    :param opening: the chunks before the first text
    :param delta: the chunk of one piece of text
    :param closing: the chunks at the end; the last has the metrics of Bedrock as well
    :param whole: the body of InvokeModel's response
    """

    name: str
    models: tuple[str, ...]
    required: tuple[str, ...]
    limit: tuple[str, ...]
    stops: Mapping[str, str]
    delta: Template = field(default_factory=dict)
    closing: Sequence[Template] = ()
    whole: Template = field(default_factory=dict)
    opening: Sequence[Template] = ()


def _openai_chunk(delta: Template, stop: object) -> Template:
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": stop}],
    }


_OPENAI_STOPS = {"end_turn": "stop", "max_tokens": "length", "content_filtered": "content_filter"}
_OPENAI_USAGE = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": TOTAL}
_OPENAI_WHOLE = {
    "id": "chatcmpl-standin",
    "object": "chat.completion",
    "created": 0,
    "model": MODEL,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": STOP}],
    "usage": _OPENAI_USAGE,
}
_COHERE_WHOLE = {"text": TEXT, "generation_id": "standin", "response_id": "standin", "finish_reason": STOP}

#: Its chunks are the events of Messages.
ANTHROPIC = Family(
    name="Anthropic Claude",
    models=("anthropic.",),
    required=("anthropic_version", "max_tokens", "messages"),
    limit=("max_tokens",),
    stops={"end_turn": "end_turn", "max_tokens": "max_tokens"},
)
#: Its chunks are the events of ConverseStream.
NOVA = Family(
    name="Amazon Nova",
    models=("amazon.nova",),
    required=("messages",),
    limit=("inferenceConfig", "maxTokens"),
    stops={"end_turn": "end_turn", "max_tokens": "max_tokens"},
)
FAMILIES = (
    ANTHROPIC,
    NOVA,
    Family(
        name="Amazon Titan Text",
        models=("amazon.titan-text", "amazon.titan-tg1"),
        required=("inputText",),
        limit=("textGenerationConfig", "maxTokenCount"),
        stops={"end_turn": "FINISH", "max_tokens": "LENGTH", "content_filtered": "CONTENT_FILTERED"},
        delta={
            "outputText": TEXT,
            "index": 0,
            "totalOutputTextTokenCount": None,
            "completionReason": None,
            "inputTextTokenCount": INPUT,
        },
        closing=(
            {
                "outputText": "",
                "index": 0,
                "totalOutputTextTokenCount": OUTPUT,
                "completionReason": STOP,
                "inputTextTokenCount": None,
            },
        ),
        whole={
            "inputTextTokenCount": INPUT,
            "results": [{"tokenCount": OUTPUT, "outputText": TEXT, "completionReason": STOP}],
        },
    ),
    Family(
        name="Meta Llama",
        models=("meta.",),
        required=("prompt",),
        limit=("max_gen_len",),
        stops={"end_turn": "stop", "max_tokens": "length"},
        delta={
            "generation": TEXT,
            "prompt_token_count": None,
            "generation_token_count": None,
            "stop_reason": None,
        },
        closing=(
            {
                "generation": "",
                "prompt_token_count": INPUT,
                "generation_token_count": OUTPUT,
                "stop_reason": STOP,
            },
        ),
        whole={
            "generation": TEXT,
            "prompt_token_count": INPUT,
            "generation_token_count": OUTPUT,
            "stop_reason": STOP,
        },
    ),
    Family(
        name="Mistral AI",
        models=("mistral.",),
        required=("prompt",),
        limit=("max_tokens",),
        stops={"end_turn": "stop", "max_tokens": "length"},
        delta={"outputs": [{"text": TEXT, "stop_reason": None}]},
        closing=({"outputs": [{"text": "", "stop_reason": STOP}]},),
        whole={"outputs": [{"text": TEXT, "stop_reason": STOP}]},
    ),
    Family(
        name="Cohere Command R",
        models=("cohere.command-r",),
        required=("message",),
        limit=("max_tokens",),
        stops={"end_turn": "COMPLETE", "max_tokens": "MAX_TOKENS", "content_filtered": "ERROR_TOXIC"},
        opening=({"is_finished": False, "event_type": "stream-start", "generation_id": "standin"},),
        delta={"is_finished": False, "event_type": "text-generation", "text": TEXT},
        closing=(
            {
                "is_finished": True,
                "event_type": "stream-end",
                "finish_reason": STOP,
                "response": _COHERE_WHOLE,
            },
        ),
        whole=_COHERE_WHOLE,
    ),
    Family(
        # the sources disagree about the chunks; the whole is documented, and these are in its shape
        name="DeepSeek-R1",
        models=("deepseek.r1",),
        required=("prompt",),
        limit=("max_tokens",),
        stops={"end_turn": "stop", "max_tokens": "length"},
        delta={"choices": [{"index": 0, "text": TEXT, "stop_reason": None}]},
        closing=({"choices": [{"index": 0, "text": "", "stop_reason": STOP}]},),
        whole={"choices": [{"text": TEXT, "stop_reason": STOP}]},
    ),
    Family(
        name="OpenAI-compatible: AI21 Jamba, DeepSeek-V3, Moonshot AI, OpenAI gpt-oss, Qwen3, Writer",
        models=("ai21.jamba", "deepseek.v3", "moonshot", "openai.", "qwen.", "writer."),
        required=("messages",),
        limit=("max_tokens",),
        stops=_OPENAI_STOPS,
        opening=(_openai_chunk({"role": "assistant", "content": ""}, None),),
        delta=_openai_chunk({"content": TEXT}, None),
        closing=(_openai_chunk({}, STOP),),
        whole=_OPENAI_WHOLE,
    ),
)


def family_of(model_id: str, body: Mapping[str, object]) -> Family:
    """Return the family of a model id or ARN; an ARN without a model's name may be one of Anthropic's.

    :raises ValueError: when it cannot be told
    """
    for family in FAMILIES:
        # us.meta.llama..., and foundation-model/meta.llama... in an ARN
        if re.search(rf"(^|[/.])({'|'.join(map(re.escape, family.models))})", model_id):
            return family
    if "anthropic_version" in body:
        return ANTHROPIC
    raise ValueError(
        "the stand-in cannot tell the family of this model; Converse and ConverseStream work with any"
    )


def fill(template: object, values: Mapping[Slot, object]) -> object:
    """Return a template with its slots filled.

    >>> fill({"outputs": [{"text": Slot.TEXT}]}, {Slot.TEXT: "hi"})
    {'outputs': [{'text': 'hi'}]}
    """
    if isinstance(template, Slot):
        return values[template]
    if isinstance(template, Mapping):
        return {name: fill(value, values) for name, value in template.items()}
    if isinstance(template, (list, tuple)):
        return [fill(value, values) for value in template]
    return template
