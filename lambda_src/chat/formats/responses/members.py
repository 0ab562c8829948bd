"""Say what becomes of each member of a request of the Responses API.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from ..members import honoured, ignored, refused

_SAMPLING = "Bedrock has no such parameter"
_CACHE = "Converse has no equivalent"
_NO_STATE = "this deployment stores no responses; send the whole conversation in input, with store: false"
#: What ``include`` has for probabilities.
LOGPROBS = "message.output_text.logprobs"
#: Every member of a request.
MEMBERS = {
    "access_programs": ignored("it is about models of OpenAI"),
    "additionalModelRequestFields": honoured(
        "as far as `caller_may_send` allows; not a member of OpenAI's API"
    ),
    "background": refused("this deployment runs no response in the background", False),
    "background_options": ignored("it is about responses in the background"),
    "client_metadata": ignored("nothing is stored"),
    "context_management": ignored("Converse has no equivalent", []),
    "conversation": refused(_NO_STATE),
    "frequency_penalty": ignored(_SAMPLING, 0),
    "image": ignored("the answer is text"),
    "include": honoured("encrypted reasoning is always there; a request for probabilities is refused"),
    "input": honoured("`messages`, and `system` from the roles system and developer"),
    "instructions": honoured("`system`"),
    "max_output_tokens": honoured("`maxTokens`"),
    "max_tool_calls": ignored("it limits tools that run on OpenAI's side"),
    "metadata": honoured("returned with the response; nothing is stored"),
    "model": honoured("one of the function's models"),
    "moderation": ignored("a guardrail of the deployment has this task"),
    "parallel_tool_calls": honoured(
        "false is `disable_parallel_tool_use` of Anthropic's models; other models have no such choice"
    ),
    "presence_penalty": ignored(_SAMPLING, 0),
    "previous_response_id": refused(_NO_STATE),
    "prompt": refused("this deployment has no stored prompts"),
    "prompt_cache_key": ignored(_CACHE),
    "prompt_cache_options": ignored(_CACHE),
    "prompt_cache_retention": ignored(_CACHE),
    "reasoning": honoured("effort becomes `outputConfig.effort`; reasoning is always returned as summary"),
    "safety_identifier": ignored("Bedrock does not know users"),
    "service_tier": honoured("`serviceTier`, if the deployment leaves it to callers"),
    "store": refused(_NO_STATE, False),
    "stream": honoured("server-sent events or one object"),
    "stream_options": ignored("events are not padded", {"include_obfuscation": False}),
    "temperature": honoured("`temperature`, at most 1"),
    "text": honoured(
        "json_schema becomes `outputConfig.textFormat`, always strict; json_object an instruction"
    ),
    "tool_choice": honoured("`toolChoice`; allowed_tools leaves the other tools out"),
    "tools": honoured("`toolConfig`; tools that run on OpenAI's side are left out"),
    "top_logprobs": refused("Bedrock returns no probabilities", 0),
    "top_p": honoured("`topP`; beside `temperature` not for Claude 4.5 and later"),
    "truncation": ignored("too long a conversation is a 400", "disabled"),
    "user": ignored("Bedrock does not know users"),
}
