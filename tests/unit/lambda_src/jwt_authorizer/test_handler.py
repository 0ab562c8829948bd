"""The authorizer as Lambda runs it, with an issuer on loopback."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from jwt_authorizer.keys import UnavailableError

from tests.support.servers import ScriptedServer, closed, head, raw, whole
from tests.support.user_pool import UserPool

METHOD = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/mcp"
ISSUER = "https://issuer.example"
POOL = UserPool()
KEY_SET = POOL.key_set().encode()
CLAIMS: dict[str, object] = {
    "iss": ISSUER,
    "sub": "me",
    "aud": "https://api.example.com/mcp",
    "client_id": "app",
    "scope": "call list",
}
Load = Callable[[str], ModuleType]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Return what imports the function's module in the function's environment."""

    def loaded(url: str) -> ModuleType:
        environment = {
            "ISSUER": ISSUER,
            "JWKS_URL": url,
            "JWKS_ON_LOOPBACK": "1",
            "AUDIENCE": "https://api.example.com/mcp other",
            "SCOPES": "call",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        sys.modules.pop("jwt_authorizer.handler", None)
        return importlib.import_module("jwt_authorizer.handler")

    yield loaded
    sys.modules.pop("jwt_authorizer.handler", None)


def event(claims: dict[str, object], **header: object) -> dict[str, object]:
    return {
        "type": "TOKEN",
        "methodArn": METHOD,
        "authorizationToken": f"Bearer {POOL.token(claims, **header)}",
    }


def test_jwt_authorizer_good_token_is_allowed_and_the_key_set_read_once(load: Load) -> None:
    with ScriptedServer(whole(200, KEY_SET)) as issuer:
        handler = load(f"{issuer.url}/keys?v=1").handler
        answers = [handler(event(CLAIMS), None) for _ in range(3)]
    assert [(request.method, request.target) for request in issuer.requests] == [("GET", "/keys?v=1")]
    assert answers[0] == answers[2]
    assert answers[0]["principalId"] == "me"
    assert answers[0]["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD}
    ]
    assert answers[0]["context"] == {"client_id": "app", "scope": "call list"}


@pytest.mark.parametrize(
    "claims",
    [
        {**CLAIMS, "iss": "https://other.example"},
        {**CLAIMS, "aud": "https://other.example"},
        {**CLAIMS, "exp": 1},
        {**CLAIMS, "nbf": 4_000_000_000},
        {**CLAIMS, "token_use": "id"},
    ],
)
def test_jwt_authorizer_other_token_is_unauthorized(load: Load, claims: dict[str, object]) -> None:
    with ScriptedServer(whole(200, KEY_SET)) as issuer, pytest.raises(Exception, match=r"^Unauthorized$"):
        load(issuer.url).handler(event(claims), None)


def test_jwt_authorizer_token_without_the_scope_is_denied_with_its_caller(load: Load) -> None:
    with ScriptedServer(whole(200, KEY_SET)) as issuer:
        answer = load(issuer.url).handler(event({**CLAIMS, "scope": "list"}), None)
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert answer["principalId"] == "me"


def test_jwt_authorizer_request_without_a_token_asks_for_no_key(load: Load) -> None:
    with ScriptedServer(whole(200, KEY_SET)) as issuer:
        handler = load(issuer.url).handler
        for header in ("", "Basic YTpi", POOL.token(CLAIMS)):
            with pytest.raises(Exception, match=r"^Unauthorized$"):
                handler({"methodArn": METHOD, "authorizationToken": header}, None)
    assert issuer.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        whole(500),
        whole(404, KEY_SET),
        whole(302, KEY_SET, location="http://127.0.0.1:9/"),
        whole(200, b"<html>"),
        whole(200, b'{"keys": []}'),
        whole(200, KEY_SET + b" " * 300_000),
        raw(b"SSH-2.0-OpenSSH\r\n"),
        raw(head(200, {"content-length": "1000"}) + KEY_SET[:100]),
        closed,
    ],
)
def test_jwt_authorizer_unusable_key_set_closes(load: Load, answer: Callable[..., bool]) -> None:
    with ScriptedServer(answer) as issuer:
        handler = load(issuer.url).handler
        with pytest.raises(UnavailableError, match="the key set cannot be read"):
            handler(event(CLAIMS), None)
        # and says so, since API Gateway takes no other error for a 401
        with pytest.raises(UnavailableError, match="could not be read a moment ago"):
            handler(event(CLAIMS), None)
    assert len(issuer.requests) == 1


def test_jwt_authorizer_unreachable_issuer_closes(load: Load) -> None:
    with pytest.raises(UnavailableError, match="cannot be read"):
        load("http://127.0.0.1:9/keys").handler(event(CLAIMS), None)


def test_jwt_authorizer_follows_no_url_of_the_token(load: Load) -> None:
    evil = UserPool("evil")
    with (
        ScriptedServer(whole(200, evil.key_set().encode())) as theirs,
        ScriptedServer(whole(200, KEY_SET)) as ours,
    ):
        header = {"jku": f"{theirs.url}/keys", "x5u": theirs.url}
        token = evil.token({**CLAIMS, "iss": ISSUER}, **header)
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            load(ours.url).handler({"methodArn": METHOD, "authorizationToken": f"Bearer {token}"}, None)
    assert theirs.requests == []


def test_jwt_authorizer_logs_the_reason_and_no_token(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked = event({**CLAIMS, "iss": "https://other.example\n\x1b[2J", "sub": "somebody-secret"})
    with ScriptedServer(whole(200, KEY_SET)) as issuer, pytest.raises(Exception, match="Unauthorized"):
        load(issuer.url).handler(asked, None)
    (line,) = caplog.messages
    assert line == r"401: the token is of another issuer, 'https://other.example\n\x1b[2J'"
    assert not any(part in line for part in str(asked["authorizationToken"]).split("."))
