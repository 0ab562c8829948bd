"""Checks a model: access, lifecycle, destinations, policy and permission.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from botocore.exceptions import ClientError

from . import context, identity, synthesized
from .clients import Aws
from .findings import CheckWarning, RequirementFailed, Skipped

ACTION = "bedrock:InvokeModelWithResponseStream"
MODEL_ARN = re.compile(r"arn:[^:]+:bedrock:[^:]*::foundation-model/(?P<id>.+)")
PROFILE = re.compile(
    r"(?:[a-z]{2,6}(?:-[a-z]+)?|global)\.[a-z0-9]+\..+|arn:.*:(?:application-)?inference-profile/.+"
)
#: What GetInferenceProfile answers for a profile that this Region does not have.
ABSENT = ("ResourceNotFoundException", "ValidationException")
#: What SimulatePrincipalPolicy answers for a role that is not there, or an ARN that is none.
NO_ROLE = ("NoSuchEntity", "InvalidInput")
LIST_ROLES = "aws iam list-roles --query 'Roles[].Arn'"
LIST = "aws bedrock list-foundation-models --region {region}"
LIST_PROFILES = "aws bedrock list-inference-profiles --region {region}"
#: Accepts the offer of a third party, which is what subscribing is; Amazon's own models need none.
AGREE = (
    "aws bedrock create-foundation-model-agreement --region {region} --model-id {model} --offer-token"
    ' "$(aws bedrock list-foundation-model-agreement-offers --region {region} --model-id {model}'
    " --query 'offers[0].offerToken' --output text)\""
)
SUBSCRIBE = ("aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions")

#: Axis of GetFoundationModelAvailability -> the value that is right, and the command for another one; the
#: fourth axis, agreementAvailability, is an object.
AXES: Mapping[str, tuple[str, str]] = {
    "authorizationStatus": ("AUTHORIZED", "{subscribe}"),
    "entitlementAvailability": ("AVAILABLE", AGREE),
    "regionAvailability": ("AVAILABLE", LIST),
}


def is_profile(model: str) -> bool:
    """Tell whether an id is that of an inference profile.

    >>> is_profile("us.amazon.nova-lite-v1:0"), is_profile("amazon.nova-lite-v1:0")
    (True, False)
    """
    return bool(PROFILE.fullmatch(model))


def model_arns(aws: Aws, model: str) -> tuple[str, ...]:
    """Return the foundation models behind an id: those that a profile routes to, or the one itself."""
    if not is_profile(model):
        return (model,)
    with not_found_as_failure(aws, model, LIST_PROFILES):
        found = aws.bedrock.get_inference_profile(inferenceProfileIdentifier=model)["models"]
    return tuple(each["modelArn"] for each in found)


@contextmanager
def not_found_as_failure(aws: Aws, model: str, listing: str = LIST) -> Iterator[None]:
    """Turn Bedrock's not-found error into ``Bedrock has no MODEL in REGION``."""
    try:
        yield
    except ClientError as failure:
        if failure.response.get("Error", {}).get("Code") not in ABSENT:
            raise
        fix = listing.format(region=aws.region)
        raise RequirementFailed(f"Bedrock has no {model} in {aws.region}", fix) from None


def access(aws: Aws, model: str) -> str:
    """Look at the four axes of availability."""
    base = _base_id(aws, model)
    with not_found_as_failure(aws, base):
        found = aws.bedrock.get_foundation_model_availability(modelId=base)
    agreement = found.get("agreementAvailability", {})
    if isinstance(agreement, Mapping) and agreement.get("status") not in (None, "AVAILABLE"):
        detail = f"{agreement['status']} {agreement.get('errorMessage', '')}".strip()
        raise RequirementFailed(
            f"agreementAvailability of {base} is {detail}", AGREE.format(region=aws.region, model=base)
        )
    for axis, (right, fix) in AXES.items():
        if found.get(axis, right) != right:
            caller = identity.role_of(aws.sts.get_caller_identity()["Arn"])
            subscribe = identity.allow(caller, "subscribe-to-models", SUBSCRIBE, "*")
            command = fix.format(region=aws.region, model=base, subscribe=subscribe)
            raise RequirementFailed(f"{axis} of {base} is {found[axis]}", command)
    return f"{base} is available"


def lifecycle(aws: Aws, model: str) -> str:
    """Check that the model streams, and that AWS has not announced its end of life."""
    base = _base_id(aws, model)
    with not_found_as_failure(aws, base):
        details = aws.bedrock.get_foundation_model(modelIdentifier=base)["modelDetails"]
    listing = LIST.format(region=aws.region)
    if not details.get("responseStreamingSupported"):
        streaming = f'{listing} --query "modelSummaries[?responseStreamingSupported].modelId"'
        raise RequirementFailed(f"{base} does not stream its responses", streaming)
    stages = details.get("modelLifecycle", {})
    assert isinstance(stages, Mapping)
    if stages.get("status") not in (None, "ACTIVE"):
        end = stages.get("endOfLifeTime")
        when = f" and ends on {end:%Y-%m-%d}" if isinstance(end, datetime) else ""
        active = f"""{listing} --query "modelSummaries[?modelLifecycle.status=='ACTIVE'].modelId\""""
        raise CheckWarning(f"{base} is {stages['status']}{when}", active)
    return f"{base} streams and is active"


def destinations(aws: Aws, model: str, context_file: Path | None) -> str:
    """Look up the destinations of a profile, and write them where synth reads them."""
    if not is_profile(model):
        raise Skipped("a foundation model is called in this Region only")
    arns = model_arns(aws, model)
    regions = sorted({arn.split(":")[3] or "every commercial Region" for arn in arns})
    # https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
    models = "1 model" if len(arns) == 1 else f"{len(arns)} models"
    seen = f"{models} in {', '.join(regions)}, which no service control policy may deny"
    if context_file is None:
        return seen
    changed = context.remember(context_file, str(aws.region), model, arns)
    return f"{seen}; {context_file.name} {'was written' if changed else 'is up to date'}"


def policy(aws: Aws, model: str, cdk: str, cdk_out: Path) -> str:
    """Compare the destinations of a model with the synthesized policies."""
    account = aws.sts.get_caller_identity()["Account"]
    try:
        statements = synthesized.statements(cdk_out, str(aws.region), account, ACTION)
    except ValueError as failure:
        raise Skipped(f"a template in {cdk_out} cannot be read: {failure}; run: {cdk} synth") from None
    if statements is None:
        raise Skipped(f"{cdk_out} has no templates; run: {cdk} synth")
    if not statements:
        raise Skipped(f"no policy in {cdk_out} allows {ACTION}")
    missing = [arn for arn in _needed(aws, model, account) if not synthesized.allows(statements, arn)]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise RequirementFailed(f"the synthesized policy does not allow {missing[0]}{more}", f"{cdk} synth")
    return f"the synthesized policy allows all that {model} needs"


def permission(aws: Aws, model: str, role: str) -> str:
    """Ask IAM whether a role may call the model in each of its destinations."""
    if not role:
        raise Skipped("pass --role with the ARN of the function's role")
    account, name = aws.sts.get_caller_identity()["Account"], role.rpartition("/")[2]
    try:
        found = aws.iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[ACTION], ResourceArns=_needed(aws, model, account)
        )["EvaluationResults"]
    except ClientError as failure:
        if failure.response.get("Error", {}).get("Code") not in NO_ROLE:
            raise
        raise RequirementFailed(f"IAM has no role {name} in account {account}", LIST_ROLES) from None
    if denied := identity.denials(found):
        document = f'"$(streaming-api policy {model} --region {aws.region} --account {account})"'
        raise RequirementFailed(f"{name}: {denied[0]}", identity.put_policy(role, "call-the-model", document))
    return f"{name} may call {model}"


def name_of(aws: Aws, model: str) -> str:
    """Return the display name of a model."""
    base = _base_id(aws, model)
    return str(aws.bedrock.get_foundation_model(modelIdentifier=base)["modelDetails"]["modelName"])


def _base_id(aws: Aws, model: str) -> str:
    first = model_arns(aws, model)[0]
    found = MODEL_ARN.fullmatch(first)
    return found["id"] if found else first


def _needed(aws: Aws, model: str, account: str) -> list[str]:
    """Return the ARNs that a call of the model is checked against."""
    partition = aws.sts.get_caller_identity()["Arn"].split(":")[1]
    if not is_profile(model):
        own = f"arn:{partition}:bedrock:{aws.region}::foundation-model/{model}"
        return [model if model.startswith("arn:") else own]
    own = f"arn:{partition}:bedrock:{aws.region}:{account}:inference-profile/{model}"
    return [model if model.startswith("arn:") else own, *model_arns(aws, model)]
