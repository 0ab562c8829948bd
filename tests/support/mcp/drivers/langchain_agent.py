"""Let a LangChain agent call a server; its model is a script."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_mcp_adapters.client import MultiServerMCPClient


class Script(GenericFakeChatModel):
    """Calls the tool, and then says what it has returned."""

    def bind_tools(self, *_: object, **__: object) -> Script:
        """Know the tools already."""
        return self

    def _generate(self, messages: list[Any], *_: object, **__: object) -> ChatResult:
        returned = [each for each in messages if isinstance(each, ToolMessage)]
        call = {"name": "count", "args": {"to": 3}, "id": "1", "type": "tool_call"}
        said = AIMessage(returned[0].text) if returned else AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=said)])


async def main(url: str) -> None:
    """Print what the agent says."""
    client = MultiServerMCPClient({"tools": {"url": url, "transport": "streamable_http"}})
    agent: Any = create_agent(Script(messages=iter([])), await client.get_tools())
    result = await agent.ainvoke({"messages": [("user", "count to 3")]})
    print(json.dumps({"text": result["messages"][-1].text}))


asyncio.run(main(sys.argv[1]))
