"""What Bedrock says."""

from __future__ import annotations

from .pain import BEDROCK, GITHUB, Pain

PAINS: tuple[Pain, ...] = (
    Pain(
        "on-demand",
        "the model has no on-demand throughput",
        (r"on-demand throughput isn.?t supported",),
        "the model runs through an inference profile only",
        "use a profile: BedrockModel('us.amazon.nova-2-lite-v1:0'), or the prefix of your Region",
        f"{BEDROCK}inference-profiles-support.html",
    ),
    Pain(
        "profile-prefix",
        "granted for one prefix, called with another",
        (r"AccessDenied.{0,200}inference-profile/",),
        "the policy names another profile than the one that is called",
        "run: streaming-api policy MODEL_ID, and compare",
        f"{GITHUB}aws-samples/serverless-patterns/pull/3093",
    ),
    Pain(
        "profile-destination",
        "denied now and then",
        (
            r"not authorized to perform: bedrock:InvokeModel\w* on resource: arn:aws[a-z-]*:bedrock:[\w-]+::",
            r"intermittent.{0,30}(AccessDenied|403)",
        ),
        "a destination Region of the inference profile is missing in the policy",
        "run: streaming-api doctor --model MODEL_ID; it writes the destinations to cdk.context.json",
        f"{BEDROCK}geographic-cross-region-inference.html",
    ),
    Pain(
        "scp",
        "a service control policy denies a Region",
        (r"explicit deny in a service control policy", r"with an explicit deny.{0,80}bedrock"),
        "a destination Region is denied by the organization; of global profiles it is called `unspecified`",
        "let the SCP leave the destinations open, by bedrock:InferenceProfileArn or aws:RequestedRegion",
        f"{BEDROCK}global-cross-region-inference.html",
    ),
    Pain(
        "global-residency",
        "a global profile breaks data residency",
        (r"\bglobal\.(anthropic|amazon|openai)", r"data residency"),
        "a global profile may answer from any commercial Region",
        "use the profile of your geography: eu., us., jp. or au.",
        f"{BEDROCK}global-cross-region-inference.html",
    ),
    Pain(
        "model-access",
        "no access to the model",
        (
            r"You don.?t have access to the model",
            r"aws-marketplace:(Subscribe|ViewSubscriptions)",
            r"use case details have not been submitted",
            r"model_access_denied",
            r"MODEL_ACCESS",
        ),
        "the first call of a third-party model subscribes to it, which needs permissions of Marketplace;"
        " Anthropic wants a form once",
        "run: streaming-api doctor --model MODEL_ID, which names what is missing; Amazon Nova needs neither",
        f"{BEDROCK}model-access.html",
    ),
    Pain(
        "sampling",
        "sampling parameters that the model refuses",
        (r"temperature.{0,20}and.{0,5}top_p.{0,5}cannot both", r"temperature.{0,10} is deprecated"),
        "newer models take one of them, or none",
        "leave temperature and top_p out",
        f"{GITHUB}aws-samples/bedrock-access-gateway/issues/191",
    ),
    Pain(
        "model-identifier",
        "the model identifier is invalid",
        (r"provided model identifier is invalid",),
        "the id does not exist in this Region, or has the wrong prefix for it",
        "list them: aws bedrock list-inference-profiles --region REGION",
        f"{BEDROCK}models-supported.html",
    ),
    Pain(
        "burn-down",
        "throttled although few tokens were used",
        (r"ThrottlingException", r"Too many tokens", r"max_tokens.{0,40}throttl"),
        "maxTokens is set aside when a request begins, and output tokens may count five times",
        "lower maxTokens to what is needed, or ask for more tokens a minute",
        f"{BEDROCK}quotas-token-burndown.html",
    ),
    Pain(
        "guardrail",
        "a guardrail makes the answer come in bursts",
        (r"guardrail.{0,60}(burst|slow|latency|buffer|chunk)", r"streamProcessingMode"),
        "with streamProcessingMode sync it checks chunk by chunk; async may let text out before it blocks",
        "choose: sync with bursts, or async without masking",
        f"{BEDROCK}guardrails-streaming.html",
    ),
    Pain(
        "cost",
        "nobody knows who caused the cost",
        (r"(cost|bill).{0,30}(surprise|attribut|unknown)", r"application-inference-profile"),
        "Bedrock bills by model, and application profiles hide the model's name",
        "an application inference profile with tags for each caller",
        f"{BEDROCK}inference-profiles.html",
    ),
    Pain(
        "end-of-life",
        "the model is at its end of life",
        (r"end of its life", r"model version has reached", r"\bLEGACY\b"),
        "AWS retires models after an announcement",
        "run: streaming-api doctor --model MODEL_ID, and change to its successor",
        f"{BEDROCK}model-lifecycle.html",
    ),
)
