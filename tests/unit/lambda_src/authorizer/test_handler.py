"""The authorizer as Lambda runs it, with the real SDK against a Secrets Manager on loopback."""

from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType

import pytest

ARN = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/chat"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys"


class SecretsManager(BaseHTTPRequestHandler):
    """Answers GetSecretValue with one key."""

    asked: list[object] = []  # noqa: RUF012

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers["X-Amz-Target"], asked))
        body = json.dumps({"SecretString": json.dumps({"alice": "key-of-alice"})}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def authorizer(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function's module, imported in the function's environment."""
    SecretsManager.asked.clear()
    with HTTPServer(("127.0.0.1", 0), SecretsManager) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        environment = {
            "KEYS_SECRET_ARN": SECRET,
            "KEYS_TTL_SECONDS": "300",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://127.0.0.1:{server.server_port}",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        sys.modules.pop("authorizer.handler", None)
        module = importlib.import_module("authorizer.handler")
        yield module
        module.SECRETS.close()
        sys.modules.pop("authorizer.handler", None)
        server.shutdown()
        thread.join()


def test_a_client_with_a_key_of_the_secret_may_call_the_method(authorizer: ModuleType) -> None:
    event = {"methodArn": ARN, "headers": {"Authorization": "Bearer key-of-alice"}}
    answers = [authorizer.handler(event, None) for _ in range(2)]
    assert [answer["principalId"] for answer in answers] == ["alice", "alice"]
    assert answers[0]["policyDocument"]["Statement"][0]["Resource"] == ARN
    assert SecretsManager.asked == [("secretsmanager.GetSecretValue", {"SecretId": SECRET})]


def test_a_stranger_gets_the_text_that_api_gateway_answers_with_401(authorizer: ModuleType) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler({"methodArn": ARN, "headers": {"x-api-key": "guessed"}}, None)
