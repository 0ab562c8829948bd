"""The options that several callables share: the same for Python, for readers and for type checkers."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct
from mypy import api as mypy
from reference_docs import Module, methods, with_options

import cdk_streaming_api
from cdk_streaming_api import StreamingApi
from cdk_streaming_api._apigateway import options as method_options
from cdk_streaming_api._apigateway.api_options import ApiOptions
from cdk_streaming_api._common.cors import CorsOptions
from cdk_streaming_api._lambda import options as function_options
from cdk_streaming_api._lambda.function_url.options import DistributionOptions

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cdk_streaming_api"
INIT = Module.read(PACKAGE, PACKAGE / "__init__.py")
TAKING_SHARED = {
    "BedrockFunction",
    "HttpStream",
    "Stream",
    "StreamingApi",
    "StreamingFunction",
    "StreamingUrl",
    "StreamingApi.add_http_stream",
    "StreamingApi.add_mcp_server",
    "StreamingApi.add_private_stream",
    "StreamingApi.add_stream",
}


def callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield every public construct, and every public method of one."""
    for name in cdk_streaming_api.__all__:
        found = getattr(cdk_streaming_api, name)
        if issubclass(found, Enum):
            continue
        if issubclass(found, Construct):
            yield name, found
        for owner in found.__mro__:
            if owner.__module__.startswith("cdk_streaming_api"):
                for method, value in vars(owner).items():
                    if not method.startswith("_") and inspect.isfunction(value):
                        yield f"{name}.{method}", value


PUBLIC = dict(callables())
#: public classes that are no constructs
VALUES = {
    name: getattr(cdk_streaming_api, name)
    for name in (
        "BedrockModel",
        "BedrockPrice",
        "BedrockPrices",
        "BundledCode",
        "McpAuthorization",
        "OpenApiStreams",
    )
}


def documented(name: str) -> list[str]:
    """Return the arguments that the documentation of a callable has, in its order."""
    shown = PUBLIC[name]
    text = inspect.getdoc(shown.__init__ if inspect.isclass(shown) else shown) or ""
    return re.findall(r"^:param (\w+):", text, re.MULTILINE)


def in_reference(name: str) -> ast.FunctionDef:
    """Return a callable as the reference page has it, which is made from the sources alone."""
    owner, _, method = name.partition(".")
    module = INIT.defining(owner)
    (definition,) = module.definitions(owner)
    assert isinstance(definition, ast.ClassDef)
    return with_options(methods(module, definition)[method or "__init__"])


@pytest.mark.parametrize("name", PUBLIC)
def test_shared_options_signature_shows_every_argument_and_its_docs(name: str) -> None:
    parameters = inspect.signature(PUBLIC[name]).parameters
    arguments = [each for each in parameters if each != "self"]
    assert {each.kind for each in parameters.values()} <= {
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    }
    assert sorted(documented(name)) == sorted(arguments)
    shown = in_reference(name).args
    reference = [each.arg for each in (*shown.args, *shown.kwonlyargs) if each.arg not in ("self", "cls")]
    assert reference == arguments
    assert shown.kwarg is None


@pytest.mark.parametrize("name", PUBLIC)
def test_shared_options_reference_shows_types_and_defaults(name: str) -> None:
    parameters = inspect.signature(PUBLIC[name]).parameters
    shown = in_reference(name).args
    for argument, default in zip(shown.kwonlyargs, shown.kw_defaults, strict=True):
        parameter = parameters[argument.arg]
        assert argument.annotation is not None
        assert ast.unparse(argument.annotation) == parameter.annotation
        if default is None:
            assert parameter.default is inspect.Parameter.empty
        elif isinstance(default, ast.Name):
            assert inspect.unwrap(PUBLIC[name]).__globals__[default.id] == parameter.default
        elif isinstance(parameter.default, Enum):
            assert ast.unparse(default).endswith(str(parameter.default))
        else:
            assert ast.literal_eval(default) == parameter.default


@pytest.mark.parametrize("name", sorted(TAKING_SHARED))
def test_shared_options_are_keyword_only(name: str) -> None:
    for argument, parameter in inspect.signature(PUBLIC[name]).parameters.items():
        if argument not in ("self", "scope", "construct_id", "path"):
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY


def test_shared_options_are_documented_once() -> None:
    shared = [
        method_options.RequestOptions,
        method_options.CallOptions,
        method_options.ValidatorOptions,
        method_options.ThrottlingOptions,
        method_options.ServerOptions,
        function_options.FunctionOptions,
    ]
    sources = [
        PACKAGE / name
        for name in (
            "_add_streams.py",
            "_bedrock_function.py",
            "_probe_function.py",
            "_apigateway/options.py",
            "_apigateway/stream.py",
            "_apigateway/http_stream.py",
            "_apigateway/streaming_method.py",
            "_lambda/options.py",
            "_lambda/streaming_function.py",
        )
    ]
    text = "".join(source.read_text("utf-8") for source in sources)
    times = {
        (options.__name__, name): text.count(f":param {name}:")
        for options in shared
        for name in options.__annotations__
    }
    # a method and a function have a timeout each
    assert {key: number for key, number in times.items() if number != 1} == {
        ("CallOptions", "timeout"): 2,
        ("FunctionOptions", "timeout"): 2,
    }


def decorated() -> Iterator[tuple[Module, ast.FunctionDef, ast.Call]]:
    """Yield every function of the package that takes shared options."""
    for path in PACKAGE.rglob("*.py"):
        module = Module.read(PACKAGE, path)
        for node in ast.walk(module.tree):
            for call in getattr(node, "decorator_list", []):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "takes_options":
                    assert isinstance(node, ast.FunctionDef)
                    yield module, node, call


def test_shared_options_type_checkers_read_what_python_fills() -> None:
    known = {
        **vars(method_options),
        **vars(function_options),
        "ApiOptions": ApiOptions,
        "CorsOptions": CorsOptions,
        "DistributionOptions": DistributionOptions,
    }
    found = list(decorated())
    assert len(found) >= len(TAKING_SHARED)
    for module, node, call in found:
        assert node.args.kwarg is not None
        assert node.args.kwarg.annotation is not None
        unpacked = re.fullmatch(r"Unpack\[(\w+)\]", ast.unparse(node.args.kwarg.annotation))
        assert unpacked, f"{module.path}: {node.name}"
        filled = {name for each in call.args for name in known[ast.unparse(each)].__annotations__}
        assert set(known[unpacked[1]].__annotations__) == filled, f"{module.path}: {node.name}"


@pytest.mark.parametrize(
    ("name", "given", "nearest"),
    [
        ("StreamingApi.add_stream", "time_out", "timeout"),
        ("StreamingApi.add_stream", "handlers", "handler"),
        ("StreamingApi.add_http_stream", "vpclink", "vpc_link"),
        ("StreamingApi.add_mcp_server", "allowed_origins", "allow_origins"),
        ("Stream", "http_methods", "http_method"),
        ("HttpStream", "parameters_mapping", "parameter_mapping"),
        ("StreamingFunction", "memory", "memory_size"),
        ("BedrockFunction", "max_token", "max_tokens"),
        ("StreamingApi", "stage", "stage_name' or 'stage_options"),
        ("ApiKeyAuthorizer", "key_ttl", "keys_ttl"),
        ("GradualRollout", "functions", "function"),
        ("StreamingUrl", "read_time", "read_timeout"),
        ("StreamingMonitoring", "alarm_action", "alarm_actions"),
    ],
)
def test_shared_options_unknown_keyword_is_type_error_with_nearest_name(
    stack: cdk.Stack, name: str, given: str, nearest: str
) -> None:
    called = name.rpartition(".")[2]
    says = f"{called}() got an unexpected keyword argument '{given}'; did you mean '{nearest}'?"
    with pytest.raises(TypeError) as refused:
        PUBLIC[name](stack, "Id", **{given: 1})
    assert str(refused.value) == says


def test_public_api_names_for_type_checkers_are_the_public_ones() -> None:
    (block,) = (node for node in INIT.tree.body if isinstance(node, ast.If))
    typed = {
        alias.name: f".{node.module}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert typed == ast.literal_eval(INIT.value("_MODULES"))


def test_add_private_stream_works_and_warns_its_caller(stack: cdk.Stack) -> None:
    nlb = elbv2.NetworkLoadBalancer(stack, "Nlb", vpc=ec2.Vpc(stack, "Vpc"))
    link = apigateway.VpcLink(stack, "Link", targets=[nlb])
    api = StreamingApi(stack, "Api")
    with pytest.warns(DeprecationWarning, match="use add_http_stream, which takes vpc_link") as warned:
        private = api.add_private_stream("old", vpc_link=link, url="http://internal/stream")
    assert [Path(each.filename) for each in warned] == [Path(__file__)]
    same = api.add_http_stream("new", vpc_link=link, url="http://internal/stream")
    properties = []
    for stream in (private, same):
        method = stream.method.node.default_child
        assert isinstance(method, apigateway.CfnMethod)
        properties.append(stack.resolve(method.integration))
    assert properties[0] == properties[1]
    with (
        pytest.warns(DeprecationWarning, match="add_http_stream"),
        pytest.raises(TypeError, match="add_private_stream needs a vpc_link"),
    ):
        api.add_private_stream("public", url="http://example.com/")


GOOD = """
from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from cdk_streaming_api import BedrockFunction, BedrockModel, Stream, StreamingApi, StreamingFunction

def build(stack: Stack, api: apigateway.RestApi, code: lambda_.Code) -> None:
    function = StreamingFunction(stack, "F", code=code, handler="a.b", memory_size=256)
    BedrockFunction(stack, "B", model=BedrockModel("amazon.nova-lite-v1:0"), allow_origins=["*"])
    streaming = StreamingApi(stack, "A", handler=function)
    streaming.add_stream("chat", timeout=Duration.minutes(1), throttling_rate_limit=1.5)
    streaming.add_http_stream("docs", url="https://example.com", parameter_mapping={})
    Stream(stack, "S", resource=api.root, handler=function, http_method="GET")
"""
BAD = """
from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from cdk_streaming_api import BedrockFunction, BedrockModel, Stream, StreamingApi, StreamingFunction

def build(stack: Stack, api: apigateway.RestApi, code: lambda_.Code) -> None:
    function = StreamingFunction(stack, "F", code=code, handler="a.b", memory_size="256")  # arg-type
    BedrockFunction(stack, "B", model=BedrockModel("amazon.nova-lite-v1:0"), origins=["*"])  # call-arg
    streaming = StreamingApi(stack, "A", handler=function)
    streaming.add_stream("chat", timeout=30)  # arg-type
    streaming.add_http_stream("docs", parameter_mapping={})  # call-arg
    streaming.add_http_stream("docs", url="https://example.com", request_validator=None)  # call-arg
    Stream(stack, "S", resource=api.root, handler=function, throttling_rate_limit=1)  # call-arg
    Stream(stack, "S", api.root, handler=function)  # call-arg
"""


def test_shared_options_are_checked_by_mypy(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(GOOD, "utf-8")
    bad.write_text(BAD, "utf-8")
    # the cache of `make check`, without which the types of the CDK take a minute
    command = ["--config-file", str(ROOT / "pyproject.toml"), "--strict", str(good), str(bad)]
    output, errors, _ = mypy.run(command)
    assert errors == ""
    expected = {
        (number, line.rpartition("  # ")[2])
        for number, line in enumerate(BAD.splitlines(), 1)
        if "  # " in line
    }
    found = re.findall(r"^.*?(\w+)\.py:(\d+): error: .*\[([\w-]+)\]$", output, re.MULTILINE)
    assert {(name, int(number), code) for name, number, code in found} == {
        ("bad", number, code) for number, code in expected
    }, output
