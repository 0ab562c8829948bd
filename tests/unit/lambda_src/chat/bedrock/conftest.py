"""Clients of the tests, closed at their end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from chat.bedrock.client import BedrockRuntime

from tests.unit.lambda_src.chat.bedrock.calls import KEYS, TIMEOUT, Make


@pytest.fixture
def ours() -> Iterator[Make]:
    with ExitStack() as clients:

        def make(url: str, read_timeout: float = TIMEOUT, **environ: str) -> BedrockRuntime:
            environ = {"AWS_REGION": "us-east-1", **KEYS, "AWS_ENDPOINT_URL": url, **environ}
            client = BedrockRuntime(
                environ, connect_timeout=TIMEOUT, read_timeout=read_timeout, sleep=lambda _: None
            )
            return clients.enter_context(closing(client))

        yield make
