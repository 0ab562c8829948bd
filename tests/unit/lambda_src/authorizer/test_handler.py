"""The authorizer as Lambda runs it, with the real SDK against a Secrets Manager on loopback."""

from __future__ import annotations

import importlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

ARN = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/chat"
KEY = "key-of-alice-0123456789"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys"


class SecretsManager(BaseHTTPRequestHandler):
    """Answers GetSecretValue with one key, or with what a test sets."""

    asked: list[object] = []  # noqa: RUF012
    status = 200
    answer: object = None

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers["X-Amz-Target"], asked))
        body = json.dumps(self.answer or {"SecretString": json.dumps({"alice": KEY})}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def authorizer(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function's module, imported in the function's environment."""
    SecretsManager.asked.clear()
    monkeypatch.setattr(SecretsManager, "status", 200)
    monkeypatch.setattr(SecretsManager, "answer", None)
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


def test_authorizer_known_key_is_allowed_and_secret_read_once(authorizer: ModuleType) -> None:
    event = {"methodArn": ARN, "headers": {"Authorization": f"Bearer {KEY}"}}
    answers = [authorizer.handler(event, None) for _ in range(2)]
    assert [answer["principalId"] for answer in answers] == ["alice", "alice"]
    assert answers[0]["policyDocument"]["Statement"][0]["Resource"] == ARN
    assert SecretsManager.asked == [("secretsmanager.GetSecretValue", {"SecretId": SECRET})]


def test_authorizer_unknown_key_raises_unauthorized(authorizer: ModuleType) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler({"methodArn": ARN, "headers": {"x-api-key": "guessed"}}, None)


ALICE = {"methodArn": ARN, "headers": {"Authorization": f"Bearer {KEY}"}}


def set_answer(monkeypatch: pytest.MonkeyPatch, status: int, answer: object) -> None:
    monkeypatch.setattr(SecretsManager, "status", status)
    monkeypatch.setattr(SecretsManager, "answer", answer)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, {"__type": "ResourceNotFoundException", "message": "gone"}),
        (400, {"__type": "AccessDeniedException", "message": "denied"}),
        (400, {"__type": "InvalidRequestException", "message": "marked for deletion"}),
        (400, {"__type": "DecryptionFailure", "message": "no key"}),
        (200, {"SecretString": "no JSON"}),
        (200, {"SecretString": '{"alice": "short"}'}),
        (200, {"SecretBinary": "AAAA"}),
    ],
)
def test_authorizer_secret_that_is_taken_away_closes_at_once(
    authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch, status: int, answer: object
) -> None:
    assert authorizer.handler(ALICE, None)["principalId"] == "alice"
    monkeypatch.setattr(authorizer.KEYS, "_clock", lambda: time.time() + 301)
    set_answer(monkeypatch, status, answer)
    with pytest.raises(Exception, match=r"^(?!Unauthorized)"):
        authorizer.handler(ALICE, None)
    set_answer(monkeypatch, 503, {})
    with pytest.raises(Exception, match=r"^(?!Unauthorized)"):
        authorizer.handler(ALICE, None)


@pytest.mark.parametrize(
    ("status", "answer"),
    [(503, {}), (500, {"__type": "InternalServiceError"}), (400, {"__type": "ThrottlingException"})],
)
def test_authorizer_outage_is_bridged_for_an_hour_and_not_longer(
    authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch, status: int, answer: object
) -> None:
    assert authorizer.handler(ALICE, None)["principalId"] == "alice"
    read_at = time.time()
    set_answer(monkeypatch, status, answer)
    monkeypatch.setattr(authorizer.KEYS, "_clock", lambda: read_at + 3500)
    assert authorizer.handler(ALICE, None)["principalId"] == "alice"
    monkeypatch.setattr(authorizer.KEYS, "_clock", lambda: read_at + 3601)
    with pytest.raises(Exception, match=r"^(?!Unauthorized)"):
        authorizer.handler(ALICE, None)


def test_authorizer_secrets_manager_that_is_not_there_is_an_outage(authorizer: ModuleType) -> None:
    unreachable = boto3.client(
        "secretsmanager",
        endpoint_url="http://127.0.0.1:9",
        config=Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(EndpointConnectionError) as caught:
        unreachable.get_secret_value(SecretId="x")
    assert authorizer.is_outage(caught.value)
    assert not authorizer.is_outage(ValueError("the secret must be a JSON object"))


ATTRIBUTES = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:attributes"


def with_attributes(authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch, told: object) -> None:
    """Have the function read attributes, whatever the keys are."""
    monkeypatch.setattr(authorizer, "ATTRIBUTES", authorizer._cached(authorizer._read_attributes))
    monkeypatch.setenv("ATTRIBUTES_SECRET_ARN", ATTRIBUTES)
    authorizer.KEYS.current()
    set_answer(monkeypatch, 200, {"SecretString": told if isinstance(told, str) else json.dumps(told)})


def test_authorizer_attributes_of_a_client_reach_what_is_invoked(
    authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_attributes(authorizer, monkeypatch, {"alice": {"models": ["m"]}, "bob": {"models": []}})
    context = authorizer.handler(ALICE, None)["context"]
    assert context == {"client": "alice", "streaming_api_models": '["m"]'}
    assert SecretsManager.asked[-1] == ("secretsmanager.GetSecretValue", {"SecretId": ATTRIBUTES})


def test_authorizer_client_without_attributes_is_allowed_as_before(
    authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_attributes(authorizer, monkeypatch, {"bob": {"models": []}})
    assert authorizer.handler(ALICE, None)["context"] == {"client": "alice"}


def test_authorizer_key_that_expires_is_refused_at_once(
    authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_attributes(authorizer, monkeypatch, {"alice": {"expires": "2100-01-01T00:00:00Z"}})
    assert authorizer.handler(ALICE, None)["principalId"] == "alice"
    asked = len(SecretsManager.asked)
    # what is kept is not read again for it
    attributes = authorizer.ATTRIBUTES.current()["alice"]
    monkeypatch.setattr(attributes, "expires", time.time())
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler(ALICE, None)
    assert len(SecretsManager.asked) == asked


def test_authorizer_malformed_attributes_admit_nobody(
    authorizer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_attributes(authorizer, monkeypatch, {"alice": {"model": ["m"]}})
    with pytest.raises(ValueError, match="attributes of client 'alice'"):
        authorizer.handler(ALICE, None)
