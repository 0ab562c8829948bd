"""List the members of Anthropic's Messages that Bedrock takes, and the betas.

Measured and reported between August and November 2026, where sources disagree the refusal:
https://github.com/anthropics/claude-code/issues/56595, https://github.com/BerriAI/litellm/pull/19877 and
https://github.com/envoyproxy/ai-gateway.
"""

from __future__ import annotations

_COMMON = frozenset(
    {
        "anthropic_version",
        "cache_control",
        "compaction",
        "context_management",
        "max_tokens",
        "messages",
        "metadata",
        "output_config",
        "safeguards",
        "stop_sequences",
        "system",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
    }
)
#: Of a body of InvokeModel.
INVOKE_MEMBERS = _COMMON | {"anthropic_beta", "amazon-bedrock-guardrailConfig"}
#: Of a body of ``/anthropic/v1/messages``.
MESSAGES_MEMBERS = _COMMON | {"model", "stream"}
#: Members of a body and the beta that each needs.
MEMBER_BETAS = {
    "compaction": "compact-2026-09-04",
    "safeguards": "dangerous-tool-use-2026-09-03",
}
THINKING = frozenset({"type", "budget_tokens", "display"})
#: Members of ``thinking`` and the beta that each needs.
THINKING_BETAS = {"block_binding": "thinking-binding-controls-2026-08-01"}
TOOL_CHOICE = frozenset({"type", "name", "disable_parallel_tool_use"})
#: Of each content block, ``type`` and ``cache_control`` aside.
BLOCKS = {
    "text": frozenset({"text", "citations"}),
    "image": frozenset({"source"}),
    "document": frozenset({"source", "title", "context", "citations"}),
    "search_result": frozenset({"source", "title", "content", "citations"}),
    "tool_use": frozenset({"id", "name", "input"}),
    "tool_result": frozenset({"tool_use_id", "content", "is_error"}),
    "thinking": frozenset({"thinking", "signature"}),
    "redacted_thinking": frozenset({"data"}),
    # of betas
    "compaction": frozenset({"content"}),
    "server_tool_use": frozenset({"id", "name", "input"}),
    "tool_reference": frozenset({"tool_name"}),
    "tool_search_tool_result": frozenset({"tool_use_id", "content"}),
}
REQUIRED = {
    "text": ("text",),
    "image": ("source",),
    "document": ("source",),
    "search_result": ("source", "title", "content"),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "compaction": (),
    "server_tool_use": ("id", "name", "input"),
    "tool_reference": ("tool_name",),
    "tool_search_tool_result": ("tool_use_id", "content"),
}
#: The first version of Claude that takes ``ttl``.
TTL_SINCE = (4, 5)
CACHE_CONTROL = frozenset({"type", "ttl"})
#: Of a tool of the client's own.
TOOL = frozenset({"type", "name", "description", "input_schema", "cache_control", "eager_input_streaming"})
#: Members of a tool and the beta that each needs.
TOOL_BETAS = {
    "defer_loading": ("tool-search-tool-2025-10-19", "advanced-tool-use-2025-11-20"),
    "input_examples": ("tool-examples-2025-10-29", "advanced-tool-use-2025-11-20"),
}
#: Tools that the client runs and Anthropic defines; the versions are left open.
CLIENT_TOOLS = (
    "bash_",
    "browser_toolset_",
    "computer_",
    "custom",
    "memory_",
    "text_editor_",
    "tool_search_tool_",
)
#: Edits of the context, and the beta that each needs.
CONTEXT_EDITS = {
    "clear_tool_uses_20250919": "context-management-2025-06-27",
    "compact_20260112": "compact-2026-01-12",
}
#: The betas that InvokeModel takes; any other is refused without its name.
INVOKE_BETAS = frozenset(
    {
        "advanced-tool-use-2025-11-20",
        "compact-2026-01-12",
        "compact-2026-09-04",
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "dangerous-tool-use-2026-09-03",
        "dev-full-thinking-2025-05-14",
        "effort-2025-11-24",
        "fine-grained-tool-streaming-2025-05-14",
        "interleaved-thinking-2025-05-14",
        "mid-conversation-output-config-2026-07-01",
        "mid-conversation-tool-changes-2026-07-01",
        "model-context-window-exceeded-2025-08-26",
        "output-128k-2025-02-19",
        "pdfs-2024-09-25",
        "per-turn-control-2026-07-01",
        "search-results-2025-06-09",
        "thinking-binding-controls-2026-08-01",
        "thinking-display-updates-2026-08-18",
        "token-counting-2024-11-01",
        "token-efficient-tools-2025-02-19",
        "tool-examples-2025-10-29",
        "tool-search-tool-2025-10-19",
    }
)
#: The one beta that ``/anthropic/v1/messages`` was seen to refuse.
MESSAGES_REFUSED_BETAS = frozenset({"prompt-caching-scope-2026-01-05"})
