"""``streaming-api local --bedrock``: who answers the bundled chat function."""

from __future__ import annotations

import json
import os
from http.client import HTTPResponse
from pathlib import Path

import pytest

from streaming_api_tools.local.serve import LENIENT
from streaming_api_tools.local.services.bedrock.directives import default_script
from streaming_api_tools.local.services.bedrock.script import Prompt, Reply
from tests.local.gateway_process import gateway_process
from tests.local.serving import ROOT, Client, integration, template
from tests.support.bedrock.shipped import Paced, standin
from tests.support.command_line import CommandLine
from tests.support.openai import OpenAiServer

CHAT = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": str(ROOT / "lambda_src"),
        "Handler": "chat.handler.handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "Layers": [{"Ref": "Layer"}],
        "Environment": {"Variables": {"BEDROCK_MODEL_ID": "us.amazon.nova-2-lite-v1:0"}},
    },
}
CONTENT = template({"POST /chat": {"integration": integration("Chat", {})}}, Chat=CHAT)


def next_text(response: HTTPResponse) -> str:
    """Return the text of the next event that has some."""
    while line := response.readline():
        if line.startswith(b"data: ") and "text" in (event := json.loads(line[6:])):
            return str(event["text"])
    raise AssertionError("the response ended")


def chat(client: Client, prompt: str) -> HTTPResponse:
    return client.send("POST", "/prod/chat", json.dumps({"prompt": prompt}))


def test_local_bedrock_option_default_stand_in_has_pace_of_token_delay(tmp_path: Path) -> None:
    with (
        gateway_process(tmp_path, CONTENT, "--token-delay", "0") as gateway,
        Client(gateway.url) as client,
    ):
        response = chat(client, "[[say=Hello there.]]")
        assert (next_text(response), next_text(response)) == ("Hello ", "there.")
        assert b"event: done" in response.read()


def test_local_bedrock_option_stand_in_refuses_unless_lenient(tmp_path: Path) -> None:
    body = json.dumps({"messages": [{"role": "assistant", "content": [{"text": "a"}]}]})
    with gateway_process(tmp_path, CONTENT) as gateway, Client(gateway.url) as client:
        response = client.send("POST", "/prod/chat", body)
        assert (response.status, b"must start with a user message" in response.read()) == (400, True)
        assert "--bedrock-lenient" not in gateway.stderr()
    with (
        gateway_process(tmp_path, CONTENT, "--bedrock-lenient", "--token-delay", "0") as gateway,
        Client(gateway.url) as client,
    ):
        response = client.send("POST", "/prod/chat", body)
        assert (response.status, b"event: done" in response.read()) == (200, True)
        assert LENIENT in gateway.stderr()


def test_local_bedrock_option_openai_server_streams_piece_by_piece(tmp_path: Path) -> None:
    with (
        OpenAiServer() as server,
        gateway_process(
            tmp_path, CONTENT, "--bedrock", server.url, "--bedrock-model", "second-model"
        ) as gateway,
        Client(gateway.url) as client,
    ):
        server.text("Hel")
        response = chat(client, "hi")
        assert next_text(response) == "Hel"
        server.text("lo")
        assert next_text(response) == "lo"
        server.finish()
        assert b"event: done" in response.read()
        asked = server.asked.get()
    assert (asked["model"], asked["messages"]) == ("second-model", [{"role": "user", "content": "hi"}])


def test_local_bedrock_option_aws_uses_endpoint_of_the_users_settings(tmp_path: Path) -> None:
    """The stand-in plays AWS here, where the user's own environment says that it is."""
    seen: list[Prompt] = []

    def fake_aws(prompt: Prompt) -> Reply:
        seen.append(prompt)
        return default_script(prompt)

    pace = Paced()
    with standin(pace, fake_aws) as url:
        environment = {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url,
            "AWS_ACCESS_KEY_ID": "mine",
            "AWS_SECRET_ACCESS_KEY": "mine",
        }
        with (
            gateway_process(tmp_path, CONTENT, "--bedrock", "aws", environment=environment) as gateway,
            Client(gateway.url) as client,
        ):
            client.ask("POST", "/prod/chat", json.dumps({"prompt": "[[say=from aws]]"}))
            pace.let_go()
            response = client.answer()
            assert next_text(response) == "from "
            pace.let_go()
            assert next_text(response) == "aws"
    assert [(prompt.model_id, prompt.text) for prompt in seen] == [
        ("us.amazon.nova-2-lite-v1:0", "[[say=from aws]]")
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bedrock", "elsewhere"], "expected standin, aws or a URL, got elsewhere"),
        (["--bedrock-model", "x"], "--bedrock-model goes with --bedrock URL"),
        (["--bedrock", "aws", "--bedrock-lenient"], "--bedrock-lenient does not go with --bedrock aws"),
    ],
)
def test_local_bedrock_option_meaningless_combination_is_refused(
    options: list[str], message: str, tmp_path: Path, commands: CommandLine
) -> None:
    (tmp_path / "template.json").write_text(json.dumps(CONTENT), "utf-8")
    served = ("local", "--no-auth", "--template", str(tmp_path / "template.json"))
    done = commands.run(*served, *options, env=os.environ)
    assert done.returncode == 2
    assert message in done.stderr
