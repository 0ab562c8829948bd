# /// client
# title = "langchain-aws, ChatBedrockConverse"
# package = "langchain-aws"
# environments = ["langchain-aws"]
# function = "nova"
# ///
"""Drive ChatBedrockConverse."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import boto3
from driving import LIMIT, MODEL, PDF, PNG, URL
from lang_chain import drive
from langchain_aws import ChatBedrockConverse

CLIENT = boto3.client("bedrock-runtime", endpoint_url=URL, region_name="us-east-1")
SETTINGS = {"client": CLIENT, "bedrock_client": CLIENT, "model": MODEL}
drive(
    ChatBedrockConverse(**SETTINGS),
    ChatBedrockConverse(**SETTINGS, max_tokens=LIMIT),
    ("function_calling", "json_schema", "prompt_prefill"),
    {
        "image": {"type": "image", "base64": PNG, "mime_type": "image/png"},
        "pdf": {"type": "file", "base64": PDF, "mime_type": "application/pdf", "name": "a"},
    },
)
