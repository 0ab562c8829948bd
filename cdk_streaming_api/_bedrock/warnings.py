"""Warn at synth of deprecated models, and of wildcards that the IAM policy could not avoid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .invoked_model import MODELS_BEHIND, InvokedModel, SourceRegion
from .lifecycle import retirement_of, without_variant
from .model_id import PLACEHOLDER
from .model_id import BedrockModelKind as Kind

# the command that writes what is not known to cdk.context.json
LOOK_UP = "streaming-api doctor"
# The models of these names have a version in every id: the model cards and FoundationModelIdentifier of
# aws-cdk-lib 2.275.
_WITH_VERSION = re.compile(
    r"amazon\.nova-[0-9]|anthropic\.claude-.*-[0-9]{8}|meta\.llama[34]-|ai21\.jamba-[0-9]"
)


class ModelWarning(NamedTuple):
    """A warning with the id by which a CDK app acknowledges it."""

    warning_id: str
    message: str


def model_warnings(target: InvokedModel, source: SourceRegion) -> list[ModelWarning]:
    """Return the warnings about calling ``target`` from ``source``, the models behind it included."""
    found = [*_wildcard_warnings(target), *_id_warnings(target, source)]
    for model in target.models:
        found.extend(model_warnings(model, target.home(source)))
    return found


def _wildcard_warnings(target: InvokedModel) -> Iterator[ModelWarning]:
    kind, name = target.reference.kind, target.reference.model_id
    if kind is Kind.GEOGRAPHIC_INFERENCE_PROFILE and not (target.destination_regions or target.model_arns):
        yield ModelWarning(
            "cdk-streaming-api:bedrockDestinationRegions",
            f"the destination Regions of inference profile '{name}' are not known, so its model is allowed "
            "in every Region, through this profile only; "
            f"'{LOOK_UP}' writes them to cdk.context.json, or state them",
        )
    if (
        kind not in MODELS_BEHIND
        or target.reference.foundation_model_id
        or target.models
        or target.model_arns
    ):
        return
    if kind is Kind.PROMPT:
        open_end = "so it may be rendered, but no model may run it; state them"
    elif kind is Kind.APPLICATION_INFERENCE_PROFILE:
        open_end = (
            "so every foundation model is allowed, through this profile only; "
            f"'{LOOK_UP}' writes them to cdk.context.json, or state them"
        )
    else:
        open_end = f"so every foundation model is allowed, through this {kind.value} only; state them"
    yield ModelWarning(
        "cdk-streaming-api:bedrockModelsBehind",
        f"the models behind {kind.value} '{name}' are not known, {open_end}",
    )


def _id_warnings(target: InvokedModel, source: SourceRegion) -> Iterator[ModelWarning]:
    reference, home = target.reference, target.home(source)
    base = reference.foundation_model_id or ""
    retirement = retirement_of(base)
    if retirement is not None:
        yield ModelWarning(
            "cdk-streaming-api:bedrockLifecycle",
            f"{retirement.model_id} is legacy since {retirement.legacy} and reaches its end of life on "
            f"{retirement.end_of_life} ({retirement.source}; Regions can differ)",
        )
    if without_variant(base) != base:
        yield ModelWarning(
            "cdk-streaming-api:bedrockModelVariant",
            f"'{reference.model_id}' is a variant that is bought as Provisioned Throughput; "
            f"calls on demand take '{without_variant(reference.model_id)}', and the bought one its ARN",
        )
    if _WITH_VERSION.match(base) and not re.search("-v[0-9]|[$]", base):
        yield ModelWarning(
            "cdk-streaming-api:bedrockModelVersion",
            f"'{reference.model_id}' has no version, and Bedrock's ids of such models end with one, "
            "like '-v1:0'",
        )
    elif reference.kind is Kind.FOUNDATION_MODEL and not re.search("[0-9]|[$]", reference.model_id):
        yield ModelWarning(
            "cdk-streaming-api:bedrockModelVersion",
            f"'{reference.model_id}' names a family of models, and ids of Bedrock name a version, "
            "like amazon.nova-lite-v1:0",
        )
    if home.region != source.region and PLACEHOLDER not in home.region + source.region:
        yield ModelWarning(
            "cdk-streaming-api:bedrockRegion",
            f"'{reference.model_id}' is in {home.region}, and a client in {source.region} cannot call it",
        )
    if reference.kind is Kind.CUSTOM_MODEL:
        yield ModelWarning(
            "cdk-streaming-api:bedrockCustomModel",
            "a custom model runs only where it is deployed; give the ARN of its custom model deployment or "
            f"provisioned throughput instead of '{reference.model_id}'",
        )
