"""The how-to pages, done: the app of one's own, the API that begins to stream, and the keys of a team."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from authorizer.attributes import parse_attributes
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Match, Template
from botocore.session import get_session
from processes import running

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockModel,
    BundledCode,
    Stream,
    StreamingApi,
    StreamingFunction,
)
from tests.docs.test_blocks import BIN, DOCS, blocks, command, environment
from tests.support.wheels import wheel


def names_of(code: str, **given: object) -> dict[str, Any]:
    """Run a block and return what it defines."""
    names: dict[str, Any] = dict(given)
    exec(compile(code, "how-to", "exec"), names)
    return names


@contextmanager
def serving(folder: Path, *options: str, source: str = "cdk.out") -> Iterator[tuple[str, str]]:
    """Serve the ``cdk.out`` of a folder, or a template, and yield the URL with what was said before it."""
    local = [str(BIN / "streaming-api"), "local", *options, str(folder / source), "--port", "0"]
    with running(local, environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        with process.stdout as lines:
            said = ""
            while not (line := lines.readline()).startswith("listening on "):
                assert line, said
                said += line
            yield line.removeprefix("listening on ").strip(), said


@pytest.fixture(scope="module")
def own_app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app of the page, in a folder whose name has a space and letters that are not ASCII."""
    folder = tmp_path_factory.mktemp("own") / "my \u00e4pp"
    init = command("how-to-own-app", "streaming-api init")
    init[init.index("my-app")] = str(folder)
    done = subprocess.run(init, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    synth = [str(BIN / "cdk"), *["synth", "--quiet"]]
    done = subprocess.run(synth, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_how_to_own_app_responds_as_shown_and_has_a_probe_url(own_app: Path) -> None:
    assert "--no-auth" in command("how-to-own-app", "streaming-api local")
    (path,) = re.findall("http://127.0.0.1:3000(\\S+)", command("how-to-own-app", "curl")[-1])
    with (
        serving(own_app, "--no-auth") as (url, _),
        urllib.request.urlopen(url + path) as answer,
    ):
        assert answer.read().decode() == blocks("how-to-own-app", "text")[0]
    template = json.loads((own_app / "cdk.out" / "Hello.template.json").read_text("utf-8"))
    assert {"HelloUrl", "ProbeUrl"} <= template["Outputs"].keys()


def test_how_to_own_app_init_writes_the_files_of_the_page(own_app: Path) -> None:
    written = [(own_app / name).read_text("utf-8") for name in ("hello/app.py", "app.py")]
    assert written == blocks("how-to-own-app", "python")[:2]


def test_how_to_own_app_bundle_is_made_by_the_page_and_read_at_synth(own_app: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(own_app, tmp_path / "app", ignore=shutil.ignore_patterns("cdk.out")))
    lock = f"--no-index\n--find-links {tmp_path.as_uri()}\n{wheel(tmp_path, 'one')}\n"
    (folder / "hello" / "requirements.txt").write_text(lock, "utf-8")
    words = command("how-to-own-app", "python -m cdk_streaming_api.bundle")
    made = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, text=True)
    assert made.stdout == blocks("how-to-own-app", "text")[1]
    code = names_of(blocks("how-to-own-app", "python")[2], HERE=folder)["code"]
    assert isinstance(code, BundledCode)
    build = json.loads(blocks("how-to-own-app", "json")[0])["build"]
    assert shlex.split(build) == words
    app = (folder / "app.py").read_text("utf-8")
    read = 'lambda_.Code.from_asset(str(HERE / "hello"))'
    assert read in app
    bundled = app.replace(read, 'cdk_streaming_api.BundledCode(str(HERE / "hello"))')
    (folder / "app.py").write_text("import cdk_streaming_api\n" + bundled, "utf-8")
    synth = [str(BIN / "cdk"), *command("how-to-own-app", "npx cdk synth --quiet --build")[2:]]
    done = subprocess.run(synth, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of this machine" in done.stdout + done.stderr
    assert any((each / "one" / "__init__.py").is_file() for each in (folder / "cdk.out").glob("asset.*"))


def test_how_to_migrate_function_sends_the_same_lines_before_and_after() -> None:
    before, after = blocks("how-to-migrate", "python")[:2]
    event = {"pathParameters": {"id": "3"}}
    whole = names_of(before)["handler"](event, None)["body"].splitlines()
    streamed = b"".join(names_of(after)["handler"](event, None).chunks).splitlines()
    assert [json.loads(line) for line in whole] == [json.loads(line) for line in streamed]
    assert len(whole) == 3
    assert names_of(after)["handler"]({"pathParameters": {"id": "x"}}, None).status == 400


def orders(page_blocks: tuple[str, ...], code: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the resources of a stack made of blocks of the page."""
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False), "Orders")
    names: dict[str, Any] = {
        "self": stack,
        "apigateway": apigateway,
        "lambda_": lambda_,
        "Duration": Duration,
        "Stream": Stream,
        "StreamingFunction": StreamingFunction,
    }
    for block in page_blocks:
        exec(compile(block.replace('"orders")\n', f"{str(code)!r})\n"), "how-to", "exec"), names)
    resources: Mapping[str, Mapping[str, Any]] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def test_how_to_migrate_method_and_function_keep_their_ids(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    api, before, after = blocks("how-to-migrate", "python")[2:]
    old, new = orders((api, before), tmp_path), orders((api, after), tmp_path)
    for kind in ("AWS::ApiGateway::Method", "AWS::Lambda::Function", "AWS::ApiGateway::RestApi"):
        ids = [{name for name, each in stack.items() if each["Type"] == kind} for stack in (old, new)]
        assert ids[0] == ids[1]
        assert len(ids[0]) == 1, kind
    (method,) = (each["Properties"] for each in new.values() if each["Type"] == "AWS::ApiGateway::Method")
    assert method["Integration"]["ResponseTransferMode"] == "STREAM"
    assert method["AuthorizationType"] == "AWS_IAM"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The API with the keys of a team, synthesized."""
    folder = tmp_path_factory.mktemp("team")
    app = cdk.App(
        outdir=str(folder / "cdk.out"), builtin_cloud_formation_validation=False, analytics_reporting=False
    )
    names_of(
        blocks("how-to-keys", "python")[0],
        self=cdk.Stack(app, "Team"),
        apigateway=apigateway,
        secretsmanager=secretsmanager,
        ApiKeyAuthorizer=ApiKeyAuthorizer,
        StreamingApi=StreamingApi,
        model=BedrockModel("amazon.nova-lite-v1:0"),
    )
    app.synth()
    return folder


def ask(url: str, key: str) -> int:
    """Send what OpenAI's SDK sends and return the status."""
    question = {"messages": [{"role": "user", "content": "Say hello"}], "stream": True}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(question).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            assert answer.read().endswith(b"data: [DONE]\n\n")
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_how_to_keys_every_team_member_has_a_local_key(team: Path) -> None:
    with serving(team) as (url, said):
        keys = re.findall(r"^API key \w+ has the value (\S+)$", said, re.MULTILINE)
        assert blocks("how-to-keys", "text")[0] in said
        completions = f"{url}/prod/v1/chat/completions"
        assert [ask(completions, key) for key in (*keys, "somebody-else")] == [200, 200, 401]


def test_how_to_keys_program_is_the_one_in_the_formats_page() -> None:
    assert blocks("how-to-keys", "python")[1] in (DOCS / "formats.md").read_text("utf-8")


def test_how_to_keys_command_creates_the_secret_of_the_authorizer() -> None:
    (line,) = blocks("how-to-keys", "sh")[0].splitlines()
    secret = shlex.split(line.replace("$(openssl rand -hex 24)", "0" * 48))[-1]
    assert {name: len(key) for name, key in json.loads(secret).items()} == {"alice": 48, "bob": 48}
    create = get_session().get_service_model("secretsmanager").operation_model("CreateSecret")
    assert {"Name", "SecretString"} <= create.input_shape.members.keys()


def test_how_to_keys_attributes_are_what_the_authorizer_reads(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "Team")
    names = names_of(
        blocks("how-to-keys", "python")[2],
        self=stack,
        secretsmanager=secretsmanager,
        ApiKeyAuthorizer=ApiKeyAuthorizer,
    )
    model = BedrockModel("amazon.nova-lite-v1:0")
    StreamingApi(stack, "Api", model=model, authorizer=names["keys"]).add_stream("chat")
    template = Template.from_stack(stack)
    variables = {"ATTRIBUTES_SECRET_ARN": Match.any_value(), "KEYS_SECRET_ARN": Match.any_value()}
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "authorizer.handler.handler",
            "Environment": {"Variables": Match.object_like(variables)},
        },
    )
    policies = json.dumps(template.find_resources("AWS::IAM::Policy"))
    assert policies.count("secretsmanager:GetSecretValue") == 2
    found = parse_attributes(blocks("how-to-keys", "json")[0])
    assert set(found["alice"].context) == {"streaming_api_models", "streaming_api_budget"}
    assert found["alice"].expires is not None
    assert not found["bob"].context
