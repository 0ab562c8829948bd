"""Parse the Bedrock runtime's ``modelId`` by the grammar of each of its kinds.

The patterns are those of ``ConversationalModelId`` and ``InvokeModelIdentifier`` in the service model of
bedrock-runtime (botocore 1.44.5), one alternative a row. Where the service's pattern is wider than what names
one resource, such as ``[a-zA-Z0-9-:.]+``, a text is refused with the reason: no policy can be exact about
what does not say which resource it is.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from .regions import GLOBAL_PREFIX, PREFIXES, PREFIXES_AS_OF

MAX_LENGTH = 2048  # of both shapes


class BedrockModelKind(Enum):
    """The kinds of ``modelId`` of the Bedrock runtime, each with a permission of its own."""

    FOUNDATION_MODEL = "foundation model"
    GEOGRAPHIC_INFERENCE_PROFILE = "geographic inference profile"
    GLOBAL_INFERENCE_PROFILE = "global inference profile"
    APPLICATION_INFERENCE_PROFILE = "application inference profile"
    PROVISIONED_MODEL = "provisioned throughput"
    CUSTOM_MODEL = "custom model"
    CUSTOM_MODEL_DEPLOYMENT = "custom model deployment"
    IMPORTED_MODEL = "imported model"
    MARKETPLACE_ENDPOINT = "marketplace endpoint"
    PROMPT = "prompt"
    DEFAULT_PROMPT_ROUTER = "default prompt router"
    PROMPT_ROUTER = "prompt router"


@dataclass(frozen=True)
class ModelReference:
    """One parsed ``modelId``.

    :param kind: what it names.
    :param model_id: the text as it was given, which is what the API takes.
    :param partition: the ARN's partition. Default: - a bare id, which is looked up where the call is made
    :param region: the ARN's region. Default: - a bare id
    :param account: the ARN's account. Default: - a bare id, or a foundation model, which has none
    :param resource_id: what stands after the resource type, or the bare id.
    :param prefix: the prefix of a geographic or global inference profile, without the dot.
    :param foundation_model_id: the base model that runs, where the id tells it.
    """

    kind: BedrockModelKind
    model_id: str
    partition: str | None = None
    region: str | None = None
    account: str | None = None
    resource_id: str = ""
    prefix: str | None = None
    foundation_model_id: str | None = None


class ArnForm(NamedTuple):
    """One kind of ARN that the API takes as ``modelId``; ``pattern`` and ``shape`` are of the resource id."""

    kind: BedrockModelKind
    service: str
    resource_type: str
    pattern: str
    shape: str

    @property
    def template(self) -> str:
        """The form of such an ARN."""
        account = "" if self.kind is BedrockModelKind.FOUNDATION_MODEL else "{account}"
        partition = "aws" if self.service == "sagemaker" else "{partition}"
        return f"arn:{partition}:{self.service}:{{region}}:{account}:{self.resource_type}/{self.shape}"


_LABEL = "[a-z0-9-]{1,63}"
_TWELVE, _TWELVE_SHAPE = "[a-z0-9]{12}", "{12 of a-z0-9}"
_ANY = "[a-zA-Z0-9:.-]+"
_BASE, _BASE_SHAPE = f"{_LABEL}[.]{_LABEL}([.:]?{_LABEL})", "{provider}.{model}"

_K = BedrockModelKind
# in the order of the service model's pattern, where sagemaker stands for the aws partition alone
ARN_FORMS = (
    ArnForm(
        _K.CUSTOM_MODEL,
        "bedrock",
        "custom-model",
        f"{_LABEL}[.]{_LABEL}/{_TWELVE}",
        f"{_BASE_SHAPE}/{_TWELVE_SHAPE}",
    ),
    ArnForm(_K.FOUNDATION_MODEL, "bedrock", "foundation-model", _BASE, _BASE_SHAPE),
    ArnForm(_K.IMPORTED_MODEL, "bedrock", "imported-model", _TWELVE, _TWELVE_SHAPE),
    ArnForm(_K.PROVISIONED_MODEL, "bedrock", "provisioned-model", _TWELVE, _TWELVE_SHAPE),
    ArnForm(_K.CUSTOM_MODEL_DEPLOYMENT, "bedrock", "custom-model-deployment", _TWELVE, _TWELVE_SHAPE),
    ArnForm(
        _K.GEOGRAPHIC_INFERENCE_PROFILE, "bedrock", "inference-profile", _ANY, "{prefix}.{provider}.{model}"
    ),
    ArnForm(_K.APPLICATION_INFERENCE_PROFILE, "bedrock", "application-inference-profile", _ANY, "{id}"),
    ArnForm(_K.PROMPT, "bedrock", "prompt", "[0-9a-zA-Z]{10}(:[0-9]{1,5})?", "{10 of 0-9a-zA-Z}:{version}"),
    ArnForm(_K.MARKETPLACE_ENDPOINT, "sagemaker", "endpoint", "[a-zA-Z0-9-]+", "{name}"),
    ArnForm(_K.DEFAULT_PROMPT_ROUTER, "bedrock", "default-prompt-router", _ANY, "{id}"),
    ArnForm(_K.PROMPT_ROUTER, "bedrock", "prompt-router", _ANY, "{id}"),
)
_FORM_OF = {(form.service, form.resource_type): form for form in ARN_FORMS}
_BY_TYPE = {form.resource_type: form for form in ARN_FORMS}

# GetFoundationModelIdentifier of the service model of bedrock
_BASE_MODEL = f"{_LABEL}[.]{_LABEL}([.]?{_LABEL})(:{_LABEL}){{0,2}}"

# Who stands before the first dot of a base model id, so that a profile with a prefix that is not in the table
# is not taken for a model. FoundationModelIdentifier of aws-cdk-lib 2.275 and the model cards, 2026-11.
# fmt: off
PROVIDERS = frozenset((
    "ai21", "amazon", "anthropic", "cohere", "deepseek", "google", "luma", "meta", "minimax", "mistral",
    "moonshot", "moonshotai", "nvidia", "openai", "qwen", "stability", "twelvelabs", "writer", "xai", "zai",
))
# fmt: on

PLACEHOLDER = "${"  # how a CDK token, like a CloudFormation pseudo parameter, begins inside a string


def parse(model_id: str, *, placeholders: bool = False) -> ModelReference:
    """Return what a ``modelId`` names.

    :param model_id: as the Bedrock runtime takes it: an id or an ARN.
    :param placeholders: whether ``${...}`` may stand for a part that is not known yet. Default: False
    :raises ValueError: when the API refuses it or it names no one resource; names the nearest legal form.
    """
    if not 1 <= len(model_id) <= MAX_LENGTH:
        raise ValueError(f"model id must be 1 to {MAX_LENGTH} characters, got {len(model_id)}")
    if model_id.startswith("arn:"):
        return _parse_arn(model_id, placeholders)
    return _parse_id(model_id, placeholders)


def reference_of_kind(model_id: str, kind: BedrockModelKind) -> ModelReference:
    """Return the reference of a text that cannot be read yet, as what the caller states that it is.

    A foundation model and a system-defined inference profile are named by id, everything else by ARN.
    """
    base = model_id if kind is BedrockModelKind.FOUNDATION_MODEL else None
    return ModelReference(kind, model_id, resource_id=model_id, foundation_model_id=base)


def _parse_arn(arn: str, placeholders: bool) -> ModelReference:
    fields = re.split(r":(?![^{]*\})", arn, maxsplit=5)
    resource_type, slash, resource_id = fields[-1].partition("/")
    form = _FORM_OF.get((fields[2], resource_type)) if len(fields) == 6 and slash else None
    if form is None:
        raise ValueError(f"model ARN '{arn}' is of no kind that Bedrock runs; {_nearest(resource_type)}")
    _, partition, service, region, account, _ = fields

    def check(what: str, got: str, pattern: str) -> None:
        if not (re.fullmatch(pattern, got) or (placeholders and PLACEHOLDER in got)):
            raise ValueError(
                f"model ARN '{arn}' has the {what} '{got}'; the {form.kind.value} is {form.template}"
            )

    on_sagemaker = service == "sagemaker"
    check("partition", partition, "aws" if on_sagemaker else "aws(-[a-z]+)*")
    check("region", region, "[a-z0-9-]+" if on_sagemaker else "[a-z0-9-]{1,20}")
    check("account", account, "" if form.kind is BedrockModelKind.FOUNDATION_MODEL else "[0-9]{12}")
    check("id", resource_id, form.pattern)
    reference = ModelReference(form.kind, arn, partition, region, account or None, resource_id)
    if form.kind is BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE:
        return _profile(reference, placeholders)
    if form.kind is not BedrockModelKind.FOUNDATION_MODEL:
        return reference
    if resource_id.split(".")[0] in PREFIXES:
        raise ValueError(
            f"model ARN '{arn}' has the id of an inference profile, whose ARN is "
            f"arn:{partition}:bedrock:{region}:{{account}}:inference-profile/{resource_id}"
        )
    return replace(reference, foundation_model_id=resource_id)


def _parse_id(model_id: str, placeholders: bool) -> ModelReference:
    first, _, rest = model_id.partition(".")
    if first in PREFIXES or (placeholders and PLACEHOLDER in first):
        return _profile(
            reference_of_kind(model_id, BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE), placeholders
        )
    if not re.fullmatch(_BASE_MODEL, model_id) and not (placeholders and PLACEHOLDER in rest):
        raise ValueError(f"model id '{model_id}' {_why_not_an_id(model_id)}")
    if first not in PROVIDERS and rest.split(".")[0] in PROVIDERS:
        raise ValueError(
            f"model id '{model_id}' has the unknown inference profile prefix '{first}.'; on {PREFIXES_AS_OF} "
            f"there were {', '.join(PREFIXES)}; a newer one is given by ARN: "
            f"{_BY_TYPE['inference-profile'].template}"
        )
    return reference_of_kind(model_id, BedrockModelKind.FOUNDATION_MODEL)


def _profile(reference: ModelReference, placeholders: bool) -> ModelReference:
    """Complete the reference of a system-defined profile, ``{prefix}.{provider}.{model}``."""
    prefix, _, model = reference.resource_id.partition(".")
    if placeholders and PLACEHOLDER in prefix:
        raise ValueError(
            f"model id '{reference.model_id}' is not known at synth; say what it names with kind="
        )
    form = "an inference profile id is '{prefix}.{provider}.{model}', like 'us.amazon.nova-lite-v1:0'"
    if (
        prefix in PROVIDERS
        or model.split(".")[0] in PREFIXES
        or not re.fullmatch("[a-z]{2,}(-[a-z]+)*", prefix)
    ):
        raise ValueError(f"model id '{reference.model_id}' has no geographic prefix; {form}")
    if not re.fullmatch(_BASE_MODEL, model) and not (placeholders and PLACEHOLDER in model):
        raise ValueError(f"model id '{reference.model_id}' names no model after '{prefix}.'; {form}")
    kind = BedrockModelKind.GLOBAL_INFERENCE_PROFILE if prefix == GLOBAL_PREFIX else reference.kind
    return replace(reference, kind=kind, prefix=prefix, foundation_model_id=model)


def _nearest(resource_type: str) -> str:
    close = difflib.get_close_matches(resource_type, _BY_TYPE, n=1, cutoff=0.0)
    return f"the nearest that it takes is {_BY_TYPE[close[0]].template}"


def _why_not_an_id(model_id: str) -> str:
    """Return what keeps a text from being the id of a base model, and the nearest legal form."""
    plain = model_id.strip().lower().rpartition("/")[2]
    if plain != model_id and re.fullmatch(f"({_BASE_MODEL})", plain):
        return f"is not how Bedrock writes ids; did you mean '{plain}'?"
    if "." not in model_id:
        return (
            f"has no provider; a base model is '{_BASE_SHAPE}', like 'amazon.nova-lite-v1:0'. Provisioned "
            "throughput, deployments and imported models are given by ARN: "
            f"{_BY_TYPE['provisioned-model'].template}"
        )
    return f"is neither a base model, '{_BASE_SHAPE}', nor an inference profile, '{{prefix}}.{_BASE_SHAPE}'"
