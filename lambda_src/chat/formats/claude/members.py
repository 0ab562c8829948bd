"""Say what InvokeModel takes of a body in Anthropic's words, by the version of Claude.

An allow-list: what has no row is dropped. Measured and reported between August and November 2026; where the
sources disagree, a member counts as refused. Claude Code's issues 21612 and 56595, LiteLLM's
anthropic_claude3_transformation.py and anthropic_beta_headers_config.json of 1.110, Envoy AI Gateway's
anthropic_awsanthropic.go, and "Anthropic Claude Messages API", Amazon Bedrock User Guide.
"""

from __future__ import annotations

from ..members import HONOURED, Member, honoured, ignored, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Major and minor; None means from the first or to the last.
Version = tuple[int, int]


class NativeMember(Member):
    """A row for a member that reaches some models, or needs a beta.

    :param how: how it is honoured
    :param since: first version of Claude that takes it. Default: - all
    :param before: first version that refuses it again. Default: - none
    :param betas: one of which has to be in effect. Default: - none is needed
    """

    __slots__ = ("before", "betas", "since")

    def __init__(
        self,
        how: str,
        since: Version | None = None,
        before: Version | None = None,
        betas: tuple[str, ...] = (),
    ) -> None:
        super().__init__(HONOURED, how)
        self.since = since
        self.before = before
        self.betas = betas


COMPACTION = "compact-2026-09-04"
TOOL_SEARCH = "tool-search-tool-2025-10-19"
TOOL_EXAMPLES = "tool-examples-2025-10-29"
_AS_IT_IS = honoured("as it is")
_SERVER_SIDE = "it runs on Anthropic's side"
#: Members of the body.
BODY: dict[str, Member] = {
    "anthropic_beta": honoured("as the header `anthropic-beta`"),
    "anthropic_version": honoured("`bedrock-2023-05-31`, whatever was sent"),
    "cache_control": _AS_IT_IS,
    "compaction": NativeMember("as it is, without `context_management`", betas=(COMPACTION,)),
    "container": refused(_SERVER_SIDE),
    "context_management": honoured("the edits that InvokeModel has"),
    "fallbacks": ignored("the function decides its models", []),
    "inference_geo": ignored("the inference profile decides"),
    "max_tokens": honoured("at most the limit of the function"),
    "mcp_servers": refused(_SERVER_SIDE, []),
    "messages": honoured("as they are; the role system before Claude 4.8 as `system`"),
    "metadata": honoured("`user_id`, as its SHA-256"),
    "model": honoured("one of the function's models"),
    "output_config": honoured("effort, and format up to Claude 4; format of later models through Converse"),
    "output_format": honoured("`output_config.format`"),
    "safeguards": NativeMember("as it is", betas=("dangerous-tool-use-2026-09-03",)),
    "service_tier": ignored("the deployment decides", "auto", "standard_only"),
    "speed": ignored("Bedrock has no such parameter", "standard"),
    "stop_sequences": honoured("without blank ones"),
    "stream": honoured("server-sent events or one object"),
    "system": honoured("without blocks that begin with x-anthropic-billing-header"),
    "temperature": honoured("not for Claude Opus 4.7 and later, and other models from Claude 5 on"),
    "thinking": _AS_IT_IS,
    "tool_choice": _AS_IT_IS,
    "tools": honoured("those that the client runs, Anthropic's own among them"),
    "top_k": honoured("for the models that take `temperature`"),
    "top_p": honoured("for the models that take `temperature`; beside it not for Claude 4.5 and later"),
}
#: Of a tool of the client's own.
TOOL: dict[str, Member] = {
    "allowed_callers": ignored("InvokeModel refuses it"),
    "cache_control": _AS_IT_IS,
    "defer_loading": NativeMember("as it is", betas=(TOOL_SEARCH,)),
    "description": _AS_IT_IS,
    "eager_input_streaming": _AS_IT_IS,
    "input_examples": NativeMember("as it is", betas=(TOOL_EXAMPLES,)),
    "input_schema": honoured("with the type object"),
    "name": _AS_IT_IS,
    "strict": NativeMember("as it is", before=(5, 0)),
    "type": honoured("custom"),
}
#: Of a tool that Anthropic defines and the client runs.
DEFINED_TOOL: dict[str, Member] = dict.fromkeys(
    (
        "type",
        "name",
        "cache_control",
        "display_width_px",
        "display_height_px",
        "display_number",
        "enable_zoom",
        "max_characters",
    ),
    _AS_IT_IS,
)
#: How the types of these tools begin; the rest of a type is its date.
CLIENT_TOOLS = (
    "bash_",
    "browser_toolset_",
    "computer_",
    "memory_",
    "text_editor_",
    "tool_search_tool_",
)
OUTPUT_CONFIG: dict[str, Member] = {
    "effort": NativeMember("as it is", since=(4, 6)),
    "format": NativeMember("as it is", since=(4, 5)),
}
THINKING: dict[str, Member] = {
    "type": _AS_IT_IS,
    "budget_tokens": _AS_IT_IS,
    "display": _AS_IT_IS,
    "block_binding": NativeMember("as it is", betas=("thinking-binding-controls-2026-08-01",)),
}
TOOL_CHOICE: dict[str, Member] = dict.fromkeys(("type", "name", "disable_parallel_tool_use"), _AS_IT_IS)
CACHE_CONTROL: dict[str, Member] = {
    "type": _AS_IT_IS,
    "ttl": NativeMember("as it is", since=(4, 5)),
    "scope": ignored("InvokeModel refuses it"),
}
#: Edit of the context -> the beta that it needs.
CONTEXT_EDITS = {
    "clear_tool_uses_20250919": "context-management-2025-06-27",
    "compact_20260112": "compact-2026-01-12",
}
#: Type of a content block -> its members, type and cache_control aside.
BLOCKS: dict[str, tuple[str, ...]] = {
    "compaction": ("content",),
    "document": ("source", "title", "context", "citations"),
    "image": ("source",),
    "redacted_thinking": ("data",),
    "search_result": ("source", "title", "content", "citations"),
    "server_tool_use": ("id", "name", "input"),
    "text": ("text", "citations"),
    "thinking": ("thinking", "signature"),
    "tool_reference": ("tool_name",),
    "tool_result": ("tool_use_id", "content", "is_error"),
    "tool_search_tool_result": ("tool_use_id", "content"),
    "tool_use": ("id", "name", "input"),
}
#: Of a block, known and without effect.
CALLER = "caller"
#: Type of a source -> its members; the others would be fetched.
SOURCES = {
    "base64": ("type", "media_type", "data"),
    "text": ("type", "media_type", "data"),
    "content": ("type", "content"),
}
# Models from which on the role system is taken within the messages: LiteLLM's price map,
# supports_mid_conversation_system.
SYSTEM_IN_MESSAGES = (4, 8)
# Models from which on InvokeModel was seen to refuse output_config.format, for which AWS names Converse.
FORMAT_THROUGH_CONVERSE = (5, 0)
#: Every beta that InvokeModel takes; it refuses a request with any other.
BETAS = frozenset(
    {
        "compact-2026-01-12",
        COMPACTION,
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "dangerous-tool-use-2026-09-03",
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
        TOOL_EXAMPLES,
        TOOL_SEARCH,
    }
)
#: What Anthropic calls together, and InvokeModel apart.
ALIASES = {"advanced-tool-use-2025-11-20": (TOOL_SEARCH, TOOL_EXAMPLES)}


class BodyKind:
    """A kind of body in Anthropic's words, as far as it is not that of InvokeModel.

    :param betas: every beta that it takes
    :param edits: edit of the context -> the beta that it needs
    :param system_beta: the beta without which the role system is not taken within the messages. Default: -
        none is needed
    """

    __slots__ = ("betas", "edits", "system_beta")

    def __init__(
        self, betas: frozenset[str], edits: Mapping[str, str], system_beta: str | None = None
    ) -> None:
        self.betas = betas
        self.edits = edits
        self.system_beta = system_beta


INVOKE_BODY = BodyKind(BETAS, CONTEXT_EDITS)
_SYSTEM_BETA = "mid-conversation-system-2026-04-07"
#: Of ``/anthropic/v1/messages``. Its betas are those of InvokeModel and those that were seen to be taken, one
#: by one, in September 2026: sample-llm-gateway; the edit: the matrix of 39 features in a project's ADR-026.
MESSAGES_BODY = BodyKind(
    BETAS | {"claude-code-20250219", _SYSTEM_BETA, "thinking-token-count-2026-05-13"},
    {**CONTEXT_EDITS, "clear_thinking_20251015": "context-management-2025-06-27"},
    _SYSTEM_BETA,
)


class ClaudeTarget:
    """The model that a body is for.

    :param version: of Claude; None for one whose id has none, which is taken for the newest
    :param betas: those in effect
    :param kind: of the body. Default: that of InvokeModel
    """

    __slots__ = ("betas", "kind", "version")

    def __init__(
        self, version: Version | None, betas: frozenset[str] = frozenset(), kind: BodyKind = INVOKE_BODY
    ) -> None:
        self.version = version or (99, 0)
        self.betas = betas
        self.kind = kind

    @property
    def takes_system_in_messages(self) -> bool:
        """True when a message may have the role system."""
        needed = self.kind.system_beta
        return self.version >= SYSTEM_IN_MESSAGES and (needed is None or needed in self.betas)

    def takes(self, row: Member) -> bool:
        """Return whether the member of a row that is honoured reaches the model."""
        if not isinstance(row, NativeMember):
            return True
        after, before = row.since or (0, 0), row.before or (100, 0)
        return after <= self.version < before and (not row.betas or not self.betas.isdisjoint(row.betas))
