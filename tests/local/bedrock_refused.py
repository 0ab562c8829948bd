"""Requests that the service refuses, whatever the model: the row of the table, and a part of the message."""

from __future__ import annotations

from tests.local.bedrock_requests import (
    CACHE,
    SONNET_4_5,
    TOOLS,
    Case,
    assistant,
    called,
    document,
    image,
    result,
    text,
    tool,
    use,
    user,
)

BY_THE_SERVICE = [
    Case(
        "constraint",
        "1 validation error detected: Value at 'messages.1.member.role' failed to satisfy constraint: Member "
        "must satisfy enum value set: [user, assistant, system]",
        messages=[{"role": "tool", "content": [text()]}],
    ),
    Case(
        "constraint",
        "Value at 'messages.1.member.content' failed to satisfy constraint: Member must not be null",
        messages=[{"role": "user"}],
    ),
    Case(
        "constraint",
        "Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value "
        "less than or equal to 1",
        more={"inferenceConfig": {"temperature": 1.5}},
    ),
    Case(
        "constraint",
        "Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value "
        "greater than or equal to 1",
        more={"inferenceConfig": {"maxTokens": 0}},
    ),
    Case(
        "constraint",
        "at 'inferenceConfig.stopSequences' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length greater than or equal to 1]",
        more={"inferenceConfig": {"stopSequences": [""]}},
    ),
    Case(
        "constraint",
        "Value 'call_x|fc_y' at 'messages.2.member.content.1.member.toolUse.toolUseId' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+",
        messages=[user(), assistant(use("call_x|fc_y")), user(result("call_x-fc_y"))],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "constraint",
        "2 validation errors detected: Value 'a.b' at 'toolConfig.tools.1.member.toolSpec.name' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; Value '"
        + "x"
        * 65
        + "' at 'toolConfig.tools.2.member.toolSpec.name' failed to satisfy constraint: Member must have "
        "length less than or equal to 64",
        more={"toolConfig": {"tools": [tool("a.b"), tool("x" * 65)]}},
    ),
    Case(
        "constraint",
        "Value at 'messages.1.member.content.1.member.image.format' failed to satisfy constraint: Member "
        "must satisfy enum value set: [png, jpeg, gif, webp]",
        messages=[user(image(kind="jpg"), text())],
    ),
    Case(
        "constraint",
        "Member must satisfy enum value set: [pdf, csv, doc, docx, xls, xlsx, html, txt, md]",
        messages=[user(document(kind="exe"), text())],
    ),
    Case("constraint", "Member must have length", more={"toolConfig": {"tools": []}}),
    Case("constraint", "'modelId' failed to satisfy constraint", model="no model"),
    Case("serialization", "NUMBER_VALUE can not be converted to a String", messages=[user({"text": 1})]),
    Case(
        "serialization",
        "STRING_VALUE can not be converted to an Integer",
        more={"inferenceConfig": {"maxTokens": "9"}},
    ),
    Case(
        "serialization",
        "STRING_VALUE can not be converted to a Float",
        more={"inferenceConfig": {"topP": "9"}},
    ),
    Case("serialization", "TRUE_VALUE can not be converted to a String", messages=[user({"text": True})]),
    Case("serialization", "Start of list found where not expected", messages=[user({"text": []})]),
    Case("serialization", "Start of structure or map found", messages=[user({"text": {}})]),
    Case("serialization", "Expected list or null", more={"system": "be brief"}),
    Case("serialization", "Expected null", more={"inferenceConfig": "none"}),
    Case("unknown member", "#: extraneous key [model] is not permitted", more={"model": "m"}),
    Case(
        "unknown member",
        "#/inferenceConfig: extraneous key [topK] is not permitted",
        more={"inferenceConfig": {"topK": 3}},
    ),
    Case(
        "union",
        "ContentBlock object at messages.0.content.1 must set one of the following keys: text, image, ",
        messages=[user(text(), {"thinking": {}})],
    ),
    Case("union", "Tool object at toolConfig.tools.0 must set", more={"toolConfig": {"tools": [{}]}}),
    Case(
        "union of several",
        "ContentBlock object at messages.0.content.0 can only set one of the following keys: text, ",
        messages=[user({**text(), **CACHE})],
    ),
    Case(
        "document type",
        "The format of the value at messages.1.content.0.toolUse.input is invalid.",
        messages=called(use(input="{}")),
        more={"toolConfig": TOOLS},
    ),
    Case(
        "document type",
        "messages.2.content.0.toolResult.content.0.json is invalid",
        messages=[user(), assistant(use()), user(result("t-1", {"json": [1]}))],
        more={"toolConfig": TOOLS},
    ),
    Case("first message", "must start with a user message", messages=[assistant(text()), user()]),
    Case("first message", messages=[]),
    Case(
        "empty content",
        "at messages.2 is empty",
        messages=[user(), assistant(text()), {"role": "user", "content": []}],
    ),
    Case(
        "blank text",
        "ContentBlock object at messages.0.content.1 is blank",
        messages=[user(text(), text(""))],
    ),
    Case("blank text", "messages.0.content.0 is blank", messages=[user(text(" \n"))]),
    Case("blank text", "SystemContentBlock object at system.0 is blank", more={"system": [text(" ")]}),
    Case(
        "blank text",
        "ToolResultContentBlock object at messages.2.content.0.toolResult.content.0 is blank",
        messages=[user(), assistant(use()), user(result("t-1", text("")))],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "whitespace",
        "The model returned the following errors: messages: text content blocks must contain non-whitespace",
        model=SONNET_4_5,
        messages=[user(text(" "))],
    ),
    Case("no tools", "The toolConfig field must be defined", messages=called(use())),
    Case("no tools", messages=[user(result())]),
    Case(
        "tool results missing",
        "Expected toolResult blocks at messages.2.content for the following Ids: t-1, t-2",
        messages=[user(), assistant(use("t-1"), use("t-2")), user()],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "tool results missing",
        "at messages.2.content for the following Ids: t-2",
        messages=[user(), assistant(use("t-1"), use("t-2")), user(result("t-1")), user(result("t-2"))],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "tool results missing",
        "at messages.2.content for the following Ids: t-1",
        messages=[user(), assistant(use())],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "tool results without use",
        "The number of toolResult blocks at messages.2.content exceeds",
        messages=[user(), assistant(use()), user(result(), result("t-2"))],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "tool results without use",
        "at messages.0.content exceeds",
        messages=[user(result())],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "duplicate ids",
        "The toolUse blocks at messages.1.content contain duplicate Ids: t-1",
        messages=[user(), assistant(use(), use()), user(result())],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "duplicate ids",
        "The toolResult blocks at messages.2.content contain duplicate Ids: t-1",
        messages=[user(), assistant(use(), use("t-2")), user(result(), result())],
        more={"toolConfig": TOOLS},
    ),
    Case(
        "tool id used before",
        "messages.3.content.0: `tool_use` ids must be unique",
        SONNET_4_5,
        [*called(use()), assistant(use()), user(result())],
        {"toolConfig": TOOLS},
    ),
    Case(
        "tool schema",
        "value at toolConfig.tools.1.toolSpec.inputSchema.json.type must be one of the following: object.",
        more={"toolConfig": {"tools": [tool(), tool("b", {"properties": {}})]}},
    ),
    Case("tool schema", more={"toolConfig": {"tools": [tool("b", {"type": "array"})]}}),
    Case(
        "duplicate tool names",
        "tools: Tool names must be unique.",
        SONNET_4_5,
        more={"toolConfig": {"tools": [tool(), tool()]}},
    ),
    Case(
        "chosen tool missing",
        "Tool 'time' not found in provided tools",
        SONNET_4_5,
        more={"toolConfig": {**TOOLS, "toolChoice": {"tool": {"name": "time"}}}},
    ),
    Case(
        "error with media",
        "messages.2.content.0.tool_result: all content must be type `text` if `is_error` is true",
        SONNET_4_5,
        [user(), assistant(use()), user(result("t-1", image(), status="error"))],
        {"toolConfig": TOOLS},
    ),
]
