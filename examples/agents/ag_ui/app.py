"""An agent of Pydantic AI that speaks AG-UI, the protocol of CopilotKit and other clients."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambda_streaming import HTTPError, stream
from pydantic import ValidationError
from pydantic_ai import Agent
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.ui.ag_ui import AGUIAdapter

agent = Agent(BedrockConverseModel(os.environ["MODEL_ID"]))


@agent.tool_plain
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"It rains in {city}."


@stream
async def handler(event: Mapping[str, Any], context: object) -> AsyncIterator[bytes]:
    """Answer a run of ``HttpAgent``."""
    try:
        run = AGUIAdapter.build_run_input((event["body"] or "{}").encode())
    except ValidationError:
        raise HTTPError(400, "the body is no RunAgentInput of AG-UI") from None
    adapter = AGUIAdapter(agent, run)
    async for text in adapter.encode_stream(adapter.run_stream()):
        yield text.encode()
