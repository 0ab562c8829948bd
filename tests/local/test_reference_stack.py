"""The reference stack as synthesized: its handlers with the model stand-in, event by event."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from shutil import copytree

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.local.serving import ROOT, Client, Serving
from tests.support.bedrock.shipped import Paced, standin

KEYS = Keys("test", "test")


@pytest.fixture(scope="module")
def cdk_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the synthesized reference deployment."""
    directory = tmp_path_factory.mktemp("reference") / "cdk.out"
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    environment = {**os.environ, "CDK_OUTDIR": str(directory), "CDK_CONTEXT_JSON": json.dumps(context)}
    command = [sys.executable, "app.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def pace() -> Paced:
    """Return what holds the tokens of the model."""
    return Paced()


@pytest.fixture
def serving(cdk_out: Path, tmp_path: Path, pace: Paced) -> Iterator[Serving]:
    """Serve the stack with IAM authorization and a paced model."""
    application = load_assembly(cdk_out, "StreamingChat", "us-east-1", tmp_path)
    with ExitStack() as running:
        model = running.enter_context(standin(pace))
        environment = {**LOCAL_CREDENTIALS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model}
        yield running.enter_context(Serving(application, access=Access(KEYS), environment=environment))


def post(serving: Serving, client: Client, path: str, body: dict[str, object]) -> None:
    """Send a signed request."""
    data = json.dumps(body).encode()
    headers = {"Host": serving.url.removeprefix("http://"), "Content-Type": "application/json"}
    request = AWSRequest("POST", serving.url + path, data=data, headers=headers)
    SigV4Auth(Credentials(KEYS.access_key, KEYS.secret_key), "execute-api", "us-east-1").add_auth(request)
    client.ask("POST", path, data, dict(request.headers.items()))


def next_event(response: HTTPResponse) -> tuple[str, object]:
    """Return name and data of the next server-sent event."""
    name = "message"
    while line := response.readline().decode():
        if line.startswith("event: "):
            name = line.removeprefix("event: ").strip()
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
            assert response.readline() == b"\n"
            return name, data
    return "end", None


def next_text(response: HTTPResponse) -> str:
    """Return the text of the next event that has some."""
    while True:
        name, data = next_event(response)
        assert name not in {"done", "error", "end"}
        if isinstance(data, dict) and "text" in data:
            return str(data["text"])


def test_reference_stack_token_reaches_the_client_before_the_next_is_sent(
    serving: Serving, pace: Paced
) -> None:
    with Client(serving.url) as client:
        post(serving, client, "/prod/chat", {"prompt": "hi"})
        pace.let_go()
        response = client.answer()
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert next_event(response)[0] == "start"
        words = []
        for _ in range(4):
            name, data = next_event(response)
            assert name == "delta"
            words.append(data["text"])  # type: ignore[index]
            pace.let_go()
        assert "".join(words) == "This answer comes from "
        for _ in range(100):
            pace.let_go()
        names = [name for name, _ in iter(lambda: next_event(response), ("end", None))]
    assert names[-1] == "done"
    assert "error" not in names
    line = json.loads(serving.access_logged())
    assert (line["status"], line["responseTransferMode"]) == ("200", "STREAM")


def test_reference_stack_empty_prompt_is_refused_before_the_model(serving: Serving) -> None:
    with Client(serving.url) as client:
        post(serving, client, "/prod/chat", {"prompt": ""})
        response = client.answer()
        assert response.status == 400
        assert json.loads(response.read())["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("fault", ["AccessDeniedException", "ValidationException"])
def test_reference_stack_model_exception_before_the_stream_is_a_status(serving: Serving, fault: str) -> None:
    with Client(serving.url) as client:
        post(serving, client, "/prod/chat", {"prompt": f"[[{fault}]]"})
        response = client.answer()
        error = json.loads(response.read())
    assert 400 <= response.status < 600
    assert error["type"] == "error"
    assert "arn:" not in json.dumps(error)


@pytest.mark.parametrize("fault", ["modelStreamErrorException", "cut", "silent-end"])
def test_reference_stack_model_failure_in_stream_is_an_error_event(
    serving: Serving, pace: Paced, fault: str
) -> None:
    with Client(serving.url) as client:
        post(serving, client, "/prod/chat", {"prompt": f"[[{fault}@1]]"})
        pace.let_go()
        response = client.answer()
        assert next_text(response) == "This "
        name, data = next_event(response)
    assert name == "error"
    assert data["type"] == "error"  # type: ignore[index]


def test_reference_stack_probe_follows_its_challenge(serving: Serving) -> None:
    with Client(serving.url) as client:
        post(serving, client, "/prod/probe", {"gaps_ms": [0, 20], "pad": 3, "first_ms": 0})
        response = client.answer()
        events = [next_event(response) for _ in range(4)]
    assert [name for name, _ in events] == ["message", "message", "message", "done"]
    assert [data["i"] for _, data in events[:3]] == [0, 1, 2]  # type: ignore[index]


def test_reference_stack_validator_refuses_wrong_body_before_the_function(
    cdk_out: Path, tmp_path: Path
) -> None:
    """The stack itself has a validator and no model, so that nothing but a model is added to it."""
    copy = tmp_path / "cdk.out"
    copytree(cdk_out, copy)
    file = copy / "StreamingChat.template.json"
    content = json.loads(file.read_text("utf-8"))
    chat = next(
        resource["Properties"]
        for name, resource in content["Resources"].items()
        if resource["Type"] == "AWS::ApiGateway::Method" and "chatPOST" in name
    )
    schema = {"type": "object", "required": ["prompt"]}
    properties = {"RestApiId": chat["RestApiId"], "ContentType": "application/json", "Schema": schema}
    content["Resources"]["Prompt"] = {"Type": "AWS::ApiGateway::Model", "Properties": properties}
    chat["RequestModels"] = {"application/json": {"Ref": "Prompt"}}
    file.write_text(json.dumps(content), "utf-8")
    application = load_assembly(copy, "StreamingChat", "us-east-1", tmp_path)
    with Serving(application, access=Access(KEYS)) as serving, Client(serving.url) as client:
        post(serving, client, "/prod/chat", {"messages": []})
        response = client.answer()
        envelope = json.loads(response.read())
        line = json.loads(serving.access_logged())
    assert response.status == 400
    error = {"type": "invalid_request_error", "message": "Invalid request body", "code": "BAD_REQUEST_BODY"}
    assert envelope["error"] == {**error, "param": None}
    assert envelope["request_id"] == line["requestId"]
    assert (line["errorType"], line["responseTransferMode"]) == ("BAD_REQUEST_BODY", "-")
    assert not [entry for entry in serving.log if "START RequestId" in entry]
