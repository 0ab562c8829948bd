from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_api_tools.local.application import Function
from streaming_api_tools.local.functions.environment_variables import (
    environment_of_the_gateway,
    lambda_environment,
    users_credentials,
)
from streaming_api_tools.local.functions.node import node_path
from streaming_api_tools.local.functions.runtimes import python_environment

FUNCTION = Function(
    name="f",
    arn="arn",
    runtime="python3.13",
    handler="app.handler",
    code=Path("/code"),
    layers=(Path("/first"), Path("/second")),
    environment={"OWN": "1", "PYTHONPATH": "/mine", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://mine"},
)


def test_function_environment_layer_order_and_own_path_last() -> None:
    assert python_environment(FUNCTION)["PYTHONPATH"] == "/second/python:/first/python:/mine"
    assert node_path(replace(FUNCTION, runtime="nodejs24.x")) == [
        "/second/nodejs/node24/node_modules",
        "/second/nodejs/node_modules",
        "/first/nodejs/node24/node_modules",
        "/first/nodejs/node_modules",
    ]


def test_function_environment_has_programs_and_libraries_of_layers(tmp_path: Path) -> None:
    for directory in ("code/lib", "layer/lib"):
        (tmp_path / directory).mkdir(parents=True)
    function = replace(FUNCTION, code=tmp_path / "code", layers=(tmp_path / "layer",))
    environ = lambda_environment(function, "127.0.0.1:1", "eu-west-1", {"PATH": "/bin"}, {}, {})
    assert environ["PATH"] == f"{tmp_path}/layer/bin:/bin"
    assert environ["LD_LIBRARY_PATH"] == f"{tmp_path}/code/lib:{tmp_path}/layer/lib"


def test_function_environment_gateway_overrides_template_but_not_lambda() -> None:
    extra = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://standin", "AWS_REGION": "elsewhere"}
    environ = lambda_environment(FUNCTION, "127.0.0.1:1", "eu-west-1", {"PATH": "/bin"}, {}, extra)
    assert environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == "http://standin"
    assert environ["AWS_REGION"] == environ["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environ["OWN"] == "1"


@pytest.mark.parametrize(
    ("name", "passed"),
    [
        ("AWS_PROFILE", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("HOME", True),
        ("HTTPS_PROXY", True),
        ("PATH", False),
        ("SECRET", False),
        ("PYTHONPATH", False),
    ],
)
def test_function_environment_passes_only_the_credentials_boto3_needs(name: str, passed: bool) -> None:
    assert users_credentials({name: "x"}) == ({name: "x"} if passed else {})


def test_function_environment_of_an_mcp_server_has_the_names_of_loopback_too() -> None:
    own = {"MCP_ALLOWED_HOSTS": "abc.execute-api.eu-west-1.amazonaws.com"}
    environ = lambda_environment(
        replace(FUNCTION, environment=own), "127.0.0.1:1", "eu-west-1", {"PATH": "/bin"}, {}, {}
    )
    assert environ["MCP_ALLOWED_HOSTS"].split() == [*own.values(), "127.0.0.1:*", "localhost:*", "[::1]:*"]
    assert "MCP_ALLOWED_HOSTS" not in lambda_environment(FUNCTION, "127.0.0.1:1", "eu-west-1", {}, {}, {})


def test_function_environment_has_a_home_where_the_machine_does_not_know_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users = {os.getuid(): "somebody"}
    monkeypatch.setattr(pwd, "getpwuid", users.__getitem__)
    assert environment_of_the_gateway({"PATH": "/bin", "HOME": "/root"}) == {"PATH": "/bin"}
    users.clear()
    assert environment_of_the_gateway({}) == {"PATH": os.defpath, "HOME": "/home/sbx_user1051"}
