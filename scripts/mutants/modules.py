"""List the pure modules whose mutants are judged, and the tests that judge them.

Pure: no socket, process, thread or AWS; suites that take minutes judge modules with these. Tests that take
long and judge little, such as those of memory, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_UNIT = ROOT / "tests" / "unit"

#: the folders of what is judged
GROUNDS = ("cdk_streaming_api", "lambda_src", "streaming_api_templates", "streaming_api_tools")

_CHAT = "lambda_src/chat"
_LAYER = "lambda_src/layer/python"
_LIBRARY = f"{_LAYER}/lambda_streaming"
_TEMPLATES = "streaming_api_templates"
_TOOLS = "streaming_api_tools"
_GATEWAY = f"{_TOOLS}/local/gateway"
_BEDROCK = f"{_TOOLS}/local/services/bedrock"
_CONSTRUCTS = "cdk_streaming_api"

#: tests of the chat function that send requests in every format
_REQUESTS = ("test_taken_requests.py", "test_fitting.py", "test_dropped_members.py", "test_settings.py")
_RULES = (
    "rules",
    "expand",
    "reports",
    "test_spoiled_templates.py",
    "test_layers.py",
    "test_resource_schemas.py",
)

#: module, or folder with a slash at its end -> folder of tests/unit and what in it judges, the closest first
TESTS: dict[str, tuple[str, Sequence[str]]] = {
    "lambda_src/authorizer/": ("lambda_src/authorizer", ["."]),
    "lambda_src/jwt_authorizer/": ("lambda_src/jwt_authorizer", ["."]),
    "lambda_src/probe/": ("lambda_src/probe", ["."]),
    "lambda_src/streams/request.py": ("lambda_src/streams", ["."]),
    f"{_CHAT}/bedrock/error_response.py": (_CHAT, ["bedrock", "test_errors.py"]),
    f"{_CHAT}/bedrock/events.py": (_CHAT, ["bedrock"]),
    f"{_CHAT}/bedrock/eventstream.py": (_CHAT, ["bedrock"]),
    f"{_CHAT}/bedrock/retry.py": (_CHAT, ["bedrock"]),
    f"{_CHAT}/converse/": (
        _CHAT,
        [
            *("test_converse.py", "test_anthropic.py", "test_anthropic_answers.py", "test_tools.py"),
            *("test_native.py", "test_responses*.py", "test_caller_fields.py", "test_token_limit.py"),
            *(*_REQUESTS, "test_relay.py", "test_openai*.py", "claude"),
        ],
    ),
    f"{_CHAT}/errors.py": (_CHAT, ["test_errors.py", "test_relay.py", "test_tables.py", "bedrock"]),
    f"{_CHAT}/formats/anthropic/": (
        _CHAT,
        ["test_anthropic*.py", *_REQUESTS, "test_count_tokens.py", "claude"],
    ),
    f"{_CHAT}/formats/claude/": (_CHAT, ["claude", "test_caller_fields.py", "test_settings.py"]),
    f"{_CHAT}/formats/openai/": (_CHAT, ["test_openai*.py", *_REQUESTS]),
    f"{_CHAT}/formats/responses/": (_CHAT, ["test_responses*.py", *_REQUESTS, "gpt"]),
    f"{_CHAT}/formats/responses/gpt/": (_CHAT, ["gpt", "test_interrupted.py"]),
    f"{_CHAT}/formats/ui/": (_CHAT, ["test_ui*.py", *_REQUESTS]),
    f"{_CHAT}/formats/": (
        _CHAT,
        [
            *("test_relay.py", "test_native.py", "test_whole.py", "test_count_tokens.py", "test_models.py"),
            *(*_REQUESTS, "test_service_model.py", "claude", "test_any_body.py"),
        ],
    ),
    f"{_CHAT}/json_body.py": (
        _CHAT,
        ["test_native.py", "test_responses.py", "test_anthropic.py", "test_openai.py", *_REQUESTS, "claude"],
    ),
    f"{_CHAT}/limits/": (
        _CHAT,
        ["test_token_limit.py", "test_caller_fields.py", *_REQUESTS, "claude", "test_responses.py"],
    ),
    f"{_CHAT}/routes.py": (_CHAT, ["test_native.py", "test_relay.py", "test_models.py", "test_settings.py"]),
    f"{_CHAT}/settings.py": (_CHAT, ["test_settings.py", "test_caller_fields.py", "test_token_limit.py"]),
    **{
        f"{_LIBRARY}/{name}.py": ("lambda_src/lambda_streaming", [f"test{test}.py", "."])
        for name, test in {
            "_applications/asgi": "_asgi",
            "_applications/event_kinds": "_request",
            "_applications/mounted": "_request",
            "_applications/request": "_request",
            "_applications/wsgi": "_wsgi",
            "_bandwidth": "_bandwidth",
            "_errors": "_errors",
            "_event": "_items",
            "_failure": "_response_stream",
            "_forms/proxy_response": "_proxy_response",
            "_forms/response": "_response",
            "_forms/writer": "_forms",
            "_function_url": "_function_url",
            "_head": "_response",
            "_response_stream": "_response_stream",
            "_sse": "_items",
            "_test_response": "_guarantees",
            "_unusual_head": "_response",
        }.items()
    },
    f"{_LAYER}/lambda_streaming_cors.py": ("lambda_src/lambda_streaming_cors", ["."]),
    f"{_LAYER}/lambda_streaming_aws/endpoint.py": ("lambda_src/lambda_streaming_aws", ["."]),
    f"{_LAYER}/lambda_streaming_aws/sigv4.py": ("lambda_src", ["lambda_streaming_aws", "chat/bedrock"]),
    f"{_LAYER}/lambda_streaming_store/batches.py": ("lambda_src/lambda_streaming_store", ["."]),
    f"{_LAYER}/lambda_streaming_store/owner.py": ("lambda_src/lambda_streaming_store", ["."]),
    f"{_TEMPLATES}/expand/": (_TEMPLATES, ["expand", "rules", "test_spoiled_templates.py", "template"]),
    f"{_TEMPLATES}/reports/": (_TEMPLATES, ["reports", "rules/test_command.py", "rules/test_not_read.py"]),
    f"{_TEMPLATES}/rules/": (_TEMPLATES, _RULES),
    f"{_TEMPLATES}/template/": (
        ".",
        [f"{_TEMPLATES}/template", f"{_TEMPLATES}", f"{_TOOLS}/local/templates"],
    ),
    f"{_TEMPLATES}/printable.py": (_TOOLS, ["test_printable.py", "measure/test_smoke_blackbox.py"]),
    f"{_TOOLS}/client/answer.py": (_TOOLS, ["client"]),
    f"{_TOOLS}/client/envelopes.py": (_TOOLS, ["measure/test_smoke_blackbox.py", "client", "measure"]),
    f"{_TOOLS}/client/lambda_response.py": (_TOOLS, ["client", "local/gateway/integrations", "measure"]),
    f"{_TOOLS}/client/proxy_event.py": (_TOOLS, ["local/gateway/request", "client", "measure"]),
    f"{_TOOLS}/client/sigv4.py": (_TOOLS, ["client", "smoke/test_request_options.py"]),
    f"{_TOOLS}/client/sse.py": (_TOOLS, ["client", "measure"]),
    f"{_TOOLS}/doctor/findings.py": (_TOOLS, ["doctor"]),
    f"{_TOOLS}/doctor/quotas.py": (_TOOLS, ["doctor"]),
    f"{_TOOLS}/doctor/streams.py": (_TOOLS, ["doctor"]),
    f"{_TOOLS}/doctor/versions.py": (_TOOLS, ["doctor"]),
    f"{_TOOLS}/explain/match.py": (_TOOLS, ["explain"]),
    f"{_TOOLS}/explain/phrases.py": (_TOOLS, ["explain"]),
    f"{_TOOLS}/initiator.py": (_TOOLS, ["test_initiator.py"]),
    f"{_TOOLS}/load/samples.py": (_TOOLS, ["load"]),
    f"{_TOOLS}/loopback.py": (_TOOLS, ["local/gateway/test_guard.py", "test_proxies.py"]),
    f"{_TOOLS}/proxies.py": (_TOOLS, ["test_proxies.py"]),
    **{
        f"{_TOOLS}/measure/{name}.py": (_TOOLS, [f"measure/{test}.py", "measure", "smoke"])
        for name, test in {
            "blackbox": "test_smoke_blackbox",
            "cadence": "test_smoke_classifier",
            "challenge": "test_smoke_attempts",
            "classify": "test_smoke_classifier",
            "faults": "test_smoke_faults",
            "metrics": "test_smoke_classifier",
            "series": "test_smoke_series",
            "statistics": "test_smoke_statistics",
        }.items()
    },
    f"{_TOOLS}/smoke/junit.py": (_TOOLS, ["smoke/test_smoke_outputs.py"]),
    f"{_TOOLS}/smoke/sparkline.py": (_TOOLS, ["smoke/test_smoke_outputs.py"]),
    f"{_GATEWAY}/authorizers/iam.py": (_GATEWAY, ["authorizers/test_iam.py"]),
    f"{_GATEWAY}/authorizers/jwt.py": (_GATEWAY, ["authorizers/test_jwt.py"]),
    f"{_GATEWAY}/authorizers/policy.py": (_GATEWAY, ["authorizers/test_policy.py"]),
    f"{_GATEWAY}/authorizers/ttl_cache.py": (_GATEWAY, ["authorizers/test_ttl_cache.py"]),
    f"{_GATEWAY}/authorizers/usage_plans.py": (_GATEWAY, ["authorizers/test_usage_plans.py"]),
    f"{_GATEWAY}/integrations/lambda_response.py": (_GATEWAY, ["integrations"]),
    f"{_GATEWAY}/integrations/mock.py": (_GATEWAY, ["integrations/test_mock.py"]),
    f"{_GATEWAY}/integrations/vtl.py": (_GATEWAY, ["integrations/test_mock.py"]),
    f"{_GATEWAY}/request/errors.py": (_GATEWAY, ["request"]),
    f"{_GATEWAY}/request/headers.py": (_GATEWAY, ["request"]),
    f"{_GATEWAY}/request/routed_request.py": (_GATEWAY, ["request", "integrations/test_mock.py"]),
    f"{_TOOLS}/local/functions/environment_variables.py": (_TOOLS, ["local/functions"]),
    f"{_TOOLS}/local/http/event_stream.py": (_TOOLS, ["local/http"]),
    f"{_TOOLS}/local/http/limits.py": (_TOOLS, ["local/http"]),
    f"{_TOOLS}/local/templates/cloud_assembly.py": (_TOOLS, ["local/templates"]),
    f"{_TOOLS}/local/templates/function_code.py": (_TOOLS, ["local/templates"]),
    **{
        f"{_BEDROCK}/{name}.py": (_BEDROCK, ["test_directives.py", "test_script.py", "test_any_request.py"])
        for name in ("blocks", "directives", "json_example", "message", "prompt", "script")
    },
    f"{_BEDROCK}/validation/service_model.py": (_BEDROCK, ["test_any_request.py", "test_service_model.py"]),
    f"{_CONSTRUCTS}/_bedrock/guardrail.py": (f"{_CONSTRUCTS}/bedrock", ["test_guardrail.py"]),
    f"{_CONSTRUCTS}/_bedrock/invoked_model.py": (
        f"{_CONSTRUCTS}/bedrock",
        ["test_statements.py", "test_projects.py", "test_router_statements.py", "test_guardrail.py"],
    ),
    f"{_CONSTRUCTS}/_bedrock/model_id.py": (
        f"{_CONSTRUCTS}/bedrock",
        ["test_grammar.py", "test_statements.py", "test_regions.py", "test_grammar_and_the_api.py"],
    ),
    f"{_CONSTRUCTS}/_bedrock/regions.py": (f"{_CONSTRUCTS}/bedrock", ["test_regions.py"]),
    f"{_CONSTRUCTS}/_bedrock/statements.py": (
        f"{_CONSTRUCTS}/bedrock",
        [
            *("test_statements.py", "test_projects.py", "test_router_statements.py", "test_guardrail.py"),
            "test_count_statements.py",
            "test_policy_command.py",
        ],
    ),
    f"{_CONSTRUCTS}/_bedrock/warnings.py": (f"{_CONSTRUCTS}/bedrock", ["test_regions.py"]),
    f"{_CONSTRUCTS}/_common/keyword_options.py": (f"{_CONSTRUCTS}/common", ["."]),
}

#: module, or folder with a slash at its end -> what in tests/unit is asked first
CLOSEST: dict[str, str] = {
    f"{_CHAT}/converse/content_blocks.py": f"{_CHAT}/test_anthropic_answers.py",
    f"{_CHAT}/converse/conversation.py": f"{_CHAT}/test_anthropic.py",
    f"{_CHAT}/converse/media.py": f"{_CHAT}/test_responses.py",
    f"{_CHAT}/converse/model_call.py": f"{_CHAT}/test_dropped_members.py",
    f"{_CHAT}/converse/native_request.py": f"{_CHAT}/test_settings.py",
    f"{_CHAT}/converse/request.py": f"{_CHAT}/test_native.py",
    f"{_CHAT}/converse/tools.py": f"{_CHAT}/test_tools.py",
    f"{_CHAT}/formats/anthropic/response.py": f"{_CHAT}/test_anthropic_answers.py",
    f"{_CHAT}/formats/anthropic/citations.py": f"{_CHAT}/test_anthropic_answers.py",
    f"{_CHAT}/formats/claude/": f"{_CHAT}/claude/test_claude_members.py",
    f"{_CHAT}/formats/claude/content.py": f"{_CHAT}/claude/test_claude_content.py",
    f"{_CHAT}/formats/claude/decisions.py": f"{_CHAT}/claude/test_claude_decisions.py",
    f"{_CHAT}/formats/claude/events.py": f"{_CHAT}/claude/test_claude_events.py",
    f"{_CHAT}/formats/claude/response.py": f"{_CHAT}/claude/test_claude_events.py",
    f"{_CHAT}/formats/claude/retry.py": f"{_CHAT}/claude/test_claude_retry.py",
    f"{_CHAT}/formats/fitting.py": f"{_CHAT}/test_fitting.py",
    f"{_CHAT}/formats/count_tokens.py": f"{_CHAT}/test_count_tokens.py",
    f"{_CHAT}/formats/token_count.py": f"{_CHAT}/test_count_tokens.py",
    f"{_CHAT}/formats/members.py": f"{_CHAT}/claude/test_claude_members.py",
    f"{_CHAT}/formats/models.py": f"{_CHAT}/test_models.py",
    f"{_CHAT}/formats/native.py": f"{_CHAT}/test_native.py",
    f"{_CHAT}/formats/native_whole.py": f"{_CHAT}/test_whole.py",
    f"{_CHAT}/formats/openai/response.py": f"{_CHAT}/test_openai_answers.py",
    f"{_CHAT}/formats/responses/output.py": f"{_CHAT}/test_responses_answers.py",
    f"{_CHAT}/formats/responses/resource.py": f"{_CHAT}/test_responses_answers.py",
    f"{_CHAT}/formats/responses/response.py": f"{_CHAT}/test_responses_answers.py",
    f"{_CHAT}/formats/responses/tools.py": f"{_CHAT}/test_responses_tools.py",
    f"{_CHAT}/formats/whole.py": f"{_CHAT}/test_whole.py",
    f"{_CHAT}/limits/caller_fields.py": f"{_CHAT}/test_caller_fields.py",
    f"{_TEMPLATES}/expand/": f"{_TEMPLATES}/expand/test_sam_oracle.py",
    f"{_TEMPLATES}/reports/": f"{_TEMPLATES}/reports/test_formats.py",
    f"{_TEMPLATES}/rules/": f"{_TEMPLATES}/rules/test_rules.py",
    f"{_TEMPLATES}/rules/checks/sam.py": f"{_TEMPLATES}/rules/test_meant_to_stream.py",
    f"{_TEMPLATES}/template/": f"{_TEMPLATES}/template/test_spelled_values.py",
    f"{_TEMPLATES}/template/assembly.py": f"{_TEMPLATES}/rules/test_command.py",
    f"{_TEMPLATES}/template/conditions.py": f"{_TEMPLATES}/rules/test_conditions.py",
    f"{_TEMPLATES}/template/file.py": f"{_TEMPLATES}/template/test_file.py",
    f"{_TEMPLATES}/template/yaml.py": f"{_TEMPLATES}/template/test_file.py",
    f"{_TOOLS}/client/answer.py": f"{_TOOLS}/client/test_chat_answer.py",
    f"{_TOOLS}/client/lambda_response.py": f"{_TOOLS}/client/test_lambda_response.py",
    f"{_TOOLS}/client/proxy_event.py": f"{_GATEWAY}/request/test_routed_request.py",
    f"{_TOOLS}/client/sigv4.py": f"{_TOOLS}/client/test_sigv4.py",
    f"{_TOOLS}/client/sse.py": f"{_TOOLS}/client/test_sse_decoder.py",
    f"{_TOOLS}/doctor/streams.py": f"{_TOOLS}/doctor/test_streams.py",
    f"{_TOOLS}/load/samples.py": f"{_TOOLS}/load/test_load_samples.py",
    f"{_GATEWAY}/request/routed_request.py": f"{_GATEWAY}/request/test_routed_request.py",
}


def modules(root: Path = ROOT) -> list[str]:
    """Return the modules that are judged, as paths from the root of the checkout."""
    found: set[Path] = set()
    for row in TESTS:
        found.update((root / row).rglob("*.py") if row.endswith("/") else [root / row])
    return sorted(each.relative_to(root).as_posix() for each in found if each.is_file())


def judges(module: str) -> tuple[str, ...]:
    """Return the tests that judge a module, as paths from the root of the checkout, the closest first."""
    folder, names = TESTS[_row(module, TESTS)]
    base = _UNIT / folder
    found = [each for name in names for each in (sorted(base.glob(name)) if "*" in name else [base / name])]
    closest = _row(module, CLOSEST)
    found[:0] = [_UNIT / CLOSEST[closest]] if closest else []
    return tuple(dict.fromkeys(each.relative_to(ROOT).as_posix() for each in found))


def _row(module: str, table: Iterable[str]) -> str:
    """Return the closest row of a table for a module."""
    return max((row for row in table if module.startswith(row)), key=len, default="")
