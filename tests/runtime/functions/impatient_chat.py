"""The chat function with a client that waits for one second."""

from __future__ import annotations

import os

from chat import handler as deployed
from chat.bedrock.client import BedrockRuntime

deployed.BEDROCK = BedrockRuntime(os.environ, connect_timeout=1, read_timeout=1)
handler = deployed.handler
