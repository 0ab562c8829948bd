"""Functions of every runtime, each in AWS's own runtime client or in what the function brings."""

from __future__ import annotations

import http.client
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from streaming_api_tools.local.functions.node import RELEASES
from tests.local.conftest import Serve
from tests.local.serving import FUNCTIONS, Gate
from tests.local.test_streaming import Connect
from tests.support.bedrock.shipped import Paced, standin

NODE = FUNCTIONS / "node"
#: The older ones differ in the version that is installed.
IN_TURN = [
    *(pytest.param(each, marks=pytest.mark.slow) for each in RELEASES if each != "nodejs24.x"),
    "nodejs24.x",
]


def node(handler: str, **more: object) -> dict[str, object]:
    """Return a route with a Node.js function."""
    module = more.pop("module", "handlers")
    return {"handler": f"{module}.{handler}", "code": NODE, "runtime": "nodejs24.x", "layers": [], **more}


@pytest.mark.parametrize("runtime", IN_TURN)
def test_node_function_chunk_arrives_before_the_next_is_produced(
    runtime: str, serve: Serve, connect: Connect, gate: Gate
) -> None:
    serving = serve({"POST /gated": node("gated", runtime=runtime)})
    pids = []
    for _ in range(2):
        client = connect(serving)
        client.ask("POST", "/prod/gated", b"2")
        function = gate.accept()
        version, pid = function.hear().split()
        assert f"nodejs{version[1:3]}.x" == runtime
        pids.append(pid)
        function.let_go()
        response = client.answer()
        assert (response.status, response.headers["Set-Cookie"]) == (201, "a=1")
        assert response.readline() == b"0\n"
        function.let_go()
        assert response.read() == b"1\n"
        serving.logged("REPORT")
    assert pids[0] == pids[1], "a warm process is used again"
    assert not [line for line in serving.log if "is for nodejs" in line]
    assert not [line for line in serving.log if "Executing" in line], "Lambda has no such line"


@pytest.mark.parametrize("runtime", IN_TURN)
def test_node_function_error_after_first_byte_cuts_the_connection(
    runtime: str, serve: Serve, connect: Connect
) -> None:
    serving = serve({"POST /fails": node("failsMidway", runtime=runtime)}, cut_failed=True)
    for _ in range(3):
        response = connect(serving).send("POST", "/prod/fails")
        assert response.readline() == b"first\n"
        with pytest.raises(http.client.IncompleteRead):
            response.read()
        assert "RangeError" in serving.logged("the response was cut")
        started = serving.logged("START RequestId").split()[-3]
        serving.logged(f"REPORT RequestId: {started}")
    assert sum("INIT_START" in line for line in serving.log) == 1, "the process goes on"


def test_node_function_buffered_responds_and_fails_in_one_piece(serve: Serve, connect: Connect) -> None:
    routes = {
        "POST /plain": node("plain", mode="BUFFERED", function_timeout=7),
        "POST /fails": node("fails", mode="BUFFERED"),
    }
    serving = serve(routes)
    for text in ("one", "two"):
        seen = json.loads(connect(serving).send("POST", "/prod/plain", text).read())
        assert seen["body"] == text
        assert 5000 < seen["remaining"] <= 7000
    assert "STREAMING_API_SDK" not in seen["keys"]
    assert serving.logged("to stdout").startswith("[Function0 ")
    assert connect(serving).send("POST", "/prod/fails").status == 502
    assert "secret detail" in serving.logged("failed with")


@pytest.mark.parametrize("runtime", IN_TURN)
def test_node_function_finds_the_sdk_and_layers_as_on_lambda(
    runtime: str, serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    library = tmp_path / "layer" / "nodejs" / "node_modules" / "of-a-layer"
    library.mkdir(parents=True)
    (library / "index.js").write_text('exports.name = "found";', "utf-8")
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": str(tmp_path / "layer")}}
    layers = [{"Ref": "Libraries"}]
    routes = {
        "POST /import": node("imports", mode="BUFFERED", runtime=runtime),
        "POST /require": node("handler", module="commonjs", mode="BUFFERED", layers=layers, runtime=runtime),
    }
    serving = serve(routes, Libraries=layer)
    response = connect(serving).send("POST", "/prod/import", "@aws-sdk/client-bedrock-runtime")
    assert "ConverseStreamCommand" in json.loads(response.read())
    response = connect(serving).send("POST", "/prod/require")
    assert response.read() == b"ConverseStreamCommand found"
    assert connect(serving).send("POST", "/prod/import", "not-there").status == 502


@pytest.mark.parametrize("runtime", IN_TURN)
def test_node_function_passes_each_model_token_before_the_next(
    runtime: str, serve: Serve, connect: Connect
) -> None:
    pace = Paced()
    with standin(pace) as url:
        environment = {**LOCAL_CREDENTIALS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url}
        serving = serve({"POST /asks": node("asks", runtime=runtime)}, environment=environment)
        client = connect(serving)
        client.ask("POST", "/prod/asks", "[[say=Hello there.]]")
        pace.let_go()
        response = client.answer()
        assert response.readline() == b"Hello \n"
        pace.let_go()
        assert response.read() == b"there.\n"


def test_node_function_callback_handler_works_up_to_node_22(serve: Serve, connect: Connect) -> None:
    routes = {f"POST /{runtime}": node("callsBack", mode="BUFFERED", runtime=runtime) for runtime in RELEASES}
    serving = serve(routes)
    statuses = {runtime: connect(serving).send("POST", f"/prod/{runtime}").status for runtime in RELEASES}
    assert statuses == {"nodejs20.x": 200, "nodejs22.x": 200, "nodejs24.x": 502}
    serving.logged("failed with Runtime.CallbackHandlerDeprecated")


def test_node_function_runs_with_the_installed_node_of_its_version(serve: Serve, connect: Connect) -> None:
    on_path = shutil.which("node")
    if on_path is None:
        pytest.skip("there is no other Node.js on PATH")
    version = subprocess.run(
        [on_path, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    serving = serve({"POST /own": node("plain", mode="BUFFERED", runtime=f"nodejs{version[1:3]}.x")})
    assert json.loads(connect(serving).send("POST", "/prod/own").read())["version"] == version


def test_node_function_of_unavailable_version_runs_with_another_and_warns(
    serve: Serve, connect: Connect
) -> None:
    serving = serve({"POST /other": node("plain", mode="BUFFERED", runtime="nodejs18.x")})
    warning = serving.logged("warning: Function0 is for nodejs18.x, and runs with nodejs")
    assert warning.endswith(": only nodejs20.x, nodejs22.x, nodejs24.x can be installed")
    assert connect(serving).send("POST", "/prod/other").status == 200


# the first line of a script takes no path with a space; Python reads the next two as a string
BOOTSTRAP = f"""#!/bin/sh
'''exec' "{sys.executable}" "$0"
' '''
import http.client, os, sys
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    invocation = api.getresponse()
    invocation.read()
    path = "/2018-06-01/runtime/invocation/" + invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    chunks = [b'{{"statusCode":202}}' + bytes(8), os.environ["_HANDLER"].encode()]
    headers = {{"Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked"}}
    api.request("POST", path + "/response", iter(chunks), headers, encode_chunked=True)
    api.getresponse().read()
"""


@pytest.mark.parametrize("place", ["code", "layer"])
def test_os_only_runtime_is_the_bootstrap_of_code_or_layer(
    place: str, serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    for directory in ("code", "layer"):
        (tmp_path / directory).mkdir()
    bootstrap = tmp_path / place / "bootstrap"
    bootstrap.write_text(BOOTSTRAP, "utf-8")
    bootstrap.chmod(0o755)
    route = {
        "handler": "mine",
        "runtime": "provided.al2023",
        "code": tmp_path / "code",
        "layers": [{"Ref": "Runtime"}],
    }
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": str(tmp_path / "layer")}}
    response = connect(serve({"POST /x": route}, Runtime=layer)).send("POST", "/prod/x")
    assert (response.status, response.read()) == (202, b"mine")


def test_os_only_runtime_without_bootstrap_is_named_and_a_502(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    route = {"handler": "x", "runtime": "provided.al2", "code": tmp_path / "code", "layers": []}
    serving = serve({"POST /x": route})
    assert "needs an executable file 'bootstrap'" in serving.logged("warning: Function0 cannot run")
    assert connect(serving).send("POST", "/prod/x").status == 502
    serving.logged("failed with Runtime.InvalidEntrypoint")


def test_function_command_runs_with_the_environment_of_the_user(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_USER", "1")
    route = {"handler": "handlers.echo", "mode": "BUFFERED", "function_timeout": 3}
    commands = {"Function0": f"{shlex.quote(sys.executable)} -X utf8=1 -m awslambdaric handlers.echo"}
    serving = serve({"POST /echo": route}, commands=commands)
    seen = json.loads(connect(serving).send("POST", "/prod/echo").read())
    assert seen["environ"]["OF_THE_USER"] == "1"
    assert seen["environ"]["AWS_LAMBDA_RUNTIME_API"].startswith("127.0.0.1:")
    assert seen["remaining"] > 800_000, "a debugger may stand still for longer than the timeout"


def test_function_command_braces_are_the_default_command(serve: Serve, connect: Connect) -> None:
    routes = {
        "POST /gated": node("plain", mode="BUFFERED"),
        "POST /echo": {"handler": "handlers.echo", "mode": "BUFFERED"},
    }
    commands = {"Function0": "env NODE_OPTIONS=--no-deprecation {}", "Function1": "env WRAPPED=1 {}"}
    serving = serve(routes, commands=commands)
    assert "NODE_OPTIONS" in json.loads(connect(serving).send("POST", "/prod/gated").read())["keys"]
    assert json.loads(connect(serving).send("POST", "/prod/echo").read())["environ"]["WRAPPED"] == "1"


@pytest.mark.parametrize(("place", "prefix"), [("code", "/var/task"), ("layer", "/opt")])
def test_exec_wrapper_of_code_or_layer_starts_the_runtime(
    place: str, prefix: str, serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    shutil.copytree(FUNCTIONS, tmp_path / "code")
    (tmp_path / "layer").mkdir()
    wrapper = tmp_path / place / "wrapper"
    # a process of its own, as a tracer has it, and not only exec
    wrapper.write_text('#!/bin/sh\nexport WRAPPED=1\n"$@"\n', "utf-8")
    wrapper.chmod(0o755)
    route = {
        "handler": "handlers.echo",
        "mode": "BUFFERED",
        "code": tmp_path / "code",
        "layers": [{"Ref": "Layer"}, {"Ref": "Own"}],
        "environment": {"AWS_LAMBDA_EXEC_WRAPPER": f"{prefix}/wrapper"},
    }
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": str(tmp_path / "layer")}}
    response = connect(serve({"POST /echo": route}, Own=layer)).send("POST", "/prod/echo")
    assert json.loads(response.read())["environ"]["WRAPPED"] == "1"


def test_exec_wrapper_that_is_missing_is_named(serve: Serve) -> None:
    route = {"handler": "handlers.echo", "environment": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}}
    serving = serve({"POST /echo": route})
    assert "/opt/bootstrap, which is no executable" in serving.logged("warning: Function0 cannot run")
