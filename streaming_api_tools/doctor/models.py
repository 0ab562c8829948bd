"""The checks of a model: may the account use it, until when, where does it route, do the policies fit?

https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from botocore.exceptions import ClientError

from . import context, synthesized
from .asked import Aws
from .findings import Doubtful, Failed, NotAsked

ACTION = "bedrock:InvokeModelWithResponseStream"
MODEL_ARN = re.compile(r"arn:[^:]+:bedrock:[^:]*::foundation-model/(?P<id>.+)")
PROFILE = re.compile(
    r"(?:[a-z]{2,6}(?:-[a-z]+)?|global)\.[a-z0-9]+\..+|arn:.*:(?:application-)?inference-profile/.+"
)
#: What GetInferenceProfile answers for a profile that this Region does not have.
ABSENT = ("ResourceNotFoundException", "ValidationException")
ACCESS_PAGE = "open https://console.aws.amazon.com/bedrock/home#/modelaccess"

#: Axis of GetFoundationModelAvailability -> the value that is right, and what to do about another one.
AXES: Mapping[str, tuple[str, str]] = {
    "authorizationStatus": ("AUTHORIZED", "grant the caller aws-marketplace:Subscribe and ViewSubscriptions"),
    "entitlementAvailability": ("AVAILABLE", ACCESS_PAGE),
    "regionAvailability": ("AVAILABLE", "aws bedrock list-foundation-models --region REGION"),
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
    found = aws.bedrock.get_inference_profile(inferenceProfileIdentifier=model)["models"]
    return tuple(each["modelArn"] for each in found)


def access(aws: Aws, model: str) -> str:
    """Look at the four axes of availability."""
    base = _base_id(aws, model)
    found = aws.bedrock.get_foundation_model_availability(modelId=base)
    agreement = found.get("agreementAvailability", {})
    if isinstance(agreement, Mapping) and agreement.get("status") not in (None, "AVAILABLE"):
        detail = f"{agreement['status']} {agreement.get('errorMessage', '')}".strip()
        raise Failed(f"the agreement for {base} is {detail}", ACCESS_PAGE)
    for axis, (right, fix) in AXES.items():
        if found.get(axis, right) != right:
            raise Failed(f"{axis} of {base} is {found[axis]}", fix.replace("REGION", str(aws.region)))
    return f"{base} is available"


def lifecycle(aws: Aws, model: str) -> str:
    """Look whether the model streams, and whether AWS has announced its end."""
    base = _base_id(aws, model)
    details = aws.bedrock.get_foundation_model(modelIdentifier=base)["modelDetails"]
    if not details.get("responseStreamingSupported"):
        raise Failed(f"{base} does not stream its responses", "choose a model that does")
    stages = details.get("modelLifecycle", {})
    assert isinstance(stages, Mapping)
    if stages.get("status") not in (None, "ACTIVE"):
        end = stages.get("endOfLifeTime")
        when = f" and ends on {end:%Y-%m-%d}" if isinstance(end, datetime) else ""
        raise Doubtful(f"{base} is {stages['status']}{when}", "change to its successor")
    return f"{base} streams and is active"


def destinations(aws: Aws, model: str, context_file: Path | None) -> str:
    """Look up where a profile routes to, and leave it where synth finds it."""
    if not is_profile(model):
        raise NotAsked("a foundation model is called in this Region only")
    arns = model_arns(aws, model)
    regions = sorted({arn.split(":")[3] or "every commercial Region" for arn in arns})
    seen = f"{len(arns)} models in {', '.join(regions)}"
    if context_file is None:
        return seen
    changed = context.remember(context_file, str(aws.region), model, arns)
    return f"{seen}; {context_file.name} {'was written' if changed else 'says the same'}"


def policy(aws: Aws, model: str, cdk_out: Path) -> str:
    """Compare where a model routes to with what the synthesized policies allow."""
    account = aws.sts.get_caller_identity()["Account"]
    statements = synthesized.statements(cdk_out, str(aws.region), account, ACTION)
    if statements is None:
        raise NotAsked(f"{cdk_out} has no templates; run: cdk synth")
    if not statements:
        raise NotAsked(f"no policy in {cdk_out} allows {ACTION}")
    missing = [arn for arn in _needed(aws, model, account) if not synthesized.allows(statements, arn)]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise Failed(
            f"the synthesized policy does not allow {missing[0]}{more}", "cdk synth, and compare again"
        )
    return f"the synthesized policy allows all that {model} needs"


def permission(aws: Aws, model: str, role: str) -> str:
    """Ask IAM whether a role may call the model everywhere that it routes to."""
    if not role:
        raise NotAsked("pass --role with the ARN of the function's role")
    account = aws.sts.get_caller_identity()["Account"]
    found = aws.iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[ACTION], ResourceArns=_needed(aws, model, account)
    )["EvaluationResults"]
    if denied := denials(found):
        raise Failed(f"{role.rpartition('/')[2]}: {denied[0]}", f"streaming-api policy {model}")
    return f"{role.rpartition('/')[2]} may call {model}"


def quotas(aws: Aws, model: str) -> str:
    """Look for quotas of the model that are zero, which they are in some new accounts."""
    base = _base_id(aws, model)
    name = str(aws.bedrock.get_foundation_model(modelIdentifier=base)["modelDetails"]["modelName"])
    found: list[Mapping[str, object]] = []
    page: Mapping[str, object] = {}
    while not page or page.get("NextToken"):
        token = {"NextToken": str(page["NextToken"])} if page else {}
        page = aws.quotas.list_service_quotas(ServiceCode="bedrock", **token)
        quotas = page["Quotas"]
        assert isinstance(quotas, Sequence)
        found += [quota for quota in quotas if name.lower() in str(quota["QuotaName"]).lower()]
    minute = [quota for quota in found if "per minute" in str(quota["QuotaName"])]
    if empty := [quota for quota in minute if not quota["Value"]]:
        code = empty[0]["QuotaCode"]
        raise Doubtful(
            f"the quota is 0: {empty[0]['QuotaName']}",
            "aws service-quotas request-service-quota-increase --service-code bedrock"
            f" --quota-code {code} --desired-value 100",
        )
    return f"{len(minute)} quotas a minute for {name}, none of them 0"


def denials(results: Sequence[Mapping[str, object]]) -> list[str]:
    """Return a phrase for each result that is no permission, with a hint where an SCP is the reason."""
    found = []
    for result in results:
        if result["EvalDecision"] == "allowed":
            continue
        organization = result.get("OrganizationsDecisionDetail", {})
        phrase = f"{result['EvalDecision']} for {result['EvalActionName']} on {result['EvalResourceName']}"
        if isinstance(organization, Mapping) and organization.get("AllowedByOrganizations") is False:
            phrase += ", denied by a service control policy: ask who administers the organization"
        found.append(phrase)
    return found


def principal(arn: str) -> str:
    """Return the ARN that IAM simulates for a caller: of a session, its role.

    >>> principal("arn:aws:sts::123456789012:assumed-role/Admin/me")
    'arn:aws:iam::123456789012:role/Admin'
    """
    found = re.fullmatch(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.*", arn)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else arn


def _base_id(aws: Aws, model: str) -> str:
    try:
        first = model_arns(aws, model)[0]
    except ClientError as failure:
        if failure.response.get("Error", {}).get("Code") not in (
            "ResourceNotFoundException",
            "ValidationException",
        ):
            raise
        fix = f"aws bedrock list-inference-profiles --region {aws.region}"
        raise Failed(f"{model} is no profile in {aws.region}", fix) from None
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
