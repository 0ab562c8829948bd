"""What the policy of each kind of model must allow and deny, written from AWS's documentation of the keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT, REGION = "111122223333", "us-east-1"
PLACE = ("--region", REGION, "--account", ACCOUNT)
OWNER = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
STREAM, INVOKE = "bedrock:InvokeModelWithResponseStream", "bedrock:InvokeModel"
#: What a case expects.
ALLOWED, DENIED = "Allowed", "Denied"
NOVA, NOVA2, MICRO = "amazon.nova-lite-v1:0", "amazon.nova-2-lite-v1:0", "amazon.nova-micro-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
DESTINATIONS = ("--destinations", "us-east-1,us-east-2,us-west-2")
ID = "a1b2c3d4e5f6"
PROFILE, WORLD = f"{OWNER}:inference-profile/us.{NOVA}", f"{OWNER}:inference-profile/global.{NOVA2}"
APPLICATION, ROUTER = f"{OWNER}:application-inference-profile/{ID}", f"{OWNER}:prompt-router/{ID}"
DEFAULT_ROUTER = f"{OWNER}:default-prompt-router/anthropic.claude:1"
PROMPT, PROJECT = f"{OWNER}:prompt/A1B2C3D4E5:1", f"{OWNER}:project/default"
ENDPOINT = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/my-endpoint"
SAGEMAKER = "sagemaker:InvokeEndpointWithResponseStream"

#: Kind -> the arguments of ``streaming-api policy``.
POLICIES: dict[str, tuple[str, ...]] = {
    "foundation model": (NOVA,),
    "foundation model, also whole": (NOVA, "--invoke"),
    "foundation model with a guardrail": (NOVA, "--guardrail", "gr1:2"),
    "geographic inference profile": (f"us.{NOVA}", *DESTINATIONS),
    "geographic inference profile, open": (f"us.{NOVA}",),
    "global inference profile": (f"global.{NOVA2}",),
    "application inference profile": (APPLICATION, "--model", NOVA),
    "provisioned throughput": (f"{OWNER}:provisioned-model/{ID}",),
    "custom model": (f"{OWNER}:custom-model/amazon.nova-lite-v1/{ID}",),
    "custom model deployment": (f"{OWNER}:custom-model-deployment/{ID}",),
    "imported model": (f"{OWNER}:imported-model/{ID}",),
    "marketplace endpoint": (ENDPOINT,),
    "prompt": (PROMPT, "--model", NOVA),
    "default prompt router": (DEFAULT_ROUTER, "--model", f"us.{HAIKU}", *DESTINATIONS),
    "prompt router": (ROUTER, "--model", NOVA, "--model", MICRO),
}


@dataclass(frozen=True)
class Case:
    """A request, and the decision on it.

    :param context: the condition keys that AWS documents for the request, besides the Region
    """

    kind: str
    decision: str
    resource: str
    action: str = STREAM
    context: tuple[tuple[str, str], ...] = ()
    region: str = REGION


def model(name: str, region: str = REGION) -> str:
    """Return the ARN of a foundation model."""
    return f"arn:aws:bedrock:{region}::foundation-model/{name}"


def through(profile: str) -> tuple[tuple[str, str], ...]:
    """Return the key of a request that comes through an inference profile."""
    return (("bedrock:InferenceProfileArn", profile),)


def routed(router: str) -> tuple[tuple[str, str], ...]:
    """Return the key of a request that a prompt router has sent on."""
    return (("bedrock:PromptRouterArn", router),)


def guarded(name: str) -> tuple[tuple[str, str], ...]:
    """Return the key of a request with a guardrail."""
    return (("bedrock:GuardrailIdentifier", f"{OWNER}:guardrail/{name}"),)


def _itself(kind: str) -> list[Case]:
    """Return the cases of a kind that is one resource: it, its neighbours, and whole answers."""
    arn = POLICIES[kind][0]
    return [
        Case(kind, ALLOWED, arn),
        Case(kind, ALLOWED, PROJECT),
        Case(kind, DENIED, f"{arn[:-1]}0"),
        Case(kind, DENIED, arn.replace(ACCOUNT, "444455556666")),
        Case(kind, DENIED, arn.replace(REGION, "us-west-2")),
        Case(kind, DENIED, arn, INVOKE),
        Case(kind, DENIED, model(NOVA)),
    ]


_BASE = "foundation model"
_GUARDED, _WHOLE = "foundation model with a guardrail", "foundation model, also whole"
_OPEN, _GEO = "geographic inference profile, open", "geographic inference profile"
_GLOBAL, _APPLICATION = "global inference profile", "application inference profile"
_CALLED = (("aws:CalledViaLast", "bedrock.amazonaws.com"),)
CASES = [
    *(Case(_BASE, ALLOWED, each) for each in (model(NOVA), PROJECT)),
    *(Case(_BASE, DENIED, each) for each in (model(MICRO), model(NOVA, "us-west-2"), PROFILE)),
    Case(_BASE, DENIED, model(NOVA), INVOKE),
    Case(_BASE, DENIED, f"{OWNER}:project/proj1"),
    *(Case(_WHOLE, ALLOWED, model(NOVA), each) for each in (STREAM, INVOKE)),
    Case(_WHOLE, DENIED, model(MICRO), INVOKE),
    Case(_GUARDED, ALLOWED, model(NOVA), context=guarded("gr1:2")),
    *(Case(_GUARDED, DENIED, model(NOVA), context=guarded(each)) for each in ("gr1:1", "gr1", "gr2:2")),
    Case(_GUARDED, DENIED, model(NOVA)),
    Case(_GUARDED, DENIED, model(NOVA), INVOKE, guarded("gr1:2")),
    Case(_GUARDED, ALLOWED, f"{OWNER}:guardrail/gr1", "bedrock:ApplyGuardrail"),
    Case(_GUARDED, DENIED, f"{OWNER}:guardrail/gr2", "bedrock:ApplyGuardrail"),
    *(Case(each, ALLOWED, PROFILE) for each in (_GEO, _OPEN)),
    *(Case(each, DENIED, PROFILE, INVOKE) for each in (_GEO, _OPEN)),
    *(Case(each, DENIED, model(NOVA)) for each in (_GEO, _OPEN)),
    *(Case(each, DENIED, model(NOVA), context=through(WORLD)) for each in (_GEO, _OPEN)),
    *(Case(each, DENIED, model(MICRO), context=through(PROFILE)) for each in (_GEO, _OPEN)),
    *(
        Case(_GEO, ALLOWED, model(NOVA, each), context=through(PROFILE), region=each)
        for each in ("us-east-1", "us-east-2", "us-west-2")
    ),
    Case(_GEO, DENIED, model(NOVA, "us-west-1"), context=through(PROFILE), region="us-west-1"),
    Case(_OPEN, ALLOWED, model(NOVA, "us-west-1"), context=through(PROFILE), region="us-west-1"),
    Case(_GLOBAL, ALLOWED, WORLD),
    Case(_GLOBAL, DENIED, WORLD, region="us-west-2"),
    Case(_GLOBAL, ALLOWED, model(NOVA2), context=through(WORLD)),
    Case(_GLOBAL, ALLOWED, model(NOVA2, ""), context=through(WORLD), region="unspecified"),
    Case(_GLOBAL, DENIED, model(NOVA2, ""), context=through(WORLD)),
    Case(_GLOBAL, DENIED, model(NOVA2, ""), context=through(PROFILE), region="unspecified"),
    Case(_GLOBAL, DENIED, model(NOVA2, "us-west-2"), context=through(WORLD), region="us-west-2"),
    Case(_APPLICATION, ALLOWED, APPLICATION),
    Case(_APPLICATION, DENIED, model(NOVA)),
    Case(_APPLICATION, ALLOWED, model(NOVA), context=through(APPLICATION)),
    Case(_APPLICATION, DENIED, model(NOVA), context=through(PROFILE)),
    Case(_APPLICATION, DENIED, model(MICRO), context=through(APPLICATION)),
    *(
        case
        for kind in ("provisioned throughput", "custom model", "custom model deployment", "imported model")
        for case in _itself(kind)
    ),
    Case("marketplace endpoint", ALLOWED, f"{OWNER}:marketplace/model-endpoint/all-access"),
    Case("marketplace endpoint", ALLOWED, ENDPOINT, SAGEMAKER, _CALLED),
    Case("marketplace endpoint", DENIED, ENDPOINT, SAGEMAKER),
    Case("marketplace endpoint", DENIED, ENDPOINT, SAGEMAKER, (("aws:CalledViaLast", "x.amazonaws.com"),)),
    Case("marketplace endpoint", DENIED, ENDPOINT, "sagemaker:InvokeEndpoint", _CALLED),
    Case("prompt", ALLOWED, PROMPT, "bedrock:RenderPrompt"),
    Case("prompt", DENIED, PROMPT, "bedrock:GetPrompt"),
    Case("prompt", DENIED, PROMPT.replace(":1", ":2"), "bedrock:RenderPrompt"),
    Case("prompt", ALLOWED, model(NOVA)),
    Case("prompt", DENIED, model(MICRO)),
    Case("default prompt router", ALLOWED, DEFAULT_ROUTER),
    Case("default prompt router", DENIED, model(HAIKU)),
    Case("default prompt router", ALLOWED, model(HAIKU, "us-east-2"), context=routed(DEFAULT_ROUTER)),
    Case("default prompt router", DENIED, model(HAIKU), context=routed(ROUTER)),
    Case("default prompt router", DENIED, model(HAIKU, "us-west-1"), context=routed(DEFAULT_ROUTER)),
    Case("prompt router", ALLOWED, ROUTER),
    *(Case("prompt router", ALLOWED, model(each), context=routed(ROUTER)) for each in (NOVA, MICRO)),
    *(Case("prompt router", DENIED, model(each)) for each in (NOVA, MICRO)),
    Case("prompt router", DENIED, model(NOVA2), context=routed(ROUTER)),
]
