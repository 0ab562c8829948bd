"""Let an agent of Pydantic AI call a server; its model is a script."""

from __future__ import annotations

import asyncio
import json
import sys

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel


def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Call the tool, and then say what it has returned."""
    returned = [part for each in messages for part in each.parts if isinstance(part, ToolReturnPart)]
    if returned:
        return ModelResponse(parts=[TextPart(str(returned[0].content))])
    return ModelResponse(parts=[ToolCallPart(info.function_tools[0].name, {"to": 3})])


async def main(url: str) -> None:
    """Print what the agent says."""
    agent = Agent(FunctionModel(answer), toolsets=[MCPToolset(url)])
    print(json.dumps({"text": (await agent.run("count to 3")).output}))


asyncio.run(main(sys.argv[1]))
