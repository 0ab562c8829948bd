"""The project that a call belongs to, on which the call needs the action as well."""

from __future__ import annotations

import json
from dataclasses import replace

import botocore.session
import pytest
from bedrock_iam_docs import EXAMPLES, SOURCE

from cdk_streaming_api._bedrock.invoked_model import InvokedModel
from cdk_streaming_api._bedrock.model_id import BedrockModelKind, parse
from cdk_streaming_api._bedrock.statements import INVOKE, STREAM, IamStatement, statements
from cdk_streaming_api.policy import main

NOVA = InvokedModel(parse("amazon.nova-lite-v1:0"))
NAMED = "arn:aws:bedrock:us-east-1:111122223333:project/proj_1"
OTHERS = (
    BedrockModelKind.APPLICATION_INFERENCE_PROFILE,
    BedrockModelKind.PROVISIONED_MODEL,
    BedrockModelKind.CUSTOM_MODEL,
    BedrockModelKind.CUSTOM_MODEL_DEPLOYMENT,
    BedrockModelKind.IMPORTED_MODEL,
    BedrockModelKind.MARKETPLACE_ENDPOINT,
)


def on_projects(found: list[IamStatement]) -> list[IamStatement]:
    return [each for each in found if any(":project/" in arn for arn in each["Resource"])]


def allowed(arn: str, *actions: str) -> list[IamStatement]:
    return [IamStatement(Effect="Allow", Action=list(actions), Resource=[arn])]


@pytest.mark.parametrize("actions", [(STREAM,), (INVOKE,), (INVOKE, STREAM)])
@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.name)
def test_default_project_has_the_actions_of_the_target_and_no_others(
    kind: BedrockModelKind, actions: tuple[str, ...]
) -> None:
    default = "arn:aws:bedrock:us-east-1:111122223333:project/default"
    assert on_projects(statements(EXAMPLES[kind], SOURCE, actions)) == allowed(default, *actions)


def test_project_of_a_profile_is_in_the_source_region_alone() -> None:
    profile = InvokedModel(parse("us.amazon.nova-lite-v1:0"), destination_regions=("us-west-2",))
    (found,) = on_projects(statements(profile, SOURCE))
    assert found["Resource"] == ["arn:aws:bedrock:us-east-1:111122223333:project/default"]


def test_project_of_a_target_in_another_region_is_there_in_the_account_of_the_caller() -> None:
    shared = InvokedModel(parse("arn:aws:bedrock:eu-west-1:999900001111:provisioned-model/a1b2c3d4e5f6"))
    (found,) = on_projects(statements(shared, SOURCE))
    assert found["Resource"] == ["arn:aws:bedrock:eu-west-1:111122223333:project/default"]


@pytest.mark.parametrize("project", ["proj_1", NAMED])
def test_named_project_is_allowed_and_the_default_one_is_not(project: str) -> None:
    assert on_projects(statements(replace(NOVA, project=project), SOURCE)) == allowed(NAMED, STREAM)


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.name)
def test_named_project_is_refused_where_bedrock_knows_the_default_one_alone(kind: BedrockModelKind) -> None:
    target = EXAMPLES[kind]
    if kind not in OTHERS:
        assert on_projects(statements(replace(target, project="proj_1"), SOURCE)) == allowed(NAMED, STREAM)
        return
    with pytest.raises(ValueError, match="default project only, got project 'proj_1'"):
        replace(target, project="proj_1")


@pytest.mark.parametrize("project", ["", "a b", "a/b", NAMED + "/x", NAMED.replace("bedrock", "s3"), "*"])
def test_project_of_another_form_is_refused(project: str) -> None:
    with pytest.raises(ValueError, match="is neither an id nor an ARN"):
        replace(NOVA, project=project)


def test_call_without_a_model_has_nothing_to_allow_on_a_project() -> None:
    prompt = replace(EXAMPLES[BedrockModelKind.PROMPT], models=())
    assert on_projects(statements(prompt, SOURCE)) == []


def test_guardrail_is_not_asked_for_on_a_project(capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--region", "us-east-1", "--account", "111122223333"]
    given = ["--guardrail", "gr1:2", "--project", "proj_1"]
    assert main([NOVA.reference.model_id, *place, *given]) == 0
    found = json.loads(capsys.readouterr().out)["Statement"]
    assert on_projects(found) == allowed(NAMED, STREAM)


def test_documentation_of_the_service_model_asks_for_the_action_on_both() -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    for name in ("ConverseStream", "InvokeModelWithResponseStream"):
        assert "inference target and the project" in model.operation_model(name).documentation
