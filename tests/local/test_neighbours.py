"""Stacks of one app that refer to each other: functions, layers and values of other and of nested stacks."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streaming_api_tools.local.application import Application, Function, LambdaIntegration
from streaming_api_tools.local.templates.cloud_assembly import SourceError, load_assembly


def function(scope: Construct, source: str, **environment: str) -> lambda_.Function:
    """Define a function, always by the same id."""
    return lambda_.Function(
        scope,
        "Function",
        code=lambda_.Code.from_inline(source),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        environment=environment,
    )


def api(scope: Construct, handler: lambda_.IFunction) -> apigateway.RestApi:
    return apigateway.LambdaRestApi(scope, "Api", handler=handler, cloud_watch_role=False)


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    return cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        builtin_cloud_formation_validation=False,
        analytics_reporting=False,
    )


def served(
    app: cdk.App, scratch: Path, stack: str | None = None, parameters: dict[str, str] | None = None
) -> Application:
    folder = scratch / "scratch"
    folder.mkdir()
    return load_assembly(Path(app.synth().directory), stack, "eu-west-1", folder, parameters)


def behind(application: Application) -> Function:
    """Return the function behind the only API."""
    functions = set()
    for route in application.apis[0].routes:
        assert isinstance(route.integration, LambdaIntegration), route.integration
        functions.add(route.integration.function.name)
    (name,) = functions
    (found,) = (function for function in application.functions if function.name == name)
    return found


def source(function: Function) -> str:
    return (function.code / "index.py").read_text("utf-8")


def test_cross_stack_function_in_another_stack_with_same_id_is_found(app: cdk.App, tmp_path: Path) -> None:
    theirs, ours = cdk.Stack(app, "Theirs"), cdk.Stack(app, "Ours")
    function(ours, "ours")
    api(ours, function(theirs, "theirs"))
    application = served(app, tmp_path, "Ours")
    assert source(behind(application)) == "theirs"
    assert sorted(map(source, application.functions)) == ["ours", "theirs"]


def test_cross_stack_import_value_is_the_value_of_the_output(app: cdk.App, tmp_path: Path) -> None:
    theirs, ours = cdk.Stack(app, "Theirs"), cdk.Stack(app, "Ours")
    cdk.CfnOutput(theirs, "Model", value=f"nova-{theirs.region}", export_name="the-model")
    api(ours, function(ours, "ours", MODEL=cdk.Fn.import_value("the-model")))
    assert behind(served(app, tmp_path)).environment["MODEL"] == "nova-eu-west-1"


def test_cross_stack_layer_in_another_stack_is_found(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "shared.txt").write_text("shared", "utf-8")
    theirs, ours = cdk.Stack(app, "Theirs"), cdk.Stack(app, "Ours")
    layer = lambda_.LayerVersion(theirs, "Layer", code=lambda_.Code.from_asset(str(tmp_path / "layer")))
    handler = function(ours, "ours")
    handler.add_layers(layer)
    api(ours, handler)
    (content,) = behind(served(app, tmp_path)).layers
    assert (content / "shared.txt").read_text("utf-8") == "shared"


def test_nested_stack_api_gets_the_parameters_of_its_parent(app: cdk.App, tmp_path: Path) -> None:
    parent = cdk.Stack(app, "Parent")
    api(cdk.NestedStack(parent, "Apis"), function(parent, "of the parent"))
    assert source(behind(served(app, tmp_path))) == "of the parent"


def test_nested_stack_api_may_use_function_of_another_nested_stack(app: cdk.App, tmp_path: Path) -> None:
    parent = cdk.Stack(app, "Parent")
    nested = function(cdk.NestedStack(parent, "Functions"), "nested")
    api(cdk.NestedStack(parent, "Apis"), nested)
    assert source(behind(served(app, tmp_path))) == "nested"


def test_nested_stack_function_may_be_used_by_the_parent(app: cdk.App, tmp_path: Path) -> None:
    parent = cdk.Stack(app, "Parent")
    api(parent, function(cdk.NestedStack(parent, "Functions"), "nested"))
    assert source(behind(served(app, tmp_path))) == "nested"


def test_template_parameter_has_the_given_value(app: cdk.App, tmp_path: Path) -> None:
    stack = cdk.Stack(app, "Ours")
    model = cdk.CfnParameter(stack, "Model").value_as_string
    api(stack, function(stack, "ours", MODEL=model))
    assert behind(served(app, tmp_path, parameters={"Model": "nova"})).environment["MODEL"] == "nova"


def test_template_parameter_unknown_name_is_refused(app: cdk.App, tmp_path: Path) -> None:
    stack = cdk.Stack(app, "Ours")
    cdk.CfnParameter(stack, "Model")
    api(stack, function(stack, "ours"))
    with pytest.raises(SourceError, match="stack Ours has no parameter Modle; it has Model"):
        served(app, tmp_path, parameters={"Modle": "nova"})
