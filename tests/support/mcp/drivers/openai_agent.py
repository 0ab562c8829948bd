"""Let an agent of the OpenAI Agents SDK call a server; its model is a script."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText  # type: ignore[import-not-found]


class Script(Model):
    """Calls the tool, and then says what it has returned."""

    async def get_response(
        self, system_instructions: object, input: list[Any], *_: object, **__: object
    ) -> ModelResponse:
        """Return the next step."""
        returned = [each for each in input if isinstance(each, dict) and "output" in each]
        if returned:
            text = ResponseOutputText(
                text=json.dumps(returned[0]["output"]), type="output_text", annotations=[]
            )
            said = ResponseOutputMessage(
                id="m", content=[text], role="assistant", status="completed", type="message"
            )
            return ModelResponse(output=[said], usage=Usage(), response_id=None)
        call = ResponseFunctionToolCall(
            arguments='{"to": 3}', call_id="1", name="count", type="function_call"
        )
        return ModelResponse(output=[call], usage=Usage(), response_id=None)

    def stream_response(self, *_: object, **__: object) -> AsyncIterator[Any]:
        """Refuse: nobody asks for it."""
        raise NotImplementedError


async def main(url: str) -> None:
    """Print what the agent says."""
    set_tracing_disabled(True)
    async with MCPServerStreamableHttp(params={"url": url}) as server:
        agent = Agent(name="counter", model=Script(), mcp_servers=[server])
        result = await Runner.run(agent, "count to 3")
    print(json.dumps({"text": result.final_output}))


asyncio.run(main(sys.argv[1]))
