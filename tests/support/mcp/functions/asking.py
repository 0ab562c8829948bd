"""Tools that ask the client's user or model as the revision 2026-07-28 has it, with a result."""

from __future__ import annotations

from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

#: MissingRequiredClientCapability
MISSING_CAPABILITY = -32021


def form(message: str, name: str, kind: str = "string") -> InputRequest:
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(prompt: str, tokens: int) -> InputRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=tokens))


USER_NAME = {"user_name": form("What is your name?", "name")}
#: tool -> what it asks, whether with a state, and what it says in the end
ASKING: dict[str, tuple[dict[str, InputRequest], str | None, str]] = {
    "test_input_required_result_elicitation": (USER_NAME, None, "Hello, {answers}!"),
    "test_input_required_result_sampling": (
        {"capital_question": sample("What is the capital of France?", 100)},
        None,
        "{answers}",
    ),
    "test_input_required_result_list_roots": ({"client_roots": ListRootsRequest()}, None, "{answers}"),
    "test_input_required_result_request_state": (
        {"confirm": form("Please confirm", "ok", "boolean")},
        "asked",
        "state-ok",
    ),
    "test_input_required_result_multiple_inputs": (
        {**USER_NAME, "greeting": sample("Generate a greeting", 50), "client_roots": ListRootsRequest()},
        "asked",
        "{answers}",
    ),
    "test_input_required_result_tampered_state": (
        {"confirm": form("Please confirm", "ok", "boolean")},
        "asked",
        "confirmed",
    ),
}
#: in each round: what is asked, and the state then
ROUNDS = (
    ("step1", "Step 1: What is your name?", "name", "one"),
    ("step2", "Step 2: What is your favorite color?", "color", "two"),
)


def answers(context: Context[Any, Any], wanted: dict[str, InputRequest]) -> str | None:
    """Return what the client has answered; None where something is missing."""
    given = context.input_responses or {}
    if not wanted.keys() <= given.keys():
        return None
    return " ".join(given[key].model_dump_json() for key in wanted)


def asking(requests: dict[str, InputRequest], state: str | None, said: str) -> Any:  # noqa: ANN401
    async def tool(context: Context[Any, Any]) -> str | InputRequiredResult:
        answered = answers(context, requests)
        if answered is None or context.request_state != state:
            return InputRequiredResult(input_requests=requests, request_state=state)
        return said.replace("{answers}", answered)

    return tool


async def multi_round(context: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask twice."""
    begun = [state for *_, state in ROUNDS]
    number = begun.index(context.request_state) + 1 if context.request_state in begun else 0
    if number == len(ROUNDS):
        return "asked twice"
    key, message, name, state = ROUNDS[number]
    return InputRequiredResult(input_requests={key: form(message, name)}, request_state=state)


async def capabilities(context: Context[Any, Any]) -> str | InputRequiredResult:
    """Ask what the client can answer."""
    able = context.client_capabilities
    able_to = {
        "user_name": (able and able.elicitation is not None, USER_NAME["user_name"]),
        "question": (able and able.sampling is not None, sample("What is the capital of France?", 100)),
    }
    wanted = {key: request for key, (can, request) in able_to.items() if can}
    return InputRequiredResult(input_requests=wanted) if wanted else "nothing to ask"


async def missing_capability(context: Context[Any, Any]) -> str:
    """Need a client that can sample."""
    able = context.client_capabilities or ClientCapabilities()
    if able.sampling is None:
        raise MCPError(
            code=MISSING_CAPABILITY,
            message="this tool needs sampling",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return "done"


async def prompt(context: Context[Any, Any]) -> list[UserMessage] | InputRequiredResult:
    """Ask what the prompt is about."""
    requests = {"user_context": form("What context should the prompt use?", "context")}
    answered = answers(context, requests)
    if answered is None:
        return InputRequiredResult(input_requests=requests)
    return [UserMessage(TextContent(type="text", text=answered))]


def add_to(server: MCPServer) -> None:
    """Add the tools, and the prompt."""
    for name, how in ASKING.items():
        server.add_tool(asking(*how), name=name, description="Asks the client")
    server.add_tool(asking(USER_NAME, None, "done"), name="test_streaming_elicitation", description="Asks")
    server.add_tool(multi_round, name="test_input_required_result_multi_round")
    server.add_tool(capabilities, name="test_input_required_result_capabilities")
    server.add_tool(missing_capability, name="test_missing_capability")
    server.prompt(name="test_input_required_result_prompt")(prompt)
