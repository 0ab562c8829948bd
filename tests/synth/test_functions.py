"""The functions: runtime, layer, role, log, environment, and which sources each of them deploys."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import BedrockFunction, BedrockModel, StreamingApi, StreamingFunction

LAMBDA_SRC = Path(__file__).resolve().parents[2] / "lambda_src"
MODEL = BedrockModel("amazon.nova-lite-v1:0")


def streaming(
    stack: cdk.Stack,
    name: str = "Own",
    runtime: lambda_.Runtime | None = None,
    timeout: Duration | None = None,
    memory_size: int = 512,
) -> StreamingFunction:
    return StreamingFunction(
        stack,
        name,
        code=lambda_.Code.from_inline("handler = None"),
        handler="index.handler",
        runtime=runtime,
        timeout=timeout,
        memory_size=memory_size,
    )


def test_streaming_function_defaults_are_newest_python_arm64_and_layer(stack: cdk.Stack) -> None:
    streaming(stack)
    template = Template.from_stack(stack)
    (layer,) = template.find_resources("AWS::Lambda::LayerVersion")
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Runtime": "python3.14",
            "Architectures": ["arm64"],
            "Timeout": 900,
            "MemorySize": 512,
            "Layers": [{"Ref": layer}],
            "TracingConfig": {"Mode": "Active"},
        },
    )


def test_streaming_function_one_layer_is_shared_in_a_stack(stack: cdk.Stack) -> None:
    streaming(stack, "One")
    streaming(stack, "Two")
    BedrockFunction(stack, "Three", model=MODEL)
    Template.from_stack(stack).resource_count_is("AWS::Lambda::LayerVersion", 1)


def test_streaming_function_writes_to_its_own_log_group_only(stack: cdk.Stack) -> None:
    streaming(stack)
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": {"Ref": group}}})
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": Match.object_like(
                {
                    "Statement": Match.array_with(
                        [
                            {
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Effect": "Allow",
                                "Resource": {"Fn::GetAtt": [group, "Arn"]},
                            }
                        ]
                    )
                }
            )
        },
    )


def test_streaming_function_timeout_over_15_minutes_is_refused(stack: cdk.Stack) -> None:
    message = "timeout of function 'Own' must be at most 15 minutes, got 16 minutes 40 seconds"
    with pytest.raises(ValueError, match=message):
        streaming(stack, timeout=Duration.seconds(1000))


@pytest.mark.parametrize("memory_size", [127, 10_241])
def test_streaming_function_memory_size_out_of_range_is_refused(stack: cdk.Stack, memory_size: int) -> None:
    message = f"memory_size of function 'Own' must be 128 to 10240 MiB, got {memory_size}"
    with pytest.raises(ValueError, match=message):
        streaming(stack, memory_size=memory_size)


def test_bedrock_function_negative_reserved_concurrency_is_refused(stack: cdk.Stack) -> None:
    message = "reserved_concurrent_executions of function 'Own' must be 0 or more, got -1"
    with pytest.raises(ValueError, match=message):
        BedrockFunction(stack, "Own", model=MODEL, reserved_concurrent_executions=-1)


def test_streaming_function_runtime_other_than_python_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"managed Python runtime, 3\.10 or later, got nodejs24\.x"):
        streaming(stack, runtime=lambda_.Runtime.NODEJS_24_X)


def test_function_environment_is_encrypted_with_the_given_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    code = lambda_.Code.from_inline("handler = None")
    StreamingFunction(stack, "Own", code=code, handler="index.handler", environment_encryption=key)
    BedrockFunction(stack, "Chat", model=MODEL, environment_encryption=key)
    template = Template.from_stack(stack)
    (logical_id,) = template.find_resources("AWS::KMS::Key")
    functions = template.find_resources("AWS::Lambda::Function").values()
    assert [it["Properties"]["KmsKeyArn"] for it in functions] == [{"Fn::GetAtt": [logical_id, "Arn"]}] * 2


def environment_read_by(sources: Iterable[Path], environ: str = "os.environ") -> set[str]:
    """Return the keys that sources look up in the environment, by the name that they have for it."""
    keys = set()
    for module in sources:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == environ:
                keys.add(ast.literal_eval(node.slice))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"{environ}.get", "os.getenv"}:
                keys.add(ast.literal_eval(node.args[0]))
    return keys


def test_bedrock_function_environment_is_exactly_what_the_code_reads(stack: cdk.Stack) -> None:
    chat = BedrockFunction(
        stack,
        "Chat",
        model=MODEL,
        max_tokens=100,
        usage_by_caller=True,
        allow_origins=["https://app.example.com"],
        allow_credentials=True,
    )
    # some of the routes count tokens
    StreamingApi(stack, "Api", handler=chat).add_bedrock_routes()
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    cors = LAMBDA_SRC / "layer" / "python" / "lambda_streaming_cors.py"
    read = environment_read_by((LAMBDA_SRC / "chat").rglob("*.py")) | environment_read_by([cors], "environ")
    assert set(function["Properties"]["Environment"]["Variables"]) == read


def test_bedrock_function_may_stream_from_its_model_only(template: Template) -> None:
    statements = [
        statement
        for policy in template.find_resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "bedrock" in json.dumps(statement)
    ]
    (statement,) = statements
    assert statement["Action"] == "bedrock:InvokeModelWithResponseStream"
    assert {each["Fn::Join"][1][-1] for each in statement["Resource"]} == {
        "::foundation-model/amazon.nova-lite-v1:0",
        ":project/default",
    }


@pytest.mark.parametrize(
    ("package", "folder"),
    [("chat", "chat"), ("probe", "probe"), ("python", "layer/python")],
)
def test_function_asset_has_the_sources_of_its_package_only(
    assembly: Path, package: str, folder: str
) -> None:
    (asset,) = [found for found in assembly.glob("asset.*") if (found / package).is_dir()]
    sources = {
        path.relative_to((LAMBDA_SRC / folder).parent)
        for path in (LAMBDA_SRC / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path.relative_to(asset) for path in asset.rglob("*") if path.is_file()} == sources


def test_function_handlers_exist_in_the_sources(template: Template) -> None:
    functions = template.find_resources("AWS::Lambda::Function").values()
    handlers = {function["Properties"]["Handler"] for function in functions}
    assert handlers == {"chat.handler.handler", "probe.handler.handler"}
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        source = (LAMBDA_SRC / module.replace(".", "/")).with_suffix(".py").read_text("utf-8")
        names = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        assert name in names
