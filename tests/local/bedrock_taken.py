"""Requests that Bedrock takes, though they are near ones that it refuses."""

from __future__ import annotations

from tests.local.bedrock_requests import (
    CACHE,
    JPEG,
    OPUS_4_8,
    PROMPT,
    SONNET_4,
    SONNET_4_5,
    THINKING,
    THOUGHT,
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

TAKEN = [
    Case("the least request"),
    Case("absent members as null", more={"system": None, "toolConfig": None}),
    Case("a prompt of prompt management", model=PROMPT, messages=[]),
    Case("two of a role", messages=[user(), user()]),
    Case(
        "a whitespace in a stop sequence of another model",
        more={"inferenceConfig": {"stopSequences": ["\n"]}},
    ),
    Case("a call and its result", messages=called(text(), use()), more={"toolConfig": TOOLS}),
    Case(
        "the same tool id in another turn",
        messages=[*called(use()), assistant(use()), user(result())],
        more={"toolConfig": TOOLS},
    ),
    Case("names with the longest of everything", more={"toolConfig": {"tools": [tool("x" * 64)]}}),
    Case("a name with an underscore", messages=[user(document("my_file (1) [a]-b"), text())]),
    Case("five documents", messages=[user(*(document(f"d{number}") for number in range(5)), text())]),
    Case("a large PDF", SONNET_4_5, messages=[user(document(data=bytes(5_000_000), kind="pdf"), text())]),
    Case(
        "a cited text",
        messages=[
            user(
                {"document": {"name": "d", "source": {"text": "x"}, "citations": {"enabled": True}}},
                text(),
            )
        ],
    ),
    Case("four cache points", "", SONNET_4_5, [user(*[text(), CACHE] * 4)]),
    Case(
        "a guardrail", more={"guardrailConfig": {"guardrailIdentifier": "abc", "guardrailVersion": "DRAFT"}}
    ),
    Case("prefill of a model that takes it", "", SONNET_4_5, [user(), assistant(text("{"))]),
    Case("a space at the end of an earlier answer", "", SONNET_4_5, [user(), assistant(text("{ ")), user()]),
    Case(
        "thoughts of another model, which have no signature",
        messages=[user(), assistant({"reasoningContent": {"reasoningText": {"text": "hm"}}}, text()), user()],
    ),
    Case(
        "temperature and top_p of a model that takes both",
        "",
        SONNET_4,
        more={"inferenceConfig": {"temperature": 1, "topP": 1}},
    ),
    Case("default sampling", "", OPUS_4_8, more={"inferenceConfig": {"temperature": 1}}),
    Case(
        "thinking before the call",
        "",
        SONNET_4_5,
        called(THOUGHT, text(), use()),
        {"toolConfig": TOOLS, "additionalModelRequestFields": THINKING},
    ),
    Case(
        "no thinking in a turn that is over",
        "",
        SONNET_4_5,
        [*called(use()), assistant(text()), user()],
        {"toolConfig": TOOLS, "additionalModelRequestFields": THINKING},
    ),
    Case("a project", more={"projectIdentifier": "default"}),
    Case("a jpeg that says so", "", SONNET_4_5, [user(image(JPEG, "jpeg"), text())]),
]
