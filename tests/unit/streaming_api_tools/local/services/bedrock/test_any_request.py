"""Any JSON at all is answered or refused: nothing of a request makes the stand-in fail."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming_api_tools.local.services.bedrock.blocks import steps
from streaming_api_tools.local.services.bedrock.directives import default_script
from streaming_api_tools.local.services.bedrock.message import Message
from streaming_api_tools.local.services.bedrock.messages_api import MessagesApi
from streaming_api_tools.local.services.bedrock.native import read_native
from streaming_api_tools.local.services.bedrock.operations import OPERATIONS, ServiceError
from streaming_api_tools.local.services.bedrock.prompt import read_prompt
from streaming_api_tools.local.services.bedrock.request_validator import RequestValidator
from streaming_api_tools.local.services.bedrock.responses_api import ResponsesApi

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
VALIDATOR = RequestValidator(lambda line: None)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
#: Names that stand somewhere in requests, so that what is made up goes deep.
NAMES = re.findall(
    r"\w+",
    """
    messages role user assistant content text toolUse toolUseId name input toolResult json image
    document format source bytes system toolConfig tools toolSpec inputSchema toolChoice tool any
    inferenceConfig maxTokens stopSequences temperature additionalModelRequestFields thinking type
    enabled budget_tokens cachePoint reasoningContent reasoningText redactedContent guardrailConfig
    outputConfig textFormat structure jsonSchema schema max_tokens anthropic_version tool_use
    tool_result id tool_use_id cache_control input_schema base64 media_type data function_call call_id
    arguments output summary instructions model function message
    """,
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3000)
    | st.floats(0, 2)
    | st.sampled_from([*NAMES, "", " ", "a"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=25,
)
BLOCK = st.fixed_dictionaries({"text": st.just("hi")}) | st.dictionaries(
    st.sampled_from(NAMES), JSON, max_size=2
)
CONVERSE = st.fixed_dictionaries(
    {
        "messages": st.lists(
            st.fixed_dictionaries(
                {
                    "role": st.sampled_from(["user", "assistant", "system"]),
                    "content": st.lists(BLOCK, max_size=3) | JSON,
                }
            ),
            max_size=3,
        )
        | JSON
    },
    optional={
        name: JSON for name in ("system", "toolConfig", "inferenceConfig", "outputConfig", "tools", "input")
    },
)
FUZZ = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answered(prompt: Any) -> None:  # noqa: ANN401 - a prompt
    """Make the whole response to a prompt."""
    message = Message()
    for step in steps(default_script(prompt)):
        message.add(step.event)


@pytest.mark.parametrize("lenient", [False, True])
@FUZZ
@given(body=CONVERSE | JSON)
def test_any_request_of_converse_is_answered_or_refused(lenient: bool, body: object) -> None:
    data = json.dumps(body).encode()
    try:
        if not lenient:
            VALIDATOR.check(BY_NAME["ConverseStream"], MODEL, {}, data)
        answered(read_prompt(MODEL, json.loads(data)))
    except (ServiceError, ValueError):
        pass


@pytest.mark.parametrize("model", [MODEL, "us.amazon.nova-2-lite-v1:0", "meta.llama3-70b-instruct-v1:0"])
@pytest.mark.parametrize("lenient", [False, True])
@FUZZ
@given(
    body=CONVERSE.map(lambda body: {"anthropic_version": "x", "max_tokens": 9, "prompt": "p", **body}) | JSON
)
def test_any_native_request_is_answered_or_refused(model: str, lenient: bool, body: object) -> None:
    data = json.dumps(body).encode()
    try:
        if not lenient:
            VALIDATOR.check(BY_NAME["InvokeModel"], model, {}, data)
        answered(read_native(model, data)[1])
    except (ServiceError, ValueError):
        pass


@pytest.mark.parametrize("api", [MessagesApi(), ResponsesApi()], ids=lambda api: type(api).__name__)
@pytest.mark.parametrize("lenient", [False, True])
@FUZZ
@given(body=CONVERSE.map(lambda body: {"model": "us.openai.gpt-6", "max_tokens": 9, **body}))
def test_any_request_of_an_endpoint_is_answered_or_refused(
    api: MessagesApi | ResponsesApi, lenient: bool, body: dict[str, object]
) -> None:
    # the endpoint takes these for a request of another form
    refused = (ServiceError, ValueError, AttributeError, KeyError, TypeError)
    try:
        prompt = api.read(body, {"anthropic-version": "2023-06-01"}, lenient=lenient)
    except refused:
        return
    with suppress(ServiceError, ValueError):
        answered(prompt)
