"""What BedrockModel grants, as it stands in the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template
from bedrock_iam_docs import EXAMPLES, SOURCE
from constructs import Construct

from cdk_streaming_api._bedrock.guardrail import Guardrail
from cdk_streaming_api._bedrock.invoked_model import InvokedModel
from cdk_streaming_api._bedrock.model import BedrockModel
from cdk_streaming_api._bedrock.model_id import BedrockModelKind
from cdk_streaming_api._bedrock.statements import STREAM, statements

ENV = cdk.Environment(account=SOURCE.account, region=SOURCE.region)
NOVA = "amazon.nova-lite-v1:0"
US_NOVA = f"us.{NOVA}"
US_REGIONS = ["us-east-1", "us-east-2", "us-west-2"]


def role(scope: Construct, name: str = "Role") -> iam.Role:
    return iam.Role(scope, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def granted(stack: cdk.Stack) -> list[dict[str, Any]]:
    """Return the statements of the one policy of a stack, every field a list or a mapping."""
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    found = []
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        listed = {key: statement[key] for key in ("Action", "Resource")}
        found.append({**statement, **{k: v if isinstance(v, list) else [v] for k, v in listed.items()}})
    return found


def text(value: object) -> str:
    """Return a resolved value with its pseudo parameters as ``${AWS::Region}``."""
    if isinstance(value, dict) and "Fn::Join" in value:
        return "".join(text(part) for part in value["Fn::Join"][1])
    if isinstance(value, dict) and "Ref" in value:
        return f"${{{value['Ref']}}}"
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        return f"${{{'.'.join(value['Fn::GetAtt'])}}}"
    if isinstance(value, dict):
        return str({key: text(each) for key, each in sorted(value.items())})
    return str([text(each) for each in value]) if isinstance(value, list) else str(value)


def model_of(target: InvokedModel) -> BedrockModel:
    return BedrockModel(
        target.reference.model_id,
        models=[model_of(model) for model in target.models],
        destination_regions=target.destination_regions,
    )


def atoms(found: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return what statements say of each action on each resource: not how they are put together."""
    return {
        f"{each['Effect']} {action} {text(arn)} {text(each.get('Condition'))}"
        for each in found
        for action in each["Action"]
        for arn in each["Resource"]
    }


@pytest.mark.parametrize("guardrail", [None, "gr1"])
@pytest.mark.parametrize("kind", BedrockModelKind, ids=lambda kind: kind.name)
def test_bedrock_model_grant_equals_the_documented_policy(
    placed: cdk.Stack, kind: BedrockModelKind, guardrail: str | None
) -> None:
    target = EXAMPLES[kind]
    model = replace(model_of(target), guardrail=guardrail)
    assert model.grant_stream(role(placed)).success
    expected = replace(target, guardrail=None if guardrail is None else Guardrail(guardrail))
    assert atoms(granted(placed)) == atoms(statements(expected, SOURCE))


def test_bedrock_model_without_env_uses_pseudo_parameters_of_the_stack(stack: cdk.Stack) -> None:
    BedrockModel(US_NOVA, destination_regions=["us-west-2"]).grant_stream(role(stack))
    profile, models = granted(stack)
    owner = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}"
    arn = f"{owner}:inference-profile/{US_NOVA}"
    assert [text(each) for each in profile["Resource"]] == [arn, f"{owner}:project/default"]
    assert "Condition" not in profile
    assert [text(each) for each in models["Resource"]] == [
        f"arn:${{AWS::Partition}}:bedrock:{region}::foundation-model/{NOVA}"
        for region in ("${AWS::Region}", "us-west-2")
    ]
    condition = models["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]
    assert text(condition) == arn


def test_bedrock_model_global_profile_grants_arn_without_region(stack: cdk.Stack) -> None:
    BedrockModel("global.amazon.nova-2-lite-v1:0").grant_stream(role(stack))
    anywhere = granted(stack)[2]
    assert (
        text(anywhere["Resource"][0])
        == "arn:${AWS::Partition}:bedrock:::foundation-model/amazon.nova-2-lite-v1:0"
    )
    assert anywhere["Condition"]["StringEquals"]["aws:RequestedRegion"] == "unspecified"


def test_bedrock_model_required_guardrail_is_condition_of_allow_and_deny(placed: cdk.Stack) -> None:
    BedrockModel(NOVA, guardrail="gr1", guardrail_version="2").grant_stream(role(placed))
    found = granted(placed)
    assert sorted(each["Effect"] for each in found) == ["Allow", "Allow", "Allow", "Deny"]
    (denial,) = [each for each in found if each["Effect"] == "Deny"]
    identifier = denial["Condition"]["StringNotEquals"]["bedrock:GuardrailIdentifier"]
    assert text(identifier) == "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1:2"


def test_bedrock_model_guardrail_profile_is_granted_beside_its_guardrail(placed: cdk.Stack) -> None:
    BedrockModel(NOVA, guardrail="gr1", guardrail_profile="us.guardrail.v1:0").grant_stream(role(placed))
    (use,) = [it for it in granted(placed) if it["Action"] == ["bedrock:ApplyGuardrail"]]
    assert sorted(text(it) for it in use["Resource"]) == [
        "arn:aws:bedrock:*:111122223333:guardrail-profile/us.guardrail.v1:0",
        "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1",
    ]


def test_bedrock_model_guardrail_profile_without_guardrail_is_refused() -> None:
    with pytest.raises(ValueError, match=r"guardrail profile .* needs a guardrail"):
        BedrockModel(NOVA, guardrail_profile="us.guardrail.v1:0")


def test_bedrock_model_guardrail_of_the_same_stack_is_used_by_arn(placed: cdk.Stack) -> None:
    guardrail = bedrock.CfnGuardrail(
        placed, "Guardrail", name="g", blocked_input_messaging="no", blocked_outputs_messaging="no"
    )
    version = bedrock.CfnGuardrailVersion(
        placed, "Version", guardrail_identifier=guardrail.attr_guardrail_arn, description="d"
    )
    model = BedrockModel(NOVA, guardrail=guardrail.attr_guardrail_arn, guardrail_version=version.attr_version)
    model.grant_stream(role(placed))
    (use,) = [each for each in granted(placed) if each["Action"] == ["bedrock:ApplyGuardrail"]]
    assert text(use["Resource"][0]) == "${Guardrail.GuardrailArn}"
    (denial,) = [each for each in granted(placed) if each["Effect"] == "Deny"]
    identifier = denial["Condition"]["StringNotEquals"]["bedrock:GuardrailIdentifier"]
    assert text(identifier) == "${Guardrail.GuardrailArn}:${Version.Version}"


def test_bedrock_model_grant_invoke_allows_invoke_model_only(placed: cdk.Stack) -> None:
    BedrockModel(NOVA).grant_invoke(role(placed))
    assert [each["Action"] for each in granted(placed)] == [["bedrock:InvokeModel"]]


GRANTEES: dict[str, Callable[[cdk.Stack], iam.IGrantable]] = {
    "role": role,
    "user": lambda stack: iam.User(stack, "User"),
    "group": lambda stack: iam.Group(stack, "Group"),
    "function": lambda stack: lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
    ),
    "alias": lambda stack: lambda_.Function(
        stack,
        "Function",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_14,
    ).add_alias("live"),
    "imported role": lambda stack: iam.Role.from_role_arn(
        stack, "Role", f"arn:aws:iam::{SOURCE.account}:role/r"
    ),
}


@pytest.mark.parametrize("name", GRANTEES)
def test_bedrock_model_grant_stream_works_for_any_grantable(placed: cdk.Stack, name: str) -> None:
    grant = BedrockModel(NOVA).grant_stream(GRANTEES[name](placed))
    assert grant.success
    assert [each["Action"] for each in granted(placed)] == [[STREAM]]


def test_bedrock_model_grant_stream_works_for_a_managed_policy(placed: cdk.Stack) -> None:
    BedrockModel(NOVA).grant_stream(iam.ManagedPolicy(placed, "Policy"))
    Template.from_stack(placed).has_resource_properties(
        "AWS::IAM::ManagedPolicy",
        {"PolicyDocument": Match.object_like({"Statement": [Match.object_like({"Action": STREAM})]})},
    )


def test_bedrock_model_grant_to_principal_without_policy_has_no_success(placed: cdk.Stack) -> None:
    assert not BedrockModel(US_NOVA).grant_stream(iam.AccountPrincipal("999900001111")).success


def test_bedrock_model_grants_on_one_role_share_unconditional_statements(placed: cdk.Stack) -> None:
    grantee = role(placed)
    for model_id in (NOVA, "amazon.nova-pro-v1:0", "amazon.nova-micro-v1:0"):
        BedrockModel(model_id).grant_stream(grantee)
    for model_id in (US_NOVA, "us.amazon.nova-pro-v1:0"):
        BedrockModel(model_id, destination_regions=US_REGIONS).grant_stream(grantee)
    BedrockModel(NOVA).grant_stream(grantee)
    found = granted(placed)
    assert [len(each["Resource"]) for each in found] == [6, 3, 3]  # the first has the project as well
    conditions = [
        text(each["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]) for each in found[1:]
    ]
    assert [each.rpartition("/")[2] for each in conditions] == [US_NOVA, "us.amazon.nova-pro-v1:0"]


def test_bedrock_model_token_of_stated_kind_is_granted(placed: cdk.Stack) -> None:
    profile = bedrock.CfnApplicationInferenceProfile(placed, "Profile", inference_profile_name="p")
    model = BedrockModel(
        profile.attr_inference_profile_arn,
        kind=BedrockModelKind.APPLICATION_INFERENCE_PROFILE,
        models=[BedrockModel(NOVA)],
    )
    model.grant_stream(role(placed))
    first, second = granted(placed)
    assert "${Profile.InferenceProfileArn}" in [text(each) for each in first["Resource"]]
    assert text(second["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]) == (
        "${Profile.InferenceProfileArn}"
    )
    assert text(second["Resource"][0]).endswith(f"::foundation-model/{NOVA}")


def test_bedrock_model_parameter_may_name_a_base_model(placed: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(placed, "Model")
    BedrockModel(parameter.value_as_string, kind=BedrockModelKind.FOUNDATION_MODEL).grant_stream(role(placed))
    (statement,) = granted(placed)
    ends = [text(each).partition(":bedrock:us-east-1:")[2] for each in statement["Resource"]]
    assert sorted(ends) == ["111122223333:project/default", ":foundation-model/${Model}"]


def test_bedrock_model_token_without_kind_is_refused(placed: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="say what it names with kind="):
        BedrockModel(cdk.CfnParameter(placed, "Model").value_as_string)


def test_bedrock_model_arn_with_tokens_is_parsed(placed: cdk.Stack) -> None:
    arn = f"arn:{cdk.Aws.PARTITION}:bedrock:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:inference-profile/{US_NOVA}"
    BedrockModel(arn, destination_regions=["us-west-2"]).grant_stream(role(placed))
    profile, models = granted(placed)
    assert text(profile["Resource"][0]).endswith(f"inference-profile/{US_NOVA}")
    assert text(models["Resource"][0]).endswith(f":${{AWS::Region}}::foundation-model/{NOVA}")


def test_bedrock_model_contradicting_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="FOUNDATION_MODEL"):
        BedrockModel(US_NOVA, kind=BedrockModelKind.FOUNDATION_MODEL)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"guardrail_version": "1"}, "needs a guardrail"),
        ({"guardrail": "GR"}, "is neither an id nor an ARN"),
        ({"guardrail": "gr", "guardrail_version": "latest"}, "is neither an id nor an ARN"),
        ({"destination_regions": ["us-west-2"]}, "belong to a geographic inference profile"),
    ],
)
def test_bedrock_model_invalid_options_are_refused_without_an_app(options: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        BedrockModel(NOVA, **options)  # type: ignore[arg-type]


def test_bedrock_model_equal_arguments_are_equal_and_hash_alike() -> None:
    one, other = (BedrockModel(US_NOVA, destination_regions=US_REGIONS) for _ in range(2))
    assert one == other
    assert len({one, other}) == 1
