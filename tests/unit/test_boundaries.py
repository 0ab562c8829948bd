"""Hold the layout: a top-level folder per place where code runs, and imports that go down only.

docs/architecture.md is written from these tables by scripts/architecture_docs.py.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.imports import ROOT, Folder, imported

# typing_extensions: for types only; jsii brings it
SYNTH = ("aws_cdk", "constructs", "jsii", "cdk_nag", "cloudformation_validate", "typing_extensions")


@dataclass(frozen=True)
class Ground:
    """A top-level folder.

    :param runs: where its code runs
    :param libraries: packages from elsewhere that it may import
    :param grounds: other top-level folders that it may import
    """

    runs: str
    libraries: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()


GROUNDS = {
    "cdk_streaming_api": Ground("at synth", SYNTH, ("streaming_api_templates",)),
    "lambda_src": Ground(
        "in Lambda, or in a child process of the local gateway",
        ("awslambdaric", "boto3", "botocore", "urllib3"),
    ),
    # pytest: only in pytest_plugin, which nobody but pytest imports
    "streaming_api_tools": Ground(
        "on a workstation or in CI",
        (
            *("aiohttp", "boto3", "botocore", "click", "h11", "h2", "jsonschema", "pytest", "referencing"),
            *("rich", "tomli", "yaml", "yarl"),
        ),
        ("streaming_api_templates",),
    ),
    # yaml: only inside the loader, so that the constructs gain no dependency
    "streaming_api_templates": Ground("wherever the two above run; pure", ("yaml",)),
    "stacks": Ground("at synth, in this repository only", SYNTH, ("cdk_streaming_api",)),
}
LAYER = {"lambda_streaming", "lambda_streaming_aws", "lambda_streaming_cors", "lambda_streaming_store"}
FUNCTIONS = {"authorizer", "chat", "jwt_authorizer", "probe", "streams", *LAYER}  # on sys.path in Lambda
#: folder -> its files and folders, from the top down; each may import what stands behind a later ">"
LAYERS = {
    "cdk_streaming_api": (
        "_streaming_monitoring > _streaming_api _usage_monitoring > _add_protection _stream_functions > "
        "_add_streams > _authorizers _bedrock_function _open_api_streams _probe_function bundle policy > "
        "_apigateway _bedrock _lambda > _bundle _common check rules validation"
    ),
    "cdk_streaming_api/_apigateway": (
        "http_stream stream > streaming_method > grants mcp_authorization permissions throttling > "
        "mcp_methods > api_options binary_media_types endpoint gateway_responses open_mock options "
        "parameter_mapping resource_path stage verbs web_acl when_complete"
    ),
    "cdk_streaming_api/_authorizers": "api_key_authorizer jwt_authorizer > function_to_come",
    "cdk_streaming_api/_bedrock": (
        "settings usage_metric > model prices > statements warnings > invoked_model vendor_api > model_id "
        "token_budget > budget_limits context guardrail lifecycle price_table regions routes service_tier"
    ),
    "cdk_streaming_api/_bundle": (
        "build > installer sources tidy > manifest requirements > bytecode markers target > errors"
    ),
    "cdk_streaming_api/_common": (
        "keyword_options > argument_types cors log_metric timeouts > access_log argument_checks "
        "construct_path deployment_path former_logical_id log_group text_preflight tokens"
    ),
    "cdk_streaming_api/_lambda": (
        "function_url > streaming_function > streaming_layer > assets options > bundled_code bytecode "
        "function_parts gradual_rollout mcp_environment vpc > stream_store"
    ),
    "cdk_streaming_api/_lambda/function_url": "streaming_url > distribution > options",
    "lambda_src/authorizer": "handler > attributes decision keys",
    "lambda_src/chat": (
        "handler > budget > usage > formats > routes > converse > settings > limits > "
        "bedrock errors header_names json_body"
    ),
    "lambda_src/chat/bedrock": (
        "sdk > client > events vendor_api > eventstream error_response exceptions retry"
    ),
    "lambda_src/chat/budget": (
        "spending > ledger > refusal writes > amounts counters > limits periods report"
    ),
    "lambda_src/chat/converse": (
        "content_blocks conversation model_call > media native_request request stream tools > meter"
    ),
    "lambda_src/chat/formats": (
        "anthropic invoke openai relay responses ui > native_whole > claude native_text whole > "
        "count_tokens > "
        "asking event_stream fitting members models native openai_words refused_path token_count"
    ),
    "lambda_src/chat/formats/anthropic": "converted counting > request response > citations content",
    "lambda_src/chat/formats/claude": (
        "messages_api raw > body decisions > content response retry > events filtering > members"
    ),
    "lambda_src/chat/formats/openai": "request > messages response",
    "lambda_src/chat/formats/responses": (
        "converted gpt > request response state > earlier input_items items output resource > members "
        "reasoning tools"
    ),
    "lambda_src/chat/formats/responses/gpt": (
        "body response retry > items > tools > events item_ids members"
    ),
    "lambda_src/chat/formats/ui": "request response > reasoning sources",
    "lambda_src/chat/limits": "native_policy token_limit > caller_fields families > decided_content",
    "lambda_src/chat/usage": "edge > estimate report spans > ends record > prices > counts",
    "lambda_src/jwt_authorizer": "handler > decision key_set_url keys > claims > signature",
    "lambda_src/layer/python": (
        # the library finds the store by a name, where the environment has a table
        "lambda_streaming_store > lambda_streaming lambda_streaming_aws lambda_streaming_cors"
    ),
    "lambda_src/layer/python/lambda_streaming": (
        "_applications > _stream > _answer > _failure _forms _function_url > _response_stream "
        "_runtime_api _test_response > _bandwidth _event _head _own_runtime_loop > _awslambdaric _deadline "
        "_errors _sse _unusual_head"
    ),
    "lambda_src/layer/python/lambda_streaming/_forms": (
        "writer > response threads > event_loop proxy_response"
    ),
    "lambda_src/layer/python/lambda_streaming/_applications": (
        "asgi wsgi > lifespan request > event_kinds mounted"
    ),
    "lambda_src/layer/python/lambda_streaming_aws": (
        "sigv4 > credentials > container_credentials > connection > endpoint exceptions http_answer"
    ),
    "lambda_src/layer/python/lambda_streaming_store": (
        "kept > current replay responses > background recording > recorder > follow request_rows table > "
        "batches errors owner rows"
    ),
    "lambda_src/streams": "cancel erase reader response_cancel stop > responses > request response_events",
    "lambda_src/probe": "handler > schedule",
    "stacks": (
        "pipeline_stack > chat_stack > settings > pipeline_settings > accepted_findings "
        "accepted_pipeline_findings account_logging_stack context github_roles_stack"
    ),
    "streaming_api_templates": "check > reports > rules > expand > output plural printable template",
    "streaming_api_templates/expand": (
        "template > sam > sam_events > openapi sam_api > origin request_definitions"
    ),
    "streaming_api_templates/reports": "sarif > for_scripts github table > report",
    "streaming_api_templates/rules": "engine > catalogue > checks > rule > subjects",
    "streaming_api_templates/rules/checks": (
        "access apis binary cors deployments distributions functions http_apis inline_code integration "
        "permissions sam stages unread unsupported urls"
    ),
    "streaming_api_templates/rules/subjects": (
        "read > cors distributions permissions stages > function_policies http_apis iam methods urls > "
        "functions unread > application inline_code > resources"
    ),
    "streaming_api_templates/template": (
        "assembly > template > file resolve > cdk_metadata conditions parameters symbols unsupported yaml > "
        "function_policy lambda_uri lenient_json partitions url_regions"
    ),
    "streaming_api_tools": (
        "init keys load smoke > checks pytest_plugin target_options > chat page testing > measure > "
        "local options > client doctor usage > aws files scale > __main__ errors explain > check cli "
        "event_loop help initiator json_text policy printable proxies > loopback"
    ),
    "streaming_api_tools/checks": (
        "catalogue > account model > browser cold_start errors formats kept stream > bandwidth context "
        "native_requests result taken"
    ),
    "streaming_api_tools/client": (
        "resume > kept_stream > answer expand http_post sigv4 > http2_post > http1_post http2_exchange > "
        "http2_frames http_fields pieces > envelopes lambda_response moments proxy_event sse"
    ),
    "streaming_api_tools/doctor": (
        "command > checks > function_urls projects streams > models > identity quotas versions > clients "
        "context findings synthesized"
    ),
    "streaming_api_tools/explain": "command > match > catalogue phrases",
    "streaming_api_tools/init": "command > project",
    "streaming_api_tools/keys": "command > clients secret",
    "streaming_api_tools/load": "command > report > drive > locust samples",
    "streaming_api_tools/local": (
        "command > reload > options serve > gateway > functions services templates > application > http "
        "json_schema"
    ),
    "streaming_api_tools/local/functions": (
        "pool > execution_environment > runtime_api runtimes > bootstrap child_process concurrency "
        "environment_variables invoke_request log node response_pipe"
    ),
    "streaming_api_tools/local/functions/node": "install",
    "streaming_api_tools/local/gateway": (
        "server > authorize function_urls lambda_api startup_warnings two_protocol_site > authorizers "
        "integrations validate > guard hardening request"
    ),
    "streaming_api_tools/local/gateway/authorizers": (
        "cognito iam lambda_authorizer > jwt policy ttl_cache usage_plans"
    ),
    "streaming_api_tools/local/gateway/integrations": (
        "http_proxy lambda_proxy mock > lambda_response response_writer url_response vtl"
    ),
    "streaming_api_tools/local/gateway/request": (
        "access_log incoming routing url_cors url_event > errors routed_request > context_variables headers"
    ),
    "streaming_api_tools/local/http": (
        "h2_to_h1 first_bytes > server > h2 > address event_stream h1 handler limits own_urls > chunks"
    ),
    "streaming_api_tools/local/services": "bedrock dynamodb secrets_manager",
    "streaming_api_tools/local/services/bedrock": (
        "server > endpoint operation_server > converse messages_api native request_validator responses_api "
        "> anthropic blocks directives http_bodies responses > message openai script validation > families "
        "json_example operations prompt"
    ),
    "streaming_api_tools/local/services/bedrock/anthropic": ("checks > body > members request response"),
    "streaming_api_tools/local/services/bedrock/responses": "request response",
    "streaming_api_tools/local/services/bedrock/validation": (
        "claude media shapes > conversation guardrails service_model > base64_text models refusals"
    ),
    "streaming_api_tools/local/templates": (
        "source > deployed_stack > cloud_assembly > cross_stack function_urls rest_apis secrets tables > "
        "access function_code functions ref_values validators"
    ),
    "streaming_api_tools/measure": (
        "diagnosis > runs > blackbox series subject > classify lag recorded > cadence faults function "
        "targets > challenge localise metrics > recording resolve stage statistics threaded verdicts"
    ),
    "streaming_api_tools/page": "command > server > relay verdict > chat_api guard",
    "streaming_api_tools/scale": "plan > limits > simulate > erlang traffic",
    "streaming_api_tools/smoke": ("command > markdown svg > report > junit options sparkline watch"),
    "streaming_api_tools/testing": "local > bedrock gateway > background response",
    "streaming_api_tools/usage": "command > insights render > summary > records",
}
#: folders with a drawing in docs/architecture.md
DRAWN = (
    "cdk_streaming_api",
    "streaming_api_templates",
    "streaming_api_tools",
    "streaming_api_tools/local",
    "streaming_api_tools/local/gateway",
    "lambda_src/chat",
    "lambda_src/layer/python/lambda_streaming",
)
#: folder -> rooms, floors and arrows at most
BOUNDS = {
    "streaming_api_tools/local": (12, 7, 30),
    "cdk_streaming_api": (20, 7, 48),
    "lambda_src/layer/python/lambda_streaming": (18, 8, 50),
}
MOST_MODULES = 25
MOST_LINES = 300


def folders() -> list[str]:
    """Return every folder with modules, of every ground."""
    return sorted(
        {
            str(module.parent)
            for ground in GROUNDS
            for module in Folder(ground).modules
            if module.parent != Path("lambda_src")
        }
    )


def rows(folder: str) -> list[list[str]]:
    """Return the rooms of a folder, row by row from the top down."""
    return [row.split() for row in LAYERS[folder].split(">")]


@pytest.mark.parametrize("ground", GROUNDS)
def test_boundaries_ground_imports_only_what_runs_there(ground: str) -> None:
    own = FUNCTIONS if ground == "lambda_src" else {ground}
    # of the standard library since Python 3.11
    later = {"tomllib"}
    allowed = {*own, *GROUNDS[ground].libraries, *GROUNDS[ground].grounds, *sys.stdlib_module_names, *later}
    modules = Folder(ground).modules
    assert modules
    strangers = {
        f"{module} imports {name}"
        for module in modules
        for name in imported(module)
        if name.partition(".")[0] not in allowed
    }
    assert strangers == set()


def test_boundaries_yaml_is_imported_in_one_module_only() -> None:
    found = [
        module for module in Folder("streaming_api_templates").modules if "yaml" in set(imported(module))
    ]
    assert len(found) <= 1


@pytest.mark.parametrize("folder", folders())
def test_boundaries_folder_imports_go_down_only(folder: str) -> None:
    rooms = Folder(folder).rooms
    found = rows(folder)
    assert sorted(rooms) == sorted(room for row in found for room in row), "LAYERS names each room once"
    heights = {room: -number for number, row in enumerate(found) for room in row}
    assert not {(room, target) for room, target in Folder(folder).arrows if heights[target] >= heights[room]}


@pytest.mark.parametrize("folder", BOUNDS)
def test_boundaries_folder_stays_within_its_bounds(folder: str) -> None:
    found = Folder(folder)
    rooms, floors, arrows = BOUNDS[folder]
    assert len(found.rooms) <= rooms
    assert found.floors <= floors
    assert len(found.arrows) <= arrows


@pytest.mark.parametrize("folder", folders())
def test_boundaries_folder_and_module_sizes_stay_small(folder: str) -> None:
    modules = [module for module in Folder(folder).modules if str(module.parent) == folder]
    assert len(modules) <= MOST_MODULES
    assert not [
        module for module in modules if len((ROOT / module).read_text("utf-8").splitlines()) > MOST_LINES
    ]
