"""The chat function with a client that waits READ_TIMEOUT seconds: its own, or boto3's where BOTO3 is set."""

from __future__ import annotations

import os

from chat import handler as deployed
from chat.bedrock.client import BedrockRuntime

READ_TIMEOUT = float(os.environ["READ_TIMEOUT"])
if "BOTO3" in os.environ:
    import boto3
    from botocore.config import Config

    deployed.BEDROCK = boto3.client(
        "bedrock-runtime",
        config=Config(connect_timeout=1, read_timeout=READ_TIMEOUT, retries={"total_max_attempts": 1}),
    )
else:
    deployed.BEDROCK = BedrockRuntime(os.environ, connect_timeout=1, read_timeout=READ_TIMEOUT)
handler = deployed.handler
