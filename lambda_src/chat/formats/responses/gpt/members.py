"""Say what Bedrock's path for the Responses API takes of a request: an allow-list for each object in it.

What has no row is dropped. Measured and reported between August and November 2026: sample-per-model-bedrock
and sample-llm-gateway of aws-samples, and LiteLLM 1.110.
"""

from __future__ import annotations

from ...members import honoured, ignored
from ..members import MEMBERS

_AS_IT_IS = honoured("as it is")
#: Members of the body. What is refused is refused as on the way through Converse.
BODY = {
    **{name: row for name, row in MEMBERS.items() if name != "additionalModelRequestFields"},
    "include": honoured("encrypted reasoning is always asked for; a request for probabilities is refused"),
    "input": honoured("the items of the client's side, without what would be fetched or is stored"),
    "instructions": honoured("after the system prompt of the function"),
    "max_output_tokens": honoured("at most the limit of the function, which is sent without it as well"),
    "metadata": honoured("returned with the response; Bedrock does not get it"),
    "parallel_tool_calls": _AS_IT_IS,
    "prompt_cache_key": _AS_IT_IS,
    "reasoning": honoured("effort and summary"),
    "service_tier": honoured("flex and priority, if the deployment leaves it to callers"),
    "temperature": _AS_IT_IS,
    "text": honoured("format and verbosity"),
    "tool_choice": honoured("as it is, unless it demands a tool that is not run here"),
    "tools": honoured("those that the client runs; the others are left out"),
    "top_p": _AS_IT_IS,
    "truncation": _AS_IT_IS,
}
#: Members that reach the model without a look at what is in them.
PLAIN = ("parallel_tool_calls", "prompt_cache_key", "temperature", "top_p", "truncation")
REASONING = {
    "effort": _AS_IT_IS,
    "generate_summary": ignored("use summary"),
    "summary": _AS_IT_IS,
}
TEXT = {"format": honoured("text, json_object and json_schema"), "verbosity": _AS_IT_IS}
FORMATS = {
    "text": ("type",),
    "json_object": ("type",),
    "json_schema": ("type", "name", "description", "schema", "strict"),
}
#: Type of a tool -> its members. A namespace has tools, and the search of tools runs on the client's side.
TOOLS = {
    "apply_patch": ("type",),
    "custom": ("type", "name", "description", "format", "defer_loading"),
    "function": ("type", "name", "description", "parameters", "strict", "defer_loading"),
    "namespace": ("type", "name", "description", "tools"),
    "tool_search": ("type", "execution", "description", "parameters"),
}
#: Of these tools and items there are some that run on the side of a server.
SEARCHES = ("tool_search", "tool_search_call", "tool_search_output")
CLIENT = "client"
#: Type of an item of ``input`` -> its members.
ITEMS = {
    "apply_patch_call": ("type", "id", "call_id", "operation", "status"),
    "apply_patch_call_output": ("type", "id", "call_id", "output", "status"),
    "custom_tool_call": ("type", "id", "call_id", "name", "namespace", "input", "status"),
    "custom_tool_call_output": ("type", "id", "call_id", "output", "status"),
    "function_call": ("type", "id", "call_id", "name", "namespace", "arguments", "status"),
    "function_call_output": ("type", "id", "call_id", "output", "status"),
    "message": ("type", "id", "role", "content", "status", "phase"),
    "reasoning": ("type", "id", "summary", "content", "encrypted_content", "status"),
    "tool_search_call": ("type", "id", "call_id", "execution", "arguments", "status"),
    "tool_search_output": ("type", "id", "call_id", "execution", "tools", "status"),
}
#: Type of a part of a content -> its members. What would be fetched, or is stored, is refused.
PARTS = {
    "input_file": ("type", "file_data", "filename", "detail"),
    "input_image": ("type", "image_url", "detail"),
    "input_text": ("type", "text"),
    "output_text": ("type", "text"),
    "reasoning_text": ("type", "text"),
    "refusal": ("type", "refusal"),
    "summary_text": ("type", "text"),
}
STORED = ("file_id", "file_url")
ROLES = ("assistant", "developer", "system", "user")
#: Roles of what counts as a system prompt.
SYSTEM_ROLES = ("developer", "system")
#: Of the operation of a patch.
OPERATION = ("type", "path", "diff")
