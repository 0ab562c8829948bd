"""Decide what a caller may send to a model beside the members of ConverseStream."""

from __future__ import annotations

from ..json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from lambda_streaming import HTTPError

#: Stands for :data:`DEFAULT` in a list, and for every field.
DEFAULTS, EVERYTHING = "default", "*"
#: Names that are no fields: a file that Bedrock would read with the function's role, and a tool that Bedrock
#: runs itself.
S3_LOCATION, SYSTEM_TOOL = "s3Location", "systemTool"
# Betas that Bedrock takes: the column of Bedrock in LiteLLM's anthropic_beta_headers_config.json (November
# 2026) without context-1m, computer use and output-128k; claude-code, mid-conversation-system and
# thinking-token-count on its path for Messages alone.
_BETAS = (
    "claude-code-20250219",
    "compact-2026-01-12",
    "compact-2026-09-04",
    "context-management-2025-06-27",
    "dangerous-tool-use-2026-09-03",
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-system-2026-04-07",
    "mid-conversation-tool-changes-2026-07-01",
    "per-turn-control-2026-07-01",
    "thinking-binding-controls-2026-08-01",
    "thinking-display-updates-2026-08-18",
    "thinking-token-count-2026-05-13",
    "tool-examples-2025-10-29",
    "tool-search-tool-2025-10-19",
)
#: Every beta that has a name here, so that a client can be told which of its betas had no effect. The others
#: are those that Bedrock refuses, does not need or charges for.
KNOWN_BETAS = frozenset(
    {
        *_BETAS,
        "advanced-tool-use-2025-11-20",
        "advisor-tool-2026-03-01",
        "code-execution-2025-05-22",
        "code-execution-2025-08-25",
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "extended-cache-ttl-2025-04-11",
        "fallback-credit-2026-07-01",
        "fast-mode-2026-02-01",
        "files-api-2025-04-14",
        "interleaved-thinking-2025-05-14",
        "mcp-client-2025-04-04",
        "mcp-client-2025-11-20",
        "memory-2025-08-18",
        "model-context-window-exceeded-2025-08-26",
        "oauth-2025-04-20",
        "output-128k-2025-02-19",
        "pdfs-2024-09-25",
        "prompt-caching-2024-07-31",
        "prompt-caching-scope-2026-01-05",
        "search-results-2025-06-09",
        "skills-2025-10-02",
        "structured-outputs-2025-11-13",
        "token-counting-2024-11-01",
        "token-efficient-tools-2025-02-19",
        "web-fetch-2025-09-10",
        "web-search-2025-03-05",
    }
)
#: What a caller may send unless the deployment says something else: paths of fields, and ``path=value`` for
#: the values of a list.
DEFAULT = (
    "tool_choice.disable_parallel_tool_use",
    "thinking",  # Anthropic
    "reasoning_config",  # Anthropic, as Converse's examples have it
    "output_config.effort",  # Anthropic
    "output_config.format",  # Anthropic; the AI SDK asks Claude for JSON so
    "reasoningConfig",  # Amazon Nova
    "reasoning_effort",  # OpenAI, and the families that follow it
    *(f"anthropic_beta={beta}" for beta in _BETAS),
)
# Members with the tokens that a model may think, which are charged as those of the answer.
_BUDGETS = ("thinking", "reasoning_config")
_BUDGET = "budget_tokens"
_MEDIA = ("image", "document", "video", "audio")
#: Members of native requests whose value is the tool's own JSON.
JSON_MEMBERS = frozenset({"arguments", "input", "input_schema", "inputSchema", "json", "parameters"})


class CallerFields:
    """The fields that a caller may send.

    :param names: paths, ``path=value``, DEFAULTS, EVERYTHING, S3_LOCATION and SYSTEM_TOOL
    """

    def __init__(self, names: Iterable[str] = (DEFAULTS,)) -> None:
        given = frozenset(names)
        self.names = given | set(DEFAULT) if DEFAULTS in given else given
        self.everything = EVERYTHING in given

    def check(self, fields: Mapping[str, Any], path: str) -> None:
        """Refuse fields that a caller may not send.

        :param fields: ``additionalModelRequestFields`` of the caller
        :param path: of the fields in the body, for the error
        :raises HTTPError: 400 that names the field
        """
        if not self.everything:
            for name in self._refused(fields, ""):
                raise _not_allowed(f"{path}.{name}")

    def check_betas(self, body: Mapping[str, Any]) -> None:
        """Refuse a native request with betas that a caller may not send."""
        if not self.everything and body.get("anthropic_beta") is not None:
            for name in self._refused({"anthropic_beta": body["anthropic_beta"]}, ""):
                raise _not_allowed(name)

    def allows_beta(self, beta: str) -> bool:
        """Return whether a caller may send a beta of Anthropic's."""
        return self.everything or not self.names.isdisjoint(("anthropic_beta", f"anthropic_beta={beta}"))

    def check_content(self, members: Mapping[str, Any]) -> None:
        """Refuse files in Amazon S3 and tools of Bedrock in members of ConverseStream."""
        if SYSTEM_TOOL not in self.names:
            tools = members.get("toolConfig", {}).get("tools")
            for tool in tools if isinstance(tools, list) else ():
                if isinstance(tool, dict) and SYSTEM_TOOL in tool:
                    raise _not_allowed(f"toolConfig.tools.{SYSTEM_TOOL}")
        if S3_LOCATION not in self.names:
            contents = [members.get("system", ())]
            contents += [message["content"] for message in members.get("messages", ())]
            for content in contents:
                for source in _sources(content):
                    if S3_LOCATION in source:
                        raise _not_allowed(S3_LOCATION)

    def check_native(self, body: object) -> None:
        """Refuse files in Amazon S3 and tools of Bedrock in a native request, wherever they are."""
        refused = {S3_LOCATION, SYSTEM_TOOL} - self.names
        waiting = [body]
        while refused and waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                for name in refused & value.keys():
                    raise _not_allowed(name)
                waiting += [each for name, each in value.items() if name not in JSON_MEMBERS]
            elif isinstance(value, list):
                waiting += value

    def _refused(self, fields: Mapping[str, Any], within: str) -> Iterator[str]:
        for name, value in fields.items():
            path = f"{within}{name}"
            if path in self.names:
                continue
            if isinstance(value, list) and self._has(f"{path}="):
                yield from (path for each in value if f"{path}={each}" not in self.names)
            elif isinstance(value, dict) and self._has(f"{path}."):
                yield from self._refused(value, f"{path}.")
            else:
                yield path

    def _has(self, begin: str) -> bool:
        return any(name.startswith(begin) for name in self.names)


def check_budgets(fields: Mapping[str, Any], max_tokens: int, within: str = "") -> None:
    """Refuse a budget of thinking that reaches the deployment's token limit.

    :param within: path of the fields in the body, with a dot at its end
    :raises HTTPError: 400 that names the budget
    """
    for name in _BUDGETS:
        thinking = fields.get(name)
        budget = thinking.get(_BUDGET) if isinstance(thinking, dict) else None
        if budget is None:
            continue
        if isinstance(budget, bool) or not isinstance(budget, int) or budget >= max_tokens:
            path = f"{within}{name}.{_BUDGET}"
            message = f"{path} must be an integer below {max_tokens}, the limit of this API"
            raise bad_request(message, "invalid_value", path)


def _not_allowed(path: str) -> HTTPError:
    return bad_request(f"{path} is not allowed by this API", "not_allowed", path)


def _sources(content: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for block in content:
        for name in _MEDIA:
            if media := block.get(name):
                yield media.get("source") or {}
        if result := block.get("toolResult"):
            yield from _sources(result.get("content", ()))
        if guarded := block.get("guardContent"):
            yield (guarded.get("image") or {}).get("source") or {}
