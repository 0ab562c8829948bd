"""Build the IAM statements that a call of a Bedrock model needs, for every kind of model id.

Pure: values in, plain statements out. The CDK grant and the command line both use it, so they cannot
disagree. Each function names the AWS page that its statements are from; none was tried against an AWS
account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from .guardrail import CONDITION_KEY, Condition, Guardrail
from .invoked_model import DEFAULT_PROJECT, InvokedModel, SourceRegion, foundation_model_arn
from .model_id import BedrockModelKind as Kind
from .vendor_api import serves_responses

# inference-prereq.html: ConverseStream is authorized as InvokeModelWithResponseStream, Converse as
# InvokeModel
STREAM = "bedrock:InvokeModelWithResponseStream"
INVOKE = "bedrock:InvokeModel"
COUNT = "bedrock:CountTokens"
# Claude from 3.5 to 4.6, by the id of the foundation model: count-tokens.html
_COUNTED = re.compile(
    r"anthropic\.claude-(3-[5-9]-[a-z]+|[a-z]+-4(-[0-6])?)-(\d{8}-)?v\d+(:\d+)?|anthropic\.claude-[a-z]+-4-6"
)
# Bedrock invokes a marketplace model on an endpoint of SageMaker, in the caller's name
_ON_SAGEMAKER = {STREAM: "sagemaker:InvokeEndpointWithResponseStream", INVOKE: "sagemaker:InvokeEndpoint"}
_PROFILE_KEY = "bedrock:InferenceProfileArn"
_ROUTER_KEY = "bedrock:PromptRouterArn"
_REGION_KEY = "aws:RequestedRegion"


class IamStatement(TypedDict, total=False):
    """One statement of an IAM policy document."""

    Effect: str
    Action: list[str]
    Resource: list[str]
    Condition: Condition


def statements(
    target: InvokedModel, source: SourceRegion, actions: Sequence[str] = (STREAM,)
) -> list[IamStatement]:
    """Return the statements that allow ``actions`` on ``target`` from ``source``, and nothing else.

    :param target: what is called.
    :param source: where the call is made.
    :param actions: ``STREAM``, ``INVOKE`` or both. Default: STREAM alone
    :raises ValueError: when an inference profile cannot be called from there.
    """
    target.check(source)
    call = _ModelCall(target, source, list(actions))
    found = _BY_KIND[target.reference.kind](call)
    return [*found, *_project(call, found), *_guardrail(call, found)]


def count_statements(target: InvokedModel, source: SourceRegion) -> list[IamStatement]:
    """Return the statements that allow to count tokens: count-tokens.html, on the foundation model.

    There are none for a model that CountTokens is not known to cover.
    """
    model = target.reference.foundation_model_id
    if model is None or not _COUNTED.fullmatch(model):
        return []
    home = target.home(source)
    return [_allow([COUNT, INVOKE], [foundation_model_arn(home, home.region, model)], {})]


def responses_statements(target: InvokedModel, source: SourceRegion) -> list[IamStatement]:
    """Return the statements that allow to stream from ``target``, with the Responses API as well.

    inference-responses-api.html: that needs ``bedrock:InvokeModel`` on the project besides, and there alone.

    :raises ValueError: for a model that is not known to have that API, for a guardrail, which it does not
        hold, and for another project than the account's default one.
    """
    model_id = target.reference.model_id
    if not serves_responses(target.reference):
        raise ValueError(
            f"model '{model_id}' is not known to have the Responses API; "
            "OpenAI's from GPT 5.4 have it, by the id of a profile like 'us.openai.gpt-5.6-sol'"
        )
    if target.guardrail is not None:
        raise ValueError(f"the Responses API does not hold the guardrail of model '{model_id}'; use Converse")
    if target.project != DEFAULT_PROJECT:
        raise ValueError(f"the Responses API takes the default project only, got project '{target.project}'")
    project = [target.project_arn(source)]
    return [
        _allow([INVOKE, STREAM], project, {}) if statement["Resource"] == project else statement
        for statement in statements(target, source)
    ]


def policy_document(found: list[IamStatement]) -> dict[str, object]:
    """Return statements as a policy document."""
    return {"Version": "2012-10-17", "Statement": found}


@dataclass(frozen=True)
class _ModelCall:
    """A call of a model, and the statements that it is made of."""

    target: InvokedModel
    source: SourceRegion
    actions: list[str]

    @property
    def arn(self) -> str:
        return self.target.arn(self.source)

    @property
    def home(self) -> SourceRegion:
        return self.target.home(self.source)

    @property
    def required_guardrail(self) -> Guardrail | None:
        guardrail = self.target.guardrail
        return guardrail if guardrail is not None and guardrail.required else None

    def guardrail_arn(self, guardrail: Guardrail) -> str:
        """Return the ARN of a guardrail, which is in the model's Region and in the caller's account."""
        return guardrail.arn(self.home.partition, self.home.region, self.source.account)

    def allow(self, resources: list[str], equals: dict[str, str] | None = None) -> IamStatement:
        """Allow the call on what leads to a model."""
        return _allow(self.actions, resources, {"StringEquals": {**equals}} if equals else {})

    def run(self, resources: list[str], equals: dict[str, str] | None = None) -> IamStatement:
        """Allow the call on what runs, which is where a required guardrail is asked for."""
        statement = self.allow(resources, equals)
        guardrail = self.required_guardrail
        if guardrail is not None:
            conditions = {**statement.get("Condition", {})}
            with_it, _ = guardrail.conditions(self.guardrail_arn(guardrail))
            for operator, keys in with_it.items():
                conditions[operator] = {**conditions.get(operator, {}), **keys}
            statement["Condition"] = conditions
        return statement


def _allow(actions: list[str], resources: list[str], condition: Condition) -> IamStatement:
    statement = IamStatement(Effect="Allow", Action=actions, Resource=list(dict.fromkeys(resources)))
    if condition:
        statement["Condition"] = condition
    return statement


def _project(call: _ModelCall, found: list[IamStatement]) -> list[IamStatement]:
    """API_runtime_ConverseStream.html: the action on the project as well, the account's default one included.

    Where no model may run, the project has nothing to allow either.
    """
    if not any(statement["Action"] == call.actions for statement in found):
        return []
    return [call.allow([call.target.project_arn(call.source)])]


def _guardrail(call: _ModelCall, found: list[IamStatement]) -> list[IamStatement]:
    """guardrails-permissions-id.html: the guardrail and, when it is required, a denial of all other calls.

    Condition and denial stand where AWS documents them, on what runs and not on the profile or router that
    leads there: one refused authorization refuses the call. The denial names both actions, so that no other
    statement of the role opens either.
    """
    guardrail = call.target.guardrail
    if guardrail is None:
        return []
    arn = call.guardrail_arn(guardrail)
    places = (call.home.partition, call.home.region, call.source.account)
    use = _allow(["bedrock:ApplyGuardrail"], guardrail.resources(*places), {})
    _, without_it = guardrail.conditions(arn)
    guarded = [arn for statement in found if _is_guarded(statement) for arn in statement["Resource"]]
    if not guarded:
        return [use]
    return [IamStatement(Effect="Deny", Action=[INVOKE, STREAM], Resource=guarded, Condition=without_it), use]


def _is_guarded(statement: IamStatement) -> bool:
    return any(CONDITION_KEY in keys for keys in statement.get("Condition", {}).values())


def _alone(call: _ModelCall) -> list[IamStatement]:
    """list_amazonbedrock.html, Service Authorization Reference: what is called runs, and is the resource."""
    return [call.run([call.arn])]


def _profile(call: _ModelCall) -> list[IamStatement]:
    """geographic-cross-region-inference.html and, for application profiles, inference-profiles-prereq.html.

    The profile has no condition: the key is in the request only when the foundation model is authorized. The
    profile that an application profile was made from needs nothing.
    """
    models = call.target.foundation_model_arns(call.source)
    return [call.allow([call.arn]), call.run(models, {_PROFILE_KEY: call.arn})]


def _global(call: _ModelCall) -> list[IamStatement]:
    """global-cross-region-inference.html: the profile, the model here, and the model wherever AWS routes to.

    The last has an ARN without a Region, and its requested Region is the word "unspecified".
    """
    here, through = {_REGION_KEY: call.home.region}, {_PROFILE_KEY: call.arn}
    pairs = call.target.global_model_arns(call.source)
    return [
        call.allow([call.arn], here),
        call.run([local for local, _ in pairs], {**here, **through}),
        call.run([anywhere for _, anywhere in pairs], {_REGION_KEY: "unspecified", **through}),
    ]


def _router(call: _ModelCall) -> list[IamStatement]:
    """list_amazonbedrock.html: the router, and through it the profiles and models that it may choose.

    AWS documents the resource types and the condition key, but no policy that has both.
    """
    home, through = call.home, {_ROUTER_KEY: call.arn}
    profiles = [
        model.arn(home) for model in call.target.models if model.reference.kind is not Kind.FOUNDATION_MODEL
    ]
    if not call.target.models:
        profiles = [f"arn:{home.partition}:bedrock:{home.region}:{home.account}:inference-profile/*"]
    models = call.run(call.target.foundation_model_arns(call.source), through)
    return [call.allow([call.arn]), *([call.allow(profiles, through)] if profiles else []), models]


def _prompt(call: _ModelCall) -> list[IamStatement]:
    """API_runtime_ConverseStream.html: bedrock:RenderPrompt on the prompt, and whatever its model needs.

    A prompt is no resource of InvokeModelWithResponseStream, and no condition key says that a model runs for
    a prompt.
    """
    found = [_allow(["bedrock:RenderPrompt"], [call.arn], {})]
    for model in call.target.models:
        guarded = replace(model, guardrail=call.target.guardrail)
        found.extend(_BY_KIND[model.reference.kind](_ModelCall(guarded, call.home, call.actions)))
    return found


def _marketplace(call: _ModelCall) -> list[IamStatement]:
    """setup-amazon-bedrock-marketplace.html: Bedrock's one for all endpoints, and this one through it."""
    home = call.home
    bedrock = (
        f"arn:{home.partition}:bedrock:{home.region}:{home.account}:marketplace/model-endpoint/all-access"
    )
    through: Condition = {"StringEquals": {"aws:CalledViaLast": "bedrock.amazonaws.com"}}
    return [
        call.run([bedrock]),
        _allow([_ON_SAGEMAKER[action] for action in call.actions], [call.arn], through),
    ]


_BY_KIND: dict[Kind, Callable[[_ModelCall], list[IamStatement]]] = {
    Kind.FOUNDATION_MODEL: _alone,
    Kind.GEOGRAPHIC_INFERENCE_PROFILE: _profile,
    Kind.GLOBAL_INFERENCE_PROFILE: _global,
    Kind.APPLICATION_INFERENCE_PROFILE: _profile,
    Kind.PROVISIONED_MODEL: _alone,
    Kind.CUSTOM_MODEL: _alone,
    Kind.CUSTOM_MODEL_DEPLOYMENT: _alone,
    Kind.IMPORTED_MODEL: _alone,
    Kind.MARKETPLACE_ENDPOINT: _marketplace,
    Kind.PROMPT: _prompt,
    Kind.DEFAULT_PROMPT_ROUTER: _router,
    Kind.PROMPT_ROUTER: _router,
}
