"""Write docs/bedrock-iam.md: what calling each kind of Bedrock model needs, from the code that grants it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cdk_streaming_api._bedrock.guardrail import Guardrail
from cdk_streaming_api._bedrock.invoked_model import InvokedModel, SourceRegion
from cdk_streaming_api._bedrock.lifecycle import RETIREMENTS
from cdk_streaming_api._bedrock.model_id import BedrockModelKind, parse
from cdk_streaming_api._bedrock.regions import PREFIXES, PREFIXES_AS_OF
from cdk_streaming_api._bedrock.statements import (
    IamStatement,
    count_statements,
    responses_statements,
    statements,
)

_HERE = Path(__file__).resolve()
TEMPLATE = _HERE.with_suffix(".md")
PAGE = _HERE.parent.parent / "docs" / "bedrock-iam.md"
SOURCE = SourceRegion("aws", "us-east-1", "111122223333")
_OWNER = "arn:aws:bedrock:us-east-1:111122223333"
_NOVA = InvokedModel(parse("amazon.nova-lite-v1:0"))
_CLAUDE = InvokedModel(parse("us.anthropic.claude-haiku-4-5-20251001-v1:0"))
_GPT = InvokedModel(
    parse("us.openai.gpt-5.6-sol"), destination_regions=("us-east-1", "us-east-2", "us-west-2")
)
_MICRO = InvokedModel(parse("amazon.nova-micro-v1:0"))

# one of each kind, as it is called from SOURCE
EXAMPLES = {
    BedrockModelKind.FOUNDATION_MODEL: _NOVA,
    BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE: InvokedModel(
        parse("us.amazon.nova-lite-v1:0"), destination_regions=("us-east-1", "us-east-2", "us-west-2")
    ),
    BedrockModelKind.GLOBAL_INFERENCE_PROFILE: InvokedModel(parse("global.amazon.nova-2-lite-v1:0")),
    BedrockModelKind.APPLICATION_INFERENCE_PROFILE: InvokedModel(
        parse(f"{_OWNER}:application-inference-profile/a1b2c3d4e5f6"), models=(_NOVA,)
    ),
    BedrockModelKind.PROVISIONED_MODEL: InvokedModel(parse(f"{_OWNER}:provisioned-model/a1b2c3d4e5f6")),
    BedrockModelKind.CUSTOM_MODEL: InvokedModel(
        parse(f"{_OWNER}:custom-model/amazon.nova-lite-v1/a1b2c3d4e5f6")
    ),
    BedrockModelKind.CUSTOM_MODEL_DEPLOYMENT: InvokedModel(
        parse(f"{_OWNER}:custom-model-deployment/a1b2c3d4e5f6")
    ),
    BedrockModelKind.IMPORTED_MODEL: InvokedModel(parse(f"{_OWNER}:imported-model/a1b2c3d4e5f6")),
    BedrockModelKind.MARKETPLACE_ENDPOINT: InvokedModel(
        parse("arn:aws:sagemaker:us-east-1:111122223333:endpoint/my-endpoint")
    ),
    BedrockModelKind.PROMPT: InvokedModel(parse(f"{_OWNER}:prompt/A1B2C3D4E5:1"), models=(_NOVA,)),
    BedrockModelKind.DEFAULT_PROMPT_ROUTER: InvokedModel(
        parse(f"{_OWNER}:default-prompt-router/anthropic.claude:1"),
        models=(
            InvokedModel(
                parse("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
                destination_regions=("us-east-1", "us-east-2", "us-west-2"),
            ),
        ),
    ),
    BedrockModelKind.PROMPT_ROUTER: InvokedModel(
        parse(f"{_OWNER}:prompt-router/a1b2c3d4e5f6"), models=(_NOVA, _MICRO)
    ),
}

# Where a policy cannot help having a wildcard, and why: the answer to AwsSolutions-IAM5, finding by finding.
WILDCARDS = {
    "a geographic inference profile without known destinations": (
        InvokedModel(parse("us.amazon.nova-lite-v1:0")),
        "The Region is open because the destinations were not looked up; the condition allows the model "
        "through this one profile only, which routes nowhere else. `streaming-api doctor` closes it.",
    ),
    "an application inference profile without known models": (
        InvokedModel(EXAMPLES[BedrockModelKind.APPLICATION_INFERENCE_PROFILE].reference),
        "Model and Region are open because they were not looked up; the condition allows what this one "
        "profile was made from and nothing else.",
    ),
    "a prompt router without known models": (
        InvokedModel(EXAMPLES[BedrockModelKind.PROMPT_ROUTER].reference),
        "Models and profiles are open because they were not stated; the condition allows what this one "
        "router chooses from and nothing else.",
    ),
}

_NOTES = {
    BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE: "with destinations given or looked up",
    BedrockModelKind.CUSTOM_MODEL: "warns: it runs only where it is deployed, so give its deployment instead",
    BedrockModelKind.IMPORTED_MODEL: "InvokeModelWithResponseStream only; ConverseStream does not take it",
    BedrockModelKind.MARKETPLACE_ENDPOINT: "the API takes endpoints of the `aws` partition only",
    BedrockModelKind.PROMPT: "with the models of its variants; ConverseStream only",
    BedrockModelKind.PROMPT_ROUTER: "with the models that it chooses from",
    BedrockModelKind.DEFAULT_PROMPT_ROUTER: "with the models that it chooses from",
    BedrockModelKind.APPLICATION_INFERENCE_PROFILE: "with the model or profile that it was made from",
}


def render() -> str:
    """Return the page."""
    text = TEMPLATE.read_text("utf-8")
    for name, part in {
        "KINDS": _kinds(),
        "GUARDRAIL": "\n".join(f"* {_sentence(each)}" for each in statements(_guarded(), SOURCE)),
        "COUNTING": "\n".join(f"* {_sentence(each)}" for each in count_statements(_CLAUDE, SOURCE)),
        "RESPONSES": "\n".join(f"* {_sentence(each)}" for each in responses_statements(_GPT, SOURCE)),
        "WILDCARDS": _wildcards(),
        "PREFIXES": _prefixes(),
        "AS_OF": PREFIXES_AS_OF,
        "LIFECYCLE": _lifecycle(),
    }.items():
        text = text.replace(f"@{name}@", part)
    return text


def _guarded() -> InvokedModel:
    return replace(_NOVA, guardrail=Guardrail("gr1a2b3c4d5e", "1"))


def _kinds() -> str:
    rows = ["| kind | example | statements |", "|---|---|---|"]
    for kind, target in EXAMPLES.items():
        note = f"<br>({_NOTES[kind]})" if kind in _NOTES else ""
        example = f"`{target.reference.model_id}`{note}"
        rows.append(f"| {kind.value} | {example} | {_cell(statements(target, SOURCE))} |")
    return "\n".join(rows)


def _cell(found: list[IamStatement]) -> str:
    return "<br>".join(_sentence(statement) for statement in found)


def _sentence(statement: IamStatement) -> str:
    actions = ", ".join(f"`{action}`" for action in statement["Action"])
    resources = ", ".join(f"`{resource}`" for resource in statement["Resource"])
    conditions = [
        f"{operator} `{key}` = `{value}`"
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    ]
    when = f" when {' and '.join(conditions)}" if conditions else ""
    return f"**{statement['Effect']}** {actions} on {resources}{when}"


def _wildcards() -> str:
    rows = ["| policy | resource with a wildcard | why it is there |", "|---|---|---|"]
    for what, (target, reason) in WILDCARDS.items():
        arns = [
            arn for statement in statements(target, SOURCE) for arn in statement["Resource"] if "*" in arn
        ]
        rows.append(f"| {what} | {'<br>'.join(f'`{arn}`' for arn in arns)} | {reason} |")
    return "\n".join(rows)


def _prefixes() -> str:
    rows = ["| prefix | callable from | source |", "|---|---|---|"]
    rows += [f"| `{row.prefix}.` | {', '.join(row.sources)} | {row.source} |" for row in PREFIXES.values()]
    return "\n".join(rows)


def _lifecycle() -> str:
    rows = ["| model | legacy | end of life | source |", "|---|---|---|---|"]
    rows += [
        f"| `{row.model_id}` | {row.legacy} | {row.end_of_life} | {row.source} |"
        for row in RETIREMENTS.values()
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), "utf-8")
