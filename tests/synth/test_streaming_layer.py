"""The streaming layer for functions that are no StreamingFunction."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template
from constructs import Construct

from cdk_streaming_api import StreamingApi, StreamingFunction, StreamingLayer, StreamingRules
from tests.synth.test_bytecode import RUNTIME

CODE = lambda_.Code.from_inline("handler = None")


def plain(scope: Construct, layers: Sequence[lambda_.ILayerVersion]) -> lambda_.Function:
    """Define a function as anybody does who has never heard of StreamingFunction."""
    return lambda_.Function(
        scope,
        "Plain",
        code=CODE,
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_12,
        timeout=cdk.Duration.minutes(15),
        layers=[*layers],
    )


def layers_in(stack: cdk.Stack) -> list[str]:
    return list(Template.from_stack(stack).find_resources("AWS::Lambda::LayerVersion"))


def test_streaming_layer_is_shared_with_streaming_functions(stack: cdk.Stack) -> None:
    plain(stack, [StreamingLayer.of(stack)])
    StreamingFunction(stack, "Streaming", code=CODE, handler="index.handler")
    (layer,) = layers_in(stack)
    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    assert [function["Properties"]["Layers"] for function in functions] == [[{"Ref": layer}]] * 2


def test_streaming_layer_logical_id_is_that_of_deployed_stacks(stack: cdk.Stack) -> None:
    StreamingLayer.of(Construct(Construct(stack, "Deep"), "Deeper"))
    assert layers_in(stack) == ["LambdaStreamingLayer21903208"]


def test_streaming_layer_of_is_one_per_stack(app: cdk.App) -> None:
    one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    assert StreamingLayer.of(one) is StreamingLayer.of(Construct(one, "Child"))
    assert StreamingLayer.of(other) is not StreamingLayer.of(one)
    assert isinstance(StreamingLayer.of(one), StreamingLayer)


def test_streaming_layer_with_bytecode_is_separate_and_for_its_runtime(stack: cdk.Stack) -> None:
    sources = StreamingLayer.of(stack)
    compiled = StreamingLayer.of(stack, compiled_for=RUNTIME)
    StreamingFunction(
        stack, "Streaming", code=CODE, handler="index.handler", runtime=RUNTIME, precompile=True
    )
    assert compiled is not sources
    assert len(layers_in(stack)) == 2
    assert [runtime.name for runtime in compiled.compatible_runtimes or []] == [RUNTIME.name]


def test_streaming_layer_compiled_for_other_language_is_refused(stack: cdk.Stack) -> None:
    message = "compiled_for of layer 'Shared' must be a managed Python runtime, 3.10 or later, got"
    with pytest.raises(ValueError, match=message):
        StreamingLayer(stack, "Shared", compiled_for=lambda_.Runtime.NODEJS_24_X)


def test_streaming_layer_may_be_shared_with_another_account(stack: cdk.Stack) -> None:
    StreamingLayer(stack, "Shared").add_permission("Other", account_id="111122223333")
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::LayerVersionPermission", {"Principal": "111122223333"}
    )


@pytest.mark.parametrize("layered", [True, False])
def test_stream018_function_with_the_layer_streams_and_without_does_not(
    app: cdk.App, stack: cdk.Stack, layered: bool
) -> None:
    function = plain(stack, [StreamingLayer.of(stack)] if layered else [])
    StreamingApi(stack, "Api", handler=function).add_stream("chat")
    cdk.Validations.of(app).add_plugins(StreamingRules())
    if layered:
        app.synth()
    else:
        with pytest.raises(RuntimeError, match="STREAM018"):
            app.synth()


def test_streaming_layer_leaves_the_id_to_a_construct_of_the_app(stack: cdk.Stack) -> None:
    Construct(stack, "LambdaStreamingLayer")
    function = StreamingFunction(stack, "Streaming", code=CODE, handler="index.handler")
    assert StreamingLayer.of(function) is StreamingLayer.of(stack)
    (layer,) = layers_in(stack)
    Template.from_stack(stack).has_resource_properties("AWS::Lambda::Function", {"Layers": [{"Ref": layer}]})
