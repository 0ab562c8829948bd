"""A server with the tools, resources and prompts that the official conformance suite asks for by their names.

Names and texts are those of the suite, ``@modelcontextprotocol/conformance``.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from typing import Annotated, Any

import asking
import lambda_streaming
from mcp.server.mcpserver import Context, MCPServer, RequestStateSecurity
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import (
    AudioContent,
    Completion,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
#: a WAV file without a sample
SILENCE = base64.b64encode(
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data" + bytes(4)
)
#: keywords that a list of tools must keep
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def json_schema_2020_12_tool() -> str:
    """Have a schema with many keywords."""
    return "done"


schematic = Tool.from_function(json_schema_2020_12_tool).model_copy(update={"parameters": SCHEMA})
server = MCPServer(
    "everything",
    tools=[schematic],
    # what one environment has sealed, another one opens
    request_state_security=RequestStateSecurity(keys=[os.environ["STATE_KEY"]]),
)


def image() -> ImageContent:
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


def embedded(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(
        type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    )


def text(said: str) -> TextContent:
    return TextContent(type="text", text=said)


#: tools without arguments -> what they return
CONTENTS: dict[str, list[ContentBlock]] = {
    "test_simple_text": [text("This is a simple text response for testing.")],
    "test_image_content": [image()],
    "test_audio_content": [AudioContent(type="audio", data=SILENCE.decode(), mime_type="audio/wav")],
    "test_embedded_resource": [embedded("test://embedded-resource", "This is an embedded resource content.")],
    "test_multiple_content_types": [
        text("Multiple content types test:"),
        image(),
        embedded("test://mixed-content-resource", '{"test": "data", "value": 123}', "application/json"),
    ],
}


def returning(contents: list[ContentBlock]) -> Any:  # noqa: ANN401
    async def tool() -> list[ContentBlock]:
        return contents

    return tool


for name, contents in CONTENTS.items():
    server.add_tool(returning(contents), name=name, description="Returns contents", structured_output=False)


@server.tool()
def test_error_handling() -> str:
    """Fail."""
    raise RuntimeError("This tool intentionally returns an error for testing")


@server.tool()
async def test_tool_with_progress(context: Context[Any, Any]) -> str:
    """Report three steps."""
    for step in (0, 50, 100):
        await context.report_progress(step, 100)
        await asyncio.sleep(0.05)
    return "done"


@server.tool()
async def test_tool_with_logging(context: Context[Any, Any]) -> str:
    """Log three messages."""
    for said in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.info(said)
        await asyncio.sleep(0.05)
    return "done"


@server.tool()
async def test_logging_tool(context: Context[Any, Any]) -> str:
    """Log a message, which only a client gets that wants it."""
    await context.info("logged")
    return "done"


@server.tool()
def test_x_mcp_header(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
    """Have an argument that is a header as well."""
    return region


@server.resource("test://static-text", description="A text", mime_type="text/plain")
def static_text() -> str:
    """Return a text."""
    return "This is the content of the static text resource."


@server.resource("test://static-binary", description="An image", mime_type="image/png")
def static_binary() -> bytes:
    """Return an image."""
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data", description="Some data", mime_type="application/json")
def template(id: str) -> str:
    """Return data with an id."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@server.prompt()
def test_simple_prompt() -> list[UserMessage]:
    """Return one message."""
    return [UserMessage(text("This is a simple prompt for testing."))]


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    """Return the arguments."""
    return [UserMessage(text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    """Return a resource and what to do with it."""
    resource = embedded(resourceUri, "Embedded resource content for testing.")
    return [UserMessage(resource), UserMessage(text("Please process the embedded resource above."))]


@server.prompt()
def test_prompt_with_image() -> list[UserMessage]:
    """Return an image and what to do with it."""
    return [UserMessage(image()), UserMessage(text("Please analyze the image above."))]


@server.completion()
async def complete(*_: object) -> Completion:
    """Complete nothing."""
    return Completion(values=[], total=0, has_more=False)


asking.add_to(server)
app = server.streamable_http_app(
    stateless_http=True,
    streamable_http_path="/everything",
    transport_security=TransportSecuritySettings(
        allowed_hosts=os.environ["MCP_ALLOWED_HOSTS"].split(),
        allowed_origins=["http://127.0.0.1:*", "http://localhost:*"],
    ),
)
handler = lambda_streaming.asgi(app)
