"""Let a Strands agent call a server; its model is a script."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from typing import Any

from mcp.client.streamable_http import streamable_http_client
from strands import Agent
from strands.models import Model
from strands.tools.mcp import MCPClient


class Script(Model):
    """Calls the tool, and then says what it has returned."""

    def update_config(self, **_: object) -> None:
        """Have nothing to configure."""

    def get_config(self) -> dict[str, object]:
        """Return nothing."""
        return {}

    def structured_output(self, *_: object, **__: object) -> AsyncIterator[Any]:
        """Refuse: nobody asks for it."""
        raise NotImplementedError

    async def stream(self, messages: list[Any], *_: object, **__: object) -> AsyncIterator[Any]:
        """Yield the next step."""
        returned = [each["toolResult"] for each in messages[-1]["content"] if "toolResult" in each]
        yield {"messageStart": {"role": "assistant"}}
        if returned:
            yield {"contentBlockStart": {"start": {}}}
            yield {"contentBlockDelta": {"delta": {"text": returned[0]["content"][0]["text"]}}}
        else:
            yield {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "1", "name": "count"}}}}
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"to": 3}'}}}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "end_turn" if returned else "tool_use"}}


with MCPClient(lambda: streamable_http_client(sys.argv[1])) as client:
    agent = Agent(model=Script(), tools=client.list_tools_sync(), callback_handler=None)
    print(json.dumps({"text": str(agent("count to 3")).strip()}))
