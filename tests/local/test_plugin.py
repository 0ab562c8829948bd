"""The pytest plugin, used as a team uses it: a pytest of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from tests.local.serving import CACHE, ROOT, template
from tests.local.test_admission import guarded
from tests.local.test_secrets import GENERATED, keys_in

PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")
#: A file of the example: its name, and the block that follows.
FILE = re.compile(r"`([\w/]+\.py)`:\n\n```python\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    """Run pytest in a folder, with nothing of this repository but what is installed."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *options],
        cwd=folder,
        env={**environment, "STREAMING_API_CACHE": str(CACHE)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def write(folder: Path, name: str, text: str) -> None:
    """Write a file of a project."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def test_pytest_plugin_example_of_the_docs_passes(tmp_path: Path) -> None:
    # tests/store runs the example with a table
    example = PAGE.partition("## Streams that are kept")[0]
    files = dict(FILE.findall(example))
    assert set(files) == {"story/app.py", "stories.py", "test_stories.py"}
    shortest = next(iter(BLOCK.findall(PAGE)))
    head = "import aws_cdk as cdk\nfrom stories import StoryStack\n\n"
    for name, text in {**files, "test_shortest.py": head + shortest}.items():
        write(tmp_path, name, text)
    code, output = run_pytest(tmp_path)
    assert code == 0, output
    assert "6 passed" in output


HANDLER = """
def handler(event, context):
    print("seen", event["path"])
    return {"statusCode": 200, "body": context.function_name + event["httpMethod"]}
"""
TESTS = """
import sys

def test_a_template_or_a_cdk_out_is_served(streaming_gateway):
    api = streaming_gateway(SOURCE)
    assert streaming_gateway(SOURCE) is api
    assert api.url.endswith("/prod")
    with api.post("/x") as response:
        assert (response.status, response.read()) == (200, b"FnPOST")
    assert any("seen /x" in line for line in api.log)
    assert not any(name.split(".")[0] == "aws_cdk" for name in sys.modules)

def test_without_a_script_the_model_repeats_the_prompt(bedrock):
    import boto3
    client = boto3.client("bedrock-runtime", endpoint_url=bedrock.endpoint_url, region_name="us-east-1",
                          aws_access_key_id="test", aws_secret_access_key="test")
    def ask():
        return client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": "Hi"}]}])
    assert "Hi" in ask()["output"]["message"]["content"][0]["text"]
    bedrock.reply("one")
    bedrock.fail("ThrottlingException")
    assert ask()["output"]["message"]["content"][0]["text"] == "one"
    try:
        ask()
    except client.exceptions.ThrottlingException:
        pass
    else:
        raise AssertionError("no exception")
    client.close()

def test_a_call_of_a_tool_is_one_and_what_bedrock_refuses_is_refused(bedrock):
    import boto3
    client = boto3.client("bedrock-runtime", endpoint_url=bedrock.endpoint_url, region_name="us-east-1",
                          aws_access_key_id="test", aws_secret_access_key="test")
    bedrock.call("weather", city="Bonn")
    answer = client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": "Hi"}]}])
    (block,) = answer["output"]["message"]["content"]
    assert (block["toolUse"]["name"], block["toolUse"]["input"]) == ("weather", {"city": "Bonn"})
    try:
        client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": " "}]}])
    except client.exceptions.ValidationException as error:
        assert "is blank" in str(error)
    else:
        raise AssertionError("no exception")
    client.close()

def test_after_a_test_the_script_is_forgotten(bedrock):
    assert bedrock.prompts == []

def test_an_error_that_nobody_knows_is_refused(bedrock):
    import pytest
    with pytest.raises(ValueError, match="error must be one of .*ThrottlingException.*, got Oops"):
        bedrock.fail("Oops")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a template and a cloud assembly of one function."""
    write(tmp_path, "code/index.py", HANDLER)
    content = template(
        {"POST /x": {"handler": "index.handler", "mode": "BUFFERED", "code": tmp_path / "code", "layers": []}}
    )
    text = json.dumps(content).replace("Function0", "Fn")
    write(tmp_path, "template.json", text)
    write(tmp_path, "cdk.out/Demo.template.json", text)
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Demo.template.json"},
    }
    write(tmp_path, "cdk.out/manifest.json", json.dumps({"version": "1", "artifacts": {"Demo": stack}}))
    return tmp_path


@pytest.mark.parametrize("source", ["template.json", "cdk.out"])
def test_pytest_plugin_source_on_disk_needs_no_cdk(source: str, project: Path) -> None:
    write(project, "test_it.py", f"SOURCE = {source!r}\n{TESTS}")
    code, output = run_pytest(project)
    assert code == 0, output
    assert "5 passed" in output


AFTER_A_FAILURE = """
import pytest


def test_a_source_that_cannot_be_read(streaming_gateway):
    with pytest.raises(Exception, match="gone is not a cloud assembly"):
        streaming_gateway("gone")


def test_the_next_one_is_served(streaming_gateway):
    api = streaming_gateway("cdk.out")
    assert api.post("/x").status == 200
    with pytest.raises(ValueError, match="path must begin with '/', got 'x'"):
        api.post("x")


def test_a_stage_that_is_not_there_is_named_with_those_that_are(streaming_gateway):
    with pytest.raises(ValueError, match="there is no stage live of any API; there is prod of Api"):
        streaming_gateway("cdk.out", stage="live")
"""


def test_pytest_plugin_unreadable_source_does_not_affect_the_next_one(project: Path) -> None:
    write(project, "test_it.py", AFTER_A_FAILURE)
    code, output = run_pytest(project)
    assert code == 0, output
    assert "3 passed" in output


OF_TWO = """
def test_each_api_is_tested_by_its_name(streaming_gateway):
    for name, path in (("Api", "/x"), ("Other", "/")):
        with streaming_gateway("template.json", api=name).request("POST", path) as response:
            assert response.status == 200
    assert streaming_gateway("template.json").post("/x").status == 200
"""


def test_pytest_plugin_named_api_of_several_is_tested(project: Path) -> None:
    content = json.loads((project / "template.json").read_text("utf-8"))
    method = content["Resources"]["Method0"]["Properties"]
    content["Resources"] |= {
        "Other": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Other"}},
        "OtherStage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Other"}, "StageName": "prod"},
        },
        "OtherMethod": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **method,
                "RestApiId": {"Ref": "Other"},
                "ResourceId": {"Fn::GetAtt": ["Other", "RootResourceId"]},
            },
        },
    }
    write(project, "template.json", json.dumps(content))
    write(project, "test_it.py", OF_TWO)
    code, output = run_pytest(project)
    assert code == 0, output


KEY = """
def test_whoever_has_a_key_gets_in(streaming_gateway):
    api = streaming_gateway("template.json")
    assert 'secret Keys has the value {"default": "local-Keys0000000000"}' in api.log
    for key, status in (("local-Keys0000000000", 200), ("another-key", 401)):
        with api.get("/echo/1", headers={"Authorization": f"Bearer {key}"}) as response:
            assert response.status == status
"""


def test_pytest_plugin_api_key_of_the_stack_has_a_local_value(tmp_path: Path) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": GENERATED}
    content = template(guarded(), stage=None, **keys_in({"Ref": "Keys"}, Keys=secret))
    write(tmp_path, "template.json", json.dumps(content))
    write(tmp_path, "test_it.py", KEY)
    code, output = run_pytest(tmp_path)
    assert code == 0, output


def test_pytest_plugin_failing_test_shows_the_function_log(project: Path) -> None:
    call = 'streaming_gateway("cdk.out").post("/x").status'
    write(project, "test_it.py", f"def test_it(streaming_gateway):\n    assert {call} == 1\n")
    code, output = run_pytest(project)
    assert code == 1
    assert re.search(r"\[Fn [0-9a-f-]{36}\] seen /x", output)


def test_pytest_plugin_unused_imports_nothing(tmp_path: Path) -> None:
    text = (
        "import sys\n"
        "def test_it(pytestconfig):\n"
        '    assert pytestconfig.pluginmanager.hasplugin("streaming_api")\n'
        '    ours = {name for name in sys.modules if name.startswith("streaming_api_tools")}\n'
        '    assert ours == {"streaming_api_tools", "streaming_api_tools.pytest_plugin"}\n'
        '    assert not {"boto3", "botocore", "aiohttp", "aws_cdk"} & set(sys.modules)\n'
    )
    write(tmp_path, "test_it.py", text)
    code, output = run_pytest(tmp_path)
    assert code == 0, output


def test_pytest_plugin_collects_nothing_from_an_assembly(tmp_path: Path) -> None:
    write(tmp_path, "test_it.py", "def test_it():\n    pass\n")
    for assembly in ("cdk.out", "built"):
        app = cdk.App(outdir=str(tmp_path / assembly))
        cdk.Stack(app, "Stack")
        app.synth()
        write(tmp_path / assembly / "asset.1", "test_of_a_package.py", "import nowhere\n")
    code, output = run_pytest(tmp_path)
    assert code == 0, output
    assert "1 passed" in output


def test_pytest_plugin_can_be_disabled(tmp_path: Path) -> None:
    write(tmp_path, "test_it.py", "def test_it(streaming_gateway):\n    pass\n")
    code, output = run_pytest(tmp_path, "-p", "no:streaming_api")
    assert code == 1
    assert "fixture 'streaming_gateway' not found" in output
