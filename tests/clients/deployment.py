"""The chat function in every environment that makes it fail in a way of its own, behind one gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.clients.install import ROOT
from tests.support.templates import integration, template

LAMBDA_SRC = ROOT / "lambda_src"
FUNCTIONS = Path(__file__).with_name("functions")
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
#: Nothing listens here: RFC 863's port on loopback.
NOWHERE = "http://127.0.0.1:9"
NO_CREDENTIALS = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    "AWS_CONFIG_FILE": "/nowhere",
}
BOTO3 = {"BOTO3": "1", "AWS_MAX_ATTEMPTS": "1"}
GUARDRAIL = {"guardrailIdentifier": "g1", "guardrailVersion": "2", "streamProcessingMode": "async"}
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
#: Two models, of which one has a guardrail.
SEVERAL = {
    "models": [{"modelId": "model-1", "guardrailConfig": GUARDRAIL}, {"modelId": PROFILE}],
    "maxTokens": 50,
}
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
DECIDED = {"system": "Be brief", "maxTokens": 50}
#: First part of the path -> handler and variables.
VARIANTS: dict[str, tuple[str, Mapping[str, str]]] = {
    "impatient": ("impatient", {**KEYS, "READ_TIMEOUT": "1.5"}),
    # longer than a busy machine takes to break a connection
    "patient": ("impatient", KEYS),
    "nowhere": ("impatient", {**KEYS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": NOWHERE}),
    # a key that must not be sent without TLS
    "keyless": ("impatient", {"AWS_BEARER_TOKEN_BEDROCK": "key"}),
    "boto3": ("impatient", {**BOTO3, **KEYS}),
    "boto3-impatient": ("impatient", {**BOTO3, **KEYS, "READ_TIMEOUT": "1.5"}),
    "boto3-nowhere": ("impatient", {**BOTO3, **KEYS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": NOWHERE}),
    "boto3-keyless": ("impatient", {**BOTO3, **NO_CREDENTIALS}),
    # one second of it is for the end of the response, and the rest enough to ask on a busy machine
    "brief": ("chat.handler", {**KEYS, "TIMEOUT": "5"}),
    "several": ("chat.handler", {**KEYS, "BEDROCK_SETTINGS": json.dumps(SEVERAL)}),
    "claude": ("chat.handler", {**KEYS, "BEDROCK_MODEL_ID": CLAUDE}),
    "claude-decided": (
        "chat.handler",
        {**KEYS, "BEDROCK_MODEL_ID": CLAUDE, "BEDROCK_SETTINGS": json.dumps(DECIDED)},
    ),
    "generous": (
        "chat.handler",
        {**KEYS, "BEDROCK_SETTINGS": json.dumps({"callerMaySet": ["guardrailConfig", "serviceTier"]})},
    ),
}


def deployment(bedrock: str) -> dict[str, object]:
    """Return the template.

    :param bedrock: the URL of the Bedrock that the functions ask
    """
    routes = {"ANY /{proxy+}": {"integration": integration("Chat", {})}}
    functions = {"Chat": _function("chat.handler", {**KEYS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock})}
    for name, (module, variables) in VARIANTS.items():
        logical_id = name.title().replace("-", "")
        routes[f"ANY /{name}/{{proxy+}}"] = {"integration": integration(logical_id, {})}
        functions[logical_id] = _function(module, {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock, **variables})
    return template(routes, **functions)


def _function(module: str, variables: Mapping[str, str]) -> dict[str, object]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(FUNCTIONS if module == "impatient" else LAMBDA_SRC),
            "Handler": f"{module}.handler",
            "Runtime": "python3.13",
            # a busy machine starts many environments in it
            "Timeout": int(variables.get("TIMEOUT", "300")),
            "MemorySize": 512,
            "Layers": [{"Ref": "Layer"}],
            "Environment": {
                "Variables": {
                    "BEDROCK_MODEL_ID": "model-1",
                    "PYTHONPATH": str(LAMBDA_SRC),
                    "READ_TIMEOUT": "20",
                    **variables,
                }
            },
        },
    }
