"""The bundled chat function with every kind of model, and the examples of BedrockModel."""

from __future__ import annotations

import inspect
import json
import re
import textwrap

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template
from bedrock_iam_docs import EXAMPLES, SOURCE

from cdk_streaming_api import BedrockFunction, BedrockModel
from cdk_streaming_api._bedrock.model_id import BedrockModelKind


@pytest.fixture
def placed(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Placed", env=cdk.Environment(account=SOURCE.account, region=SOURCE.region))


@pytest.mark.parametrize("kind", BedrockModelKind, ids=lambda kind: kind.name)
def test_bedrock_function_of_every_kind_has_and_may_call_its_model(
    placed: cdk.Stack, kind: BedrockModelKind
) -> None:
    model_id = EXAMPLES[kind].reference.model_id
    BedrockFunction(placed, "Chat", model=BedrockModel(model_id))
    template = Template.from_stack(placed)
    template.has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": {"BEDROCK_MODEL_ID": model_id}}}
    )
    action = (
        "bedrock:RenderPrompt"
        if kind is BedrockModelKind.PROMPT
        else Match.string_like_regexp("^bedrock:InvokeModelWithResponseStream$")
    )
    statement = Match.object_like({"Action": action, "Effect": "Allow"})
    template.has_resource_properties(
        "AWS::IAM::Policy", {"PolicyDocument": {"Statement": Match.array_with([statement])}}
    )


def test_bedrock_function_several_models_are_granted_and_retiring_ones_warned(
    placed: cdk.Stack,
) -> None:
    ids = ["us.amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"]
    default, *others = (
        BedrockModel(each, destination_regions=["us-west-2"] if each.startswith("us.") else ())
        for each in ids
    )
    function = BedrockFunction(placed, "Chat", model=default, models=others)
    template = Template.from_stack(placed)
    (chat,) = template.find_resources("AWS::Lambda::Function").values()
    environment = chat["Properties"]["Environment"]["Variables"]
    assert environment["BEDROCK_MODEL_ID"] == ids[0]
    assert [each["modelId"] for each in json.loads(environment["BEDROCK_SETTINGS"])["models"]] == ids
    policies = json.dumps(template.find_resources("AWS::IAM::Policy"))
    assert "inference-profile/us.amazon.nova-lite-v1:0" in policies
    for model in ("amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", ids[2]):
        assert f"foundation-model/{model}" in policies
    (warning,) = Annotations.from_stack(placed).find_warning("*", Match.any_value())
    assert warning.id == f"/{function.node.path}"
    assert "claude-3-haiku-20240307-v1:0 is legacy since 2026-03-10" in str(warning.entry.data)
    assert "[ack: cdk-streaming-api:bedrockLifecycle]" in str(warning.entry.data)


def test_project_of_a_model_reaches_the_function_and_its_policy(placed: cdk.Stack) -> None:
    BedrockFunction(placed, "Chat", model=BedrockModel("amazon.nova-micro-v1:0", project="proj_1"))
    template = Template.from_stack(placed)
    (chat,) = template.find_resources("AWS::Lambda::Function").values()
    settings = json.loads(chat["Properties"]["Environment"]["Variables"]["BEDROCK_SETTINGS"])
    (model,) = settings["models"]
    assert (model["modelId"], model["projectIdentifier"]) == ("amazon.nova-micro-v1:0", "proj_1")
    policies = json.dumps(template.find_resources("AWS::IAM::Policy"))
    assert "111122223333:project/proj_1" in policies
    assert "project/default" not in policies


def test_project_of_an_application_profile_is_refused_before_any_app() -> None:
    arn = EXAMPLES[BedrockModelKind.APPLICATION_INFERENCE_PROFILE].reference.model_id
    with pytest.raises(ValueError, match="in the default project only"):
        BedrockModel(arn, project="proj_1")


def test_bedrock_function_model_token_reaches_the_environment(placed: cdk.Stack) -> None:
    profile = bedrock.CfnApplicationInferenceProfile(placed, "Profile", inference_profile_name="p")
    model = BedrockModel(
        profile.attr_inference_profile_arn, kind=BedrockModelKind.APPLICATION_INFERENCE_PROFILE
    )
    BedrockFunction(placed, "Chat", model=model)
    variables = {"BEDROCK_MODEL_ID": {"Fn::GetAtt": ["Profile", "InferenceProfileArn"]}}
    Template.from_stack(placed).has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": variables}}
    )


def test_bedrock_model_docstring_examples_run(placed: cdk.Stack) -> None:
    blocks = re.findall(r"::\n\n((?: {4}.*\n|\n)+)", f"{inspect.getdoc(BedrockModel)}\n")
    names: dict[str, object] = {
        "BedrockModel": BedrockModel,
        "BedrockModelKind": BedrockModelKind,
        "fn": iam.Role(placed, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
        "profile": bedrock.CfnApplicationInferenceProfile(placed, "Profile", inference_profile_name="p"),
    }
    for block in blocks:
        exec(textwrap.dedent(block), names)
    assert len(blocks) == 3
    Template.from_stack(placed).resource_count_is("AWS::IAM::Policy", 1)
