"""What the calls of the tests have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chat.bedrock.client import BedrockRuntime

MODEL = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-2-lite-v1:0"
KEYS = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T"}
TIMEOUT = 10.0
Make = Callable[..., BedrockRuntime]


def silence(event: threading.Event) -> Callable[[], object]:
    """Return what holds an answer back until an event."""
    return lambda: event.wait(TIMEOUT)
