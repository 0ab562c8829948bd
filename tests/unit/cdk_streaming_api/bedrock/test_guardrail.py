"""A guardrail that is required: allowed with it, denied without it."""

from __future__ import annotations

import pytest
from bedrock_iam_docs import EXAMPLES, SOURCE

from cdk_streaming_api._bedrock.guardrail import Guardrail
from cdk_streaming_api._bedrock.invoked_model import InvokedModel, SourceRegion
from cdk_streaming_api._bedrock.model_id import BedrockModelKind, parse
from cdk_streaming_api._bedrock.statements import INVOKE, STREAM, statements

ARN = "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1"
KEY = "bedrock:GuardrailIdentifier"


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("gr1:2", "StringEquals", f"{ARN}:2"),
        ("gr1:DRAFT", "StringEquals", ARN),
        ("gr1", "ArnLike", [ARN, f"{ARN}:*"]),
        (ARN, "ArnLike", [ARN, f"{ARN}:*"]),
        (f"{ARN}:2", "StringEquals", f"{ARN}:2"),
    ],
)
def test_guardrail_required_is_condition_of_allow_and_of_deny(
    text: str, operator: str, value: str | list[str]
) -> None:
    target = InvokedModel(parse("amazon.nova-lite-v1:0"), guardrail=Guardrail.parse(text))
    model = ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"]
    negated = {"StringEquals": "StringNotEquals", "ArnLike": "ArnNotLike"}[operator]
    project = ["arn:aws:bedrock:us-east-1:111122223333:project/default"]
    assert statements(target, SOURCE) == [
        {"Effect": "Allow", "Action": [STREAM], "Resource": model, "Condition": {operator: {KEY: value}}},
        {"Effect": "Allow", "Action": [STREAM], "Resource": project},
        {
            "Effect": "Deny",
            "Action": [INVOKE, STREAM],
            "Resource": model,
            "Condition": {negated: {KEY: value}},
        },
        {"Effect": "Allow", "Action": ["bedrock:ApplyGuardrail"], "Resource": [ARN]},
    ]


def test_guardrail_not_required_only_adds_apply_guardrail() -> None:
    target = InvokedModel(parse("amazon.nova-lite-v1:0"))
    guarded = InvokedModel(target.reference, guardrail=Guardrail("gr1", required=False))
    use = {"Effect": "Allow", "Action": ["bedrock:ApplyGuardrail"], "Resource": [ARN]}
    assert statements(guarded, SOURCE) == [*statements(target, SOURCE), use]


@pytest.mark.parametrize("kind", BedrockModelKind, ids=lambda kind: kind.name)
def test_guardrail_required_conditions_every_invoked_resource_of_every_kind(
    kind: BedrockModelKind,
) -> None:
    target = EXAMPLES[kind]
    found = statements(
        InvokedModel(
            target.reference, target.models, target.destination_regions, guardrail=Guardrail("gr1", "2")
        ),
        SOURCE,
    )
    with_it = [
        each for each in found if each.get("Condition", {}).get("StringEquals", {}).get(KEY) == f"{ARN}:2"
    ]
    (denial,) = [each for each in found if each["Effect"] == "Deny"]
    assert denial["Action"] == [INVOKE, STREAM]
    assert denial["Condition"] == {"StringNotEquals": {KEY: f"{ARN}:2"}}
    assert denial["Resource"] == [arn for each in with_it for arn in each["Resource"]]
    assert all("inference-profile" not in arn and "router" not in arn for arn in denial["Resource"])
    assert denial["Resource"]


def test_guardrail_condition_keeps_other_conditions() -> None:
    target = EXAMPLES[BedrockModelKind.GLOBAL_INFERENCE_PROFILE]
    plain = statements(target, SOURCE)[2]["Condition"]["StringEquals"]
    guarded = statements(InvokedModel(target.reference, guardrail=Guardrail("gr1", "2")), SOURCE)[2]
    assert guarded["Condition"] == {"StringEquals": {**plain, KEY: f"{ARN}:2"}}


def test_guardrail_arn_is_in_region_of_model_and_account_of_caller() -> None:
    reference = parse("arn:aws-us-gov:bedrock:us-gov-east-1:999900001111:imported-model/a1b2c3d4e5f6")
    found = statements(
        InvokedModel(reference, guardrail=Guardrail("gr1", "2")),
        SourceRegion("aws-us-gov", "us-gov-west-1", "111122223333"),
    )
    assert found[-1]["Resource"] == ["arn:aws-us-gov:bedrock:us-gov-east-1:111122223333:guardrail/gr1"]


@pytest.mark.parametrize(
    "text", ["", "gr1:", "gr1:0", "gr1:latest", "GR1", "arn:aws:bedrock:us-east-1::guardrail/x"]
)
def test_guardrail_parse_invalid_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither an id nor an ARN, each with a version or without"):
        Guardrail.parse(text)


def test_guardrail_on_model_behind_prompt_is_refused() -> None:
    prompt = parse("arn:aws:bedrock:us-east-1:111122223333:prompt/A1B2C3D4E5")
    inner = InvokedModel(parse("amazon.nova-lite-v1:0"), guardrail=Guardrail("gr1"))
    with pytest.raises(ValueError, match="the guardrail belongs to 'arn"):
        InvokedModel(prompt, models=(inner,))


@pytest.mark.parametrize("prefix", ["", "arn:aws:bedrock:us-east-1:111122223333:guardrail-profile/"])
def test_guardrail_profile_is_allowed_in_every_destination_region(prefix: str) -> None:
    guardrail = Guardrail.parse("gr1:2").with_profile(f"{prefix}us.guardrail.v1:0")
    found = statements(InvokedModel(parse("amazon.nova-lite-v1:0"), guardrail=guardrail), SOURCE)
    profile = "arn:aws:bedrock:*:111122223333:guardrail-profile/us.guardrail.v1:0"
    use = {"Effect": "Allow", "Action": ["bedrock:ApplyGuardrail"], "Resource": [ARN, profile]}
    assert found[-1] == use
    without = InvokedModel(parse("amazon.nova-lite-v1:0"), guardrail=Guardrail.parse("gr1:2"))
    assert found[:-1] == statements(without, SOURCE)[:-1]


@pytest.mark.parametrize("text", ["us", "us.guardrail", "*", "us.guardrail.v1:0/*", ARN])
def test_guardrail_with_profile_invalid_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither an id nor an ARN, like 'us"):
        Guardrail.parse("gr1").with_profile(text)
